// Package servicenow keeps one incident in ServiceNow for each alarm, by its Table API.
//
// What lives here: who gets what (config.go, validate.go), what becomes of an alarm
// (desk.go), what an incident says (incident.go), how ServiceNow is asked (table.go), by
// whose leave (access.go) and what its answers mean (answer.go). What does not: when alarms
// are told and when again (processors/alert/notify), and when an answer is due
// (processors/alert/ticket).
//
// # One incident for an alarm
//
// An incident is found by correlation_id, the key of the alarm, which is the same over
// restarts. It is looked up before anything is written, so what is delivered twice, or again
// after a crash between the writing and the log of it, is one incident. The last line of its
// description says since when the alarm lasts and what was told of it: a repeat writes
// nothing, and an incident that a person closed while the alarm lasts is not opened again.
// A new alarm of the same key, after an end, is a new incident.
//
// Where ServiceNow takes an incident but does not answer in time, and shows it only after
// the next look, there are two: its Table API has no key that would refuse the second.
package servicenow

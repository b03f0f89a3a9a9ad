// Package sla answers how well a service was delivered: the availability of devices,
// sites, customers and service groups under the contract that was made about them,
// with every outage behind the figure.
//
// What lives here: contracts and service groups (config.go), how they are kept when
// they change (promise.go, terms.go), maintenance windows through their revisions
// (plan.go), what of an outage a contract counts (overlay.go, account.go), the
// arithmetic of a figure (figure.go), groups that are series, parallel or k of n
// (group.go), what the figure was before it was corrected (history.go), and the one
// question that reports and the API ask (ask.go). What does not: the states of devices
// (processors/availability), calendars and the rules of maintenance windows
// (storage/calendar), how an answer looks (storage/report).
//
// The hot path is account, once for each device: BenchmarkAsk.
//
// All of it is reckoned in whole milliseconds, so that the rows add up to the figure
// exactly. To add a way to group devices: a By and a case in subjects. To add a kind
// of service group: a name in kinds and what it needs in Group.needed.
package sla

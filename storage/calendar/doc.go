// Package calendar answers when a service is promised: business hours, holidays,
// exceptions, and the maintenance windows that were agreed.
//
// What lives here: spans of time and their arithmetic (span.go), the rule by which a
// wall clock becomes an instant (clock.go), hours as people write them (hours.go),
// holidays by country (holidays.go, japan.go), and maintenance windows (window.go).
// What does not: states of devices, what a contract counts, and where windows are
// kept (storage/clickhouse).
//
// Everything here is an overlay, applied when a question is asked: nothing that is
// stored depends on a calendar, so a calendar that was wrong is corrected by
// correcting it.
//
// To add a country, add its list to the table in holidays.go, where the library has
// it, or a file of its public rules like japan.go.
package calendar

// Package ledger keeps alarms, tickets and the audit log between two runs of the alert role, in one file.
//
// What lives here: the file (bbolt: one writer, every change whole or not at all), with alarms and the audit log
// (ledger.go) and tickets (tickets.go). What does not: what an alarm means (package alert), what
// a ticket does (package journal), and the log of notifications (package notify keeps its own).
package ledger

// Package ledger keeps alarms and the audit log between two runs of the alert role, in one file.
//
// What lives here: the file (bbolt: one writer, every change whole or not at all). What does not: what an
// alarm means (package alert), and the log of notifications (package notify keeps its own).
package ledger

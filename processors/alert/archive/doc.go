// Package archive writes to the store what was raised and has cleared, for those who ask after
// it later: analysts, reports, the pages of Grafana.
//
// What lives here: the writing, at least once (archive.go), and putting right at the beginning what the
// store and the ledger say differently (reconcile.go). What does not: what is still to be written, which
// the ledger keeps with the alarms themselves (processors/alert/ledger), and the table (storage/clickhouse).
//
// Nobody waits for it: alarms are raised and told while the store is away, and are written when it is back.
// A row that is written twice takes its own place.
package archive

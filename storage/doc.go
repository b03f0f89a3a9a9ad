// Package storage is what the rest of the product knows of the store: the batches
// that processors write, the state they rebuild from, and the typed, scoped queries
// that reports, the API and Grafana ask.
//
// What lives here: types and their rules, no SQL and no engine. storage/clickhouse
// turns them into SQL, storage/embedded runs the engine as a child process. A new
// figure gets its rows in derived.go and its query in query.go, then its table and
// its SQL in storage/clickhouse.
package storage

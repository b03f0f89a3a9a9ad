// Package datasource is the backend of the data source mimamori-noc-datasource: typed
// queries in, frames out, over Grafana's plugin protocol.
//
// What lives here: the settings of a data source, the query model and its versions, who
// may ask what (guard.go), how a sheet becomes frames (table.go, series.go, events.go),
// the resources behind variables and exports, the health check. What does not: SQL
// (storage/clickhouse), which queries a figure takes (storage/figures), its columns
// (storage/report), the form of a token (storage/scope).
//
// Every request passes the guard, which alone makes a scope: without a token that counts
// in the organisation that asks there is none, and no query without one is answered.
//
// To add a figure: an entry in figures.go. To change the query model: a version in
// query.go and the step from the one before, so that saved dashboards go on working.
package datasource

// Package grafana is the folder of the Grafana plugin: an app with pages for a NOC, one
// data source with a backend in Go, and panels.
//
// What lives here: src/ (TypeScript: the app, its pages, the data source's editors, the
// panels), pkg/ (Go: the data source's backend, the program gpx_mimamori), provision/
// (Go: Grafana's HTTP API, for mimamori grafana sync), provisioning/ (files that Grafana
// reads when it starts). What does not: figures and queries (storage), and how a figure
// becomes a sheet (storage/figures, storage/report).
//
// Only this folder imports Grafana's SDK, and nothing imports this folder but the top
// level its package provision: docs/grafana.md says how the parts talk.
package grafana

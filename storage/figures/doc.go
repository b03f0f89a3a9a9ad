// Package figures asks the store for what the reports show: for each figure one function
// that takes a question and returns a sheet of storage/report, with the same columns and
// values whoever asks. The HTTP API and the Grafana data source answer with it.
//
// What lives here: which typed queries a figure takes and how their answers become a
// sheet. What does not: how a question is read and who may ask it (storage/api,
// grafana/pkg/datasource), SQL (storage/clickhouse), columns (storage/report).
//
// To add a figure: its query to Store, a function here, its columns to storage/report.
package figures

// Package report lays figures out in sheets, for people and for programs: the same
// cells as a table, as CSV, as JSON or as a workbook (XLSX).
//
// What lives here: the sheet and its formats (sheet.go and a file for each format),
// and for each figure a file that turns the store's typed answer into a sheet. What
// does not: asking (storage/clickhouse), reckoning, and where a sheet goes: the
// command line and the HTTP API both write the same one.
//
// To add a report: a file named after the figure with one function that returns a
// Sheet, a section of docs/reports.md that says what each column means, and the
// command that asks for it. To add a format: a file, and a line in Sheet.Write.
package report

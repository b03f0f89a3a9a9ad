package report

import "time"

// Table is the answer to a question in SQL: columns as they are called there.
func Table(columns []string, rows [][]any, location *time.Location) Sheet {
	if rows == nil {
		rows = [][]any{}
	}
	return Sheet{Columns: columns, Rows: rows, Location: location, Empty: "no rows"}
}

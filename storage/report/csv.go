package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// exactTime is RFC 3339 with the milliseconds that seconds of the same row count.
const exactTime = "2006-01-02T15:04:05.999Z07:00"

// csv writes the rows as RFC 4180 has them, a missing figure as an empty cell. Numbers
// are not rounded, so that rows add up to their figure here too.
func (s Sheet) csv(output io.Writer) error {
	writer := csv.NewWriter(output)
	if err := writer.Write(s.Columns); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	for _, row := range s.Rows {
		cells := make([]string, len(row))
		for j, cell := range row {
			cells[j] = s.exact(cell)
		}
		if err := writer.Write(cells); err != nil {
			return fmt.Errorf("write CSV: %w", err)
		}
	}
	writer.Flush()
	return writer.Error()
}

// exact returns a cell as a program reads it.
func (s Sheet) exact(cell any) string {
	switch value := figure(cell).(type) {
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case time.Time:
		return s.local(value).Format(exactTime)
	}
	return s.text(cell, "")
}

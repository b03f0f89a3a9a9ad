package report

import (
	"encoding/csv"
	"fmt"
	"io"
)

// csv writes the rows as RFC 4180 has them, a missing figure as an empty cell.
func (s Sheet) csv(output io.Writer) error {
	writer := csv.NewWriter(output)
	if err := writer.Write(s.Columns); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	for _, row := range s.Rows {
		cells := make([]string, len(row))
		for j, cell := range row {
			cells[j] = s.text(cell, "")
		}
		if err := writer.Write(cells); err != nil {
			return fmt.Errorf("write CSV: %w", err)
		}
	}
	writer.Flush()
	return writer.Error()
}

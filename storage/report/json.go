package report

import (
	"encoding/json"
	"io"
	"time"
)

// json writes {"from", "to", "rows"}: each row an object by column, its details in
// arrays, a missing figure as null; and "notes" where there are any. What is about no time has
// neither from nor to.
func (s Sheet) json(output io.Writer) error {
	rows := make([]map[string]any, 0, len(s.Rows))
	for i, row := range s.Rows {
		named := s.object(s.Columns, row)
		for _, details := range s.Details {
			behind := make([]map[string]any, 0, len(details.Rows[i]))
			for _, detail := range details.Rows[i] {
				behind = append(behind, s.object(details.Columns, detail))
			}
			named[details.Name] = behind
		}
		rows = append(rows, named)
	}
	answer := map[string]any{"rows": rows}
	if !s.From.IsZero() {
		answer["from"], answer["to"] = s.local(s.From), s.local(s.To)
	}
	if len(s.Notes) > 0 {
		answer["notes"] = s.Notes
	}
	encoder := json.NewEncoder(output)
	encoder.SetIndent("", "  ")
	return encoder.Encode(answer)
}

func (s Sheet) object(columns []string, cells []any) map[string]any {
	named := make(map[string]any, len(columns))
	for i, cell := range cells {
		if at, ok := cell.(time.Time); ok {
			cell = s.local(at)
		}
		named[columns[i]] = figure(cell)
	}
	return named
}

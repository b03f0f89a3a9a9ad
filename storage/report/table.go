package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// table writes the sheet for a terminal. Details come in a list of their own below,
// so that the columns of neither disturb the other's.
func (s Sheet) table(output io.Writer) error {
	if len(s.Rows) == 0 && s.Empty != "" {
		_, err := fmt.Fprintln(output, s.Empty)
		return err
	}
	if len(s.Rows) == 0 {
		_, err := fmt.Fprintf(output, "nothing is known between %s and %s for this selection\n",
			s.local(s.From).Format(time.RFC3339), s.local(s.To).Format(time.RFC3339))
		return err
	}
	writer := tabwriter.NewWriter(output, 2, 8, 2, ' ', 0)
	shown := places(s.Columns, s.Brief)
	s.line(writer, pick(headings(s.Columns), shown))
	for _, row := range s.Rows {
		s.line(writer, pick(row, shown))
	}
	for _, details := range s.Details {
		s.list(writer, details)
	}
	for i, note := range s.Notes {
		if i == 0 {
			fmt.Fprintln(writer)
		}
		fmt.Fprintln(writer, note)
	}
	return writer.Flush()
}

func (s Sheet) list(writer io.Writer, details Details) {
	first, shown := true, places(details.Columns, details.Brief)
	for i, rows := range details.Rows {
		for _, row := range rows {
			if first {
				fmt.Fprintln(writer)
				s.line(writer, append([]any{strings.ToUpper(details.Heading)}, pick(headings(details.Columns), shown)...))
				first = false
			}
			keys := make([]string, s.Keys)
			for j, key := range s.Rows[i][:s.Keys] {
				keys[j] = s.text(key, "-")
			}
			s.line(writer, append([]any{strings.Join(keys, " / ")}, pick(row, shown)...))
		}
	}
}

func (s Sheet) line(writer io.Writer, cells []any) {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		texts[i] = strings.Map(printable, s.text(cell, "-"))
	}
	fmt.Fprintln(writer, strings.Join(texts, "\t"))
}

// printable leaves a blank in the place of what would move a column, begin a line or
// command a terminal.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// places returns where the columns stand that a table shows.
func places(columns, brief []string) []int {
	if brief == nil {
		brief = columns
	}
	shown := make([]int, len(brief))
	for i, column := range brief {
		shown[i] = slices.Index(columns, column)
	}
	return shown
}

func pick(cells []any, shown []int) []any {
	picked := make([]any, len(shown))
	for i, place := range shown {
		picked[i] = cells[place]
	}
	return picked
}

func headings(columns []string) []any {
	cells := make([]any, len(columns))
	for i, column := range columns {
		cells[i] = strings.ToUpper(column)
	}
	return cells
}

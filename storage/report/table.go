package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
)

// table writes the sheet for a terminal. Details come in a list of their own below,
// so that the columns of neither disturb the other's.
func (s Sheet) table(output io.Writer) error {
	var lines grid
	columns, rows, shown := s.Columns, s.Rows, places(s.Columns, s.Brief)
	if s.Printed != nil {
		columns, rows, shown = s.Printed.Columns, s.Printed.Rows, places(s.Printed.Columns, nil)
	}
	switch {
	case len(rows) > 0:
		lines.add(headings(columns, shown)...)
	case s.Empty != "":
		lines.add(s.Empty)
	default:
		lines.add(fmt.Sprintf("nothing is known between %s and %s for this selection",
			s.local(s.From).Format(time.RFC3339), s.local(s.To).Format(time.RFC3339)))
	}
	for _, row := range rows {
		s.line(&lines, pick(row, shown))
	}
	if s.Width > 0 && len(rows) > 0 {
		lines.fit(s.Width)
	}
	if err := lines.flush(output); err != nil {
		return err
	}
	for _, details := range s.Details {
		if err := s.list(output, details); err != nil {
			return err
		}
	}
	for i, meaning := range s.Legend {
		if i == 0 {
			lines.add()
		}
		lines.add(meaning)
	}
	for i, note := range s.Notes {
		if i == 0 {
			lines.add()
		}
		lines.add(note)
	}
	return lines.flush(output)
}

// list writes the rows behind the rows, below an empty line.
func (s Sheet) list(output io.Writer, details Details) error {
	var lines grid
	shown, slight := places(details.Columns, details.Brief), 0
	for i, rows := range details.Rows {
		for j, row := range rows {
			if details.Slight != nil && details.Slight[i][j] {
				slight++
				continue
			}
			if len(lines.lines) == 0 {
				lines.add()
				lines.add(append([]string{strings.ToUpper(details.Heading)}, headings(details.Columns, shown)...)...)
			}
			keys := make([]string, s.Keys)
			for j, key := range s.Rows[i][:s.Keys] {
				keys[j] = s.text(key, "-")
			}
			s.line(&lines, append([]any{strings.Join(keys, " / ")}, pick(row, shown)...))
		}
	}
	if slight > 0 {
		lines.add()
		lines.add(fmt.Sprintf("%d %s", slight, details.SlightWhy))
	}
	return lines.flush(output)
}

func (s Sheet) line(lines *grid, cells []any) {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		texts[i] = Printable(s.text(cell, "-"))
		switch figure(cell).(type) {
		case nil:
		case float64, float32, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
			lines.holds(i, true)
		default:
			lines.holds(i, false)
		}
	}
	lines.add(texts...)
}

// Printable writes as \xNN or \uNNNN what would move a column, begin a line, turn the
// direction of the text around or command a terminal.
func Printable(text string) string {
	if strings.IndexFunc(text, commanding) < 0 {
		return text
	}
	var all strings.Builder
	for _, r := range text {
		switch {
		case !commanding(r):
			all.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&all, `\x%02x`, r)
		default:
			fmt.Fprintf(&all, `\u%04x`, r)
		}
	}
	return all.String()
}

func commanding(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
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

func headings(columns []string, shown []int) []string {
	cells := make([]string, len(shown))
	for i, place := range shown {
		cells[i] = strings.ToUpper(columns[place])
	}
	return cells
}

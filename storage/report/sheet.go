package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
)

// Sheet is a report before it is written. A cell is a string, a number, a bool, a
// time or nil where there is no figure.
type Sheet struct {
	From, To time.Time      // the time reported on, [From, To)
	Location *time.Location // zone that times are written in; nil for UTC
	Columns  []string       // names as programs see them, in snake_case
	Brief    []string       // those of Columns that a table shows; nil for all
	Rows     [][]any        // as long as Columns each
	Printed  *Printed       // what a table shows in place of Columns and Rows; nil for those
	Width    int            // characters that a row of a table may be wide, beyond which its cells are cut; 0 for no bound
	Keys     int            // how many leading columns say what a row is about
	Details  []Details      // what is behind the rows
	Notes    []string       // what a reader must know of the whole report
	Legend   []string       // below a table alone: what its words stand for; every other format has it in its rows
	Empty    string         // what a table without rows says; empty for that nothing is known
}

// Printed are the rows of a sheet as a table alone has them, where a person reads them
// otherwise than a program.
type Printed struct {
	Columns []string
	Rows    [][]any
}

// Details are the rows behind the rows of a sheet: the outages behind an
// availability. A table lists them below, JSON nests them into their row, CSV leaves
// them out: one file, one shape.
type Details struct {
	Name    string    // key in JSON
	Heading string    // what the list is called in a table
	Columns []string  // names as programs see them
	Brief   []string  // those of Columns that a table shows; nil for all
	Rows    [][][]any // for each row of the sheet the rows behind it
	Empty   string    // what a table of them alone says where there are none; empty for that nothing is known

	// Slight marks those of Rows that a table only counts, in the words of SlightWhy;
	// nil for none. Every other format has them.
	Slight    [][]bool
	SlightWhy string // what follows the number: "corrections that ..."
}

// Of returns the details as a sheet of their own: each row begins with the keys of
// the row it is behind.
func (s Sheet) Of(details Details) Sheet {
	answer := Sheet{From: s.From, To: s.To, Location: s.Location, Keys: s.Keys, Notes: s.Notes}
	if len(s.Rows) > 0 {
		answer.Empty = details.Empty
	}
	answer.Columns = append(append(answer.Columns, s.Columns[:s.Keys]...), details.Columns...)
	if details.Brief != nil {
		answer.Brief = append(append(answer.Brief, s.Columns[:s.Keys]...), details.Brief...)
	}
	for i, rows := range details.Rows {
		for _, row := range rows {
			answer.Rows = append(answer.Rows, append(append([]any(nil), s.Rows[i][:s.Keys]...), row...))
		}
	}
	return answer
}

// Formats are what Write understands.
var Formats = []string{"table", "csv", "json", "xlsx"}

// Write writes the sheet in one of Formats.
func (s Sheet) Write(output io.Writer, format string) error {
	switch format {
	case "table":
		return s.table(output)
	case "csv":
		return s.csv(output)
	case "json":
		return s.json(output)
	case "xlsx":
		return s.xlsx(output)
	}
	return fmt.Errorf("%q is no format of a report: use one of %q", format, Formats)
}

// local returns a time as it is written.
func (s Sheet) local(at time.Time) time.Time {
	if s.Location == nil {
		return at.UTC()
	}
	return at.In(s.Location)
}

// figure returns a cell without what is no number: there is no figure then.
func figure(cell any) any {
	if value, ok := cell.(float64); ok && (math.IsNaN(value) || math.IsInf(value, 0)) {
		return nil
	}
	return cell
}

// text returns a cell as a person reads it.
func (s Sheet) text(cell any, missing string) string {
	switch value := figure(cell).(type) {
	case nil:
		return missing
	case float64:
		return rounded(value)
	case time.Time:
		return s.local(value).Format(time.RFC3339)
	case string:
		if value == "" {
			return missing
		}
		return value
	default:
		return fmt.Sprint(value)
	}
}

// rounded keeps three places where they say something: bits of traffic need none, a
// percentage does, and one that is not all of it does not look so.
func rounded(value float64) string {
	places := 3
	if math.Abs(value) >= 10_000 {
		places = 0
	}
	for value < 100 && 100-value <= 0.5*math.Pow10(-places) && places < 9 {
		places++
	}
	return strconv.FormatFloat(value, 'f', places, 64)
}

// Optional is a figure that may be missing, as a cell.
func Optional(value float64, ok bool) any {
	if !ok {
		return nil
	}
	return value
}

// Seconds are milliseconds as a cell.
func Seconds(milliseconds int64) float64 { return float64(milliseconds) / 1000 }

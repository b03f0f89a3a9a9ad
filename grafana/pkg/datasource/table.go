package datasource

import (
	"math"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"mimamori/storage/report"
)

// table returns the sheet as one frame with its columns.
func (a answer) table(f figure) *data.Frame {
	frame := data.NewFrame(f.name)
	for at, name := range a.sheet.Columns {
		frame.Fields = append(frame.Fields, column(f, name, at, a.sheet.Rows))
	}
	frame.Meta = a.meta(data.FrameTypeTable)
	return frame
}

// column returns one column of rows as a field. What it holds goes by what is known of
// the column, so that an empty answer has the same fields as a full one.
func column(f figure, name string, at int, rows [][]any) *data.Field {
	about, _ := report.ColumnOf(f.answers, name)
	var field *data.Field
	switch about.Kind {
	case report.Numbers, report.Integers:
		values := make([]*float64, len(rows))
		for i, cells := range rows {
			values[i] = number(cells[at])
		}
		field = data.NewField(name, nil, values)
	case report.Booleans:
		values := make([]*bool, len(rows))
		for i, cells := range rows {
			if value, ok := cells[at].(bool); ok {
				values[i] = &value
			}
		}
		field = data.NewField(name, nil, values)
	case report.Moments:
		values := make([]*time.Time, len(rows))
		for i, cells := range rows {
			if value, ok := cells[at].(time.Time); ok {
				value = value.UTC()
				values[i] = &value
			}
		}
		field = data.NewField(name, nil, values)
	default:
		values := make([]*string, len(rows))
		for i, cells := range rows {
			if value, ok := cells[at].(string); ok {
				values[i] = &value
			}
		}
		field = data.NewField(name, nil, values)
	}
	field.Config = &data.FieldConfig{Description: about.Meaning, Unit: unit(name)}
	if about.Kind == report.Moments {
		field.Config.Unit = "dateTimeAsIso" // without a unit Grafana writes milliseconds too, wider than a column
	}
	return field
}

// number returns a cell as a number, nil where it is none.
func number(cell any) *float64 {
	var value float64
	switch n := cell.(type) {
	case float64:
		value = n
	case int:
		value = float64(n)
	case int64:
		value = float64(n)
	case uint64:
		value = float64(n)
	case uint32:
		value = float64(n)
	case uint16:
		value = float64(n)
	case uint8:
		value = float64(n)
	case bool:
		if n {
			value = 1
		}
	default:
		return nil
	}
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return nil
	}
	return &value
}

// unit is Grafana's name of the unit that a column's name ends with.
func unit(column string) string {
	for _, each := range []struct{ ending, unit string }{
		{"_pct", "percent"}, {"_bps", "bps"}, {"_ms", "ms"}, {"_s", "s"}, {"_bits", "decbits"}, {"_bytes", "bytes"},
	} {
		if strings.HasSuffix(column, each.ending) {
			return each.unit
		}
	}
	return ""
}

// events returns the rows as events, those of one reason as one.
func (a answer) events(f figure, columns map[string]int) []event {
	all := make([]event, 0, len(a.sheet.Rows))
	for _, cells := range a.sheet.Rows {
		if found := f.events(row{columns, cells}); !found.from.IsZero() {
			all = append(all, found)
		}
	}
	return folded(all)
}

// annotations returns the rows as events. Where no end is known the event is a moment.
func (a answer) annotations(f figure) *data.Frame {
	columns := make(map[string]int, len(a.sheet.Columns))
	for at, name := range a.sheet.Columns {
		columns[name] = at
	}
	n := len(a.sheet.Rows)
	times, ends := make([]time.Time, 0, n), make([]*time.Time, 0, n)
	titles, texts, tags := make([]string, 0, n), make([]string, 0, n), make([]string, 0, n)
	for _, found := range a.events(f, columns) {
		var end *time.Time
		if !found.to.IsZero() {
			to := found.to.UTC()
			end = &to
		}
		times, ends = append(times, found.from.UTC()), append(ends, end)
		titles, texts, tags = append(titles, found.title), append(texts, found.text), append(tags, strings.Join(found.tags, ","))
	}
	frame := data.NewFrame(f.name, data.NewField("time", nil, times), data.NewField("timeEnd", nil, ends),
		data.NewField("title", nil, titles), data.NewField("text", nil, texts), data.NewField("tags", nil, tags))
	frame.Meta = a.meta("")
	return frame
}

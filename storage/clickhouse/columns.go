package clickhouse

import (
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"mimamori/ingest/sample"
)

// column is one column of a table, bound to where its values are kept. One
// declaration serves the writer and the reader.
type column interface {
	name() string
	sqlType() string
	length() int
	// selected are the values of some rows, a slice of numbers or texts; nil where appendTo alone knows how to
	// hand them over.
	selected(rows selection) any
	appendTo(batch driver.BatchColumn, rows selection) error
	// target is where a row's value is scanned to; keep appends it to the values.
	target() any
	keep()
}

// selection picks rows: those listed, or from up to but not including to where there
// is no list.
type selection struct {
	list     []int
	from, to int
}

func (s selection) length() int {
	if s.list != nil {
		return len(s.list)
	}
	return s.to - s.from
}

// part cuts a selection: rows start up to but not including end of it.
func (s selection) part(start, end int) selection {
	if s.list != nil {
		return selection{list: s.list[start:end]}
	}
	return selection{from: s.from + start, to: s.from + end}
}

// at returns the row at place i of the selection.
func (s selection) at(i int) int {
	if s.list != nil {
		return s.list[i]
	}
	return s.from + i
}

type scalar interface {
	uint8 | uint16 | uint32 | uint64 | int64 | float64 | string
}

type scalarColumn[T scalar] struct {
	header  string
	typed   string
	values  *[]T
	scanned T
}

// of is a column whose ClickHouse type follows from its Go type.
func of[T scalar](header string, values *[]T) column {
	return &scalarColumn[T]{header: header, typed: typeOf[T](), values: values}
}

// times is a column of Unix milliseconds.
func times(header string, values *[]int64) column {
	return &scalarColumn[int64]{header: header, typed: "DateTime64(3, 'UTC')", values: values}
}

func typeOf[T scalar]() string {
	var zero T
	switch any(zero).(type) {
	case uint8:
		return "UInt8"
	case uint16:
		return "UInt16"
	case uint32:
		return "UInt32"
	case uint64:
		return "UInt64"
	case int64:
		return "Int64"
	case float64:
		return "Float64"
	default:
		return "String"
	}
}

func (c *scalarColumn[T]) name() string    { return c.header }
func (c *scalarColumn[T]) sqlType() string { return c.typed }
func (c *scalarColumn[T]) length() int     { return len(*c.values) }
func (c *scalarColumn[T]) target() any     { return &c.scanned }
func (c *scalarColumn[T]) keep()           { *c.values = append(*c.values, c.scanned) }

func (c *scalarColumn[T]) selected(rows selection) any {
	if rows.list == nil {
		return (*c.values)[rows.from:rows.to]
	}
	picked := make([]T, len(rows.list))
	for i, row := range rows.list {
		picked[i] = (*c.values)[row]
	}
	return picked
}

func (c *scalarColumn[T]) appendTo(batch driver.BatchColumn, rows selection) error {
	return batch.Append(c.selected(rows))
}

// constantColumn has one value for all rows. It is written, never read.
type constantColumn[T scalar] struct {
	header string
	value  T
	rows   int
}

func constant[T scalar](header string, value T, rows int) column {
	return &constantColumn[T]{header, value, rows}
}

func (c *constantColumn[T]) name() string    { return c.header }
func (c *constantColumn[T]) sqlType() string { return typeOf[T]() }
func (c *constantColumn[T]) length() int     { return c.rows }
func (c *constantColumn[T]) target() any     { return new(T) }
func (c *constantColumn[T]) keep()           {}

func (c *constantColumn[T]) selected(rows selection) any {
	values := make([]T, rows.length())
	for i := range values {
		values[i] = c.value
	}
	return values
}

func (c *constantColumn[T]) appendTo(batch driver.BatchColumn, rows selection) error {
	return batch.Append(c.selected(rows))
}

type listColumn struct {
	header  string
	lists   *sample.Lists
	scanned []uint32
}

func lists(header string, values *sample.Lists) column {
	return &listColumn{header: header, lists: values}
}

func (c *listColumn) name() string    { return c.header }
func (c *listColumn) sqlType() string { return "Array(UInt32)" }
func (c *listColumn) length() int     { return len(c.lists.Ends) }
func (c *listColumn) target() any     { return &c.scanned }
func (c *listColumn) keep()           { c.lists.Append(c.scanned...) }

func (c *listColumn) selected(selection) any { return nil }

// appendTo hands the rows over as lists of pointers: clickhouse-go takes those
// without reflection and without boxing an element, which costs one pointer an
// element and one small allocation a row. Its own way for a whole column of lists
// allocates twice for each element.
func (c *listColumn) appendTo(batch driver.BatchColumn, rows selection) error {
	pointers := make([]*uint32, len(c.lists.Values))
	for i := range pointers {
		pointers[i] = &c.lists.Values[i]
	}
	for i := range rows.length() {
		row := rows.at(i)
		start := uint32(0)
		if row > 0 {
			start = c.lists.Ends[row-1]
		}
		if err := batch.AppendRow(pointers[start:c.lists.Ends[row]]); err != nil {
			return err
		}
	}
	return nil
}

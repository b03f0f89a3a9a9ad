package sample

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// allKinds are the kinds there are.
func allKinds() []Kind {
	var kinds []Kind
	for kind := range Kind(255) {
		if newRows(kind) != nil {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// content is a way to fill rows.
type content struct {
	name   string
	number func(random *rand.Rand, row int) uint64
	text   func(random *rand.Rand, row int) string
	values func(random *rand.Rand, row int) []uint32
}

var contents = []content{
	{
		"equal",
		func(*rand.Rand, int) uint64 { return 200 },
		func(*rand.Rand, int) string { return "G.711" },
		func(*rand.Rand, int) []uint32 { return []uint32{7, 8} },
	},
	{
		"zero",
		func(*rand.Rand, int) uint64 { return 0 },
		func(*rand.Rand, int) string { return "" },
		func(*rand.Rand, int) []uint32 { return nil },
	},
	{
		"runs",
		func(_ *rand.Rand, row int) uint64 { return uint64(row / 10) },
		func(_ *rand.Rand, row int) string { return fmt.Sprint("device ", row/10) },
		func(_ *rand.Rand, row int) []uint32 { return make([]uint32, row%3) },
	},
	{
		"random",
		func(random *rand.Rand, _ int) uint64 { return random.Uint64() >> random.IntN(64) },
		func(random *rand.Rand, _ int) string { return string(make([]byte, random.IntN(300))) },
		func(random *rand.Rand, _ int) []uint32 {
			values := make([]uint32, random.IntN(20))
			for i := range values {
				values[i] = random.Uint32()
			}
			return values
		},
	},
	{
		"extreme",
		func(_ *rand.Rand, row int) uint64 { return []uint64{0, 1<<64 - 1, 1 << 63, 1<<63 - 1}[row%4] },
		func(_ *rand.Rand, row int) string { return []string{"", "\x00\xff", "\u65e5\u672c", "a"}[row%4] },
		func(_ *rand.Rand, row int) []uint32 { return []uint32{0, 1<<32 - 1}[:row%3] },
	},
}

// fieldsOf returns the fields that are columns, those of embedded structs among them.
func fieldsOf(rows Rows) (names []string, columns []reflect.Value) {
	all := reflect.ValueOf(rows).Elem()
	for _, field := range reflect.VisibleFields(all.Type()) {
		if !field.Anonymous {
			names, columns = append(names, field.Name), append(columns, all.FieldByIndex(field.Index))
		}
	}
	return names, columns
}

// fill returns rows of the kind with every column filled. Numbers are cut to what
// their column holds.
func fill(kind Kind, n int, with content) Rows {
	random := rand.New(rand.NewPCG(uint64(kind), uint64(n)))
	rows := newRows(kind)
	names, fields := fieldsOf(rows)
	for i, field := range fields {
		for row := range n {
			switch column := field.Addr().Interface().(type) {
			case *[]uint8:
				*column = append(*column, uint8(with.number(random, row)))
			case *[]uint32:
				*column = append(*column, uint32(with.number(random, row)))
			case *[]uint64:
				*column = append(*column, with.number(random, row))
			case *[]int64:
				*column = append(*column, int64(with.number(random, row)))
			case *[]string:
				*column = append(*column, with.text(random, row))
			case *Lists:
				column.Append(with.values(random, row)...)
			default:
				panic(fmt.Sprintf("column %s of %s is a %T: teach this test to fill it", names[i], kind, column))
			}
		}
	}
	return rows
}

// expectRows compares row by row, so that nil and empty columns are the same.
func expectRows(t testing.TB, got, want Rows) {
	t.Helper()
	if got.Kind() != want.Kind() || got.Len() != want.Len() {
		t.Fatalf("%d rows of %s, want %d of %s", got.Len(), got.Kind(), want.Len(), want.Kind())
	}
	names, gotFields := fieldsOf(got)
	_, wantFields := fieldsOf(want)
	for i, name := range names {
		if lists, ok := gotFields[i].Addr().Interface().(*Lists); ok {
			expected := wantFields[i].Addr().Interface().(*Lists)
			if len(lists.Ends) != got.Len() {
				t.Fatalf("%s: column %s has %d lists for %d rows", got.Kind(), name, len(lists.Ends), got.Len())
			}
			for row := range lists.Ends {
				if fmt.Sprint(lists.Row(row)) != fmt.Sprint(expected.Row(row)) {
					t.Fatalf("%s: column %s, row %d: %v, want %v", got.Kind(), name, row, lists.Row(row), expected.Row(row))
				}
			}
			continue
		}
		column, expected := gotFields[i], wantFields[i]
		if column.Len() != expected.Len() {
			t.Fatalf("%s: column %s has %d rows, want %d", got.Kind(), name, column.Len(), expected.Len())
		}
		for row := range column.Len() {
			if !column.Index(row).Equal(expected.Index(row)) {
				t.Fatalf("%s: column %s, row %d: %v, want %v", got.Kind(), name, row, column.Index(row), expected.Index(row))
			}
		}
	}
}

func TestEveryKindHasANameAndListsEveryColumn(t *testing.T) {
	if kinds := allKinds(); len(kinds) != len(kindNames) {
		t.Errorf("%d kinds have rows, %d have a name", len(kinds), len(kindNames))
	}
	for _, kind := range allKinds() {
		rows := newRows(kind)
		if rows.Kind() != kind || rows.Len() != 0 {
			t.Errorf("%s: kind %s with %d rows", kind, rows.Kind(), rows.Len())
		}
		if fields, _ := fieldsOf(rows); len(fields) != len(rows.columns()) {
			t.Errorf("%s: %d fields, %d columns", kind, len(fields), len(rows.columns()))
		}
	}
	if _, err := NewRows(200); err == nil {
		t.Error("rows of an unknown kind")
	}
}

func TestAppendAndTruncate(t *testing.T) {
	for _, kind := range allKinds() {
		for _, with := range contents {
			all := fill(kind, 100, with)
			parts, err := NewRows(kind)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range [][2]int{{0, 30}, {30, 30}, {30, 31}, {31, 100}} {
				if err := AppendRange(parts, all, part[0], part[1]); err != nil {
					t.Fatal(err)
				}
			}
			expectRows(t, parts, all)
			if Size(all) <= 0 {
				t.Errorf("%s rows have no size", kind)
			}
			rest, _ := NewRows(kind)
			if err := AppendRange(rest, all, 30, 100); err != nil {
				t.Fatal(err)
			}
			if got, want := SizeFrom(all, 30), Size(rest); got != want {
				t.Errorf("%s rows from 30 on are %d bytes, want %d", kind, got, want)
			}

			Truncate(parts, 60)
			first, _ := NewRows(kind)
			if err := AppendRange(first, all, 0, 60); err != nil {
				t.Fatal(err)
			}
			expectRows(t, parts, first)
			if err := Append(parts, all); err != nil {
				t.Fatal(err)
			}
			if err := Append(first, all); err != nil {
				t.Fatal(err)
			}
			expectRows(t, parts, first)
			Truncate(parts, 0)
			if parts.Len() != 0 || Size(parts) != 0 {
				t.Errorf("%s: %d rows of %d bytes are left", kind, parts.Len(), Size(parts))
			}
		}
	}
}

func TestAppendOrder(t *testing.T) {
	order := []uint32{7, 0, 99, 7, 31}
	for _, kind := range allKinds() {
		for _, with := range contents {
			all := fill(kind, 100, with)
			picked, _ := NewRows(kind)
			if err := AppendOrder(picked, all, order); err != nil {
				t.Fatal(err)
			}
			want, _ := NewRows(kind)
			for _, row := range order {
				if err := AppendRange(want, all, int(row), int(row)+1); err != nil {
					t.Fatal(err)
				}
			}
			expectRows(t, picked, want)
		}
	}
	if err := AppendOrder(&Pings{}, fill(KindPings, 3, contents[0]), []uint32{0, 3}); err == nil {
		t.Error("row 3 of 3 was added")
	}
	if err := AppendOrder(&Voice{}, fill(KindPings, 3, contents[0]), order[:0]); err == nil {
		t.Error("rows of another kind were added")
	}
}

func TestAppendRefusesWhatDoesNotFit(t *testing.T) {
	rows := fill(KindPings, 3, contents[0]).(*Pings)
	if err := Append(&Voice{}, rows); err == nil {
		t.Error("rows of another kind were added")
	}
	for _, part := range [][2]int{{-1, 2}, {2, 1}, {0, 4}} {
		if err := AppendRange(&Pings{}, rows, part[0], part[1]); err == nil {
			t.Errorf("rows %v of 3 were added", part)
		}
	}
	rows.Sent = rows.Sent[:1]
	target := &Pings{}
	if err := Append(target, rows); err == nil || target.Len() != 0 || len(target.Sent) != 0 {
		t.Errorf("columns of unequal length were added: %v", err)
	}
}

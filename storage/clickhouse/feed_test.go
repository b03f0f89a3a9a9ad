package clickhouse

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	driven "github.com/ClickHouse/clickhouse-go/v2/lib/column"
)

// TestFeed fills columns of every type of numbers with stretches and picked rows of several shares.
func TestFeed(t *testing.T) {
	columns := func(first int) []column {
		n := uint64(first)
		return []column{
			of("bytes", &[]uint8{1, 2, 255}), of("shorts", &[]uint16{1, math.MaxUint16, 3}), of("words", &[]uint32{math.MaxUint32, 2, 3}), of("longs", &[]uint64{n, math.MaxUint64, n + 2}),
			of("whole", &[]int64{-1, math.MinInt64, 3}), of("means", &[]float64{0.5, -2, math.Inf(1)}), times("times", &[]int64{1000, -1, 1_788_000_000_123}), constant("same", n, 3), picked([]int{2, 0, 1}, of("picked", &[]uint32{7, 8, 9}))[0], of("texts", &[]string{"a", "b", "c"}),
		}
	}
	whole := block{
		{insertion{columns: columns(10)}, selection{to: 3}},
		{insertion{columns: columns(20)}, selection{from: 1, to: 2}},
		{insertion{columns: columns(30)}, selection{list: []int{2, 0}}},
	}
	want := []string{
		"[1 2 255 2 255 1]", "[1 65535 3 65535 3 1]", "[4294967295 2 3 2 3 4294967295]", "[10 18446744073709551615 12 18446744073709551615 32 30]",
		"[-1 -9223372036854775808 3 -9223372036854775808 3 -1]", "[0.5 -2 +Inf -2 +Inf 0.5]",
		"[1970-01-01T00:00:01Z 1969-12-31T23:59:59.999Z 2026-08-29T10:40:00.123Z 1969-12-31T23:59:59.999Z 2026-08-29T10:40:00.123Z 1970-01-01T00:00:01Z]",
		"[10 10 10 20 30 30]", "[9 7 8 7 8 9]", "[]",
	}
	f := newFeeder()
	for at, from := range columns(0) {
		to, err := driven.Type(from.sqlType()).Column(from.name(), &driven.ServerContext{})
		if err != nil {
			t.Fatal(err)
		}
		filled, err := f.fill(to, whole, at)
		if numeric := from.name() != "texts"; filled != numeric || err != nil {
			t.Fatalf("%s are filled: %t, %v", from.name(), filled, err)
		}
		got := []any{}
		for row := range to.Rows() {
			value := to.Row(row, false)
			if at, ok := value.(time.Time); ok {
				value = at.UTC().Format(time.RFC3339Nano)
			}
			got = append(got, value)
		}
		if fmt.Sprint(got) != want[at] {
			t.Errorf("%s are %v, want %s", from.name(), got, want[at])
		}
	}
	if len(slices.Concat(f.stretches...)) != 0 {
		t.Error("something is left")
	}
}

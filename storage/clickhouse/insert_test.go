package clickhouse

import (
	"fmt"
	"slices"
	"testing"

	"mimamori/storage"
)

// TestTurns: what is told of the past is written before anything that takes its place, marks
// before what they are about, states last, each by itself.
func TestTurns(t *testing.T) {
	insertions, err := derivedInsertions(storage.Source{}, &storage.Derived{})
	if err != nil {
		t.Fatal(err)
	}
	order := make([]string, len(insertions))
	for i, rows := range insertions {
		order[i] = rows.table
	}
	all := turns(order)
	if got := slices.Concat(all...); !slices.Equal(got, order) {
		t.Errorf("tables in turn are %v, want those there are, in their order: %v", got, order)
	}
	at := map[string]int{}
	for i, tables := range all {
		for _, table := range tables {
			at[table] = i
			if inTurn[table] && len(tables) > 1 {
				t.Errorf("%s is written at the same time as others: %v", table, tables)
			}
		}
	}
	for _, pair := range [][2]string{
		{"corrections", "utilization"}, {"corrections", "intervals"}, {"corrections", "voice_minutes"}, {"recomputes", "dirty_ranges"},
		{"dirty_ranges", "utilization"}, {"dirty_ranges", "voice_minutes"}, {"rolled_sites", "utilization"},
		{"intervals", "device_states"}, {"reboots", "device_states"}, {"utilization", "device_states"}, {"device_states", "device_current"},
	} {
		if before, after := at[pair[0]], at[pair[1]]; before >= after {
			t.Errorf("%s has turn %d, %s turn %d: the one comes before the other", pair[0], before, pair[1], after)
		}
	}
	if at["utilization"] != at[pollsRecent] {
		t.Error(fmt.Sprint("nothing is written at the same time: ", all))
	}
}

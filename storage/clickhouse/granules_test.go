package clickhouse

import (
	"strings"
	"testing"
)

// testGranules: a store that is made anew has small granules where a few interfaces are read.
func testGranules(t *testing.T, config Config) {
	store := open(t, config)
	seen := 0
	var table, engine string
	err := store.query(t.Context(), "granules", "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND name IN ('utilization', 'utilization_5m', 'utilization_1h')", nil,
		[]any{&table, &engine}, func() {
			seen++
			for _, want := range []string{"index_granularity = 2048", "ttl_only_drop_parts = 1"} {
				if !strings.Contains(engine, want) {
					t.Errorf("%s has no %s: %s", table, want, engine)
				}
			}
		})
	if err != nil || seen != 3 {
		t.Fatalf("%d tables, error %v", seen, err)
	}
}

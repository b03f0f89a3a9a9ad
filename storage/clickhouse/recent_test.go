package clickhouse

import (
	"strings"
	"testing"

	"mimamori/storage"
)

// refill empties tables and fills them as their migration does.
func refill(t *testing.T, store *Store, migration string, tables ...string) {
	t.Helper()
	for _, table := range tables {
		if err := store.execute(t.Context(), "TRUNCATE TABLE "+table); err != nil {
			t.Fatal(err)
		}
	}
	all, err := readMigrations()
	if err != nil {
		t.Fatal(err)
	}
	filled := false
	for _, each := range all {
		for _, statement := range each.statements {
			if each.name == migration && strings.HasPrefix(statement, "INSERT") {
				filled = true
				if err := store.execute(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if !filled {
		t.Fatalf("%s fills nothing", migration)
	}
}

// sameRows holds that a table that has rows of the last days has so many, those of all time.
func sameRows(t *testing.T, store *Store, how, recent, whole, columns string, rows uint64) {
	t.Helper()
	if n := store.count(t, recent+" FINAL"); n != rows {
		t.Errorf("%s: %d rows in %s, want %d", how, n, recent, rows)
	}
	for _, way := range [][2]string{{recent, whole}, {whole, recent}} {
		only := "SELECT " + columns + " FROM " + way[0] + " FINAL EXCEPT SELECT " + columns + " FROM " + way[1] + " FINAL"
		if n := store.count(t, "("+only+")"); n != 0 {
			t.Errorf("%s: %d rows of %s are not in %s", how, n, way[0], way[1])
		}
	}
}

// sameBusiest holds the three busiest of 30 interfaces to those of all their traffic.
func sameBusiest(t *testing.T, store *Store, query storage.Query, traffic []storage.LinkUtilization) {
	t.Helper()
	query.Limit = 3
	busiest, err := store.Interfaces(t.Context(), query, storage.InterfaceChoice{Busiest: true})
	if err != nil || len(busiest.Interfaces) != 3 || busiest.Total != 30 {
		t.Fatalf("%+v, error %v", busiest, err)
	}
	for i, link := range storage.TopLinks(traffic, "percent", 3) {
		if got := busiest.Interfaces[i]; !sameFloat(got.InBits, link.InBits) || got.CoveredMs != link.CoveredMs {
			t.Errorf("number %d is %+v, want %+v", i, got, link)
		}
	}
}

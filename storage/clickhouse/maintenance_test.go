package clickhouse

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

func testMaintenance(t *testing.T, config Config) {
	store := open(t, config)
	began := time.UnixMilli(at(0)).UTC()
	once := calendar.Window{ID: "once", Customer: "acme", Site: "tokyo", Device: "router", From: began, To: began.Add(time.Hour),
		TimeZone: "Asia/Tokyo", EnteredAt: began.Add(-time.Hour), By: "suzuki", Why: "new line card", Reference: "CHG-7"}
	weekly := calendar.Window{ID: "weekly", Customer: "acme", From: began.Add(time.Minute), To: began.Add(time.Hour), Rule: "FREQ=WEEKLY",
		TimeZone: "Europe/Berlin", EnteredAt: began.Add(time.Hour), By: "suzuki", Why: "backups"}
	foreign := calendar.Window{ID: "once", Customer: "zen", Site: "osaka", From: began, To: began.Add(time.Hour),
		TimeZone: "UTC", EnteredAt: began, By: "tanaka", Why: "power"}
	for _, window := range []calendar.Window{once, weekly, foreign} {
		if err := store.SaveMaintenance(t.Context(), window); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(change func(*storage.Query)) []calendar.Window {
		t.Helper()
		query := storage.Query{Scope: storage.OnlyCustomers(acme), From: began, To: began.Add(time.Hour)}
		if change != nil {
			change(&query)
		}
		windows, err := store.Maintenance(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		return windows
	}
	for _, test := range []struct {
		name   string
		change func(*storage.Query)
		want   []calendar.Window
	}{
		{"own scope", nil, []calendar.Window{once, weekly}},
		{"everybody", func(q *storage.Query) { q.Scope = storage.EveryCustomer() }, []calendar.Window{once, foreign, weekly}},
		{"by customer", func(q *storage.Query) { q.Scope, q.Customer = storage.EveryCustomer(), "zen" }, []calendar.Window{foreign}},
		{"customer out of scope", func(q *storage.Query) { q.Customer = "zen" }, nil},
		{"another device", func(q *storage.Query) { q.Device = "switch" }, []calendar.Window{weekly}},
		{"another site", func(q *storage.Query) { q.Site = "kyoto" }, []calendar.Window{weekly}},
		{"before", func(q *storage.Query) { q.From, q.To = began.Add(-time.Hour), began }, nil},
		{"as the next begins", func(q *storage.Query) { q.To = began.Add(time.Minute) }, []calendar.Window{once}},
		{"after", func(q *storage.Query) { q.From, q.To = began.Add(time.Hour), began.Add(2*time.Hour) }, []calendar.Window{weekly}},
		{"the first alone", func(q *storage.Query) { q.Limit = 1 }, []calendar.Window{once}},
	} {
		if got := ask(test.change); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
	if _, err := store.Maintenance(t.Context(), storage.Query{From: began, To: began.Add(time.Hour)}); !errors.Is(err, storage.ErrNoScope) {
		t.Errorf("without a scope: %v", err)
	}

	// A clock that was set back changes nothing about which word is the last.
	longer, cancelled := once, once
	longer.To, longer.RevisedAt, longer.RevisedBy, longer.RevisedWhy = once.To.Add(time.Hour), once.EnteredAt.Add(time.Minute), "sato", "takes longer"
	cancelled.Cancelled, cancelled.RevisedAt, cancelled.RevisedBy, cancelled.RevisedWhy = true, once.EnteredAt.Add(-time.Minute), "sato", "called off"
	if err := store.SaveMaintenance(t.Context(), longer); err != nil {
		t.Fatal(err)
	}
	if got := ask(nil); !slices.Equal(got, []calendar.Window{longer, weekly}) {
		t.Errorf("a longer window: got %+v", got)
	}
	if err := store.SaveMaintenance(t.Context(), cancelled); err != nil {
		t.Fatal(err)
	}
	if got := ask(nil); !slices.Equal(got, []calendar.Window{weekly}) {
		t.Errorf("a cancelled window is in force: %+v", got)
	}
	if got := ask(func(q *storage.Query) { q.Scope, q.Customer = storage.EveryCustomer(), "zen" }); !slices.Equal(got, []calendar.Window{foreign}) {
		t.Errorf("another customer's window of the same id: %+v", got)
	}
	history, err := store.MaintenanceHistory(t.Context(), storage.Query{Scope: storage.OnlyCustomers(acme), From: began, To: began.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if want := []calendar.Window{once, longer, cancelled, weekly}; !slices.Equal(history, want) {
		t.Errorf("the history is %+v, want %+v", history, want)
	}

	// One that was put off out of the time asked for once lay in it.
	putOff := foreign
	putOff.From, putOff.To = began.AddDate(0, 1, 0), began.AddDate(0, 1, 1)
	putOff.RevisedAt, putOff.RevisedBy, putOff.RevisedWhy = began.Add(3*time.Hour), "tanaka", "no power"
	if err := store.SaveMaintenance(t.Context(), putOff); err != nil {
		t.Fatal(err)
	}
	history, err = store.MaintenanceHistory(t.Context(), storage.Query{Scope: storage.EveryCustomer(), Customer: "zen", From: began, To: began.Add(time.Hour)})
	if want := []calendar.Window{foreign, putOff}; err != nil || !slices.Equal(history, want) {
		t.Errorf("the history of what was put off is %+v (%v), want %+v", history, err, want)
	}
}

func testMaintenanceRefused(t *testing.T, config Config) {
	store := open(t, config)
	valid := calendar.Window{ID: "id", Customer: "acme", From: noon, To: noon.Add(time.Hour), TimeZone: "UTC", EnteredAt: noon, By: "suzuki", Why: "test"}
	for _, test := range []struct {
		change func(*calendar.Window)
		want   string
	}{
		{func(w *calendar.Window) { w.ID = "" }, "no id"},
		{func(w *calendar.Window) { w.Customer = "" }, "no customer"},
		{func(w *calendar.Window) { w.By = "" }, "who entered it when and why"},
		{func(w *calendar.Window) { w.Why = "" }, "who entered it when and why"},
		{func(w *calendar.Window) { w.EnteredAt = time.Time{} }, "who entered it when and why"},
		{func(w *calendar.Window) { w.To = w.From }, "not after it begins"},
		{func(w *calendar.Window) { w.Rule = "FREQ=SECONDLY" }, "too often"},
	} {
		window := valid
		test.change(&window)
		if err := store.SaveMaintenance(t.Context(), window); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want %s", window, err, test.want)
		}
	}
	if n := store.count(t, "maintenance"); n != 0 {
		t.Errorf("%d refused windows were stored", n)
	}
}

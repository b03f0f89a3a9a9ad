package sla

import (
	"slices"
	"testing"
	"time"

	"mimamori/storage/calendar"
)

// TestRecordedIsWhatWasConfigured keeps a configuration's promises and reads them back:
// each customer is promised the same, and nobody else's groups and calendars are known.
func TestRecordedIsWhatWasConfigured(t *testing.T) {
	off := false
	config := Config{
		Calendars: map[string]calendar.Config{"office": {TimeZone: "Asia/Tokyo"}, "shop": {TimeZone: "Europe/Berlin"}},
		Contracts: []Contract{{Customer: "acme", Calendar: "office", TargetPct: 99.9}, {Customer: "zen", Calendar: "shop", ExcludeMaintenance: &off}},
		Groups: []Group{
			{Name: "lan", Customer: "acme", Kind: Series, Members: []Member{{Site: "tokyo", Device: "router"}, {Site: "tokyo", Device: "switch"}}},
			{Name: "net", Customer: "zen", Kind: Parallel, Members: []Member{{Site: "berlin", Device: "router"}}},
		},
	}
	older := Config{}.Revisions([]string{"acme"}, time.Unix(1, 0), "me", "first")
	all := slices.Concat(older, config.Revisions([]string{"acme", "nobody", "zen"}, time.Unix(2, 0), "me", "changed"))
	recorded, err := Recorded(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, customer := range []string{"acme", "zen", "nobody", "unheard of"} {
		for _, name := range []string{"", AroundTheClock, "office"} {
			if got, want := recorded.promise(customer, name).content(), config.promise(customer, name).content(); got != want {
				t.Errorf("%s by %q: %s, want %s", customer, name, got, want)
			}
		}
	}
	if got := recorded.CalendarNames(); !slices.Equal(got, []string{AroundTheClock, "office", "shop"}) {
		t.Errorf("calendars %q", got)
	}
	only, err := Recorded(all[:2])
	if err != nil || len(only.Groups) != 1 || !slices.Equal(only.CalendarNames(), []string{AroundTheClock, "office"}) {
		t.Errorf("of acme alone: %+v, %v", only, err)
	}
	all[1].Content = `{"calendar":"24x7","from the future":1}`
	if _, err := Recorded(all); err == nil {
		t.Error("a contract of a later version was read")
	}
}

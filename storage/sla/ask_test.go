package sla

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/calendar"
)

func TestNothingScheduledOrKnownIsNoPercentage(t *testing.T) {
	sunday := april
	sunday.From, sunday.To = time.Date(2025, 4, 6, 0, 0, 0, 0, time.UTC), time.Date(2025, 4, 7, 0, 0, 0, 0, time.UTC)
	config := Config{Calendars: map[string]calendar.Config{"office": {TimeZone: "UTC", Hours: []string{"Mon-Fri 09:00-18:00"}}}}
	for _, test := range []struct {
		what     string
		calendar string
		source   record
	}{
		{"a Sunday", "office", record{devices: []storage.Availability{device(sunday, "acme", "tokyo", "router", 0, down(0, 3600))}}},
		{"nobody looked", "", record{devices: []storage.Availability{device(sunday, "acme", "tokyo", "router", 0, unknown(0, 86400))}}},
		{"all maintenance", "", record{
			devices: []storage.Availability{device(sunday, "acme", "tokyo", "router", 0)},
			windows: []calendar.Window{planned(sunday, 0, 86400, "move")},
		}},
	} {
		got := one(t, ask(t, &test.source, config, Question{Query: sunday, Calendar: test.calendar}))
		if percent, ok := got.Percent(); ok {
			t.Errorf("%s: %v %%", test.what, percent)
		}
		if met, ok := got.Met(99); ok {
			t.Errorf("%s: met %v", test.what, met)
		}
	}
	if rows := ask(t, &record{}, config, Question{Query: sunday}).Rows; len(rows) != 0 {
		t.Errorf("rows of nothing: %+v", rows)
	}
}

func TestTheContractOfEachCustomer(t *testing.T) {
	config := Config{
		Calendars: map[string]calendar.Config{"office": {TimeZone: "UTC", Hours: []string{"Mon-Fri 09:00-18:00"}}},
		Contracts: []Contract{{Customer: "acme", Calendar: "office", TargetPct: 99.5}},
	}
	source := &record{devices: []storage.Availability{device(april, "acme", "tokyo", "a", 0), device(april, "zen", "kyoto", "a", 0)}}
	rows := ask(t, source, config, Question{Query: april, By: ByCustomer}).Rows
	if len(rows) != 2 || rows[0].Calendar != "office" || rows[0].ScheduledMs != 22*9*3_600_000 || rows[0].TargetPct != 99.5 {
		t.Fatalf("%+v", rows)
	}
	if rows[1].Calendar != AroundTheClock || rows[1].ScheduledMs != 30*86_400_000 || rows[1].TargetPct != 0 {
		t.Errorf("%+v", rows[1])
	}
}

func TestHolidaysAreNamed(t *testing.T) {
	may := april
	may.From, may.To = time.Date(2026, 5, 4, 15, 0, 0, 0, time.UTC), time.Date(2026, 5, 7, 15, 0, 0, 0, time.UTC) // 5 to 7 May in Japan
	config := Config{Calendars: map[string]calendar.Config{
		"desk": {TimeZone: "Asia/Tokyo", Hours: []string{"Mon-Fri 09:00-18:00"}, Holidays: []string{"JP"}},
	}}
	source := &record{devices: []storage.Availability{device(may, "acme", "tokyo", "router", 0, down(0, 3*86400))}}
	got := one(t, ask(t, source, config, Question{Query: may, Calendar: "desk"}))
	reasons := got.Outages[0].Excluded
	if got.DownMs != 9*3_600_000 || len(reasons) != 3 || !strings.HasPrefix(reasons[0].Why, "holiday: ") || reasons[0].Ms != 86_400_000 ||
		!strings.HasPrefix(reasons[1].Why, "holiday: ") || reasons[1].Ms != 86_400_000 || reasons[2] != (Excluded{outsideHours, 15 * 3_600_000}) {
		t.Errorf("%+v", got.Outages[0])
	}
}

func TestTimeBeforeTheFirstRowIsNotScheduled(t *testing.T) {
	source := &record{devices: []storage.Availability{device(april, "acme", "tokyo", "router", 86400)}}
	got := one(t, ask(t, source, DefaultConfig(), Question{Query: april}))
	if got.ScheduledMs != 29*86_400_000 || !got.Since.Equal(second(april, 86400)) {
		t.Errorf("%+v", got)
	}
}

// TestGroupsOfOthersAreNotSeen holds that a scope hides the very names of other
// customers' services.
func TestGroupsOfOthersAreNotSeen(t *testing.T) {
	config := pair(Series)
	config.Groups = append(config.Groups, Group{Name: "vault", Customer: "zen", Kind: Series, Members: []Member{{Site: "kyoto", Device: "a"}}})
	query := april
	query.Scope = storage.OnlyCustomers(sample.CustomerID("acme"))
	for _, customer := range []string{"", "zen"} {
		query.Customer = customer
		for _, row := range ask(t, &record{}, config, Question{Query: query, By: ByGroup}).Rows {
			if row.Customer != "acme" || customer == "zen" {
				t.Errorf("asked for %q: %+v", customer, row.Entity)
			}
		}
	}
	query.Scope = storage.Scope{}
	if _, err := Ask(t.Context(), &record{}, config, Question{Query: query}); !errors.Is(err, storage.ErrNoScope) {
		t.Errorf("without a scope: %v", err)
	}
}

func TestQuestionsThatCannotBeAnswered(t *testing.T) {
	for _, question := range []Question{{Query: april, By: "rack"}, {Query: april, Calendar: "shop"}} {
		if _, err := Ask(t.Context(), &record{}, DefaultConfig(), question); !errors.Is(err, ErrQuestion) || !strings.Contains(err.Error(), "one of") {
			t.Errorf("%+v: %v", question, err)
		}
	}
}

func TestALimitCutsRowsAndNotDevices(t *testing.T) {
	query := april
	query.Limit = 1
	source := &record{devices: []storage.Availability{
		device(april, "acme", "osaka", "a", 0), device(april, "acme", "osaka", "b", 0), device(april, "acme", "tokyo", "a", 0),
	}}
	if got := one(t, ask(t, source, DefaultConfig(), Question{Query: query, By: BySite})); got.ScheduledMs != 60*86_400_000 {
		t.Errorf("%+v", got)
	}
}

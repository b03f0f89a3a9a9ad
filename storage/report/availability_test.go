package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
	"mimamori/storage/sla"
)

// promises are a contract and a group on the devices of reportedDevices.
func promises() sla.Config {
	return sla.Config{
		Contracts: []sla.Contract{{Customer: "Aoba, Foods", TargetPct: 95}},
		Groups: []sla.Group{{Name: "till", Customer: "Aoba, Foods", Kind: sla.Parallel, Members: []sla.Member{
			{Site: "Sendai", Device: "sw-1"}, {Site: "Sendai", Device: "sw-2"}}}},
	}
}

// cell is the value of a column in the first row.
func cell(t *testing.T, sheet Sheet, column string) any {
	t.Helper()
	at := slices.Index(sheet.Columns, column)
	if at < 0 || len(sheet.Rows) == 0 || len(sheet.Rows[0]) != len(sheet.Columns) {
		t.Fatalf("no %s in %v with %d rows", column, sheet.Columns, len(sheet.Rows))
	}
	return sheet.Rows[0][at]
}

func TestServiceLevelsByEverything(t *testing.T) {
	record := record{devices: reportedDevices()}
	for by, keys := range map[sla.By]string{
		sla.ByDevice: "customer site device", sla.BySite: "customer site", sla.ByCustomer: "customer", sla.ByGroup: "customer group",
	} {
		sheet := ServiceLevels(answered(t, record, promises(), by))
		if got := strings.Join(sheet.Columns[:sheet.Keys], " "); got != keys {
			t.Errorf("by %s: keys %s", by, got)
		}
		if met := cell(t, sheet, "met"); by != sla.ByGroup && met != "no" {
			t.Errorf("by %s: met %v", by, met)
		}
		for _, details := range sheet.Details {
			flat := sheet.Of(details)
			for _, row := range flat.Rows {
				if len(row) != len(flat.Columns) {
					t.Errorf("by %s: %s has %d cells for %v", by, details.Name, len(row), flat.Columns)
				}
			}
		}
	}
	// Nobody looked at the other one: whether the till was up cannot be said.
	group := ServiceLevels(answered(t, record, promises(), sla.ByGroup))
	if unknown := cell(t, group, "unknown_s"); unknown != 7200.0 {
		t.Errorf("the group was unknown for %v s", unknown)
	}
}

func TestATableShowsWhatFits(t *testing.T) {
	promised := written(t, ServiceLevels(answered(t, record{devices: reportedDevices()}, promises(), sla.ByDevice)), "table")
	plain := written(t, levels(t, reportedDevices()), "table")
	if !strings.Contains(promised, "TARGET_PCT") || strings.Contains(plain, "TARGET_PCT") || strings.Contains(promised, "NINES") {
		t.Errorf("with a promise:\n%s\nwithout:\n%s", promised, plain)
	}
}

func TestMissingPercentagesAreExplained(t *testing.T) {
	night := sla.Config{Calendars: map[string]calendar.Config{"night": {TimeZone: "UTC", Hours: []string{"Sun 22:00-23:00"}}},
		Contracts: []sla.Contract{{Customer: "Aoba, Foods", Calendar: "night"}}}
	works := calendar.Window{ID: "w", From: reported.From, To: reported.To, TimeZone: "UTC", EnteredAt: reported.From.Add(-time.Hour), By: "hana", Why: "move"}
	for _, test := range []struct {
		record record
		config sla.Config
		want   string
	}{
		{record{devices: reportedDevices()}, sla.DefaultConfig(), "1 of 2 without a percentage: nothing is known"},
		{record{devices: reportedDevices()}, night, "2 of 2 without a percentage: nothing was scheduled"},
		{record{devices: reportedDevices(), windows: []calendar.Window{works}}, sla.DefaultConfig(), "2 of 2 without a percentage: all that was scheduled was under maintenance"},
	} {
		sheet := ServiceLevels(answered(t, test.record, test.config, sla.ByDevice))
		if text := written(t, sheet, "table"); !strings.Contains(text, test.want) {
			t.Errorf("%q is not in\n%s", test.want, text)
		}
	}
	if sheet := ServiceLevels(answered(t, record{}, promises(), sla.ByGroup)); len(sheet.Notes) != 1 || !strings.Contains(sheet.Notes[0], "nothing is known") {
		t.Errorf("a group of which nothing was ever seen: %v", sheet.Notes)
	}
}

func TestACorrectedFigureShowsTheOneBefore(t *testing.T) {
	devices := reportedDevices()[:1]
	correction := storage.Correction{Entity: devices[0].Entity, Changed: true, From: reported.From, To: reported.To,
		At: reported.To, By: "hana", Why: "backlog",
		Before: []storage.Outage{{From: reported.From, To: reported.From.Add(2 * time.Hour), State: storage.StateDown}}}
	sheet := ServiceLevels(answered(t, record{devices: devices, corrections: []storage.Correction{correction}}, sla.DefaultConfig(), sla.ByDevice))
	if who, before := cell(t, sheet, "corrected_by"), cell(t, sheet, "availability_before_pct"); who != "hana" || before.(float64) > 84 || before.(float64) < 83 {
		t.Errorf("corrected by %v, before %v", who, before)
	}
	if text := written(t, sheet, "table"); !strings.Contains(text, "CORRECTED") || !strings.Contains(text, "backlog") || !strings.Contains(text, "83.333") {
		t.Errorf("the table is silent about it:\n%s", text)
	}
}

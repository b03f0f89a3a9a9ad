package sla

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

func vectors(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	return rows[1:]
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestMaintenanceLeavesTheFigure(t *testing.T) {
	at := map[string][4]int64{ // outage and window, in hours after the beginning
		"outage 02:00-03:00, maint 02:30-04:30": {7200, 10800, 9000, 16200},
		"outage inside maint":                   {7200, 10800, 3600, 14400},
		"no overlap":                            {7200, 10800, 36000, 43200},
		"maint no outage":                       {0, 0, 36000, 43200},
	}
	for _, row := range vectors(t, "avail_maintenance.csv") {
		times, known := at[row[0]]
		if !known {
			t.Fatalf("a case that is not known: %q", row[0])
		}
		source := &record{windows: []calendar.Window{planned(april, times[2], times[3], "new supervisor")}}
		var pieces []piece
		if times[1] > 0 {
			pieces = append(pieces, down(times[0], times[1]))
		}
		source.devices = []storage.Availability{device(april, "acme", "tokyo", "router", 0, pieces...)}
		got := one(t, ask(t, source, DefaultConfig(), Question{Query: april}))
		if float64(got.ExcludedMs) != 1000*number(t, row[2]) || float64(got.DownMs) != 1000*number(t, row[5]) ||
			float64(got.ScheduledMs-got.ExcludedMs) != 1000*number(t, row[6]) {
			t.Errorf("%s: %+v", row[0], got.Figure)
		}
		isPercent(t, row[0], number(t, row[7]))(got.Percent())

		keep := false
		config := Config{Contracts: []Contract{{Customer: "acme", ExcludeMaintenance: &keep}}}
		got = one(t, ask(t, source, config, Question{Query: april}))
		isPercent(t, row[0]+", counted", number(t, row[9]))(got.Percent())
	}
}

func TestAnOutagePartlyInMaintenanceNamesWhatIsExcluded(t *testing.T) {
	window := planned(april, 9000, 16200, "new supervisor")
	window.Reference = "CHG-12"
	source := &record{
		devices: []storage.Availability{device(april, "acme", "tokyo", "router", 0, down(7200, 10800))},
		windows: []calendar.Window{window},
	}
	outage := one(t, ask(t, source, DefaultConfig(), Question{Query: april})).Outages[0]
	if outage.CountedMs != 1_800_000 || outage.ExcludedMs != 1_800_000 || len(outage.Excluded) != 1 ||
		outage.Excluded[0] != (Excluded{"maintenance: new supervisor (CHG-12)", 1_800_000}) {
		t.Errorf("%+v", outage)
	}
}

func TestUnknownIsNeitherUpNorDown(t *testing.T) {
	source := &record{devices: []storage.Availability{
		device(april, "acme", "tokyo", "router", 0, down(0, 7200), unknown(10000, 31600)),
	}}
	got := one(t, ask(t, source, DefaultConfig(), Question{Query: april}))
	for _, row := range vectors(t, "avail_unknown.csv") {
		switch want := number(t, row[1]); {
		case strings.HasPrefix(row[0], "exclude unknown"):
			isPercent(t, row[0], want)(got.Percent())
		case strings.HasPrefix(row[0], "unknown=down"):
			isPercent(t, row[0], want)(got.PessimisticPercent())
		}
	}
}

func TestTimeBetweenFailuresAndToRestore(t *testing.T) {
	source := &record{devices: []storage.Availability{
		device(april, "acme", "tokyo", "router", 0, down(1000, 1600), down(5000, 6200), down(9000, 10800)),
	}}
	got := one(t, ask(t, source, DefaultConfig(), Question{Query: april}))
	row := vectors(t, "mtbf.csv")[0]
	restore, _ := got.MTTR()
	between, _ := got.MTBF()
	if restore != 1000*number(t, row[3]) || between != 1000*number(t, row[4]) || got.LongestMs != 1_800_000 {
		t.Errorf("MTTR %v, MTBF %v, longest %d", restore, between, got.LongestMs)
	}
	isPercent(t, "availability", 100*number(t, row[6]))(got.Percent())
}

func TestNines(t *testing.T) {
	for _, row := range vectors(t, "nines.csv") {
		target := number(t, strings.TrimSuffix(row[0], "%"))
		for i, days := range []float64{1, 7, 30, 365, 365.25} {
			known := int64(days * 86_400_000)
			if got, want := allowed(known, target), int64(math.Floor(1000*number(t, row[i+1])+1e-6)); got != want {
				t.Errorf("%s of %v days allows %d ms, want %d", row[0], days, got, want)
			}
			spent := Figure{ScheduledMs: known, DownMs: allowed(known, target)}
			spent.UpMs = known - spent.DownMs
			if met, ok := spent.Met(target); !met || !ok {
				t.Errorf("%s of %v days: all that is allowed was too much", row[0], days)
			}
			spent.DownMs, spent.UpMs = spent.DownMs+1, spent.UpMs-1
			if met, _ := spent.Met(target); met {
				t.Errorf("%s of %v days: a millisecond too much was met", row[0], days)
			}
		}
	}
	if nines, ok := (Figure{UpMs: 999, DownMs: 1}).Nines(); !ok || math.Abs(nines-3) > 1e-9 {
		t.Errorf("99.9 %% has %v nines", nines)
	}
	if _, ok := (Figure{UpMs: 999}).Nines(); ok {
		t.Error("there is an end to the nines of 100 %")
	}
}

func TestTopContributors(t *testing.T) {
	rows := vectors(t, "top_contributors.csv")
	source := &record{}
	for i, row := range rows {
		var pieces []piece
		if length := int64(number(t, row[1])); length > 0 {
			pieces = append(pieces, down(int64(i)*100, int64(i)*100+length))
		}
		source.devices = append(source.devices, device(april, "acme", "tokyo", row[0], 0, pieces...))
	}
	// Behind rtr-a: downtime of the service, but not its own.
	unreachable := piece{0, 5400, storage.StateDown, storage.CauseUnreachable}
	source.devices = append(source.devices, device(april, "acme", "tokyo", "sw-z", 0, unreachable))
	got := one(t, ask(t, source, DefaultConfig(), Question{Query: april, By: ByCustomer}))
	if got.DownMs != 13_200_000 || got.UnreachableMs != 5_400_000 {
		t.Errorf("down %d, unreachable %d", got.DownMs, got.UnreachableMs)
	}
	if len(got.Contributors) != 3 {
		t.Fatalf("contributors %+v", got.Contributors)
	}
	for i, each := range got.Contributors {
		want := rows[i]
		if each.Device != want[0] || math.Abs(each.SharePct-number(t, want[3])) > 1e-4 || math.Abs(each.CumulativePct-number(t, want[5])) > 1e-4 {
			t.Errorf("%+v, want %q", each, want)
		}
	}
}

func TestExpectationOfComposedServices(t *testing.T) {
	for _, row := range vectors(t, "avail_compose.csv") {
		var got float64
		switch {
		case strings.HasPrefix(row[0], "series"):
			got = expected(2, []float64{99.9, 99.95})
		case strings.HasPrefix(row[0], "parallel"):
			got = expected(1, []float64{99.9, 99.95})
		case strings.HasPrefix(row[0], "2-of-3"):
			got = expected(2, []float64{99, 99, 99})
		case strings.HasPrefix(row[0], "path"):
			got = expected(3, []float64{99.99, expected(1, []float64{99.5, 99.5}), 99.995})
		case strings.HasPrefix(row[0], "unweighted"):
			got, _ = Figure{UpMs: 9990, DownMs: 10}.plus(Figure{UpMs: 9995, DownMs: 5}).Percent()
		default:
			continue // devices have no weights
		}
		if math.Abs(got/100-number(t, row[1])) > 1e-9 {
			t.Errorf("%s: %v, want %s", row[0], got/100, row[1])
		}
	}
}

func TestAnOutageOverAWeekend(t *testing.T) {
	row := vectors(t, "sla_business_outage.csv")[0]
	seconds := func(i int) time.Time { return time.Unix(int64(number(t, row[i])), 0) }
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	query := storage.Query{
		Scope: storage.EveryCustomer(),
		From:  time.Date(2025, 3, 24, 0, 0, 0, 0, berlin), To: time.Date(2025, 4, 7, 0, 0, 0, 0, berlin),
	}
	config := Config{
		Calendars: map[string]calendar.Config{"office": {TimeZone: "Europe/Berlin", Hours: []string{"Mon-Fri 08:00-18:00"}}},
		Contracts: []Contract{{Customer: "acme", Calendar: "office", TargetPct: 99}},
	}
	from := int64(seconds(0).Sub(query.From).Seconds())
	source := &record{devices: []storage.Availability{
		device(query, "acme", "berlin", "router", 0, down(from, from+int64(number(t, row[2])))),
	}}
	got := one(t, ask(t, source, config, Question{Query: query}))
	if float64(got.ScheduledMs) != 1000*number(t, row[3]) || float64(got.DownMs) != 1000*number(t, row[4]) || got.Figure.Outages != 1 {
		t.Errorf("%+v", got.Figure)
	}
	isPercent(t, "availability", number(t, row[5]))(got.Percent())
	if met, ok := got.Met(got.TargetPct); met || !ok {
		t.Error("97.5 % meets 99 %")
	}
	if outage := got.Outages[0]; outage.CountedMs != 9_000_000 || outage.ExcludedMs != 219_600_000 || outage.Excluded[0].Why != outsideHours {
		t.Errorf("%+v", outage)
	}
	// Around the clock instead.
	got = one(t, ask(t, source, config, Question{Query: query, Calendar: AroundTheClock}))
	if got.DownMs != 228_600_000 || got.ScheduledMs != 14*86_400_000-3_600_000 || got.Calendar != AroundTheClock || got.TargetPct != 99 {
		t.Errorf("around the clock %+v", got)
	}
}

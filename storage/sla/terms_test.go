package sla

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// kept is a store that knows what was promised before.
type kept struct {
	rolled
	revisions []storage.ContractRevision
}

func (k *kept) Contracts(_ context.Context, query storage.Query) ([]storage.ContractRevision, error) {
	return slices.DeleteFunc(slices.Clone(k.revisions), func(r storage.ContractRevision) bool {
		return query.Customer != "" && query.Customer != r.Customer
	}), nil
}

// keep adds what a configuration promises to acme as the next revision.
func (k *kept) keep(config Config, at time.Time, by, why string) {
	k.revisions = append(k.revisions, config.Revisions([]string{"acme"}, at, by, why)...)
}

// measuredBy is a configuration with a contract of acme.
func measuredBy(name string, change ...func(*Config)) Config {
	config := Config{
		Calendars: map[string]calendar.Config{"office": {TimeZone: "UTC", Hours: []string{"Mon-Fri 09:00-18:00"}}},
		Contracts: []Contract{{Customer: "acme", Calendar: name}},
	}
	for _, each := range change {
		each(&config)
	}
	return config
}

const hour = 3600

// TestTheFigureBeforeAChangedCalendar changes the calendar from office hours to all
// hours and back, with a window entered in between. April 1, 2025 is a Tuesday.
func TestTheFigureBeforeAChangedCalendar(t *testing.T) {
	office, always := measuredBy("office"), measuredBy(AroundTheClock)
	may := april.To
	source := &kept{}
	source.devices = []storage.Availability{device(april, "acme", "tokyo", "router", 0, down(2*hour, 3*hour), down(10*hour, 11*hour))}
	source.windows = []calendar.Window{planned(april, 10*hour, 10*hour+hour/2, "new line")}
	source.windows[0].EnteredAt = may.Add(2 * time.Hour)
	source.keep(office, april.From.AddDate(0, -3, 0), "root", storage.FirstDeployment)
	source.keep(always, may.Add(time.Hour), "root", "configuration changed")
	source.keep(office, may.Add(3*time.Hour), "hana", "the calendar was right")

	for _, by := range []By{ByDevice, BySite, ByCustomer} {
		answer := ask(t, source, office, Question{Query: april, By: by, FiguresOnly: true})
		row := one(t, answer)
		if len(answer.Notes) != 0 || row.Calendar != "office" || row.DownMs != hour/2*1000 || len(row.Corrections) != 3 {
			t.Fatalf("by %s: %+v, notes %q", by, row, answer.Notes)
		}
		for i, want := range []struct {
			at           time.Duration
			by, why      string
			down, hours  int64
			maintenanceH float64
		}{
			{3 * time.Hour, "hana", "the calendar was right", hour + hour/2, 30 * 24, 0.5},
			{2 * time.Hour, "noc", "maintenance: new line", 2 * hour, 30 * 24, 0},
			{time.Hour, "root", "configuration changed", hour, 22 * 9, 0},
		} {
			got := row.Corrections[i]
			if !got.At.Equal(may.Add(want.at)) || got.By != want.by || got.Why != want.why || got.Before.DownMs != 1000*want.down ||
				got.Before.ScheduledMs != want.hours*hour*1000 || got.Before.ExcludedMs != int64(want.maintenanceH*hour*1000) {
				t.Errorf("by %s: correction %d is %+v, want %+v", by, i, got, want)
			}
		}
		if all := row.Corrections[0]; !all.From.Equal(april.From) || !all.To.Equal(april.To) {
			t.Errorf("the change is of %s to %s", all.From, all.To)
		}
	}
	if source.asked != 0 {
		t.Error("sums know nothing of the hours before")
	}

	// A calendar that was asked for was never changed.
	answer := ask(t, source, office, Question{Query: april, Calendar: AroundTheClock})
	if row := one(t, answer); len(row.Corrections) != 1 || row.Corrections[0].By != "noc" || len(answer.Notes) != 0 {
		t.Errorf("by a calendar of the question: %+v, %q", row.Corrections, answer.Notes)
	}
	// Nobody has reported on later time under the contracts before.
	june := april
	june.From, june.To = may.Add(3*time.Hour), may.AddDate(0, 1, 0)
	source.devices = []storage.Availability{device(june, "acme", "tokyo", "router", 0, down(2*hour, 3*hour))}
	if row := one(t, ask(t, source, office, Question{Query: june})); len(row.Corrections) != 0 {
		t.Errorf("later: %+v", row.Corrections)
	}
}

func TestAConfigurationThatIsNotTheCentres(t *testing.T) {
	office, always := measuredBy("office"), measuredBy("")
	source := &kept{}
	source.devices = []storage.Availability{device(april, "acme", "tokyo", "router", 0, down(2*hour, 3*hour))}
	source.keep(always, april.From.AddDate(0, -3, 0), "root", storage.FirstDeployment)
	source.keep(office, april.To.Add(time.Hour), "root", "configuration changed")
	question := Question{Query: april}
	question.Location = time.FixedZone("JST", 9*hour)
	answer := ask(t, source, always, question)
	row := one(t, answer)
	// The figure is by all hours again, but the centre measures by office hours.
	if row.DownMs != hour*1000 || len(row.Corrections) != 1 || row.Corrections[0].Before.DownMs != hour*1000 {
		t.Errorf("%+v", row)
	}
	if len(answer.Notes) != 1 || !strings.Contains(answer.Notes[0], "what this configuration promises acme is not what the centre keeps since 2025-05-01T10:00:00+09:00") {
		t.Errorf("notes %q", answer.Notes)
	}
	// One that nobody has kept yet is no other.
	source.revisions = nil
	if answer = ask(t, source, office, question); len(answer.Notes) != 0 || len(answer.Rows[0].Corrections) != 0 {
		t.Errorf("%+v, notes %q", answer.Rows[0].Corrections, answer.Notes)
	}
	// Those of others are no matter of a row.
	source.revisions = always.Revisions([]string{"zen"}, april.From, "root", "x")
	source.revisions[0].Content = `{"calendar":"shop"}`
	if answer = ask(t, source, office, question); len(answer.Notes) != 0 {
		t.Errorf("of somebody else: %q", answer.Notes)
	}
}

func TestChangesOfAContract(t *testing.T) {
	counted := false
	keepMaintenance := func(c *Config) { c.Contracts[0].ExcludeMaintenance = &counted }
	works := late(2*hour, 3*hour, "carrier works")
	works.EnteredAt = april.To.Add(2 * time.Hour)
	for what, test := range map[string]struct {
		before, now Config
		windows     []calendar.Window
		want        []string
		excludedH   int64 // before the last of them
	}{
		"the same, said otherwise": {measuredBy(""), Config{}, nil, nil, 0},
		"the target alone":         {measuredBy("office"), measuredBy("office", func(c *Config) { c.Contracts[0].TargetPct = 99 }), nil, nil, 0},
		"the name alone": {measuredBy("office"), measuredBy("shop", func(c *Config) { c.Calendars["shop"] = c.Calendars["office"] }),
			nil, nil, 0},
		"a calendar that nobody has": {measuredBy(""), measuredBy("", func(c *Config) { c.Calendars = nil }), nil, nil, 0},
		"another holiday": {measuredBy("office"), measuredBy("office", func(c *Config) {
			office := c.Calendars["office"]
			office.ClosedDays = []string{"2025-04-02"}
			c.Calendars["office"] = office
		}), nil, []string{"changed"}, 0},
		"maintenance counts now":    {measuredBy(""), measuredBy("", keepMaintenance), []calendar.Window{planned(april, 2*hour, 3*hour, "works")}, []string{"changed"}, 1},
		"maintenance counts always": {measuredBy("", keepMaintenance), measuredBy("", keepMaintenance), []calendar.Window{works}, nil, 0},
		// Entered when it was excluded no more.
		"entered too late": {measuredBy(""), measuredBy("", keepMaintenance), []calendar.Window{works}, nil, 0},
		// It counted until the contract was changed.
		"entered in vain": {measuredBy("", keepMaintenance), measuredBy(""), []calendar.Window{late(2*hour, 3*hour, "carrier works")}, []string{"changed"}, 0},
	} {
		source := &kept{}
		source.devices = []storage.Availability{device(april, "acme", "tokyo", "router", 0, down(2*hour, 3*hour))}
		source.windows = test.windows
		source.keep(test.before, april.From.AddDate(-1, 0, 0), "root", storage.FirstDeployment)
		source.keep(test.now, april.To.Add(time.Hour), "root", "changed")
		row := one(t, ask(t, source, test.now, Question{Query: april}))
		var got []string
		for _, each := range row.Corrections {
			got = append(got, each.Why)
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %q, want %q", what, got, test.want)
		}
		if len(got) > 0 && row.Corrections[0].Before.ExcludedMs != test.excludedH*hour*1000 {
			t.Errorf("%s: before %+v", what, row.Corrections[0].Before)
		}
	}
}

func TestAGroupThatWasDefinedOtherwise(t *testing.T) {
	series, parallel := pair(Series), pair(Parallel)
	source := &kept{}
	source.devices = []storage.Availability{device(april, "acme", "tokyo", "a", 0, down(hour, 2*hour)), device(april, "acme", "tokyo", "b", 0)}
	source.keep(Config{}, april.From.AddDate(0, -2, 0), "root", storage.FirstDeployment)
	source.keep(series, april.To, "root", "a new group")
	source.keep(parallel, april.To.Add(time.Hour), "hana", "one line is enough")
	row := one(t, ask(t, source, parallel, Question{Query: april, By: ByGroup}))
	if row.DownMs != 0 || len(row.Corrections) != 1 || row.Corrections[0].By != "hana" || row.Corrections[0].Before.DownMs != hour*1000 {
		t.Errorf("%+v", row)
	}
	// Of the devices nothing has changed.
	for _, row := range ask(t, source, parallel, Question{Query: april}).Rows {
		if len(row.Corrections) != 0 {
			t.Errorf("%s: %+v", row.Device, row.Corrections)
		}
	}
}

func TestTheHoursOfAGroupThatWereChanged(t *testing.T) {
	office := measuredBy("office", func(c *Config) { c.Groups = pair(Series).Groups })
	always := measuredBy("", func(c *Config) { c.Groups = pair(Series).Groups })
	source := &kept{}
	source.devices = []storage.Availability{device(april, "acme", "tokyo", "a", 0, down(8*hour, 10*hour)), device(april, "acme", "tokyo", "b", 0)}
	source.keep(always, april.From, "root", storage.FirstDeployment)
	source.keep(office, april.To, "hana", "office hours")
	row := one(t, ask(t, source, office, Question{Query: april, By: ByGroup}))
	if row.DownMs != hour*1000 || len(row.Corrections) != 1 || row.Corrections[0].Before.DownMs != 2*hour*1000 {
		t.Errorf("%+v", row)
	}
}

func TestAContractThatCannotBeRead(t *testing.T) {
	for _, content := range []string{
		"{", `{"calendar":"office","penalty":3}`, `{"calendar":"office","hours":{"time_zone":"Asia/Tokio","hours":["24x7"]}}`,
		`{"calendar":"24x7","groups":[{"name":"a","customer":"acme","kind":"series","members":[{"group":"a"}]}]}`,
	} {
		source := &kept{}
		source.devices = []storage.Availability{device(april, "acme", "tokyo", "router", 0, down(2*hour, 3*hour))}
		office, always := measuredBy("office"), measuredBy("")
		source.keep(always, april.From.AddDate(0, -2, 0), "root", storage.FirstDeployment)
		source.keep(always, april.To, "root", "newer")
		source.revisions[1].Content = content
		source.keep(always, april.To.Add(time.Hour), "root", "all hours")
		source.keep(office, april.To.Add(2*time.Hour), "root", "office hours")
		answer := ask(t, source, office, Question{Query: april})
		if row := one(t, answer); len(row.Corrections) != 1 || row.Corrections[0].Why != "office hours" ||
			len(answer.Notes) != 1 || !strings.Contains(answer.Notes[0], "the contract of acme of 2025-05-01T00:00:00Z cannot be read") {
			t.Errorf("%s: %+v, notes %q", content, row.Corrections, answer.Notes)
		}
	}
}

// TestThePromiseStaysTheSameText holds what is stored: a store of today must be read by
// the program of next year, and give no revision where nothing was changed.
func TestThePromiseStaysTheSameText(t *testing.T) {
	config := measuredBy("office", func(c *Config) {
		c.Contracts[0].TargetPct = 99.9
		c.Calendars["office"] = calendar.Config{TimeZone: "Asia/Tokyo", Hours: []string{"Mon-Fri 09:00-18:00"}, Holidays: []string{"JP"},
			ClosedDays: []string{"2026-12-29"}, Exceptions: []calendar.Exception{{Date: "2026-12-30", Hours: []string{"10:00-15:00"}, Why: "year's end"}}}
		c.Groups = append(pair(Parallel).Groups, Group{Name: "mail", Customer: "acme", Kind: KOfN, K: 1, Members: []Member{{Group: "internet"}}})
	})
	want := `{"calendar":"office","hours":{"time_zone":"Asia/Tokyo","hours":["Mon-Fri 09:00-18:00"],"holidays":["JP"],"closed_days":["2026-12-29"],` +
		`"exceptions":[{"date":"2026-12-30","hours":["10:00-15:00"],"why":"year's end"}]},"target_pct":99.9,"exclude_maintenance":true,` +
		`"groups":[{"name":"internet","customer":"acme","kind":"parallel","members":[{"site":"tokyo","device":"a"},{"site":"tokyo","device":"b"}]},` +
		`{"name":"mail","customer":"acme","kind":"k_of_n","k":1,"members":[{"group":"internet"}]}]}`
	got := config.Revisions([]string{"acme", "zen"}, april.From, "root", "because")
	if got[0].Content != want || got[1].Content != `{"calendar":"24x7","exclude_maintenance":true}` || got[1].Customer != "zen" {
		t.Errorf("%s\n%s", got[0].Content, got[1].Content)
	}
	if read, err := readPromise(want); err != nil || !reflect.DeepEqual(read, config.promise("acme", "")) {
		t.Errorf("read as %+v (%v)", read, err)
	}
}

func TestTotalsAreAskedWhereNothingWasPromisedAnew(t *testing.T) {
	always, office := measuredBy(""), measuredBy("office")
	for what, test := range map[string]struct {
		changed time.Time
		asked   int
	}{"before the time": {april.From, 1}, "after it began": {april.From.Add(time.Millisecond), 0}} {
		source := &kept{}
		source.devices = []storage.Availability{device(april, "acme", "tokyo", "router", 0)}
		source.keep(office, april.From.AddDate(-1, 0, 0), "root", storage.FirstDeployment)
		source.keep(always, test.changed, "root", "changed")
		row := one(t, ask(t, source, always, Question{Query: april, FiguresOnly: true}))
		if source.asked != test.asked || len(row.Corrections) != 1-test.asked {
			t.Errorf("%s: totals were asked for %d times, corrections %+v", what, source.asked, row.Corrections)
		}
	}
}

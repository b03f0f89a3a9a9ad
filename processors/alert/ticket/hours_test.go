package ticket

import (
	"testing"
	"time"

	"mimamori/storage/calendar"
)

// withDesk is the default configuration with one desk more, called own.
func withDesk(config calendar.Config) Config {
	all := DefaultConfig()
	all.Desks["own"] = Desk{Calendar: config}
	all.Plans["own"] = Plan{FirstResponse: Targets{"20h", "4h", NextBusinessDay, NextBusinessDay}}
	return all
}

func TestHoursThatCount(t *testing.T) {
	berlin := calendar.Config{TimeZone: "Europe/Berlin", Hours: []string{"Mon-Fri 08:00-18:00"}}
	weekend := calendar.Config{TimeZone: "Europe/Berlin", Hours: []string{"Sat,Sun 00:00-24:00"}}
	split := calendar.Config{TimeZone: "Asia/Tokyo", Hours: []string{"Mon-Fri 10:00-12:00,13:00-17:00"}, Holidays: []string{"JP"}}
	closed := calendar.Config{TimeZone: "Asia/Tokyo", Hours: []string{"Mon-Fri 09:00-17:00"}, Holidays: []string{"JP"}, ClosedDays: []string{"2026-12-29", "2026-12-30", "2026-12-31"}}
	weekly := calendar.Config{TimeZone: "Asia/Tokyo", Hours: []string{"Mon 09:00-10:00"}}
	for _, test := range []struct {
		name         string
		desk         calendar.Config
		severity     Severity
		opened, want string
	}{
		// The clocks of Berlin go from 02:00 to 03:00 on 29 March 2026, and back on 25 October.
		{"spring, over a weekend that is closed", berlin, S2, "2026-03-27 16:00", "2026-03-30T10:00:00+02:00"},
		{"spring, through the change", weekend, S1, "2026-03-28 12:00", "2026-03-29T09:00:00+02:00"},
		{"autumn, through the change", weekend, S1, "2026-10-24 12:00", "2026-10-25T07:00:00+01:00"},
		{"autumn, in the hour that comes twice", weekend, S2, "2026-10-25 01:30", "2026-10-25T04:30:00+01:00"},
		{"the next business day after the change", berlin, S3, "2026-03-27 16:00", "2026-03-30T18:00:00+02:00"},

		{"over lunch", split, S2, "2026-06-02 10:30", "2026-06-02T15:30:00+09:00"},
		{"opened at lunch", split, S2, "2026-06-02 12:30", "2026-06-02T17:00:00+09:00"},
		{"to the minute of closing", split, S2, "2026-06-02 13:00", "2026-06-02T17:00:00+09:00"},
		{"a minute over", split, S2, "2026-06-02 13:01", "2026-06-03T10:01:00+09:00"},
		{"before the desk opens", split, S2, "2026-06-02 03:00", "2026-06-02T15:00:00+09:00"},
		{"several days", split, S1, "2026-06-02 10:00", "2026-06-05T12:00:00+09:00"},

		{"the end of a day with a break", split, S3, "2026-06-02 10:30", "2026-06-03T17:00:00+09:00"},

		{"closure days, then New Year", closed, S2, "2026-12-28 16:00", "2027-01-04T12:00:00+09:00"},
		{"the next business day behind closure days", closed, S3, "2026-12-28 16:00", "2027-01-04T17:00:00+09:00"},

		// Golden Week 2026: 29 April, and 3 to 6 May with the substitute for the Sunday.
		{"before Golden Week", closed, S3, "2026-05-01 16:00", "2026-05-07T17:00:00+09:00"},
		{"in Golden Week", closed, S3, "2026-05-04 11:00", "2026-05-07T17:00:00+09:00"},
		{"on the day before one holiday", closed, S3, "2026-04-28 09:00", "2026-04-30T17:00:00+09:00"},
		{"on a Saturday", closed, S3, "2026-06-06 11:00", "2026-06-08T17:00:00+09:00"},
		{"early on a business day", closed, S3, "2026-06-08 03:00", "2026-06-09T17:00:00+09:00"},

		{"an hour a week", weekly, S1, "2026-06-01 09:30", "2026-10-19T09:30:00+09:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := withDesk(test.desk)
			config.OutOfHours.Severities = nil
			opened := at(t, test.desk.TimeZone, test.opened)
			is(t, "due", clock(t, config, History{Plan: "own", Desk: "own", Severity: test.severity, Opened: opened}).FirstResponseDue(), test.want)
		})
	}
}

// The date of the opening is the desk's, wherever the ticket was opened.
func TestTheDateIsTheDesks(t *testing.T) {
	history := History{Plan: "basic", Desk: "japan", Severity: S3, Opened: time.Date(2026, time.June, 1, 20, 0, 0, 0, time.UTC)}
	is(t, "due", clock(t, DefaultConfig(), history).FirstResponseDue(), "2026-06-03T17:00:00+09:00")
}

func TestTheNextBusinessDayOfADeskThatNeverCloses(t *testing.T) {
	history := History{Plan: "basic", Desk: "global", Severity: S3, Opened: tokyo(t, "2026-05-02 11:00")}
	is(t, "due", clock(t, DefaultConfig(), history).FirstResponseDue(), "2026-05-04T00:00:00+09:00")
}

func TestWhatCannotWaitGoesToTheDeskThatIsOpen(t *testing.T) {
	history := History{Plan: "premium", Desk: "japan", Severity: S1, Opened: tokyo(t, "2026-09-18 16:50")}
	moving := clock(t, DefaultConfig(), history)
	is(t, "S1 over closing time", moving.FirstResponseDue(), "2026-09-18T17:05:00+09:00")
	for moment, want := range map[string]string{"2026-09-18 16:59": "japan", "2026-09-18 17:00": "global", "2026-09-22 12:00": "global", "2026-09-24 09:00": "japan"} {
		if got := moving.Desk(tokyo(t, moment)); got != want {
			t.Errorf("at %s: %s has it, want %s", moment, got, want)
		}
	}
	staying := DefaultConfig()
	staying.OutOfHours.Severities = nil
	still := clock(t, staying, history)
	is(t, "switched off", still.FirstResponseDue(), "2026-09-24T09:05:00+09:00")
	if got := still.Desk(tokyo(t, "2026-09-18 17:00")); got != "japan" {
		t.Errorf("switched off: %s has it, want japan", got)
	}
	history.Severity = S2
	waiting := clock(t, DefaultConfig(), history)
	is(t, "S2", waiting.FirstResponseDue(), "2026-09-24T09:05:00+09:00")
	if got := waiting.Desk(tokyo(t, "2026-09-18 17:00")); got != "japan" {
		t.Errorf("S2: %s has it, want japan", got)
	}
}

func TestUpdatesInTheHoursOfTheDesk(t *testing.T) {
	config := DefaultConfig()
	config.UpdateHours = Business
	history := History{Plan: "premium", Desk: "japan", Severity: S3, Opened: tokyo(t, "2026-09-17 10:00"),
		Responses: []Response{{At: tokyo(t, "2026-09-17 10:10"), Human: true}}}
	// 24 hours of a desk that is open for 8 a day.
	is(t, "business", clock(t, config, history).NextUpdateDue(), "2026-09-25T10:10:00+09:00")
	is(t, "elapsed", clock(t, DefaultConfig(), history).NextUpdateDue(), "2026-09-18T10:10:00+09:00")
	config.Plans["premium"] = Plan{FirstResponse: config.Plans["premium"].FirstResponse, Update: Targets{S3: NextBusinessDay}}
	config.UpdateHours = Elapsed
	history.Responses[0].At = tokyo(t, "2026-09-18 10:10")
	is(t, "next business day", clock(t, config, history).NextUpdateDue(), "2026-09-24T17:00:00+09:00")
}

// What a desk is asked beyond its hours for ever has no answer, and asking ends.
func TestADeskThatNeverOpens(t *testing.T) {
	shut, err := calendar.New(calendar.Config{TimeZone: "UTC", Hours: []string{"Sun 00:00-24:00"}})
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC)
	never := []calendar.Span{{From: from, To: from.AddDate(horizonYears+1, 0, 0)}}
	if due := (hours{shut}).moments(from, []time.Duration{time.Hour}, never); len(due) != 0 {
		t.Errorf("got %s, want none", due)
	}
}

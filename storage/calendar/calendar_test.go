package calendar

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func inZone(t *testing.T, name string) *time.Location {
	t.Helper()
	location, err := Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func local(t *testing.T, zone, text string) time.Time {
	t.Helper()
	moment, err := Moment(strings.Replace(text, " ", "T", 1), inZone(t, zone))
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// scheduled asks a calendar about whole days.
func scheduled(t *testing.T, config Config, from, to string) []Span {
	t.Helper()
	calendar, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return calendar.Scheduled(local(t, config.TimeZone, from+" 00:00"), local(t, config.TimeZone, to+" 00:00"))
}

func texts(spans []Span) string {
	var all []string
	for _, span := range spans {
		all = append(all, span.From.Format("02 15:04")+" to "+span.To.Format("02 15:04"))
	}
	return strings.Join(all, ", ")
}

func TestHoursOfADay(t *testing.T) {
	// 2026-05-01 is a Friday.
	for rule, want := range map[string]string{
		"Mon-Fri 09:00-18:00":           "01 09:00 to 01 18:00, 04 09:00 to 04 18:00",
		"mon-fri 9:00-18:00":            "01 09:00 to 01 18:00, 04 09:00 to 04 18:00",
		"Monday 09:00-10:00":            "04 09:00 to 04 10:00",
		"Mon-Fri 22:00-06:00":           "01 00:00 to 01 06:00, 01 22:00 to 02 06:00, 04 22:00 to 05 00:00",
		"Fri 22:00-00:00":               "01 22:00 to 02 00:00",
		"Sat,Sun 10:00-12:00":           "02 10:00 to 02 12:00, 03 10:00 to 03 12:00",
		"Sun 10:00-12:00,13:00-17:00":   "03 10:00 to 03 12:00, 03 13:00 to 03 17:00",
		"Sun 10:00-12:00,12:00-17:00":   "03 10:00 to 03 17:00",
		"Sun 10:00-14:00,12:00-17:00":   "03 10:00 to 03 17:00",
		"Fri-Mon 08:00-09:00":           "01 08:00 to 01 09:00, 02 08:00 to 02 09:00, 03 08:00 to 03 09:00, 04 08:00 to 04 09:00",
		"Sat-Sat 08:00-09:00":           "02 08:00 to 02 09:00",
		"00:00-24:00":                   "01 00:00 to 05 00:00",
		"24x7":                          "01 00:00 to 05 00:00",
		"Fri,Sun-Mon 12:00-13:00":       "01 12:00 to 01 13:00, 03 12:00 to 03 13:00, 04 12:00 to 04 13:00",
		" Sat \t 12:00-13:00 ":          "02 12:00 to 02 13:00",
		"Thu 12:00-11:59":               "01 00:00 to 01 11:59",
		"Sun 00:00-06:00":               "03 00:00 to 03 06:00",
		"Sunday-Monday 23:59-24:00":     "03 23:59 to 04 00:00, 04 23:59 to 05 00:00",
		"Tue-Wed 00:00-24:00":           "",
		"Tue,Wed,Thu,Fri,Sat 1:00-2:00": "01 01:00 to 01 02:00, 02 01:00 to 02 02:00",
	} {
		got := texts(scheduled(t, Config{TimeZone: "Asia/Tokyo", Hours: []string{rule}}, "2026-05-01", "2026-05-05"))
		if got != want {
			t.Errorf("%s: got %s, want %s", rule, got, want)
		}
	}
}

func TestConfigurationErrorsNameTheKeyAndTheRemedy(t *testing.T) {
	for _, test := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.TimeZone = "" }, "time_zone: no time zone is named"},
		{func(c *Config) { c.TimeZone = "Asia/Tokio" }, `time_zone: "Asia/Tokio" is not a time zone`},
		{func(c *Config) { c.TimeZone = "Local" }, `time_zone: "Local" is not a time zone`},
		{func(c *Config) { c.Hours = nil }, "hours: there are none"},
		{func(c *Config) { c.Hours = []string{""} }, `hours: "" is not a rule`},
		{func(c *Config) { c.Hours = []string{"Mon-Fri 09:00-25:00"} }, `hours: "Mon-Fri 09:00-25:00": "25:00" is not a time of day`},
		{func(c *Config) { c.Hours = []string{"09:60-18:00"} }, `"09:60" is not a time of day`},
		{func(c *Config) { c.Hours = []string{"24:01-24:02"} }, `"24:01" is not a time of day`},
		{func(c *Config) { c.Hours = []string{"9-18"} }, `"9" is not a time of day: write it as 09:00`},
		{func(c *Config) { c.Hours = []string{"-9:00-18:00"} }, `is not a time of day`},
		{func(c *Config) { c.Hours = []string{"18:00-18:00"} }, "18:00-18:00 may mean no time or a whole day"},
		{func(c *Config) { c.Hours = []string{"00:00-00:00"} }, "may mean no time or a whole day"},
		{func(c *Config) { c.Hours = []string{"24:00-06:00"} }, "begins at 24:00"},
		{func(c *Config) { c.Hours = []string{"Mo-Fri 09:00-18:00"} }, `"Mo" is not a day`},
		{func(c *Config) { c.Hours = []string{"Mon- 09:00-18:00"} }, `"" is not a day`},
		{func(c *Config) { c.Hours = []string{"Mon Fri 09:00-18:00"} }, "is not a rule"},
		{func(c *Config) { c.Hours = []string{"Mon 09:00"} }, `"09:00" is not an interval`},
		{func(c *Config) { c.Hours = []string{"Mon"} }, `"Mon" is not an interval`},
		{func(c *Config) { c.Holidays = []string{"XX"} }, `holidays: "XX" is not a country whose holidays are known: write one of AR, AT`},
		{func(c *Config) { c.ClosedDays = []string{"2026-02-30"} }, `closed_days: "2026-02-30" is not a date`},
		{func(c *Config) { c.Exceptions = []Exception{{Date: "soon"}} }, `exceptions: "soon" is not a date`},
		{func(c *Config) {
			c.Exceptions = []Exception{{Date: "2026-05-01", Hours: []string{"Mon 09:00-10:00"}}}
		}, `exceptions: 2026-05-01: "Mon 09:00-10:00" names days`},
		{func(c *Config) { c.Exceptions = []Exception{{Date: "2026-05-01"}, {Date: "2026-05-01"}} }, "exceptions: 2026-05-01 is there twice"},
	} {
		config := DefaultConfig()
		test.change(&config)
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	twice := Config{Hours: []string{"25:00-26:00"}, Holidays: []string{"XX"}}
	if err := twice.Validate(); strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not every problem is named: %v", err)
	}
}

// What closes what: holidays and closed days take away what begins on them, but not
// from 24x7; an exception is the last word.
func TestWhatCloses(t *testing.T) {
	closed := Config{TimeZone: "Asia/Tokyo", Holidays: []string{"JP"}, ClosedDays: []string{"2026-05-07"}}
	for _, test := range []struct {
		name       string
		hours      []string
		exceptions []Exception
		from, to   string
		want       string
	}{
		{"a holiday", []string{"Mon-Fri 09:00-18:00"}, nil, "2026-05-01", "2026-05-09",
			"01 09:00 to 01 18:00, 08 09:00 to 08 18:00"},
		{"every day is closed too", []string{"00:00-24:00"}, nil, "2026-05-01", "2026-05-09",
			"01 00:00 to 03 00:00, 08 00:00 to 09 00:00"},
		{"24x7 stays open", []string{"24x7"}, nil, "2026-05-01", "2026-05-09", "01 00:00 to 09 00:00"},
		{"24x7 beside others", []string{"Mon 09:00-10:00", "24x7"}, nil, "2026-05-01", "2026-05-09", "01 00:00 to 09 00:00"},
		{"a night belongs to its evening", []string{"Sat-Fri 22:00-06:00"}, nil, "2026-05-02", "2026-05-09",
			"02 00:00 to 02 06:00, 02 22:00 to 03 06:00, 08 22:00 to 09 00:00"},
		{"an exception opens a holiday", []string{"Mon-Fri 09:00-18:00"},
			[]Exception{{Date: "2026-05-04", Hours: []string{"10:00-12:00", "13:00-15:00"}, Why: "season"}},
			"2026-05-01", "2026-05-05", "01 09:00 to 01 18:00, 04 10:00 to 04 12:00, 04 13:00 to 04 15:00"},
		{"an exception closes a day", []string{"Mon-Fri 09:00-18:00"}, []Exception{{Date: "2026-05-01"}}, "2026-05-01", "2026-05-05", ""},
		{"an exception changes 24x7", []string{"24x7"}, []Exception{{Date: "2026-05-02", Hours: []string{"22:00-06:00"}}},
			"2026-05-01", "2026-05-05", "01 00:00 to 02 00:00, 02 22:00 to 05 00:00"},
		{"an exception leaves the night before", []string{"22:00-06:00"}, []Exception{{Date: "2026-05-02"}}, "2026-05-02", "2026-05-03",
			"02 00:00 to 02 06:00"},
	} {
		config := closed
		config.Hours, config.Exceptions = test.hours, test.exceptions
		if got := texts(scheduled(t, config, test.from, test.to)); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// The desk in Japan, open 10-12 and 13-17, over the holidays from Monday 2026-09-21
// to Wednesday.
func TestDeskOverHolidays(t *testing.T) {
	desk := Config{TimeZone: "Asia/Tokyo", Hours: []string{"Mon-Fri 10:00-12:00", "Mon-Fri 13:00-17:00"}, Holidays: []string{"JP"}}
	got := texts(scheduled(t, desk, "2026-09-18", "2026-09-25"))
	if want := "18 10:00 to 18 12:00, 18 13:00 to 18 17:00, 24 10:00 to 24 12:00, 24 13:00 to 24 17:00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// A case of Friday 16:50 that has 30 minutes is due on Thursday: open 09-17.
	desk.Hours = []string{"Mon-Fri 09:00-17:00"}
	calendar, err := New(desk)
	if err != nil {
		t.Fatal(err)
	}
	open := calendar.Scheduled(local(t, "Asia/Tokyo", "2026-09-18 16:50"), local(t, "Asia/Tokyo", "2026-09-24 09:20"))
	if Length(open) != 30*time.Minute {
		t.Errorf("from Friday 16:50 to Thursday 09:20 the desk is open for %s, want 30m", Length(open))
	}
}

func TestHolidayNames(t *testing.T) {
	calendar, err := New(Config{TimeZone: "Asia/Tokyo", Hours: []string{"24x7"}, Holidays: []string{"JP"}, ClosedDays: []string{"2026-12-29"}})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{
		"2026-05-06 00:00": "substitute for Constitution Memorial Day", "2026-09-22 23:59": "citizens' holiday",
		"2026-12-29 12:00": "closed day", "2026-05-07 00:00": "",
	} {
		if name, closed := calendar.Holiday(local(t, "Asia/Tokyo", day).UTC()); name != want || closed != (want != "") {
			t.Errorf("%s is %q (%t), want %q", day, name, closed, want)
		}
	}
}

func TestAlways(t *testing.T) {
	from, to := local(t, "UTC", "2026-05-01 10:00"), local(t, "UTC", "2026-05-03 11:00")
	if got := Always(time.UTC).Scheduled(from, to); len(got) != 1 || got[0] != (Span{from, to}) {
		t.Errorf("got %v", got)
	}
	if got := Always(time.UTC).Scheduled(to, from); got != nil {
		t.Errorf("backwards there is %v", got)
	}
}

// A day is as long as the clocks make it.
func TestDaysOfUnusualLength(t *testing.T) {
	for _, test := range []struct {
		zone, from, to, hours string
		want                  time.Duration
	}{
		{"Europe/Berlin", "2025-03-30", "2025-03-31", "00:00-24:00", 23 * time.Hour},
		{"Europe/Berlin", "2025-03-30", "2025-03-31", "24x7", 23 * time.Hour},
		{"Europe/Berlin", "2025-03-30", "2025-03-31", "02:00-03:00", 0},                // the clocks skip it
		{"Europe/Berlin", "2025-03-30", "2025-03-31", "01:00-02:30", time.Hour},        // until they skip
		{"Europe/Berlin", "2025-03-30", "2025-03-31", "02:30-03:30", 30 * time.Minute}, // from then on
		{"Europe/Berlin", "2025-03-30", "2025-03-31", "02:10-02:50", 0},
		{"Europe/Berlin", "2025-10-26", "2025-10-27", "00:00-24:00", 25 * time.Hour},
		{"Europe/Berlin", "2025-10-26", "2025-10-27", "02:00-03:00", 2 * time.Hour}, // twice
		{"Europe/Berlin", "2025-10-26", "2025-10-27", "01:00-02:00", time.Hour},     // until the first 02:00
		{"Europe/Berlin", "2025-10-26", "2025-10-27", "01:00-02:30", 90 * time.Minute},
		{"Europe/Berlin", "2025-10-26", "2025-10-27", "02:30-06:00", 270 * time.Minute}, // from the first 02:30
		{"Europe/Berlin", "2025-10-26", "2025-10-27", "Sun 00:00-06:00", 7 * time.Hour},
		{"Europe/Berlin", "2025-03-29", "2025-03-31", "Sat 22:00-06:00", 7 * time.Hour},
		{"Europe/Berlin", "2025-10-25", "2025-10-27", "Sat 22:00-06:00", 9 * time.Hour},
		{"America/New_York", "2025-03-09", "2025-03-10", "00:00-24:00", 23 * time.Hour},
		{"America/New_York", "2025-11-02", "2025-11-03", "00:00-24:00", 25 * time.Hour},
		{"Australia/Lord_Howe", "2025-10-05", "2025-10-06", "00:00-24:00", 23*time.Hour + 30*time.Minute},
		{"Australia/Lord_Howe", "2025-04-06", "2025-04-07", "01:30-02:00", time.Hour},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-05", "00:00-24:00", 23 * time.Hour}, // has no midnight
		{"America/Sao_Paulo", "2018-11-03", "2018-11-05", "Sat 00:00-24:00", 24 * time.Hour},
		{"America/Sao_Paulo", "2018-11-03", "2018-11-05", "00:00-24:00", 47 * time.Hour},
		{"America/Sao_Paulo", "2018-02-17", "2018-02-18", "00:00-24:00", 25 * time.Hour}, // has two 23:00
		{"Asia/Beirut", "2022-03-27", "2022-03-28", "00:00-24:00", 23 * time.Hour},       // has no midnight
		{"America/Havana", "2025-11-01", "2025-11-03", "Sat 00:00-24:00", 24 * time.Hour},
		{"America/Havana", "2025-11-01", "2025-11-03", "Sun 00:00-24:00", 25 * time.Hour}, // has two midnights
		{"Pacific/Apia", "2011-12-29", "2012-01-01", "00:00-24:00", 48 * time.Hour},       // has no 30th
		{"Pacific/Apia", "2011-12-29", "2012-01-01", "Fri 09:00-17:00", 0},
		{"Pacific/Apia", "2011-12-29", "2012-01-01", "Thu 22:00-06:00", 2 * time.Hour},
		{"Pacific/Apia", "2011-12-29", "2012-01-01", "Sat 09:00-17:00", 8 * time.Hour},
		{"Pacific/Kwajalein", "1969-09-30", "1969-10-02", "00:00-24:00", 71 * time.Hour},
		{"Asia/Kathmandu", "2025-01-01", "2025-01-02", "09:15-09:30", 15 * time.Minute},
	} {
		got := Length(scheduled(t, Config{TimeZone: test.zone, Hours: []string{test.hours}}, test.from, test.to))
		if got != test.want {
			t.Errorf("%s, %s to %s, %s: %s, want %s", test.zone, test.from, test.to, test.hours, got, test.want)
		}
	}
}

// TestHoursThatTouchFillTheDay cuts every day of a year with its changes of clocks at
// every quarter of an hour: the parts add up to the day.
func TestHoursThatTouchFillTheDay(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut", "Pacific/Apia", "Africa/Casablanca"} {
		location := inZone(t, name)
		for day, last := (date{2011, 1, 1}), (date{2012, 1, 1}); day.compare(last) < 0; day = day.plus(1) {
			whole := hours{to: minutesOfDay}.on(day, location)
			total := time.Duration(0)
			for minute := 0; minute < minutesOfDay; minute += 15 {
				part := hours{from: minute, to: minute + 15}.on(day, location)
				if part.To.Before(part.From) {
					t.Fatalf("%s, %v, %d: %v ends before it begins", name, day, minute, part)
				}
				total += part.Length()
			}
			if total != whole.Length() {
				t.Fatalf("%s, %v: the parts are %s, the day %s", name, day, total, whole.Length())
			}
		}
	}
}

func records(t *testing.T, file string) [][]string {
	t.Helper()
	opened, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	all, err := csv.NewReader(opened).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

func integer(t *testing.T, text string) int64 {
	t.Helper()
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestWorkedCalendars(t *testing.T) {
	rules := map[string]Config{
		"24x7":                              {Hours: []string{"24x7"}},
		"24x7 (spring DST)":                 {Hours: []string{"24x7"}},
		"Mon-Fri 08-18 2 weeks over DST":    {Hours: []string{"Mon-Fri 08:00-18:00"}},
		"Mon-Fri 09-17, holidays 27,28 Nov": {Hours: []string{"Mon-Fri 09:00-17:00"}, ClosedDays: []string{"2025-11-27", "2025-11-28"}},
		"Sunday 00-24 DST day":              {Hours: []string{"Sun 00:00-24:00"}},
		"Sunday 00-06 DST day":              {Hours: []string{"Sun 00:00-06:00"}},
		"Sunday 00-24 half-hour DST":        {Hours: []string{"Sun 00:00-24:00"}},
	}
	for _, record := range records(t, "testdata/sla_calendar.csv") {
		config, ok := rules[record[3]]
		if !ok {
			t.Fatalf("there is no calendar for %q", record[3])
		}
		config.TimeZone = record[0]
		spans := scheduled(t, config, record[1], record[2])
		if got, want := int64(Length(spans).Seconds()), integer(t, record[4]); got != want {
			t.Errorf("%v: %d s, want %d", record, got, want)
		}
		if first, last := spans[0].From.Unix(), spans[len(spans)-1].To.Unix(); first != integer(t, record[6]) || last != integer(t, record[7]) {
			t.Errorf("%v: from %d to %d", record, first, last)
		}
	}
}

func TestWorkedOutage(t *testing.T) {
	open := scheduled(t, Config{TimeZone: "Europe/Berlin", Hours: []string{"Mon-Fri 08:00-18:00"}}, "2025-03-24", "2025-04-07")
	for _, record := range records(t, "testdata/sla_business_outage.csv") {
		outage := Span{time.Unix(integer(t, record[0]), 0), time.Unix(integer(t, record[1]), 0)}
		down := Length(Intersect(open, []Span{outage}))
		for i, got := range []time.Duration{outage.Length(), Length(open), down} {
			if int64(got.Seconds()) != integer(t, record[2+i]) {
				t.Errorf("%v: column %d is %s", record, 2+i, got)
			}
		}
	}
}

// standards: Tokyo in May 2025 and the command's own example.
func TestWorkedMonths(t *testing.T) {
	may := Config{TimeZone: "Asia/Tokyo", Hours: []string{"Mon-Fri 09:00-18:00"}, Holidays: []string{"JP"}}
	if got := Length(scheduled(t, may, "2025-05-01", "2025-06-01")); got != 648_000*time.Second {
		t.Errorf("May 2025: %s, want 180h", got)
	}
	may.ClosedDays = []string{"2026-05-01"}
	// 21 weekdays, less the 1st, 4th, 5th and 6th.
	if got := Length(scheduled(t, may, "2026-05-01", "2026-06-01")); got != 17*9*time.Hour {
		t.Errorf("May 2026: %s, want 153h", got)
	}
}

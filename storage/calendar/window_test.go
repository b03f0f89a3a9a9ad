package calendar

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func window(t *testing.T, zone, from, to, rule string) Window {
	t.Helper()
	return Window{ID: "w", Customer: "Aoba Foods", From: local(t, zone, from), To: local(t, zone, to), Rule: rule, TimeZone: zone}
}

func occurrences(t *testing.T, w Window, from, to string) []Span {
	t.Helper()
	if err := w.Validate(); err != nil {
		t.Fatalf("%s: %v", w.Rule, err)
	}
	spans, err := w.Spans(local(t, w.TimeZone, from), local(t, w.TimeZone, to))
	if err != nil {
		t.Fatalf("%s: %v", w.Rule, err)
	}
	return spans
}

func TestOccurrences(t *testing.T) {
	for _, test := range []struct {
		name string
		w    Window
		want string // in May 2026
	}{
		{"once", window(t, "Asia/Tokyo", "2026-05-10 01:00", "2026-05-10 05:00", ""), "10 01:00 to 10 05:00"},
		{"once, cut", window(t, "Asia/Tokyo", "2026-04-10 01:00", "2026-05-02 05:00", ""), "01 00:00 to 02 05:00"},
		{"once, elsewhere", window(t, "Asia/Tokyo", "2026-06-10 01:00", "2026-06-10 05:00", ""), ""},
		{"every second Sunday", window(t, "Asia/Tokyo", "2026-04-05 01:00", "2026-04-05 05:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"),
			"03 01:00 to 03 05:00, 17 01:00 to 17 05:00, 31 01:00 to 31 05:00"},
		{"third Tuesday", window(t, "Asia/Tokyo", "2026-01-20 22:00", "2026-01-21 02:00", "RRULE:FREQ=MONTHLY;BYDAY=3TU"), "19 22:00 to 20 02:00"},
		{"last day", window(t, "Asia/Tokyo", "2026-01-31 22:00", "2026-02-01 02:00", "FREQ=MONTHLY;BYMONTHDAY=-1"), "01 00:00 to 01 02:00, 31 22:00 to 01 00:00"},
		{"three times", window(t, "Asia/Tokyo", "2026-04-30 01:00", "2026-04-30 02:00", "FREQ=DAILY;COUNT=3"), "01 01:00 to 01 02:00, 02 01:00 to 02 02:00"},
		{"until a time", window(t, "Asia/Tokyo", "2026-05-01 01:00", "2026-05-01 02:00", "FREQ=DAILY;UNTIL=20260502T010000"), "01 01:00 to 01 02:00, 02 01:00 to 02 02:00"},
		{"until UTC", window(t, "Asia/Tokyo", "2026-05-01 01:00", "2026-05-01 02:00", "FREQ=DAILY;UNTIL=20260501T160000Z"), "01 01:00 to 01 02:00, 02 01:00 to 02 02:00"},
		{"until just before", window(t, "Asia/Tokyo", "2026-05-01 01:00", "2026-05-01 02:00", "FREQ=DAILY;UNTIL=20260501T155959Z"), "01 01:00 to 01 02:00"},
		{"until a date", window(t, "Asia/Tokyo", "2026-05-01 01:00", "2026-05-01 02:00", "FREQ=DAILY;UNTIL=20260502"), "01 01:00 to 01 02:00, 02 01:00 to 02 02:00"},
		{"longer than its step", window(t, "Asia/Tokyo", "2026-05-03 00:00", "2026-05-04 06:00", "FREQ=DAILY;COUNT=3"), "03 00:00 to 06 06:00"},
	} {
		if got := texts(occurrences(t, test.w, "2026-05-01 00:00", "2026-06-01 00:00")); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// A rule keeps its time on the wall where the clocks change.
func TestOccurrencesOverChangesOfClocks(t *testing.T) {
	nightly := window(t, "Europe/Berlin", "2025-03-28 02:00", "2025-03-28 04:00", "FREQ=DAILY")
	spans := occurrences(t, nightly, "2025-03-29 00:00", "2025-04-01 00:00")
	if got, want := texts(spans), "29 02:00 to 29 04:00, 30 03:00 to 30 04:00, 31 02:00 to 31 04:00"; got != want {
		t.Errorf("in spring %s, want %s", got, want)
	}
	spans = occurrences(t, nightly, "2025-10-25 00:00", "2025-10-28 00:00")
	if len(spans) != 3 || spans[1].Length() != 3*time.Hour || spans[2].From.Hour() != 2 {
		t.Errorf("in autumn %s, want 3 h on the 26th and 02:00 on the 27th", texts(spans))
	}
	// What is asked about ends in the hour that comes twice, after the window.
	early := window(t, "Europe/Berlin", "2025-10-25 02:40", "2025-10-25 02:50", "FREQ=DAILY")
	if spans, err := early.Spans(local(t, "Europe/Berlin", "2025-10-26 00:00"), local(t, "UTC", "2025-10-26 01:10")); err != nil || Length(spans) != 10*time.Minute {
		t.Errorf("before the second 02:10 there is %s (%v), want 02:40 to 02:50", texts(spans), err)
	}
	skipped := window(t, "Europe/Berlin", "2025-03-29 02:00", "2025-03-29 03:00", "FREQ=DAILY;COUNT=2")
	if spans := occurrences(t, skipped, "2025-03-30 00:00", "2025-03-31 00:00"); len(spans) != 0 {
		t.Errorf("in the hour that is skipped there is %s", texts(spans))
	}
	// Once is once: its two moments count, not the clocks.
	once := window(t, "Europe/Berlin", "2025-03-30 01:00", "2025-03-30 04:00", "")
	if spans := occurrences(t, once, "2025-03-30 00:00", "2025-03-31 00:00"); Length(spans) != 2*time.Hour {
		t.Errorf("once is %s, want 2h", Length(spans))
	}
}

// The occurrences of a long time are those of its parts.
func TestOccurrencesOfParts(t *testing.T) {
	w := window(t, "America/New_York", "2025-01-05 23:30", "2025-01-06 01:15", "FREQ=DAILY;INTERVAL=3")
	whole := occurrences(t, w, "2025-01-01 00:00", "2026-01-01 00:00")
	var parts []Span
	for day := (date{2025, 1, 1}); day.year == 2025; day = day.plus(1) {
		spans, err := w.Spans(instant(day.midnight(), inZone(t, w.TimeZone)), instant(day.plus(1).midnight(), inZone(t, w.TimeZone)))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, spans...)
	}
	if texts(Union(parts)) != texts(whole) || len(whole) != 121 {
		t.Errorf("%d in parts, %d at once", len(Union(parts)), len(whole))
	}
}

func TestEndingAt(t *testing.T) {
	daily := window(t, "Asia/Tokyo", "2026-05-01 01:00", "2026-05-01 03:00", "FREQ=DAILY")
	until := daily
	until.Rule = "FREQ=DAILY;UNTIL=20260502"
	count := daily
	count.Rule = "RRULE:FREQ=DAILY;COUNT=2"
	once := window(t, "Asia/Tokyo", "2026-05-01 01:00", "2026-05-04 03:00", "")
	for _, test := range []struct {
		name string
		w    Window
		at   string
		want string
	}{
		{"between", daily, "2026-05-02 12:00", "01 01:00 to 01 03:00, 02 01:00 to 02 03:00"},
		{"under way", daily, "2026-05-02 02:00", "01 01:00 to 01 03:00, 02 01:00 to 02 03:00"},
		{"as it begins", daily, "2026-05-02 01:00", "01 01:00 to 01 03:00"},
		{"before its own end", until, "2026-05-02 00:00", "01 01:00 to 01 03:00"},
		{"after its own end", until, "2026-05-05 00:00", "01 01:00 to 01 03:00, 02 01:00 to 02 03:00"},
		{"before its count", count, "2026-05-02 00:00", "01 01:00 to 01 03:00"},
		{"after its count", count, "2026-05-05 00:00", "01 01:00 to 01 03:00, 02 01:00 to 02 03:00"},
		{"once", once, "2026-05-02 00:00", "01 01:00 to 02 00:00"},
		{"once, over", once, "2026-05-05 00:00", "01 01:00 to 04 03:00"},
	} {
		ended := test.w.EndingAt(local(t, "Asia/Tokyo", test.at))
		if got := texts(occurrences(t, ended, "2026-05-01 00:00", "2026-06-01 00:00")); got != test.want {
			t.Errorf("%s (%s): got %s, want %s", test.name, ended.Rule, got, test.want)
		}
	}
	if !daily.EndingAt(daily.From).Cancelled || !once.EndingAt(once.From.Add(-time.Hour)).Cancelled {
		t.Error("a window that had not begun is not cancelled")
	}
}

func TestWindowErrors(t *testing.T) {
	valid := window(t, "Asia/Tokyo", "2026-05-03 01:00", "2026-05-03 05:00", "")
	for _, test := range []struct {
		change func(*Window)
		want   string
	}{
		{func(w *Window) { w.From = time.Time{} }, "has no time"},
		{func(w *Window) { w.To = w.From }, "not after it begins"},
		{func(w *Window) { w.To = w.To.AddDate(500, 0, 0) }, "not in the years 1970 to 2199"},
		{func(w *Window) { w.Customer, w.Site = "", "Sendai" }, "site Sendai has no customer"},
		{func(w *Window) { w.Customer, w.Device = "", "rt-1" }, "device rt-1 has no customer"},
		{func(w *Window) { w.TimeZone = "" }, "no time zone"},
		{func(w *Window) { w.TimeZone = "Asia/Tokio" }, "is not a time zone"},
		{func(w *Window) { w.Rule = "every Sunday" }, "not a rule of RFC 5545"},
		{func(w *Window) { w.Rule = "BYDAY=SU" }, "not a rule of RFC 5545"},
		{func(w *Window) { w.Rule = "FREQ=WEEKLY;BYDAY=XX" }, "not a rule of RFC 5545"},
		{func(w *Window) { w.Rule = "FREQ=WEEKLY;BYHOUR=25" }, "byhour must be between 0 and 23"},
		{func(w *Window) { w.Rule = "FREQ=WEEKLY;INTERVAL=-1" }, "not a rule of RFC 5545"},
		{func(w *Window) { w.Rule = "FREQ=WEEKLY;INTERVAL=0" }, "not a rule of RFC 5545"},
		{func(w *Window) { w.Rule = "FREQ=WEEKLY;COUNT=-1" }, "not a rule of RFC 5545"},
		{func(w *Window) { w.Rule = "FREQ=WEEKLY;UNTIL=20260230" }, "not a rule of RFC 5545"},
		{func(w *Window) { w.Rule = "FREQ=MONTHLY;BYDAY=6SU" }, "counts further than FREQ=MONTHLY can: up to 5"},
		{func(w *Window) { w.Rule = "FREQ=WEEKLY;BYDAY=1SU" }, "counts further than FREQ=WEEKLY can"},
		{func(w *Window) { w.Rule = "FREQ=YEARLY;BYMONTH=5;BYDAY=-10SU" }, "counts further"},
		{func(w *Window) { w.Rule = "FREQ=YEARLY;BYEASTER=0" }, "BYEASTER is not in it"},
		{func(w *Window) { w.Rule = "FREQ=WEEKLY;BYDAY=MO" }, "does not fit its first window at Sun 2026-05-03 01:00 JST"},
		{func(w *Window) { w.Rule = "FREQ=WEEKLY;UNTIL=20260101" }, "does not fit its first window"},
		{func(w *Window) { w.Rule = "FREQ=SECONDLY" }, "FREQ=SECONDLY is too often"},
		{func(w *Window) { w.Rule = "FREQ=MINUTELY;INTERVAL=30" }, "FREQ=MINUTELY is too often"},
		{func(w *Window) { w.Rule = "DTSTART:20260503T010000\nRRULE:FREQ=DAILY" }, "write the recurrence alone"},
		{func(w *Window) { w.Rule = "FREQ=DAILY;DTSTART=20260503T010000" }, "write the recurrence alone"},
	} {
		w := valid
		test.change(&w)
		if err := w.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want %s", w, err, test.want)
		}
	}
	backwards := Window{Customer: "Aoba Foods", TimeZone: "Europe/Berlin", Rule: "FREQ=DAILY",
		From: local(t, "UTC", "2025-10-26 00:50"), To: local(t, "UTC", "2025-10-26 01:10")}
	if err := backwards.Validate(); err == nil || !strings.Contains(err.Error(), "clocks are set back") {
		t.Errorf("02:50 to 02:10 on the clocks: %v", err)
	}
}

// However a rule is written, asking about it ends.
func TestTooManyOccurrences(t *testing.T) {
	w := window(t, "UTC", "2026-01-01 00:00", "2026-01-01 00:01", "FREQ=HOURLY")
	if spans := occurrences(t, w, "2026-01-01 00:00", "2027-01-01 00:00"); len(spans) != 8760 {
		t.Errorf("%d in a year, want 8760", len(spans))
	}
	for _, rule := range []string{"FREQ=HOURLY", "FREQ=DAILY;BYHOUR=0,1,2;BYMINUTE=0,1,2,3,4,5,6,7,8,9", "FREQ=SECONDLY"} {
		w.Rule = rule
		_, err := w.Spans(local(t, "UTC", "2030-01-01 00:00"), local(t, "UTC", "2031-01-01 00:00"))
		if err == nil || !strings.Contains(err.Error(), "more than 10000") && !strings.Contains(err.Error(), "too often") {
			t.Errorf("%s: %v", rule, err)
		}
	}
	w.Rule = "FREQ=HOURLY;UNTIL=21991231T000000Z"
	if spans, err := w.Spans(w.From, w.From.AddDate(0, 0, 7)); err != nil || len(spans) != 7*24 {
		t.Errorf("in the first week there are %d (%v)", len(spans), err)
	}
	w.Rule = "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"
	if spans, err := w.Spans(w.From, local(t, "UTC", "2036-01-01 00:00")); err != nil || spans != nil {
		t.Errorf("on 30 February there is %v (%v)", spans, err)
	}
}

func TestCoversAndRetroactive(t *testing.T) {
	w := window(t, "Asia/Tokyo", "2026-05-03 01:00", "2026-05-03 05:00", "")
	for _, test := range []struct {
		customer, site, device string
		want                   bool
	}{
		{"Aoba Foods", "Sendai", "rt-1", true}, {"Aoba Foods", "Osaka", "rt-1", false},
		{"Aoba Foods", "Sendai", "rt-2", false}, {"Midori", "Sendai", "rt-1", false},
	} {
		w.Site, w.Device = "Sendai", "rt-1"
		if w.Covers(test.customer, test.site, test.device) != test.want {
			t.Errorf("%+v: want %t", test, test.want)
		}
		if !(Window{}).Covers(test.customer, test.site, test.device) {
			t.Errorf("a window of all does not cover %+v", test)
		}
	}
	if w.EnteredAt = w.From; w.Retroactive() {
		t.Error("entered as it begins is not retroactive")
	}
	if w.EnteredAt = w.From.Add(time.Second); !w.Retroactive() {
		t.Error("entered after it began is retroactive")
	}
	w.Cancelled = true
	if spans, err := w.Spans(w.From, w.To); err != nil || spans != nil {
		t.Errorf("a cancelled window gives %v (%v)", spans, err)
	}
}

// FuzzRule holds whatever somebody writes as a rule to an answer in good order.
func FuzzRule(f *testing.F) {
	for _, rule := range []string{"FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20270101T000000Z", "FREQ=YEARLY;BYWEEKNO=20;BYSETPOS=-1", "RRULE:FREQ=HOURLY;COUNT=5;WKST=SU", "FREQ=YEARLY;BYEASTER=0"} {
		f.Add(rule)
	}
	from := time.Date(2026, 5, 3, 1, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, rule string) {
		w := Window{From: from, To: from.Add(time.Hour), Rule: rule, TimeZone: "Europe/Berlin"}
		if w.Validate() != nil {
			return
		}
		spans, err := w.Spans(from, from.AddDate(3, 0, 0))
		if err != nil {
			return
		}
		if !slices.Equal(Union(spans), spans) || len(spans) == 0 || !spans[0].From.Equal(from) {
			t.Errorf("%q gives %v", rule, spans)
		}
	})
}

// FuzzHours holds whatever somebody writes as hours to a day's sense.
func FuzzHours(f *testing.F) {
	for _, rule := range []string{"Mon-Fri 09:00-18:00", "Sat,Sun 10:00-12:00,13:00-17:00", "22:00-06:00", "00:00-24:00"} {
		f.Add(rule)
	}
	f.Fuzz(func(t *testing.T, rule string) {
		parsed, err := parseHours(rule)
		if err != nil {
			return
		}
		for _, each := range parsed {
			if each.from < 0 || each.from >= minutesOfDay || each.to <= each.from || each.to-each.from > minutesOfDay {
				t.Errorf("%q gives %+v", rule, each)
			}
		}
	})
}

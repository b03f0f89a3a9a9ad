package ticket

import (
	"strings"
	"testing"
	"time"

	"mimamori/storage/calendar"
)

// at reads what the clocks of a zone show, as "2026-09-18 16:50".
func at(t *testing.T, zone, text string) time.Time {
	t.Helper()
	location, err := calendar.Zone(zone)
	if err != nil {
		t.Fatal(err)
	}
	moment, err := calendar.Moment(strings.Replace(text, " ", "T", 1), location)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

func tokyo(t *testing.T, text string) time.Time {
	t.Helper()
	return at(t, "Asia/Tokyo", text)
}

// clock is the clock of a ticket by a configuration.
func clock(t *testing.T, config Config, history History) Clock {
	t.Helper()
	rules, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	reckoned, err := rules.Clock(history)
	if err != nil {
		t.Fatal(err)
	}
	return reckoned
}

// is holds a time as the desk is told it: to the second, in its own zone.
func is(t *testing.T, what string, got time.Time, want string) {
	t.Helper()
	if text := got.Format(time.RFC3339); text != want && (want != "" || !got.IsZero()) {
		t.Errorf("%s: got %s, want %s", what, text, want)
	}
}

// The worked case: 21, 22 and 23 September 2026 are holidays in Japan, the second
// because it lies between two others.
func TestThePremiumTicketOfAFridayEvening(t *testing.T) {
	for desk, want := range map[string]string{"japan": "2026-09-24T09:20:00+09:00", "global": "2026-09-18T17:20:00+09:00"} {
		opened := time.Date(2026, time.September, 18, 7, 50, 0, 0, time.UTC)
		is(t, desk, clock(t, DefaultConfig(), History{Plan: "premium", Desk: desk, Severity: S3, Opened: opened}).FirstResponseDue(), want)
	}
}

// Every cell of the plans, opened on a Tuesday morning with the whole day before it.
func TestThePlans(t *testing.T) {
	for plan, want := range map[string][2][4]string{
		"basic":    {{"11:00", "11:00", "next", "next"}, {"", "", "", ""}},
		"enhanced": {{"10:30", "10:30", "11:30", "12:00"}, {"24", "24", "48", "48"}},
		"premium":  {{"10:15", "10:15", "10:30", "11:30"}, {"24", "24", "24", "24"}},
	} {
		for i, severity := range severities {
			history := History{Plan: plan, Desk: "japan", Severity: severity, Opened: tokyo(t, "2026-06-02 10:00")}
			due := "2026-06-02T" + want[0][i] + ":00+09:00"
			if want[0][i] == "next" {
				due = "2026-06-03T17:00:00+09:00"
			}
			is(t, plan+" "+string(severity), clock(t, DefaultConfig(), history).FirstResponseDue(), due)
			history.Responses = []Response{{At: tokyo(t, "2026-06-02 10:05"), Human: true}}
			update := map[string]string{"": "", "24": "2026-06-03T10:05:00+09:00", "48": "2026-06-04T10:05:00+09:00"}[want[1][i]]
			got := clock(t, DefaultConfig(), history)
			is(t, plan+" update "+string(severity), got.NextUpdateDue(), update)
			if got.PhoneCall() != (severity == S1 || severity == S2) {
				t.Errorf("%s needs a phone call: %v", severity, got.PhoneCall())
			}
		}
	}
}

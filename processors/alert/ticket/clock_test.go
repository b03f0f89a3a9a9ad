package ticket

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// opened is a premium ticket of the Japan desk, at 10:00 on Tuesday 2 June 2026.
func opened(t *testing.T, severity Severity) History {
	t.Helper()
	return History{Plan: "premium", Desk: "japan", Severity: severity, Opened: tokyo(t, "2026-06-02 10:00")}
}

func breaches(late []Breach) string {
	var all []string
	for _, each := range late {
		ended := "still"
		if !each.Ended.IsZero() {
			ended = each.Ended.Format("02 15:04")
		}
		all = append(all, string(each.Kind)+" "+each.Due.Format("02 15:04")+" "+ended)
	}
	return strings.Join(all, ", ")
}

func TestOnlyAPersonStopsTheClock(t *testing.T) {
	history := opened(t, S3)
	history.Responses = []Response{{At: tokyo(t, "2026-06-02 10:00"), Human: false}}
	receipt := clock(t, DefaultConfig(), history)
	is(t, "update after a receipt", receipt.NextUpdateDue(), "")
	if got := breaches(receipt.Breaches(tokyo(t, "2026-06-02 10:31"))); got != "first response 02 10:30 still" {
		t.Errorf("after a receipt: %s", got)
	}
	history.Responses = append(history.Responses, Response{At: tokyo(t, "2026-06-02 10:20"), Human: true})
	answered := clock(t, DefaultConfig(), history)
	is(t, "update", answered.NextUpdateDue(), "2026-06-03T10:20:00+09:00")
	is(t, "first response", answered.FirstResponseDue(), "2026-06-02T10:30:00+09:00")
	if got := breaches(answered.Breaches(tokyo(t, "2026-06-02 12:00"))); got != "" {
		t.Errorf("answered in time: %s", got)
	}
	// A receipt later starts no update clock anew.
	history.Responses = append(history.Responses, Response{At: tokyo(t, "2026-06-02 15:00")})
	is(t, "update after a later receipt", clock(t, DefaultConfig(), history).NextUpdateDue(), "2026-06-03T10:20:00+09:00")
}

func TestBreaches(t *testing.T) {
	history := opened(t, S3)
	history.Responses = []Response{ // in no order
		{At: tokyo(t, "2026-06-04 09:00"), Human: true},
		{At: tokyo(t, "2026-06-02 10:45"), Human: true},
		{At: tokyo(t, "2026-06-03 10:45"), Human: true}, // on the dot
		{At: tokyo(t, "2026-06-05 12:00"), Human: true},
	}
	history.Closed = tokyo(t, "2026-06-06 13:00")
	reckoned := clock(t, DefaultConfig(), history)
	for _, test := range []struct{ moment, want string }{
		{"2026-06-02 09:00", ""},
		{"2026-06-02 10:30", ""},
		{"2026-06-02 10:31", "first response 02 10:30 still"},
		{"2026-06-02 10:45", "first response 02 10:30 02 10:45"},
		{"2026-06-03 10:46", "first response 02 10:30 02 10:45"},
		{"2026-06-05 10:00", "first response 02 10:30 02 10:45, update 05 09:00 still"},
		{"2026-06-06 12:30", "first response 02 10:30 02 10:45, update 05 09:00 05 12:00, update 06 12:00 still"},
		{"2026-06-30 10:00", "first response 02 10:30 02 10:45, update 05 09:00 05 12:00, update 06 12:00 06 13:00"},
	} {
		if got := breaches(reckoned.Breaches(tokyo(t, test.moment))); got != test.want {
			t.Errorf("at %s: got %q, want %q", test.moment, got, test.want)
		}
	}
	is(t, "update of a closed ticket", reckoned.NextUpdateDue(), "")
}

func TestATicketClosedWithoutAnAnswer(t *testing.T) {
	history := opened(t, S3)
	history.Closed = tokyo(t, "2026-06-02 10:29")
	history.Responses = []Response{{At: tokyo(t, "2026-06-02 11:00"), Human: true}} // nobody waits any more
	if got := breaches(clock(t, DefaultConfig(), history).Breaches(tokyo(t, "2026-06-02 12:00"))); got != "" {
		t.Errorf("closed in time: %s", got)
	}
	history.Closed = tokyo(t, "2026-06-02 10:31")
	if got := breaches(clock(t, DefaultConfig(), history).Breaches(tokyo(t, "2026-06-02 12:00"))); got != "first response 02 10:30 02 10:31" {
		t.Errorf("closed late: %s", got)
	}
}

// A clock that goes before the one that opened the ticket gains nobody time.
func TestAnAnswerFromBeforeTheOpening(t *testing.T) {
	history := opened(t, S3)
	history.Responses = []Response{{At: tokyo(t, "2026-06-02 09:59"), Human: true}}
	is(t, "update", clock(t, DefaultConfig(), history).NextUpdateDue(), "2026-06-03T10:00:00+09:00")
}

func TestASeverityRaisedAndLowered(t *testing.T) {
	history := opened(t, S4) // due 11:30
	history.Changes = []Change{{At: tokyo(t, "2026-06-02 10:20"), Severity: S1}}
	raised := clock(t, DefaultConfig(), history)
	is(t, "raised", raised.FirstResponseDue(), "2026-06-02T10:15:00+09:00")
	if !raised.PhoneCall() || raised.Severity() != S1 {
		t.Errorf("raised: %s, phone call %v", raised.Severity(), raised.PhoneCall())
	}
	for moment, want := range map[string]string{"2026-06-02 10:19": "", "2026-06-02 10:20": "first response 02 10:15 still"} {
		if got := breaches(raised.Breaches(tokyo(t, moment))); got != want {
			t.Errorf("raised, at %s: got %q, want %q", moment, got, want)
		}
	}

	history.Changes = append(history.Changes, Change{At: tokyo(t, "2026-06-02 10:25"), Severity: S3})
	lowered := clock(t, DefaultConfig(), history)
	is(t, "lowered", lowered.FirstResponseDue(), "2026-06-02T10:30:00+09:00")
	if got := breaches(lowered.Breaches(tokyo(t, "2026-06-02 10:26"))); got != "" || lowered.PhoneCall() {
		t.Errorf("lowered: %q, phone call %v", got, lowered.PhoneCall())
	}
	if desk := lowered.Desk(tokyo(t, "2026-06-02 20:00")); desk != "japan" {
		t.Errorf("lowered: %s has it", desk)
	}

	late := opened(t, S3)
	late.Changes = []Change{{At: tokyo(t, "2026-06-02 20:00"), Severity: S1}}
	for moment, want := range map[string]string{"2026-06-02 19:59": "japan", "2026-06-02 20:00": "global"} {
		if got := clock(t, DefaultConfig(), late).Desk(tokyo(t, moment)); got != want {
			t.Errorf("raised at night, at %s: %s has it, want %s", moment, got, want)
		}
	}

	// What was answered in time stays so, whatever is agreed afterwards.
	answered := opened(t, S3)
	answered.Responses = []Response{{At: tokyo(t, "2026-06-02 10:25"), Human: true}}
	answered.Changes = []Change{{At: tokyo(t, "2026-06-02 11:00"), Severity: S1}}
	kept := clock(t, DefaultConfig(), answered)
	is(t, "answered", kept.FirstResponseDue(), "2026-06-02T10:30:00+09:00")
	if got := breaches(kept.Breaches(tokyo(t, "2026-06-02 12:00"))); got != "" {
		t.Errorf("answered: %s", got)
	}

	// The update that is awaited is of the severity agreed last.
	answered.Plan = "enhanced"
	is(t, "update", clock(t, DefaultConfig(), answered).NextUpdateDue(), "2026-06-03T10:25:00+09:00")
	answered.Changes = nil
	is(t, "update", clock(t, DefaultConfig(), answered).NextUpdateDue(), "2026-06-04T10:25:00+09:00")
}

func TestAskingChangesNothing(t *testing.T) {
	history := opened(t, S2)
	history.Responses = []Response{{At: tokyo(t, "2026-06-04 10:00"), Human: true}, {At: tokyo(t, "2026-06-03 10:00"), Human: true}}
	history.Changes = []Change{{At: tokyo(t, "2026-06-05 10:00"), Severity: S3}, {At: tokyo(t, "2026-06-03 11:00"), Severity: S4}}
	history.Acknowledgements = []Acknowledgement{{At: tokyo(t, "2026-06-05 10:00"), Until: tokyo(t, "2026-06-05 11:00")}, {At: tokyo(t, "2026-06-02 10:00"), Until: tokyo(t, "2026-06-02 11:00")}}
	reckoned := clock(t, DefaultConfig(), history)
	before := reckoned.Escalations()
	for moment := history.Opened; moment.Before(tokyo(t, "2026-06-08 00:00")); moment = moment.Add(time.Hour) {
		reckoned.Breaches(moment)
		reckoned.Escalation(moment)
		reckoned.Desk(moment)
	}
	if after := reckoned.Escalations(); !reflect.DeepEqual(before, after) {
		t.Errorf("got %v, then %v", before, after)
	}
	if got := reckoned.Severity(); got != S3 {
		t.Errorf("the severity agreed last is %s, want S3", got)
	}
}

func TestWhatCannotBeReckonedWith(t *testing.T) {
	rules, err := New(DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		change func(*History)
		want   string
	}{
		{func(h *History) { h.Plan = "gold" }, `there is no plan "gold": use one of ["basic" "enhanced" "premium"]`},
		{func(h *History) { h.Desk = "moon" }, `there is no desk "moon": use one of ["global" "japan"]`},
		{func(h *History) { h.Severity = "S5" }, `there is no severity "S5": use one of ["S1" "S2" "S3" "S4"]`},
		{func(h *History) { h.Changes = []Change{{h.Opened, "high"}} }, `change at 2026-06-02T10:00:00+09:00: there is no severity "high"`},
		{func(h *History) { h.Priority = 5 }, "the business priority is 5: use 1 to 4"},
		{func(h *History) { h.Opened = time.Time{} }, "opened in the year 1"},
	} {
		history := opened(t, S3)
		test.change(&history)
		if _, err := rules.Clock(history); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
	if _, err := rules.Zone("moon"); err == nil || !strings.Contains(err.Error(), `there is no desk "moon"`) {
		t.Errorf("got %v", err)
	}
}

package ticket

import "testing"

func TestEscalation(t *testing.T) {
	steps := func(clock Clock) string {
		text := ""
		for _, each := range clock.Escalations() {
			text += each.To + " " + each.At.Format("02 15:04") + ", "
		}
		return text
	}
	critical := opened(t, S1)
	want := "analyst 02 10:00, engineer 02 10:15, senior 02 10:30, manager 02 11:00, VP 02 12:00, "
	if got := steps(clock(t, DefaultConfig(), critical)); got != want {
		t.Errorf("elapsed: got %s, want %s", got, want)
	}
	// Hours of the desk: 8 a day.
	want = "analyst 02 10:00, engineer 02 14:00, senior 03 10:00, manager 04 10:00, VP 05 10:00, "
	if got := steps(clock(t, DefaultConfig(), opened(t, S3))); got != want {
		t.Errorf("business: got %s, want %s", got, want)
	}
	night := opened(t, S3)
	night.Opened = tokyo(t, "2026-06-05 20:00")
	want = "analyst 08 09:00, engineer 08 13:00, senior 08 17:00, manager 09 17:00, VP 10 17:00, "
	if got := steps(clock(t, DefaultConfig(), night)); got != want {
		t.Errorf("opened at night: got %s, want %s", got, want)
	}

	weekend := opened(t, S2)
	weekend.Opened = tokyo(t, "2026-06-05 16:50")
	want = "analyst 05 16:50, engineer 08 09:20, senior 08 09:50, manager 08 10:50, VP 08 12:50, "
	if got := steps(clock(t, DefaultConfig(), weekend)); got != want {
		t.Errorf("S2 over a weekend: got %s, want %s", got, want)
	}

	critical.Changes = []Change{{At: tokyo(t, "2026-06-02 11:30"), Severity: S2}}
	lowered := clock(t, DefaultConfig(), critical)
	for moment, want := range map[string]string{"2026-06-02 11:00": "manager", "2026-06-02 11:30": "senior"} {
		if got, _ := lowered.Escalation(tokyo(t, moment)); got.To != want {
			t.Errorf("lowered, at %s: got %s, want %s", moment, got.To, want)
		}
	}
}

func TestAnAcknowledgementHoldsTheEscalation(t *testing.T) {
	history := opened(t, S1)
	history.Acknowledgements = []Acknowledgement{
		{At: tokyo(t, "2026-06-02 11:10"), Until: tokyo(t, "2026-06-02 12:20")}, // before the one below expired
		{At: tokyo(t, "2026-06-02 10:20"), Until: tokyo(t, "2026-06-02 11:20")},
		{At: tokyo(t, "2026-06-02 13:00"), Until: tokyo(t, "2026-06-02 13:00")}, // holds nothing
	}
	acknowledged := clock(t, DefaultConfig(), history)
	for _, test := range []struct{ moment, reached, next string }{
		{"2026-06-02 09:59", " ", "analyst 10:00"},
		{"2026-06-02 10:00", "analyst 10:00", "engineer 10:15"},
		{"2026-06-02 10:15", "engineer 10:15", "senior 10:30"},
		{"2026-06-02 10:20", "engineer 10:15", "senior 11:30"}, // by the first acknowledgement
		{"2026-06-02 11:10", "engineer 10:15", "senior 12:30"},
		{"2026-06-02 12:29", "engineer 10:15", "senior 12:30"},
		{"2026-06-02 12:30", "senior 12:30", "manager 13:00"},
		{"2026-06-02 14:00", "VP 14:00", " "},
	} {
		reached, next := acknowledged.Escalation(tokyo(t, test.moment))
		if got := short(reached); got != test.reached {
			t.Errorf("at %s: reached %q, want %q", test.moment, got, test.reached)
		}
		if got := short(next); got != test.next {
			t.Errorf("at %s: next %q, want %q", test.moment, got, test.next)
		}
	}
	history.Closed = tokyo(t, "2026-06-02 12:45")
	reached, next := clock(t, DefaultConfig(), history).Escalation(tokyo(t, "2026-06-02 15:00"))
	if reached.To != "senior" || next.Step != 0 {
		t.Errorf("closed: reached %v, next %v", reached, next)
	}
}

func short(e Escalation) string {
	if e.Step == 0 {
		return " "
	}
	return e.To + " " + e.At.Format("15:04")
}

// In the hours of the desk, an acknowledgement over the night holds only what of it
// counts.
func TestAnAcknowledgementOverNight(t *testing.T) {
	history := opened(t, S3)
	history.Acknowledgements = []Acknowledgement{{At: tokyo(t, "2026-06-02 13:00"), Until: tokyo(t, "2026-06-03 11:00")}}
	_, next := clock(t, DefaultConfig(), history).Escalation(tokyo(t, "2026-06-02 14:00"))
	is(t, next.To, next.At, "2026-06-03T12:00:00+09:00")
}

func TestAChainWithoutSteps(t *testing.T) {
	config := DefaultConfig()
	config.Escalation.S4.Steps = nil
	if reached, next := clock(t, config, opened(t, S4)).Escalation(tokyo(t, "2026-06-30 10:00")); reached.Step+next.Step != 0 {
		t.Errorf("reached %v, next %v", reached, next)
	}
}

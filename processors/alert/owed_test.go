package alert

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"mimamori/storage"
)

// owing has a world in which people owe what the test says.
func owing(t *testing.T) (*world, *[]Owed) {
	w := newWorld(t)
	owed := &[]Owed{}
	w.owed = func(context.Context, time.Time) []Owed { return slices.Clone(*owed) }
	w.restart()
	return w, owed
}

func escalated(device, step string, since time.Time) Owed {
	of := Key{Rule: "DeviceDown", Customer: "acme", Site: "tokyo", Entity: "device/" + device}
	return Owed{Kind: TicketEscalated, Of: of, ID: of.String(), Name: device, Device: device, Step: step, Due: since, Plan: "basic", Desk: "japan", Severity: "S2"}
}

// TestEachStepIsAnAlarm of its own, which clears when it is owed no more; and what people do does not flap.
func TestEachStepIsAnAlarm(t *testing.T) {
	w, owed := owing(t)
	const engineer, senior = " TicketEscalated acme/tokyo device/edge", " TicketEscalated acme/tokyo device/edge"
	*owed = []Owed{escalated("edge", "engineer", w.at)}
	w.pass(2 * time.Second)
	w.expect("raised" + engineer)
	*owed = append(*owed, escalated("edge", "senior", w.at))
	w.pass(2 * time.Second)
	w.expect("raised" + senior)
	raised := w.engine.Alarms()
	if len(raised) != 2 || raised[0].ID == raised[1].ID || raised[0].Ticket != (*owed)[0].ID || raised[0].Step == raised[1].Step || raised[0].Device != "edge" {
		t.Fatalf("raised are %+v", raised)
	}
	if want := "nobody has taken ticket " + raised[0].Ticket + " of edge (DeviceDown, S2): to the engineer since 2026-03-02T02:00:00Z, desk japan"; raised[0].Summary != want {
		t.Errorf("it says %q, want %q", raised[0].Summary, want)
	}
	w.restart()
	w.pass(2 * time.Second)
	w.expect()
	for range 5 { // taken and given back, again and again
		kept := *owed
		*owed = nil
		w.pass(2 * time.Second)
		w.expect("cleared" + engineer)
		*owed = kept
		w.pass(2 * time.Second)
		w.expect("raised" + engineer)
	}
}

// TestOwedWithoutStore goes on while nothing is known of the networks, and says so beside it.
func TestOwedWithoutStore(t *testing.T) {
	w, owed := owing(t)
	w.pass(10 * time.Second)
	w.fails = errors.New("away")
	w.pass(2 * time.Minute)
	*owed = []Owed{escalated("edge", "engineer", w.at)}
	w.pass(2 * time.Second)
	*owed = nil
	w.pass(2 * time.Second)
	w.expect("cleared TicketEscalated acme/tokyo device/edge", "raised CentreSilent / centre", "raised TicketEscalated acme/tokyo device/edge")
}

// TestOwedUnderMaintenance is raised when the window is over.
func TestOwedUnderMaintenance(t *testing.T) {
	w, owed := owing(t)
	muted := escalated("edge", "engineer", w.at)
	muted.Muted = true
	*owed = []Owed{muted}
	w.pass(10 * time.Second)
	w.expect()
	(*owed)[0].Muted = false
	w.pass(2 * time.Second)
	w.expect("raised TicketEscalated acme/tokyo device/edge")
}

// TestOwedBesideTheAlarm raises both kinds of one ticket, and rules choose whose.
func TestOwedBesideTheAlarm(t *testing.T) {
	w, owed := owing(t)
	w.config.Rules = []Rule{{Alert: TicketEscalated, Kind: TicketEscalated, Severity: Major, Customers: []string{"other"}}}
	w.restart()
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	late := escalated("edge", "", w.at)
	late.Kind = ResponseOverdue
	*owed = []Owed{late, escalated("edge", "engineer", w.at)}
	w.pass(2 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/edge", "raised ResponseOverdue acme/tokyo device/edge")
	w.engine.Retell()
}

// TestKeysOfBefore keeps the ids that tickets bear already.
func TestKeysOfBefore(t *testing.T) {
	key := Key{Rule: "DeviceDown", Customer: "acme", Site: "tokyo", Entity: "device/edge"}
	if got := key.String(); got != "595ea2d70ccdaab9" {
		t.Errorf("the key is %s now", got)
	}
	other := key
	other.Ticket = "x"
	third := other
	third.Step = "engineer"
	if key.String() == other.String() || other.String() == third.String() {
		t.Error("two keys are one")
	}
}

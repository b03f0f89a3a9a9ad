package servicenow

import (
	"strings"
	"testing"
	"time"

	"mimamori/processors/alert/notify"
)

// late is an alarm about the ticket of firing, told to one of its chain.
func late(id, step string) func(*notify.Member) {
	return func(m *notify.Member) {
		m.Labels["alertname"], m.Labels["ticket"], m.Labels["step"] = "TicketEscalated", key, step
		m.Annotations["id"], m.Annotations["summary"], m.Annotations["since"] = id, "nobody has taken it: to the "+step, began.Add(time.Hour).Format(time.RFC3339)
		delete(m.Annotations, "context")
	}
}

// TestWhatIsLateIsNoted on the incident of its ticket, once, over a restart too, and makes none.
func TestWhatIsLateIsNoted(t *testing.T) {
	service, target := newInstance(t)
	const engineer, senior = "fedcba9876543210", "fedcba9876543211"
	deliver(t, mustMake(t, target), firing(late(engineer, "engineer"))) // of a ticket that goes elsewhere
	if rows, _ := service.incidents(); len(rows) != 0 {
		t.Fatalf("it made %v", rows)
	}
	deliver(t, mustMake(t, target), firing(nil))
	for _, each := range []func(*notify.Member){late(engineer, "engineer"), late(engineer, "engineer"), late(senior, "senior"), late(engineer, "engineer"),
		func(m *notify.Member) { late(senior, "senior")(m); ending(m) }} {
		deliver(t, mustMake(t, target), firing(each))
	}
	deliver(t, mustMake(t, target), firing(nil)) // the mark still says what was told
	rows, notes := service.incidents()
	if len(rows) != 1 || len(notes[0]) != 3 || !strings.Contains(notes[0][1], "to the engineer") || !strings.Contains(notes[0][2], "to the senior") || rows[0]["state"] != "1" {
		t.Fatalf("%v, %q", rows, notes)
	}
	deliver(t, mustMake(t, target), firing(ending))
	deliver(t, mustMake(t, target), firing(late("fedcba9876543212", "manager"))) // what comes late is of no interest
	if rows, notes = service.incidents(); rows[0]["state"] != "6" || len(notes[0]) != 3 || len(rows) != 1 {
		t.Errorf("%v, %q", rows, notes)
	}
}

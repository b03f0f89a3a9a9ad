package fleet

import (
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/bench/failures"
)

func failingPlan(t testing.TB) *Plan {
	t.Helper()
	config := sized(200, 3)
	config.Failures = 20
	return mustPlan(t, config)
}

// TestWhatFailsIsPlayedAndJournalled has a week pass at once: all of it lies in the past of a fleet that began long ago.
func TestWhatFailsIsPlayedAndJournalled(t *testing.T) {
	plan := failingPlan(t)
	if len(plan.Incidents) != 0 {
		t.Errorf("%d incidents are played beside what fails", len(plan.Incidents))
	}
	fleet, err := New(plan, RunConfig{BrokerSocket: "broker.sock"}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	fleet.journal.begin()
	script := plan.Failing()
	fleet.fail(t.Context(), time.Now().Add(-2*failingFor))
	truth := fleet.Truth()
	spans, silences, restarts := 0, 0, 0
	for number, device := range fleet.devices {
		down := script.Down(number)
		found := truth.Devices[number].Down
		if len(found) != len(down) {
			t.Fatalf("%s was down %d times, the script has %d", device.Name, len(found), len(down))
		}
		boots := uint32(0)
		for i, span := range down {
			spans++
			if span.Cause == failures.Restarted {
				boots++
			}
			if found[i].Cause != causesOfFailures[span.Cause] || found[i].Why != string(span.Why) || found[i].Open {
				t.Fatalf("%s was down in %+v, the script has %+v", device.Name, found[i], span)
			}
		}
		if state := device.state.Load(); state.engineBoots != 3+boots || !device.reachable.Load() {
			t.Errorf("%s was started %d times, the script has %d; it answers: %t", device.Name, state.engineBoots-3, boots, device.reachable.Load())
		}
		restarts += int(boots)
	}
	for site, relay := range fleet.relays {
		silences += len(script.Silences(site))
		if relay.cut {
			t.Errorf("the appliance of %s is still cut off", plan.Sites[site].Name)
		}
	}
	if spans < 100 || restarts < 20 || silences < 2 || len(truth.Silences) != silences {
		t.Errorf("%d outages with %d restarts, and %d silences of %d", spans, restarts, len(truth.Silences), silences)
	}
}

// TestChangesAreInOrder looks at every change: none is before the one that it follows upon.
func TestChangesAreInOrder(t *testing.T) {
	plan := failingPlan(t)
	fleet, err := New(plan, RunConfig{}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	last := time.Duration(0)
	type thing struct {
		of   subject
		item int
	}
	down := map[thing]bool{}
	for _, next := range fleet.changes() {
		if next.at < last || next.at < plan.Config.ScriptStart {
			t.Fatalf("%+v comes after %s", next, last)
		}
		last = next.at
		if next.of == ofPath || next.of == ofLog {
			continue // several things may be wrong with these
		}
		which := thing{next.of, next.item}
		if down[which] != next.over {
			t.Fatalf("%+v, but it is down: %t", next, down[which])
		}
		down[which] = !next.over
	}
}

func TestFailuresNeedANamespace(t *testing.T) {
	config := DefaultConfig()
	config.Failures = 1
	if _, err := NewPlan(config.InSharedNamespace()); err == nil {
		t.Error("devices are to keep silent where the kernel answers for them")
	}
	config.Failures = -1
	if _, err := NewPlan(config); err == nil {
		t.Error("things fail less often than never")
	}
}

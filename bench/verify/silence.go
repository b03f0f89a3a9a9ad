package verify

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"mimamori/bench/fleet"
	"mimamori/storage"
)

// Watcher notes, once a second, what the store says of every device while the fleet
// runs: what is corrected later can only be seen while it stands.
type Watcher struct {
	store Store

	mutex        sync.Mutex
	observations map[string][]observation // by device; one for each change
	failures     []error
}

type observation struct {
	at    time.Time
	state storage.State
}

// NewWatcher returns a watcher of the store.
func NewWatcher(store Store) *Watcher {
	return &Watcher{store: store, observations: map[string][]observation{}}
}

// Run watches until the context ends.
func (w *Watcher) Run(ctx context.Context) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		now := time.Now()
		devices, err := w.store.Devices(ctx, storage.Query{Scope: storage.EveryCustomer(), From: now.Add(-time.Hour), To: now})
		if ctx.Err() != nil {
			return
		}
		w.note(now, devices, err)
	}
}

func (w *Watcher) note(now time.Time, devices []storage.DeviceStatus, err error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if err != nil {
		w.failures = append(w.failures, err)
		return
	}
	for _, device := range devices {
		name := entity(device.Customer, device.Site, device.Device)
		known := w.observations[name]
		if len(known) == 0 || known[len(known)-1].state != device.State {
			w.observations[name] = append(known, observation{now, device.State})
		}
	}
}

// during returns the states a device was seen in between two times.
func (w *Watcher) during(device string, from, to time.Time) map[storage.State]bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	states := map[storage.State]bool{}
	known := w.observations[device]
	for i, seen := range known {
		over := time.Time{}
		if i+1 < len(known) {
			over = known[i+1].at
		}
		if seen.at.Before(to) && (over.IsZero() || over.After(from)) {
			states[seen.state] = true
		}
	}
	return states
}

// noticing is how long after it counts as silent an appliance's devices must be
// shown as unknown: a tick, a batch and a look of the watcher, each of which a busy machine may be late with.
const noticing = 10 * time.Second

// silence checks that each device of an appliance that was cut off was shown as
// unknown while it was, and never as down. That the record is right afterwards is
// among the outages.
func (c *comparison) silence(context.Context) ([]Check, error) {
	if len(c.watcher.failures) > 0 {
		return nil, fmt.Errorf("watch the live states: %w (%d times)", c.watcher.failures[0], len(c.watcher.failures))
	}
	var checks []Check
	for _, silence := range c.truth.Silences {
		from := silence.From.Add(c.options.SilentAfter + noticing)
		for i := range c.truth.Devices {
			device := &c.truth.Devices[i]
			if device.Customer != silence.Customer || device.Site != silence.Site || !from.Before(silence.To) {
				continue
			}
			name := entity(device.Customer, device.Site, device.Name)
			settled := c.watcher.during(name, from, silence.To)
			whole := c.watcher.during(name, silence.From, silence.To)
			check := Check{
				Name: "unknown while silent", Entity: name, Expected: "unknown, never down",
				Found: fmt.Sprintf("%s once noticed, %s in all", states(settled), states(whole)),
				OK:    len(settled) == 1 && settled[storage.StateUnknown] && !whole[storage.StateDown],
			}
			if downAt(device, silence.From) {
				check.Expected, check.OK = "unknown", len(settled) == 1 && settled[storage.StateUnknown]
			}
			checks = append(checks, check)
		}
	}
	return checks, nil
}

// downAt says whether a device was down at a time, or about to be.
func downAt(device *fleet.DeviceTruth, at time.Time) bool {
	return slices.ContainsFunc(device.Down, func(span fleet.Span) bool {
		return span.From.Before(at.Add(noticing)) && !span.To.Before(at.Add(-noticing))
	})
}

func states(seen map[storage.State]bool) string {
	text := ""
	for _, state := range []storage.State{storage.StateUp, storage.StateDegraded, storage.StateDown, storage.StateUnknown} {
		if seen[state] {
			if text != "" {
				text += " and "
			}
			text += state.String()
		}
	}
	if text == "" {
		return "nothing"
	}
	return text
}

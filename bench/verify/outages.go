package verify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mimamori/bench/fleet"
	"mimamori/storage"
)

// Outages compares every device's outages up to a time with the truth, one check a device, where nothing else is known of
// the fleet. Unless an appliance is still away, the pipeline must have what it said.
func Outages(ctx context.Context, store Store, truth *fleet.Truth, options Options, to time.Time) ([]Check, error) {
	c := &comparison{store: store, truth: truth, options: options, from: truth.Start, to: to}
	return c.outages(ctx)
}

// outages compares every device's outages, one check a device: each began and ended
// when the simulator says, within one ping interval, and there was no other. Time
// that the store calls unknown is a mismatch too, but while an appliance is away: by now
// every backlog is in.
func (c *comparison) outages(ctx context.Context) ([]Check, error) {
	devices, err := c.store.Availability(ctx, c.query())
	if err != nil {
		return nil, fmt.Errorf("ask for the outages: %w", err)
	}
	found := map[string]*storage.Availability{}
	for i := range devices {
		found[entity(devices[i].Customer, devices[i].Site, devices[i].Device)] = &devices[i]
	}
	known := map[string]*fleet.DeviceTruth{}
	for i := range c.truth.Devices {
		device := &c.truth.Devices[i]
		known[entity(device.Customer, device.Site, device.Name)] = device
	}
	away := c.away()
	var checks []Check
	for i := range c.truth.Devices {
		device := &c.truth.Devices[i]
		name := entity(device.Customer, device.Site, device.Name)
		expected := c.expectedOutages(device, known)
		if since, is := away[entity(device.Customer, device.Site)]; is {
			expected = c.upTo(expected, since)
		}
		check := Check{Name: "outages", Entity: name, Expected: describe(expected)}
		if stored := found[name]; stored == nil {
			check.Found = "the device is not in the store"
		} else {
			outages := storedOutages(stored)
			check.Found = describe(outages)
			check.OK = c.agree(expected, outages)
		}
		checks = append(checks, check)
	}
	return checks, nil
}

// outage is an outage as compared.
type outage struct {
	from, to time.Time
	state    string
	cause    string
	either   bool // another cause of being down is as right
	brief    bool // it was over, or nobody could tell any more, before a round of pings need have met it
}

func (c *comparison) expectedOutages(device *fleet.DeviceTruth, known map[string]*fleet.DeviceTruth) []outage {
	causes := map[fleet.Cause]storage.Cause{
		fleet.CauseDevice: storage.CauseNoAnswer, fleet.CauseReboot: storage.CauseReboot,
		fleet.CauseUnreachable: storage.CauseUnreachable,
	}
	var expected []outage
	for _, span := range device.Down {
		if !span.From.Before(c.to) {
			continue
		}
		next := outage{from: span.From, to: span.To, state: storage.StateDown.String(), cause: causes[span.Cause].String()}
		if next.to.After(c.to) {
			next.to, next.either = c.to, true // what its end will explain may be known or not
		}
		// Of a start its clock tells, however short it was.
		next.brief = next.to.Sub(next.from) < c.options.PingInterval && (span.Cause != fleet.CauseReboot || span.To.After(c.to))
		next.either = next.either || c.coincides(device, span.From, known)
		expected = append(expected, next)
	}
	return expected
}

// coincides says whether a device through which another is reached failed or came back about when the other failed, by
// when each was pinged: which of the two was first, nobody can tell.
func (c *comparison) coincides(device *fleet.DeviceTruth, at time.Time, known map[string]*fleet.DeviceTruth) bool {
	for above := device; above.Behind != ""; {
		above = known[entity(device.Customer, device.Site, above.Behind)]
		if above == nil {
			return false
		}
		for _, span := range above.Down {
			// What begins at once is what the one does to the other.
			if from := span.From.Sub(at).Abs(); from > 0 && from <= 2*c.options.PingInterval || span.To.Sub(at).Abs() <= 2*c.options.PingInterval {
				return true
			}
		}
	}
	return false
}

// upTo are the outages as they are known when an appliance has been away since a time: from then on nothing is, nor what
// the next poll would have told.
func (c *comparison) upTo(expected []outage, since time.Time) []outage {
	var known []outage
	for _, each := range expected {
		if !each.from.Before(since) {
			break
		}
		if each.to.After(since) {
			each.to = since
		}
		each.either = each.either || each.to.Add(c.options.PollInterval).After(since)
		// It takes two rounds for what is known of it to have a length.
		each.brief = each.to.Sub(each.from) < 2*c.options.PingInterval
		known = append(known, each)
	}
	return append(known, outage{from: since, to: c.to, state: storage.StateUnknown.String(), cause: storage.CauseSilent.String()})
}

func storedOutages(device *storage.Availability) []outage {
	var outages []outage
	for _, stored := range device.Outages {
		outages = append(outages, outage{from: stored.From, to: stored.To, state: stored.State.String(), cause: stored.Cause.String()})
	}
	return outages
}

// agree holds what is stored against what is expected, of which brief outages may be missing.
func (c *comparison) agree(expected, found []outage) bool {
	for _, wanted := range expected {
		switch {
		case len(found) > 0 && c.same(wanted, found[0]):
			found = found[1:]
		case !wanted.brief:
			return false
		}
	}
	return len(found) == 0
}

// lingering is how long an appliance gathers what it measured, or takes to be heard: so much of it is kept back when it is
// cut off.
const lingering = 2 * time.Second

func (c *comparison) same(wanted, found outage) bool {
	early := c.options.PingInterval
	if wanted.state == storage.StateUnknown.String() {
		early += lingering
	}
	return found.state == wanted.state && (found.cause == wanted.cause || wanted.either) &&
		found.from.Sub(wanted.from) <= c.options.PingInterval && wanted.from.Sub(found.from) <= early &&
		found.to.Sub(wanted.to) <= c.options.PingInterval && wanted.to.Sub(found.to) <= c.options.PingInterval+lingering
}

func describe(outages []outage) string {
	if len(outages) == 0 {
		return "none"
	}
	texts := make([]string, len(outages))
	for i, each := range outages {
		texts[i] = fmt.Sprintf("%s %s to %s (%s)", each.state, each.from.UTC().Format(clockFormat), each.to.UTC().Format(clockFormat), each.cause)
	}
	return strings.Join(texts, ", ")
}

const clockFormat = "15:04:05.000"

package verify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mimamori/bench/fleet"
	"mimamori/storage"
)

// outages compares every device's outages, one check a device: each began and ended
// when the simulator says, within one ping interval, and there was no other. Time
// that the store calls unknown is a mismatch too: by now every backlog is in.
func (c *comparison) outages(ctx context.Context) ([]Check, error) {
	devices, err := c.store.Availability(ctx, c.query())
	if err != nil {
		return nil, fmt.Errorf("ask for the outages: %w", err)
	}
	found := map[string]*storage.Availability{}
	for i := range devices {
		found[entity(devices[i].Customer, devices[i].Site, devices[i].Device)] = &devices[i]
	}
	var checks []Check
	for i := range c.truth.Devices {
		device := &c.truth.Devices[i]
		name := entity(device.Customer, device.Site, device.Name)
		expected := c.expectedOutages(device)
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
}

func (c *comparison) expectedOutages(device *fleet.DeviceTruth) []outage {
	causes := map[fleet.Cause]storage.Cause{
		fleet.CauseDevice: storage.CauseNoAnswer, fleet.CauseReboot: storage.CauseReboot,
		fleet.CauseUnreachable: storage.CauseUnreachable,
	}
	var expected []outage
	for _, span := range device.Down {
		if span.From.Before(c.to) {
			expected = append(expected, outage{span.From, span.To, storage.StateDown.String(), causes[span.Cause].String()})
		}
	}
	return expected
}

func storedOutages(device *storage.Availability) []outage {
	var outages []outage
	for _, stored := range device.Outages {
		outages = append(outages, outage{stored.From, stored.To, stored.State.String(), stored.Cause.String()})
	}
	return outages
}

func (c *comparison) agree(expected, found []outage) bool {
	if len(expected) != len(found) {
		return false
	}
	for i, wanted := range expected {
		if found[i].state != wanted.state || found[i].cause != wanted.cause ||
			found[i].from.Sub(wanted.from).Abs() > c.options.PingInterval ||
			found[i].to.Sub(wanted.to).Abs() > c.options.PingInterval {
			return false
		}
	}
	return true
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

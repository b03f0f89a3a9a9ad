package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/bench/fleet"
	"mimamori/storage"
)

// blindSpots checks that exactly the devices whose credentials the inventory has wrong
// are listed as ones that tell nothing. Those that were down of late may be.
func (c *comparison) blindSpots(ctx context.Context) ([]Check, error) {
	found, err := c.store.BlindSpots(ctx, c.query(), false)
	if err != nil {
		return nil, fmt.Errorf("ask for the blind spots: %w", err)
	}
	excused := map[string]bool{}
	var expected, listed []string
	for i := range c.truth.Devices {
		device := &c.truth.Devices[i]
		name := entity(device.Customer, device.Site, device.Name)
		excused[name] = c.downOfLate(device)
		if device.Locked && !excused[name] {
			// A wrong community is met with silence.
			expected = append(expected, fmt.Sprintf("%s: %s %s", name, storage.BlindSNMP, storage.BlindTimeout))
		}
	}
	for i := range found.Spots {
		spot := &found.Spots[i]
		if name := entity(spot.Customer, spot.Site, spot.Device+spot.Name); !excused[name] {
			listed = append(listed, fmt.Sprintf("%s: %s %s", name, spot.What, spot.Reason))
		}
	}
	check := Check{Name: "blind spots", Entity: "the fleet", Expected: blindness(len(c.truth.Devices), expected), Found: blindness(found.Devices, listed)}
	check.OK = check.Expected == check.Found
	return []Check{check}, nil
}

func blindness(devices int, listed []string) string {
	slices.Sort(listed)
	return fmt.Sprintf("%d devices watched, blind of them: %s", devices, strings.Join(listed, ", "))
}

// downOfLate says whether a device may still be listed for an outage: appliances say
// within a minute how polls end, and the poll must come first.
func (c *comparison) downOfLate(device *fleet.DeviceTruth) bool {
	since := c.to.Add(-time.Minute - 3*c.options.PollInterval)
	return slices.ContainsFunc(device.Down, func(span fleet.Span) bool { return span.From.Before(c.to) && span.To.After(since) })
}

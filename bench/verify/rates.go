package verify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mimamori/bench/fleet"
	"mimamori/storage"
)

// Lines compares how many lines of every device are stored of each minute up to a time with the truth, one check a device,
// of a fleet of which nothing but these counts is known: so each burst is seen where it was, and no line is lost or comes
// twice.
func Lines(ctx context.Context, store Store, truth *fleet.Truth, options Options, to time.Time) ([]Check, error) {
	c := &comparison{store: store, truth: truth, options: options, from: truth.Start, to: to}
	away := c.away()
	checks := make([]Check, len(truth.Devices))
	var strangers []Check // of what there is not
	places := map[string]int{}
	next := make([]int, len(truth.Devices)) // of the counts of each device
	for i := range truth.Devices {
		device := &truth.Devices[i]
		name := entity(device.Customer, device.Site, device.Name)
		places[name] = i
		checks[i] = Check{Name: "lines", Entity: name, Expected: "lines of each minute as they were", Found: "so they are", OK: true}
	}
	for _, part := range c.parts(len(truth.Devices), time.Minute) {
		stored, err := c.ratesOf(ctx, part[0], part[1], time.Minute)
		if err != nil {
			return nil, err
		}
		found := map[string]map[int64]uint64{}
		for _, rate := range stored.Rates {
			name := entity(rate.Customer, rate.Site, rate.Device)
			if _, known := places[name]; !known {
				strangers = append(strangers, Check{Name: "lines", Entity: name, Expected: "no such device", Found: fmt.Sprintf("%d lines", rate.Messages)})
				continue
			}
			if found[name] == nil {
				found[name] = map[int64]uint64{}
			}
			found[name][rate.Start.Unix()] = rate.Messages
		}
		for i := range truth.Devices {
			device := &truth.Devices[i]
			since, isAway := away[entity(device.Customer, device.Site)]
			counts := found[checks[i].Entity]
			for minute := part[0]; minute.Before(part[1]); minute = minute.Add(time.Minute) {
				want := uint64(0)
				if next[i] < len(device.Lines) && device.Lines[next[i]].Minute.Equal(minute) {
					want = uint64(device.Lines[next[i]].Lines)
					next[i]++
				}
				if isAway && minute.Add(time.Minute+lingering).After(since) {
					if minute.Before(since) {
						continue // some of it came
					}
					want = 0
				}
				if counts[minute.Unix()] != want {
					checks[i].differ(minute, fmt.Sprintf("%d lines", want), fmt.Sprintf("%d", counts[minute.Unix()]))
				}
			}
		}
	}
	return slices.Concat(checks, strangers), nil
}

// rates checks that what is counted of the log of each device is what it sent, one check a device that sent a burst; that
// each line is there is checked line by line (syslog).
func (c *comparison) rates(ctx context.Context) ([]Check, error) {
	to := c.truth.End.Add(time.Minute)
	stored, err := c.ratesOf(ctx, c.from, to, 0)
	if err != nil {
		return nil, err
	}
	found := map[string]uint64{}
	for _, rate := range stored.Rates {
		found[entity(rate.Customer, rate.Site, rate.Device)] += rate.Messages
	}
	away := c.away()
	var checks []Check
	for i := range c.truth.Devices {
		device := &c.truth.Devices[i]
		if _, is := away[entity(device.Customer, device.Site)]; is || len(device.Bursts) == 0 {
			continue
		}
		name := entity(device.Customer, device.Site, device.Name)
		// Lines of the last moments may have come after the receivers stopped.
		least, most := uint64(0), uint64(0)
		for _, line := range device.Syslog {
			most += uint64(line.Occurrences)
			if !line.Sent.After(c.to) {
				least += uint64(line.Occurrences)
			}
		}
		checks = append(checks, Check{
			Name: "lines", Entity: name, Expected: fmt.Sprintf("%d to %d messages", least, most), Found: fmt.Sprintf("%d", found[name]),
			OK: found[name] >= least && found[name] <= most,
		})
	}
	return checks, nil
}

func (c *comparison) ratesOf(ctx context.Context, from, to time.Time, step time.Duration) (storage.SyslogRates, error) {
	rates, err := c.store.SyslogRates(ctx, storage.SyslogRatesQuery{
		Query: storage.Query{Scope: storage.EveryCustomer(), From: from, To: to, Step: step}, By: []storage.LogGroup{storage.ByDevice},
	})
	if err != nil {
		return rates, fmt.Errorf("ask how many lines devices sent: %w", err)
	}
	return rates, nil
}

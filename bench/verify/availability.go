package verify

import (
	"context"
	"fmt"
	"time"

	"mimamori/bench/fleet"
	"mimamori/storage"
	"mimamori/storage/sla"
)

// Availability compares for how long every device counts as down up to a time, and for how long it was under maintenance,
// as a report has it that excludes what was announced. Each edge of an outage may be off by a ping interval.
func Availability(ctx context.Context, source sla.Source, truth *fleet.Truth, options Options, to time.Time) ([]Check, error) {
	query := storage.Query{Scope: storage.EveryCustomer(), From: truth.Start, To: to}
	answer, err := sla.Ask(ctx, source, sla.DefaultConfig(), sla.Question{Query: query, By: sla.ByDevice})
	if err != nil {
		return nil, fmt.Errorf("ask for the availability: %w", err)
	}
	found := map[string]*sla.Row{}
	for i := range answer.Rows {
		row := &answer.Rows[i]
		found[entity(row.Customer, row.Site, row.Device)] = row
	}
	work := map[string][]fleet.Work{}
	for _, each := range truth.Work {
		site := entity(each.Customer, each.Site)
		work[site] = append(work[site], each)
	}
	away := map[string]time.Time{}
	for _, silence := range truth.Silences {
		if silence.Open {
			away[entity(silence.Customer, silence.Site)] = silence.From
		}
	}
	checks := make([]Check, 0, len(truth.Devices))
	for i := range truth.Devices {
		device := &truth.Devices[i]
		site := entity(device.Customer, device.Site)
		end := to
		if since, is := away[site]; is && since.Before(to) {
			end = since
		}
		var down, planned time.Duration
		slack := options.PingInterval // the device is known from its first round on
		for _, span := range device.Down {
			if span.From.Before(end) {
				down += overlap(span.From, span.To, truth.Start, end)
				slack += 2 * options.PingInterval
			}
		}
		for _, window := range work[site] {
			planned += overlap(window.From, window.To, truth.Start, to)
			for _, span := range device.Down {
				down -= overlap(span.From, span.To, window.From, earliest(window.To, end))
			}
		}
		check := Check{Name: "availability", Entity: entity(site, device.Name), Expected: fmt.Sprintf("down for %s, %s under maintenance", down, planned), Found: "nothing"}
		if row := found[entity(device.Customer, device.Site, device.Name)]; row != nil {
			foundDown, foundPlanned := time.Duration(row.DownMs)*time.Millisecond, time.Duration(row.ExcludedMs)*time.Millisecond
			check.Found = fmt.Sprintf("down for %s, %s under maintenance", foundDown, foundPlanned)
			check.OK = (foundDown-down).Abs() <= slack && (foundPlanned-planned).Abs() <= options.PingInterval
		}
		checks = append(checks, check)
	}
	return checks, nil
}

// overlap is how long two stretches of time have in common.
func overlap(from, to, otherFrom, otherTo time.Time) time.Duration {
	if otherFrom.After(from) {
		from = otherFrom
	}
	return max(0, earliest(to, otherTo).Sub(from))
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

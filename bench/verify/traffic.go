package verify

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"mimamori/bench/fleet"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// trafficTolerance is how far stored bits may be from those that passed.
const trafficTolerance = 0.01

// traffic compares every interface's bits, in total and in each whole minute, one
// check an interface. Where the simulator says that counters were set to 0, the
// time between the polls around that moment may be missing and nothing else may.
func (c *comparison) traffic(ctx context.Context) ([]Check, error) {
	// The first difference is known after the second poll.
	from, to := c.from.Add(2*c.options.PollInterval+10*time.Second), c.to.Add(-2*c.options.PollInterval)
	from, to = c.clearOfChanges(from, to)
	if !from.Before(to) {
		return nil, fmt.Errorf("compare the traffic: the fleet ran from %s to %s, which is too short", c.from.Format(clockFormat), c.to.Format(clockFormat))
	}
	query := c.query()
	query.From, query.To = from, to
	totals, err := c.store.Utilization(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("ask for the traffic: %w", err)
	}
	stored := map[trafficKey]*storage.LinkUtilization{}
	for i := range totals {
		stored[trafficKey{totals[i].ID, from.UnixMilli()}] = &totals[i]
	}
	minutes := wholeMinutes(from, to)
	if len(minutes) > 0 {
		query.From, query.To, query.Step = minutes[0], minutes[len(minutes)-1].Add(time.Minute), time.Minute
		buckets, err := c.store.Utilization(ctx, query)
		if err != nil {
			return nil, fmt.Errorf("ask for the traffic by minute: %w", err)
		}
		for i := range buckets {
			stored[trafficKey{buckets[i].ID, buckets[i].Start.UnixMilli() + minuteMark}] = &buckets[i]
		}
	}
	var checks []Check
	for i := range c.truth.Interfaces {
		link := &c.truth.Interfaces[i]
		check := c.span(link, stored[trafficKey{link.ID, from.UnixMilli()}], from, to)
		for _, minute := range minutes {
			if !check.OK {
				break
			}
			if !c.isClear(link, minute) || !c.isClear(link, minute.Add(time.Minute)) {
				continue
			}
			// The first mismatch is the one worth reading.
			if each := c.span(link, stored[trafficKey{link.ID, minute.UnixMilli() + minuteMark}], minute, minute.Add(time.Minute)); !each.OK {
				check = each
			}
		}
		checks = append(checks, check)
	}
	return checks, nil
}

// clearOfChanges returns the range without the edges near which the rate of a link
// changed at once. What passed between two polls is spread evenly over the time
// between them, so near such a change only the poll's own edges are exact.
func (c *comparison) clearOfChanges(from, to time.Time) (time.Time, time.Time) {
	var changes []time.Time
	for i := range c.truth.Interfaces {
		changes = append(changes, c.changes(&c.truth.Interfaces[i])...)
	}
	slices.SortFunc(changes, time.Time.Compare)
	for _, at := range changes {
		if c.near(at, from) {
			from = at.Add(c.blur())
		}
	}
	for _, at := range slices.Backward(changes) {
		if c.near(at, to) {
			to = at.Add(-c.blur())
		}
	}
	return from, to
}

// isClear says whether no rate of a link changed at once near a time. The simulator
// keeps changes clear of the turn of a minute, where polls are not far apart.
func (c *comparison) isClear(link *fleet.InterfaceTruth, edge time.Time) bool {
	return !slices.ContainsFunc(c.changes(link), func(at time.Time) bool { return c.near(at, edge) })
}

// changes returns when the rate of a link changed at once.
func (c *comparison) changes(link *fleet.InterfaceTruth) []time.Time {
	var changes []time.Time
	for _, flow := range []*fleet.Flow{&link.In, &link.Out} {
		for _, change := range flow.Changes {
			for _, second := range []float64{change.From, change.To} {
				changes = append(changes, c.truth.Start.Add(time.Duration(second*float64(time.Second))))
			}
		}
	}
	return changes
}

func (c *comparison) near(a, b time.Time) bool { return a.Sub(b).Abs() < c.blur() }

// blur is how far the traffic of a moment may be spread: a poll interval, and what a
// poll may be late.
func (c *comparison) blur() time.Duration { return c.options.PollInterval + pollLateness }

const pollLateness = 500 * time.Millisecond

// minuteMark tells the key of a minute from that of the whole time, should both
// begin at once.
const minuteMark = 1 << 50

type trafficKey struct {
	link sample.ID
	at   int64
}

// span compares one interface over one stretch of time.
func (c *comparison) span(link *fleet.InterfaceTruth, stored *storage.LinkUtilization, from, to time.Time) Check {
	check := Check{Name: "traffic", Entity: entity(link.Customer, link.Site, link.Host, link.Name)}
	in, out := link.Bits(c.truth.Start, from, to)
	covered := time.Duration(0)
	if stored != nil {
		covered = time.Duration(stored.CoveredMs) * time.Millisecond
	}
	missing := max(0, to.Sub(from)-covered)
	allowed := trafficSlack
	for _, moment := range link.Unmeasurable {
		around := 2 * c.options.PollInterval
		if moment.Add(around).Before(from) || moment.Add(-around).After(to) {
			continue
		}
		allowed += around
		// What passed in the missing time is taken off, at the rate around the moment.
		lostIn, lostOut := link.Bits(c.truth.Start, moment.Add(-c.options.PollInterval), moment.Add(c.options.PollInterval))
		share := missing.Seconds() / around.Seconds()
		in, out = in-lostIn*share, out-lostOut*share
	}
	check.Expected = fmt.Sprintf("%s %s to %s: %.0f bits in, %.0f out", kind(link.WAN), from.UTC().Format(clockFormat), to.UTC().Format(clockFormat), in, out)
	if stored == nil {
		check.Found = "no measurement"
		return check
	}
	check.Found = fmt.Sprintf("%s: %.0f bits in, %.0f out, %.1f s not measured %v", kind(stored.Kind == storage.LinkWAN), stored.InBits, stored.OutBits, missing.Seconds(), stored.Gaps)
	check.OK = missing <= allowed && near(in, stored.InBits) && near(out, stored.OutBits) && (stored.Kind == storage.LinkWAN) == link.WAN
	return check
}

func kind(wan bool) string {
	if wan {
		return "WAN"
	}
	return "LAN"
}

// trafficSlack is the time that may be missing through rounding to milliseconds.
const trafficSlack = 100 * time.Millisecond

// near holds two counts of bits against each other. A thousand octets count as
// nothing: counters are whole octets, and idle interfaces have few.
func near(expected, found float64) bool {
	const nothing = 8 * 1000
	return math.Abs(expected-found) <= trafficTolerance*math.Abs(expected)+nothing
}

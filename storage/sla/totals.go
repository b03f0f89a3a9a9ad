package sla

import (
	"context"
	"fmt"
	"slices"

	"mimamori/storage"
)

// Totals is what a Source may know beside: the sums alone, without a look at every
// outage. They are asked for where the figures are all that is wanted and all time
// counts: around the clock, without maintenance or corrections.
type Totals interface {
	// AvailabilityTotals returns the sums of each device in the order of Availability; without
	// named by customer and site alone, and no device has its name.
	AvailabilityTotals(ctx context.Context, query storage.Query, named bool) ([]storage.AvailabilityTotal, error)
}

// aroundTheClock reports whether every hour counts for everybody who is asked about.
// Groups look at each moment whatever the hours.
func (r *reckoning) aroundTheClock() bool {
	if r.question.By == ByGroup {
		return false
	}
	if r.question.Calendar != "" {
		return r.question.Calendar == AroundTheClock
	}
	for _, contract := range r.config.Contracts {
		if r.sees(contract.Customer) && contract.Calendar != "" && contract.Calendar != AroundTheClock {
			return false
		}
	}
	return true
}

// readTotals begins the ledgers with figures that were added up before. It does not where
// contributors are asked for and nobody added up who was merely unreachable.
func (r *reckoning) readTotals(ctx context.Context, source Totals, query storage.Query) (told bool, err error) {
	named := r.question.Contributors || r.question.By == ByDevice
	devices, err := source.AvailabilityTotals(ctx, query, named)
	if err != nil {
		return false, fmt.Errorf("ask for availability: %w", err)
	}
	if r.question.Contributors && slices.ContainsFunc(devices, func(d storage.AvailabilityTotal) bool { return d.UnreachableMs < 0 }) {
		return false, nil
	}
	for i := range devices {
		total := &devices[i]
		terms, err := r.termsOf(total.Customer)
		if err != nil {
			return false, err
		}
		figure := Figure{
			UpMs: total.UpMs, DegradedMs: total.DegradedMs, DownMs: total.DownMs, UnknownMs: total.UnknownMs,
			Outages: total.Downs, LongestMs: total.LongestMs,
		}
		if r.question.Contributors {
			figure.UnreachableMs = total.UnreachableMs
		}
		figure.ScheduledMs = figure.known() + figure.UnknownMs
		r.devices = append(r.devices, &ledger{
			device: &total.Availability, terms: terms, now: result{fromMs: r.toMs - figure.ScheduledMs, figure: figure},
		})
	}
	return true, nil
}

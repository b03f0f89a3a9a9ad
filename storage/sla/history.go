package sla

import (
	"cmp"
	"slices"
	"time"

	"mimamori/storage"
)

// Correction is a change of a figure after the fact: its record was made anew, or a
// maintenance window was entered after it had begun.
type Correction struct {
	At       time.Time
	By, Why  string
	From, To time.Time // the time that was corrected, within the time asked for
	Before   Figure    // as it stood until then
}

// merge adds a change to those of the same moment, person and reason: one recompute
// corrects many devices.
func merge(all []Correction, next Correction) []Correction {
	at := slices.IndexFunc(all, func(c Correction) bool {
		return c.At.Equal(next.At) && c.By == next.By && c.Why == next.Why
	})
	if at < 0 {
		return append(all, next)
	}
	if next.From.Before(all[at].From) {
		all[at].From = next.From
	}
	if next.To.After(all[at].To) {
		all[at].To = next.To
	}
	return all
}

// corrections returns what was corrected of some devices, the latest first, without
// the figures before.
func (r *reckoning) corrections(members []*ledger) []Correction {
	var all []Correction
	seen := map[*window]bool{}
	for _, member := range members {
		for _, each := range r.changes[deviceKeyOf(member.device.Entity)] {
			all = merge(all, Correction{At: each.At, By: each.By, Why: each.Why, From: each.From, To: each.To})
		}
		for _, each := range member.windows {
			if !each.afterwards || seen[each] {
				continue
			}
			seen[each] = true
			all = merge(all, Correction{
				At: each.EnteredAt, By: each.By, Why: reason(each.Window),
				From: instant(each.spans[0].fromMs), To: instant(each.spans[len(each.spans)-1].toMs),
			})
		}
	}
	slices.SortFunc(all, func(a, b Correction) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.By, b.By), cmp.Compare(a.Why, b.Why))
	})
	return all
}

// thatMattered leaves out corrections, the latest first, behind which the figure is as
// it was before.
func thatMattered(all []Correction, now Figure) []Correction {
	var mattered []Correction
	after := now
	for _, each := range all {
		if each.Before != after {
			mattered = append(mattered, each)
		}
		after = each.Before
	}
	return mattered
}

// deviceKey names a device within the scope of a question.
type deviceKey struct{ customer, site, device string }

func deviceKeyOf(entity storage.Entity) deviceKey {
	return deviceKey{entity.Customer, entity.Site, entity.Device}
}

package sla

import (
	"cmp"
	"slices"
	"time"

	"mimamori/storage"
)

// Correction is a change of a figure after the fact: its record was made anew, a
// maintenance window was entered or changed after it had begun, or the contract, its
// calendar or a service group was changed.
type Correction struct {
	At       time.Time
	By, Why  string
	From, To time.Time // the time that was corrected, within the time asked for
	Before   Figure    // as it stood until then
	promised bool      // the contract was changed, and not what it is about
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

// corrections returns what was corrected of a subject, the latest first.
func (r *reckoning) corrections(s subject) []Correction {
	all := r.changesOf(s)
	for i := range all {
		all[i].Before = r.measure(s, all[i].At).figure
	}
	if len(all) == 0 {
		return nil
	}
	return thatMattered(all, r.measure(s, s.terms.recorded()).figure, s.group != nil)
}

// changesOf returns what was changed about a subject after the fact, the latest first,
// without the figures before.
func (r *reckoning) changesOf(s subject) []Correction {
	var all []Correction
	seen := map[*window]bool{}
	for _, member := range s.members {
		for _, each := range r.changes[deviceKeyOf(member.device.Entity)] {
			all = merge(all, Correction{At: each.At, By: each.By, Why: each.Why, From: each.From, To: each.To})
		}
		for _, each := range member.windows {
			if seen[each] {
				continue
			}
			seen[each] = true
			for _, change := range each.corrections(s.terms) {
				all = merge(all, change)
			}
		}
	}
	for _, each := range s.terms.undone {
		if _, known := each.group(s.Name); s.group != nil && !known {
			break // no figure stood before
		}
		if !each.at.Equal(unrecorded) {
			all = append(all, Correction{At: each.at, By: each.by, Why: each.why, From: r.question.From, To: r.question.To, promised: true})
		}
	}
	slices.SortStableFunc(all, func(a, b Correction) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.By, b.By), cmp.Compare(a.Why, b.Why))
	})
	return all
}

// corrections returns the changes of a window that a contract took note of.
func (w *window) corrections(t *terms) []Correction {
	var all []Correction
	for _, each := range w.undone {
		if t.before(each.at.Add(1)).ExcludeMaintenance {
			all = append(all, Correction{At: each.at, By: each.by, Why: each.why, From: each.from, To: each.to})
		}
	}
	return all
}

// thatMattered leaves out corrections, the latest first, behind which the figure is as
// it was before: all such, or those of contracts alone.
func thatMattered(all []Correction, now Figure, every bool) []Correction {
	var mattered []Correction
	after := now
	for _, each := range all {
		if each.Before != after || !every && !each.promised {
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

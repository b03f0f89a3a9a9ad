package alert

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// changes is what one look changed.
type changes struct {
	alarms    []Alarm
	forgotten []Key
}

func (c *changes) add(a *Alarm) { c.alarms = append(c.alarms, a.copy()) }

// copy returns the alarm as it is now, for others.
func (a *Alarm) copy() Alarm {
	other := *a
	other.Details, other.Raises = maps.Clone(a.Details), slices.Clone(a.Raises)
	return other
}

// resend is how often all raised alarms are handed on again, so that one that was lost comes.
const resend = 30 * time.Second

// change makes changes, keeps them, then hands them on: what is handed on is known after a restart. Who lists alarms
// or acknowledges one does not wait for it to be handed on.
func (e *Engine) change(ctx context.Context, at time.Time, changing func(*changes)) error {
	e.mutex.Lock()
	var found changes
	changing(&found)
	e.gauge()
	hand, err := e.settled(ctx, at, found)
	e.mutex.Unlock()
	if err != nil || len(hand) == 0 {
		return err
	}
	if err := e.notifier.Put(ctx, hand...); err != nil {
		e.mutex.Lock()
		e.told = time.Time{} // all of them the next time
		e.mutex.Unlock()
		return fmt.Errorf("hand on %d alarms: %w", len(hand), err)
	}
	return nil
}

// settled keeps what changed and returns what is to be handed on.
func (e *Engine) settled(ctx context.Context, at time.Time, found changes) ([]Alarm, error) {
	if err := e.keep(ctx, found); err != nil {
		return nil, err
	}
	if !passed(at, e.told, resend) {
		return found.alarms, nil
	}
	e.told = at
	return e.open(at), nil
}

// keep gives the ledger what changed, with what it could not keep before.
func (e *Engine) keep(ctx context.Context, found changes) error {
	for i := range found.alarms {
		e.unkept[found.alarms[i].Key] = &found.alarms[i]
	}
	for _, key := range found.forgotten {
		e.unkept[key] = nil
	}
	if len(e.unkept) == 0 {
		return nil
	}
	var all Changes
	for key, a := range e.unkept {
		if a == nil {
			all.Forgotten = append(all.Forgotten, key)
			continue
		}
		all.Alarms = append(all.Alarms, *a)
	}
	if err := e.ledger.Save(ctx, all); err != nil {
		e.told = time.Time{} // what is not kept is not handed on, and is then
		return fmt.Errorf("keep %d alarms: %w", len(all.Alarms), err)
	}
	clear(e.unkept)
	return nil
}

// open returns what is raised and what cleared of late.
func (e *Engine) open(at time.Time) []Alarm {
	var all []Alarm
	for _, alarms := range e.alarms {
		for _, a := range alarms {
			if a.State == Raised || a.State == Cleared && !a.Raised.IsZero() && at.Sub(a.Cleared) < remembered {
				all = append(all, a.copy())
			}
		}
	}
	slices.SortFunc(all, func(a, b Alarm) int { return a.compare(b.Key) })
	return all
}

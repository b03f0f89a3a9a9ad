package alert

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNotFound says that no alarm that is raised has the identifier asked for.
var ErrNotFound = errors.New("no alarm with this id is raised: mimamori alert list shows those that are")

// ErrMistake says that who acknowledges left something out.
var ErrMistake = errors.New("this is no acknowledgement")

// Acknowledge notes that somebody sees to a raised alarm, until a time: escalation stops until then. It
// needs an owner and a reason. Time is now where At is zero.
func (e *Engine) Acknowledge(ctx context.Context, id string, word Acknowledgement) (Alarm, error) {
	if word.At.IsZero() {
		word.At = time.Now()
	}
	switch {
	case word.Owner == "":
		return Alarm{}, fmt.Errorf("%w: it needs an owner: who sees to the alarm", ErrMistake)
	case word.Reason == "":
		return Alarm{}, fmt.Errorf("%w: it needs a reason: what is being done", ErrMistake)
	case !word.At.Before(word.Until):
		return Alarm{}, fmt.Errorf("%w: it needs an end in the future: %s is not", ErrMistake, word.Until.Format(time.RFC3339))
	}
	return e.settle(ctx, id, "acknowledged", word)
}

// Unacknowledge takes an acknowledgement back, by whom and why.
func (e *Engine) Unacknowledge(ctx context.Context, id, by, reason string) (Alarm, error) {
	if reason == "" {
		return Alarm{}, fmt.Errorf("%w: to take one back needs a reason", ErrMistake)
	}
	return e.settle(ctx, id, "unacknowledged", Acknowledgement{By: by, Reason: reason, At: time.Now()})
}

// settle keeps what somebody did to an alarm with its line in the audit log, then hands the alarm on.
func (e *Engine) settle(ctx context.Context, id, action string, word Acknowledgement) (Alarm, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	a := e.raised(id)
	if a == nil {
		return Alarm{}, ErrNotFound
	}
	entry := Entry{At: word.At, By: word.By, Action: action, Key: a.Key, ID: a.ID, Owner: word.Owner, Reason: word.Reason, Until: word.Until}
	if action == "unacknowledged" {
		word = Acknowledgement{}
	}
	changed := a.copy()
	changed.Acknowledged = word
	if err := e.ledger.Save(ctx, Changes{Alarms: []Alarm{changed}, Entries: []Entry{entry}}); err != nil {
		return Alarm{}, fmt.Errorf("keep the word on alarm %s: %w", id, err)
	}
	delete(e.unkept, a.Key) // what was kept now is newer
	a.Acknowledged = word
	e.told = time.Time{} // handed on with the next look
	return changed, nil
}

func (e *Engine) raised(id string) *Alarm {
	for _, alarms := range e.alarms {
		for _, a := range alarms {
			if a.ID == id && a.State == Raised {
				return a
			}
		}
	}
	return nil
}

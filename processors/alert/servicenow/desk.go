package servicenow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"

	"mimamori/processors/alert/notify"
)

// Desk keeps the incidents of one target. It is an integration of notify.
type Desk struct {
	target     Target
	table      *table
	fields     map[string]*template.Template
	closeNotes *template.Template
	secrets    *strings.Replacer
	locks      [64]chan struct{} // one delivery at a time of alarms whose keys fall together

	mu     sync.Mutex
	paused time.Time // until when ServiceNow does not want to be asked
}

// New makes the desk of a valid target. It asks nothing yet.
func New(target Target) (*Desk, error) {
	if err := errors.Join(target.problems()...); err != nil {
		return nil, fmt.Errorf("servicenow for receiver %q: %w", target.Receiver, err)
	}
	target = target.complete()
	made := &Desk{target: target, fields: map[string]*template.Template{}}
	var err error
	if made.table, err = newTable(target); err != nil {
		return nil, fmt.Errorf("servicenow for receiver %q: %w", target.Receiver, err)
	}
	for name, text := range target.Fields {
		if made.fields[name], err = parse(name, text); err != nil {
			return nil, fmt.Errorf("servicenow for receiver %q: fields.%s: %w", target.Receiver, name, err)
		}
	}
	if made.closeNotes, err = parse("close_notes", target.CloseNotes); err != nil {
		return nil, fmt.Errorf("servicenow for receiver %q: close_notes: %w", target.Receiver, err)
	}
	hidden := []string{}
	for _, secret := range []string{target.Password, target.ClientPassword} {
		if secret != "" {
			hidden = append(hidden, secret, "<secret>")
		}
	}
	made.secrets = strings.NewReplacer(hidden...)
	for i := range made.locks {
		made.locks[i] = make(chan struct{}, 1)
	}
	return made, nil
}

// Deliver implements notify.Integration: it makes, updates or resolves the incident of
// each alarm. One that fails does not keep the next from its own, but where nothing more
// may be asked just now.
func (d *Desk) Deliver(ctx context.Context, group notify.Group) (retry bool, err error) {
	if wait := d.wait(); wait > 0 {
		return true, fmt.Errorf("ServiceNow asked not to be asked for another %s: its limit on requests of this user is reached; raise it in Rate Limit Rules", wait.Round(time.Second))
	}
	alarms, wrong := group.Alarms()
	problems := []error{wrong}
	for _, alarm := range alarms {
		err := d.keep(ctx, alarm)
		if err == nil {
			continue
		}
		problems = append(problems, fmt.Errorf("alarm %s of %s: %w", alarm.ID, alarm.Entity, err))
		var refused *refusal
		if !errors.As(err, &refused) {
			continue
		}
		retry = retry || refused.retry
		if refused.pause > 0 {
			d.pause(refused.pause)
		}
		if refused.all || ctx.Err() != nil {
			break
		}
	}
	if err = errors.Join(problems...); err != nil && d.secrets.Replace(err.Error()) != err.Error() {
		err = errors.New(d.secrets.Replace(err.Error()))
	}
	return retry, err
}

func (d *Desk) wait() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Until(d.paused)
}

func (d *Desk) pause(long time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paused = time.Now().Add(long)
}

// keep brings the incident of an alarm to where the alarm is.
func (d *Desk) keep(ctx context.Context, alarm notify.Alarm) error {
	// Two routes may lead here with the same alarm: both would find none and make one.
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(cmp.Or(alarm.Ticket, alarm.ID)))
	lock := d.locks[hash.Sum32()%uint32(len(d.locks))]
	select {
	case lock <- struct{}{}:
		defer func() { <-lock }()
	case <-ctx.Done():
		return &refusal{err: fmt.Errorf("wait for another delivery of the alarm: %w", context.Cause(ctx)), retry: true, all: true}
	}
	if alarm.Ticket != "" {
		return d.warn(ctx, alarm)
	}
	found, err := d.table.find(ctx, alarm.ID)
	if err != nil {
		return fmt.Errorf("look up its incident: %w", err)
	}
	open, closed := d.sort(found, alarm)
	switch {
	case open == nil && (alarm.Cleared || closed):
		return nil
	case open == nil:
		fields, err := d.created(alarm)
		if err != nil {
			return err
		}
		if err := d.table.create(ctx, fields); err != nil {
			return fmt.Errorf("make an incident: %w", err)
		}
	case alarm.Cleared:
		fields, err := d.resolved(*open, alarm)
		if err != nil {
			return err
		}
		if err := d.table.update(ctx, open.SysID, fields); err != nil {
			return fmt.Errorf("resolve incident %s: %w", open.Number, err)
		}
	default:
		if since, _, told := open.noted(); told == alarm.Digest() && since == moment(alarm.Since) {
			return nil
		}
		if err := d.table.update(ctx, open.SysID, d.changed(*open, alarm)); err != nil {
			return fmt.Errorf("update incident %s: %w", open.Number, err)
		}
	}
	return nil
}

// sort returns the open incident, the oldest where somebody made another, and whether one
// about this occurrence of the alarm was closed by a person.
func (d *Desk) sort(found []record, alarm notify.Alarm) (open *record, closed bool) {
	for i, one := range found { // the newest first
		if !slices.Contains(d.target.ClosedStates, one.State) {
			open = &found[i]
			continue
		}
		since, told, _ := one.noted()
		closed = closed || since == moment(alarm.Since) && told != ended
	}
	return open, closed
}

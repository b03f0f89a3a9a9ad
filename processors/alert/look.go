package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// look asks the store as of a moment and judges. What could be judged stays judged where something else
// could not be asked: the error is errUnasked then.
func (e *Engine) look(ctx context.Context, at time.Time) error {
	e.asking = 0
	store := e.store()
	if store == nil {
		return fmt.Errorf("%w: there is no store to ask yet", errUnasked)
	}
	at = at.UTC().Truncate(time.Millisecond)
	m := &moment{store: store, ways: e.cfg.Ways, promises: e.promises, failing: e.failing, crowded: e.metrics.crowded.Inc}
	began := time.Now()
	// Before all else: what is read meanwhile is no matter, what is missing up to then is.
	streams, err := store.Streams(ctx, at)
	if err != nil {
		return fmt.Errorf("%w: how far the centre is with reading: %w", errUnasked, err)
	}
	m.at, m.streams = e.progress.as(at, streams), streams
	newest, heard, err := m.newest(ctx)
	e.asking = time.Since(began)
	defer func() { e.progress.end(at, time.Since(began)) }()
	if err != nil {
		return fmt.Errorf("%w: when appliances were heard: %w", errUnasked, err)
	}
	if heard {
		switch e.progress.hear(at, newest, e.cfg.Stalled, e.gap) {
		case silent:
			clear(e.judged) // what is heard again comes one after the other
			return e.stalled(ctx, at, newest, "no appliance is heard: see whether the processors and the broker run, and whether the appliances reach it")
		case waiting:
			clear(e.judged)
			return nil
		case arriving:
		}
	}
	late := e.behind(ctx, at, streams)
	due := e.due(at, m.at)
	// What changes at once is told before what may take long to be asked for.
	asked, quick := e.hold(ctx, m, at, due, func(kind *kind) bool { return kind.every == fast })
	e.asking += asked
	asked, others := e.hold(ctx, m, at, due, func(kind *kind) bool { return kind.every != fast })
	if asked > 0 {
		e.rests = rest{at, (1 + leisure) * asked}
	}
	return errors.Join(append(slices.Collect(maps.Values(e.broken)), late, quick, others)...)
}

// hold asks what the rules of some kinds are held against, judges, and hands on what came of it. It returns how long
// it asked, 0 where nothing was due.
func (e *Engine) hold(ctx context.Context, m *moment, now time.Time, due map[string]time.Time, which func(*kind) bool) (asked time.Duration, err error) {
	began := time.Now()
	answers := e.ask(ctx, m, due, which)
	if len(answers) > 0 {
		asked = time.Since(began)
	}
	return asked, e.change(ctx, now, func(found *changes) {
		for i := range answers {
			rule := answers[i].rule
			delete(e.broken, rule.Alert)
			if err := answers[i].err; err != nil {
				e.broken[rule.Alert] = fmt.Errorf("%w: rule %s: %w", errUnasked, rule.Alert, err)
				e.looked[rule.Kind] = now.Add(min(rule.kind.every, slow) - rule.kind.every) // again before long
				continue
			}
			e.judge(&answers[i], now, m.at, found)
		}
		if len(e.broken) == 0 {
			e.recovered(now, found)
		}
		e.orphans(now, found)
		e.forget(now, found)
	})
}

// answer is what the store said to a rule.
type answer struct {
	rule     *Rule
	readings []Reading        // of a rule of what lasts
	events   []Event          // of one of what happens
	unseen   map[subject]bool // devices of which what is missing from the readings is unknown
	unread   map[subject]bool // and sites
	err      error
}

// ask asks the store what is due of some kinds. It holds no lock: who lists alarms or acknowledges one does
// not wait for the store.
func (e *Engine) ask(ctx context.Context, m *moment, due map[string]time.Time, which func(*kind) bool) []answer {
	var answers []answer
	for _, rule := range e.rules {
		from, ok := due[rule.Kind]
		if !ok || !which(rule.kind) {
			continue
		}
		began := time.Now()
		answers = append(answers, m.answer(ctx, rule, from))
		e.metrics.looks.WithLabelValues(rule.Kind).Observe(time.Since(began).Seconds())
	}
	return answers
}

func (m *moment) answer(ctx context.Context, rule *Rule, from time.Time) answer {
	said := answer{rule: rule}
	if rule.kind.event() {
		said.events, said.err = rule.kind.happened(ctx, m, rule, from)
		return said
	}
	if said.readings, said.err = rule.kind.read(ctx, m, rule); said.err == nil && rule.kind.polled {
		if said.unseen, said.err = m.unseen(ctx); said.err == nil {
			said.unread, said.err = m.unread(ctx)
		}
	}
	return said
}

// newest is the latest sign of life of any appliance; false where there never was one.
func (m *moment) newest(ctx context.Context) (newest time.Time, heard bool, err error) {
	appliances, err := m.allAppliances(ctx)
	for i := range appliances {
		beat := appliances[i].Heard
		if beat.IsZero() {
			beat = appliances[i].LastHeartbeat
		}
		if beat.After(newest) {
			newest, heard = beat, true
		}
	}
	return newest, heard, err
}

// What comes late still counts as having happened for lateness; that is looked for each time in
// overlap, and in all of it once a minute.
const (
	lateness = 15 * time.Minute
	overlap  = 90 * time.Second
	widely   = time.Minute
)

// due returns the kinds to look at, and since when what happened is asked for, where the store is asked as of a time.
func (e *Engine) due(at, asOf time.Time) map[string]time.Time {
	due := map[string]time.Time{}
	for i := range kinds {
		kind := &kinds[i]
		if kind.owed {
			continue // attend sees to it
		}
		if last, ok := e.looked[kind.name]; ok && !passed(at, last, kind.every) {
			continue
		}
		if kind.every != fast && !passed(at, e.rests.since, e.rests.long) {
			continue
		}
		e.looked[kind.name] = at
		due[kind.name] = asOf.Add(-overlap)
		if kind.event() && passed(at, e.wide[kind.name], widely) {
			e.wide[kind.name], due[kind.name] = at, asOf.Add(-lateness)
		}
	}
	return due
}

// passed says whether so much time has passed since; of a clock that was put back nobody knows, so it has.
func passed(at, since time.Time, length time.Duration) bool {
	return at.Before(since) || at.Sub(since) >= length
}

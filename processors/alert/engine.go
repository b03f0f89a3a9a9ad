package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Ledger keeps alarms between two runs.
type Ledger interface {
	// Load returns what Save kept.
	Load(context.Context) ([]Alarm, error)
	// Save keeps changes, all or none.
	Save(context.Context, Changes) error
}

// Changes are what changed of the alarms.
type Changes struct {
	Alarms    []Alarm // as they are now
	Forgotten []Key   // of no use any more
	Entries   []Entry // of what people did
}

// Entry is a line of the audit log: what somebody did to an alarm.
type Entry struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Action string    `json:"action"` // acknowledged, unacknowledged; of its ticket: responded, commented, severity, priority
	Key
	ID     string    `json:"id"`
	Owner  string    `json:"owner,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	To     string    `json:"to,omitempty"` // the severity or priority that was set
}

// Notifier hands alarms to people. It is given an alarm when it is raised, each time it changes, every
// so often while it is raised, and when it has cleared; the same twice does no harm.
type Notifier interface {
	Put(context.Context, ...Alarm) error
}

// Engine looks at the store, holds what it sees against rules, and hands on what is raised or has cleared.
type Engine struct {
	cfg      Config
	rules    []*Rule
	store    func() Store
	promises Promises
	ledger   Ledger
	notifier Notifier
	failing  func() []Failing
	owed     func(ctx context.Context, at time.Time) []Owed
	logger   *slog.Logger
	metrics  *metrics
	done     atomic.Int64 // when a look was done whole, Unix milliseconds

	// looked is when each kind was looked at, wide when it was for all that may come late; judged has the
	// rules that something was held against since the beginning, or since something arrives again. One look at a time has them.
	looked, wide map[string]time.Time
	judged       map[string]bool
	broken       map[string]error // by rule, what could not be asked when it was due the last time
	unasked      time.Time        // since when the figures cannot be asked; zero while they can
	asking       time.Duration    // how long the store was asked for what changes at once, in the last look
	rests        rest             // of what changes slowly
	progress     progress
	gap          time.Duration // two looks further apart are not taken for following each other

	mutex  sync.Mutex                // guards what follows; never held while the store is asked or alarms are handed on
	alarms map[string]map[Key]*Alarm // by rule
	told   time.Time                 // when all alarms were handed on
	unkept map[Key]*Alarm            // what the ledger could not keep yet; nil to be forgotten
}

// Deps are what an engine works with.
type Deps struct {
	Store    func() Store // nil while there is none
	Promises Promises     // nil for none
	Failing  func() []Failing
	// Owed are the answers that people owe to tickets; nil for none.
	Owed     func(ctx context.Context, at time.Time) []Owed
	Ledger   Ledger
	Notifier Notifier
	Logger   *slog.Logger
	Metrics  prometheus.Registerer
}

// New returns an engine. It asks nothing before Run.
func New(cfg Config, deps Deps) (*Engine, error) {
	rules, err := cfg.rules()
	if err == nil {
		err = cfg.Validate()
	}
	if err != nil {
		return nil, fmt.Errorf("set up the alarms: %w", err)
	}
	metrics, err := newMetrics(deps.Metrics)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of the alarms: %w", err)
	}
	return &Engine{cfg: cfg, rules: rules, store: deps.Store, promises: deps.Promises, failing: deps.Failing, owed: deps.Owed, ledger: deps.Ledger, notifier: deps.Notifier, logger: deps.Logger, metrics: metrics,
		alarms: map[string]map[Key]*Alarm{}, unkept: map[Key]*Alarm{}, looked: map[string]time.Time{}, wide: map[string]time.Time{}, judged: map[string]bool{}, broken: map[string]error{}, gap: cfg.Stalled / 2}, nil
}

// Run looks until the context ends. Load comes before.
func (e *Engine) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		began := time.Now()
		err := e.round(ctx, began)
		if ctx.Err() != nil {
			return nil
		}
		switch {
		case err != nil && !failing:
			e.logger.Warn("the alarms could not be seen to: it is tried again, and told when it works", "error", err)
		case err == nil && failing:
			e.logger.Info("the alarms are seen to again")
		}
		if failing = err != nil; failing {
			e.metrics.failed.Inc()
		} else {
			e.done.Store(time.Now().UnixMilli())
		}
		timer.Reset(e.pause(e.asking))
	}
}

// pause is how long to wait after a look that asked for so long: a store that is slow is left alone half of the
// time, but one slow answer must not put off all else for long.
func (e *Engine) pause(took time.Duration) time.Duration {
	return max(e.cfg.Every, min(took, e.cfg.Stalled/4))
}

// leisure is how many times as long as it was asked for what changes slowly the store is then left alone with that.
const leisure = 3

// rest is a time in which the store is not asked for what changes slowly.
type rest struct {
	since time.Time
	long  time.Duration
}

// errUnasked says that something could not be asked.
var errUnasked = errors.New("the figures cannot be asked")

// round looks once, and raises the alarm of the centre where the figures could not be asked for too long.
func (e *Engine) round(ctx context.Context, at time.Time) error {
	err := e.look(ctx, at)
	attended := e.attend(ctx, at) // last: what cleared with this look is owed no more
	switch {
	case !errors.Is(err, errUnasked):
		e.unasked = time.Time{}
	case e.unasked.IsZero():
		e.unasked = at
	case at.Sub(e.unasked) >= e.cfg.Stalled && ctx.Err() == nil:
		return errors.Join(err, attended, e.stalled(ctx, at, e.unasked, "the store cannot be asked, or not all of it: the log says what, see whether it runs and can be reached"))
	}
	return errors.Join(err, attended)
}

// Load takes up what the ledger kept and hands it on, so that it is known before anything new is.
func (e *Engine) Load(ctx context.Context) error {
	kept, err := e.ledger.Load(ctx)
	if err != nil {
		return fmt.Errorf("read the open alarms: %w", err)
	}
	e.mutex.Lock()
	for i := range kept {
		e.put(&kept[i])
	}
	open := e.open(time.Now())
	e.mutex.Unlock()
	if err := e.notifier.Put(ctx, open...); err != nil {
		return fmt.Errorf("hand on the open alarms: %w", err)
	}
	return nil
}

// Alive says whether the figures were asked of late, and what was raised handed on.
func (e *Engine) Alive() bool { return time.Since(time.UnixMilli(e.done.Load())) < e.cfg.Stalled }

func (e *Engine) put(a *Alarm) {
	if e.alarms[a.Rule] == nil {
		e.alarms[a.Rule] = map[Key]*Alarm{}
	}
	e.alarms[a.Rule][a.Key] = a
}

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

// judge holds what the store says as of a time against a rule.
func (e *Engine) judge(said *answer, now, at time.Time, found *changes) {
	rule := said.rule
	defer func() { e.judged[rule.Alert] = true }()
	if rule.kind.event() {
		e.happened(rule, said.events, now, found)
		return
	}
	seen := make(map[Key]bool, len(said.readings))
	for i := range said.readings {
		reading := &said.readings[i]
		if !rule.covers(reading.Customer, reading.Site, reading.device) {
			continue
		}
		if reading.At.After(at) { // by an appliance's clock that is ahead
			reading.At = at
		}
		key := reading.key(rule)
		seen[key] = true
		if a := e.alarms[rule.Alert][key]; reading.level == bad && now.Sub(reading.At) > lateness && (a == nil || a.State != Raised) {
			reading.level = unknown // the centre reads what was so long ago: it is raised if it still is when that is read
		}
		e.observe(rule, key, reading, at, found)
	}
	for key, a := range e.alarms[rule.Alert] {
		switch {
		case seen[key]:
		case said.unread[subject{a.Customer, a.Site, ""}] && a.State == Raised:
			e.observe(rule, key, &Reading{level: unknown}, at, found)
		case said.unseen[subject{a.Customer, a.Site, "device/" + a.Device}] && rule.covers(a.Customer, a.Site, a.Device):
			e.observe(rule, key, &Reading{level: unknown}, at, found)
		default:
			e.observe(rule, key, nil, at, found)
		}
	}
}

// observe lets the alarm of a key see a reading, nil where all is well.
func (e *Engine) observe(rule *Rule, key Key, reading *Reading, at time.Time, found *changes) {
	a := e.alarms[rule.Alert][key]
	if a == nil || a.State == Cleared {
		if reading == nil || reading.level != bad {
			return
		}
		if a == nil {
			a = e.begin(rule, key)
		} else {
			a.begin(rule)
		}
	}
	if rule.kind.hidden && a.State != Raised && reading != nil && !e.judged[rule.Alert] {
		// Of an engine that has just begun, or to which nothing came: it does not know what this was counted under.
		a.Freed = reading.At
	}
	flapping := e.cfg.Flapping
	if rule.kind.owed {
		flapping = Flapping{} // what people do is no flapping
	}
	before := a.State
	if !a.observe(rule, reading, at, flapping) {
		return
	}
	e.note(rule, a, before, found)
}

func (e *Engine) begin(rule *Rule, key Key) *Alarm {
	a := &Alarm{Key: key, ID: key.String(), State: Pending, Kind: rule.Kind, Severity: rule.Severity, Runbook: rule.Runbook}
	e.put(a)
	return a
}

// note takes down what an observation made of an alarm. What was never raised concerns nobody.
func (e *Engine) note(rule *Rule, a *Alarm, before State, found *changes) {
	if a.State == Pending || a.State == Cleared && before != Raised {
		return
	}
	a.Summary = summarize(rule, a)
	if a.State != before {
		e.metrics.transitions.WithLabelValues(a.Rule, string(a.State)).Inc()
		e.logger.Info("alarm "+string(a.State), "alert", a.Rule, "customer", a.Customer, "site", a.Site, "entity", a.Entity, "summary", a.Summary)
	}
	found.add(a)
}

// happened raises what happened, or counts it where it is raised, and clears what happened long enough ago.
func (e *Engine) happened(rule *Rule, events []Event, at time.Time, found *changes) {
	for i := range events {
		event := &events[i]
		if event.Maintenance || at.Sub(event.At) > lateness || !rule.covers(event.Customer, event.Site, event.device) {
			continue
		}
		key := Key{Rule: rule.Alert, Customer: event.Customer, Site: event.Site, Entity: event.Entity}
		a := e.alarms[rule.Alert][key]
		switch {
		case a == nil:
			a = e.begin(rule, key)
		case !event.At.After(a.At) && !a.At.After(at): // not ahead of a clock that was put back
			continue // told before
		case a.State == Cleared:
			a.begin(rule)
		}
		before := a.State
		a.At, a.Name, a.Device, a.Details = event.At, event.Name, event.device, event.Details
		a.Details["what"] = event.What
		a.Events++
		if a.State != Raised {
			a.Since = event.At
			a.raise(at, Flapping{})
		}
		e.note(rule, a, before, found)
	}
	for _, a := range e.alarms[rule.Alert] {
		if a.State == Raised && at.Sub(a.At) >= rule.Lasts {
			a.clear(at)
			e.note(rule, a, Raised, found)
		}
	}
}

// centreSilent is the alarm of the centre's own failure.
const centreSilent = "CentreSilent"

var centreKey = Key{Rule: centreSilent, Customer: "", Entity: "centre"}

// stalled raises the one alarm that stands for all while nothing can be known.
func (e *Engine) stalled(ctx context.Context, at, since time.Time, reason string) error {
	return e.change(ctx, at, func(found *changes) {
		rule := &Rule{Alert: centreSilent, Kind: centreSilent, Severity: Critical}
		a := e.alarms[centreSilent][centreKey]
		if a == nil {
			a = e.begin(rule, centreKey)
		}
		if a.State != Raised {
			a.begin(rule)
			a.Since, a.Name, a.Details = since, "centre", map[string]string{"reason": reason, "newest": since.UTC().Format(time.RFC3339)}
			a.raise(at, Flapping{})
			e.note(rule, a, Pending, found)
		}
		a.At = at
	})
}

// recovered clears the centre's alarm: something arrived.
func (e *Engine) recovered(at time.Time, found *changes) {
	if a := e.alarms[centreSilent][centreKey]; a != nil && a.State == Raised {
		a.clear(at)
		e.note(&Rule{Alert: centreSilent, Kind: centreSilent}, a, Raised, found)
	}
}

// orphans clears what was raised by rules that are no more.
func (e *Engine) orphans(at time.Time, found *changes) {
	for name, alarms := range e.alarms {
		if name == centreSilent || name == centreBehind || slices.ContainsFunc(e.rules, func(rule *Rule) bool { return rule.Alert == name }) {
			continue
		}
		for _, a := range alarms {
			if a.State == Raised {
				a.clear(at)
				a.Summary += " (the rule is no more)"
				found.add(a)
			}
		}
	}
}

// remembered is how long an alarm that has cleared is handed on once more, and known for what is late.
const remembered = lateness

// forget leaves out what is of no use any more.
func (e *Engine) forget(at time.Time, found *changes) {
	keep := max(remembered, e.cfg.Flapping.Within)
	for _, alarms := range e.alarms {
		for key, a := range alarms {
			switch {
			case a.State == Cleared && a.Raised.IsZero(): // never raised
				if len(a.Raises) > 0 && at.Sub(a.Raises[len(a.Raises)-1]) < keep {
					continue
				}
				if a.before {
					found.forgotten = append(found.forgotten, key)
				}
			case a.State != Cleared || at.Sub(a.Cleared) < keep:
				continue
			default:
				found.forgotten = append(found.forgotten, key)
			}
			delete(alarms, key)
		}
	}
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

// Alarms returns the alarms that are raised or pending, the gravest first, then by time.
func (e *Engine) Alarms() []Alarm {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	var all []Alarm
	for _, alarms := range e.alarms {
		for _, a := range alarms {
			if a.State != Cleared {
				all = append(all, a.copy())
			}
		}
	}
	slices.SortFunc(all, func(a, b Alarm) int {
		return cmp.Or(cmp.Compare(slices.Index(Severities, a.Severity), slices.Index(Severities, b.Severity)), a.Since.Compare(b.Since), a.compare(b.Key))
	})
	return all
}

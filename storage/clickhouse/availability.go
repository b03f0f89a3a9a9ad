package clickhouse

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// currentState is a device's last state with its names.
type currentState struct {
	storage.Entity
	customer         sample.ID
	state            storage.State
	cause            storage.Cause
	sinceMs, firstMs int64
	epoch            uint32
	part             uint16 // in which its rows come
}

// Availability returns for each device the time in each state from the later of
// query.From and the device's first row until query.To, with every stretch that was
// not up. After a device's last row its last state is held to go on for as long as
// any appliance reports; after that the devices are unknown. Time that the centre has not
// read yet counts as unknown, but the state is that of what is read. Devices first
// seen at or after query.To are left out. Since is when the state at query.To began;
// where that was before query.From and the device was up then, it is query.From or
// the first row. Rows are ordered by customer, site and device. More than a million
// stretches are storage.ErrTooMuch.
func (s *Store) Availability(ctx context.Context, query storage.Query) ([]storage.Availability, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	query = ofCustomer(query)
	known, err := s.known(ctx, query, true)
	if err != nil {
		return nil, err
	}
	fromMs, toMs := query.From.UnixMilli(), query.To.UnixMilli()
	answer := make([]storage.Availability, 0, len(known.current))
	for _, device := range known.current {
		answer = append(answer, account(device, known.stretches[deviceKey{device.customer, device.ID}], fromMs, toMs, known.reported))
	}
	return answer, nil
}

// states is what is known of devices in the time asked for; without stretches where
// those were not asked for.
type states struct {
	current   []currentState
	stretches map[deviceKey][]stretch
	reported  reported
}

func (s *Store) known(ctx context.Context, query storage.Query, stretches bool) (known states, err error) {
	parts := []func(context.Context) error{
		func(ctx context.Context) (err error) {
			known.current, err = s.currentStates(ctx, query, true)
			return err
		},
		func(ctx context.Context) (err error) { known.reported, err = s.reported(ctx, query); return err },
	}
	if stretches {
		parts = append(parts, func(ctx context.Context) (err error) { known.stretches, err = s.stretches(ctx, query, nil); return err })
	}
	err = together(ctx, parts...)
	return known, err
}

// currentStates returns the devices known before query.To, by customer, site and device; without
// withNames, of which there are many, by customer and site alone.
func (s *Store) currentStates(ctx context.Context, query storage.Query, withNames bool) ([]currentState, error) {
	var names placeNames
	var called map[ownedID]string
	devices := map[place][]currentState{}
	count := 0
	where := conditions(query, entityDevice)
	parts := []func(context.Context) error{
		func(ctx context.Context) (err error) { names, err = s.placeNames(ctx, query); return err },
		func(ctx context.Context) error {
			var row currentState
			var at place
			var state, cause uint8
			return s.query(ctx, "availability_states", `SELECT customer_id, site_id, device_id, state, cause, since_ts, first_seen_ts, epoch, part
FROM device_current FINAL WHERE `+where+` AND first_seen_ts < fromUnixTimestamp64Milli({to:Int64})`, parameters(query),
				[]any{&at.customer, &at.site, &row.ID, &state, &cause, &row.sinceMs, &row.firstMs, &row.epoch, &row.part},
				func() {
					device := row
					device.customer = at.customer
					device.state, device.cause = storage.State(state), storage.Cause(cause)
					devices[at] = append(devices[at], device)
					count++
				})
		},
	}
	if withNames {
		parts = append(parts, func(ctx context.Context) (err error) { called, err = s.namesOfDevices(ctx, query); return err })
	}
	if err := together(ctx, parts...); err != nil {
		return nil, err
	}
	places := slices.SortedFunc(maps.Keys(devices), func(a, b place) int {
		return cmp.Or(names.byPlace(a, b), cmp.Compare(a.customer, b.customer), cmp.Compare(a.site, b.site))
	})
	answer := make([]currentState, 0, count)
	for _, at := range places {
		customer, site := named(names.customers[at.customer], at.customer), named(names.sites[at.site], at.site)
		its := devices[at]
		for i := range its {
			its[i].Customer, its[i].Site, its[i].Device = customer, site, called[ownedID{at.customer, its[i].ID}]
		}
		if withNames {
			slices.SortFunc(its, func(a, b currentState) int { return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.ID, b.ID)) })
			for i := range its {
				its[i].Device = named(its[i].Device, its[i].ID)
			}
		}
		answer = append(answer, its...)
	}
	return limited(answer, query), nil
}

// account adds up a device's time from the later of fromMs and its first row until
// toMs. Stretches come by their beginning; where two overlap the earlier one keeps the
// time, so that no time counts twice. From when on nothing was reported or read, what is not
// known to have been otherwise is unknown.
func account(device currentState, stretches []stretch, fromMs, toMs int64, reported reported) storage.Availability {
	t := newTally(device, fromMs, toMs)
	answer := storage.Availability{Outages: []storage.Outage{}}
	for _, s := range append(stretches, device.present(toMs, reported)...) {
		if from, to := t.add(s); from < to {
			answer.Outages = append(answer.Outages, storage.Outage{
				From: instant(from), To: instant(to), Ongoing: s.held || s.open && s.toMs >= toMs || s.toMs > toMs,
				State: s.state, Cause: s.cause, Evidence: s.evidence, Corrected: s.epoch > 0,
			})
		}
	}
	outages := answer.Outages
	answer = t.answer(device, reported)
	answer.Outages = outages
	return answer
}

// present is what is known of the time from the device's last change on.
func (d currentState) present(toMs int64, reported reported) []stretch {
	if d.sinceMs >= toMs {
		return nil
	}
	last, rest := reported.last(d.part, toMs)
	var all []stretch
	if d.state != storage.StateUp {
		present := stretch{fromMs: d.sinceMs, toMs: toMs, open: true, state: d.state, cause: d.cause, epoch: d.epoch}
		if d.state != storage.StateUnknown {
			present.toMs = max(last, d.sinceMs)
			present.held = reported.silentMs >= toMs
		}
		all = append(all, present)
	}
	if last < toMs && d.state != storage.StateUnknown {
		rest.fromMs = max(last, d.sinceMs)
		all = append(all, rest)
	}
	return all
}

// tally adds up a device's time in [fromMs, toMs) stretch by stretch.
type tally struct {
	fromMs, toMs              int64
	downMs, degradedMs, notMs int64 // notMs: unknown
	unreachableMs             int64 // of downMs
	countedMs                 int64 // everything before is accounted for
	downs                     int
	longestMs                 int64
	last                      stretch // the last that was counted
}

func newTally(device currentState, fromMs, toMs int64) tally {
	start := max(fromMs, device.firstMs)
	return tally{fromMs: start, toMs: toMs, countedMs: start}
}

// add counts what of a stretch lies in the time and was not counted before, and
// returns it; it is empty where nothing does.
func (t *tally) add(s stretch) (from, to int64) {
	from, to = max(s.fromMs, t.countedMs), min(s.toMs, t.toMs)
	if from >= to {
		return from, from
	}
	t.countedMs, t.last = to, s
	switch s.state {
	case storage.StateDown:
		t.down(s, to-from)
		t.downs++
		t.longestMs = max(t.longestMs, to-from)
	case storage.StateDegraded:
		t.degradedMs += to - from
	default:
		t.notMs += to - from
	}
	return from, to
}

func (t *tally) down(s stretch, ms int64) {
	t.downMs += ms
	if s.cause == storage.CauseUnreachable {
		t.unreachableMs += ms
	}
}

// answer is the sum, with the state at the end.
func (t *tally) answer(device currentState, reported reported) storage.Availability {
	answer := storage.Availability{
		Entity: device.Entity, State: storage.StateUp, Since: instant(t.fromMs),
		UpMs: t.toMs - t.fromMs - t.downMs - t.degradedMs - t.notMs, DownMs: t.downMs, DegradedMs: t.degradedMs, UnknownMs: t.notMs,
	}
	switch {
	case device.sinceMs < t.toMs:
		answer.State, answer.Since = device.state, instant(device.sinceMs)
		if reported.silentMs < t.toMs && device.state != storage.StateUnknown {
			answer.State, answer.Since = storage.StateUnknown, instant(max(reported.silentMs, device.sinceMs))
		}
	case t.countedMs > t.fromMs: // the present began later: what was so then
		answer.Since = instant(t.countedMs)
		if t.last.toMs >= t.toMs {
			answer.State, answer.Since = t.last.state, instant(t.last.fromMs)
		}
	}
	return answer
}

func instant(milliseconds int64) time.Time { return time.UnixMilli(milliseconds).UTC() }

func deviceEntity(device, customerID, siteID sample.ID, customer, site, name string) storage.Entity {
	return storage.Entity{
		ID: device, Customer: named(customer, customerID), Site: named(site, siteID), Device: named(name, device),
	}
}

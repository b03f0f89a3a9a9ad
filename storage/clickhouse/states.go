package clickhouse

import (
	"context"
	"slices"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// States returns the stretches of devices in the time asked for, up included, by customer,
// site, device and time: what Availability says, without gaps from a device's first row on. With
// parts more than 0 the time is thought of in as many slices, and short stretches that
// lie in one are merged as storage.MergeShort does. Query.Limit is of stretches: no more
// devices are looked at than have so many.
func (s *Store) States(ctx context.Context, query storage.Query, parts int) (storage.StateStretches, error) {
	if err := query.Validate(); err != nil {
		return storage.StateStretches{}, err
	}
	query = ofCustomer(query)
	most := query.Limit
	var known states
	var windows []calendar.Window
	unlimited := query
	unlimited.Limit = 0
	closed := 0
	err := together(ctx,
		// Each device has a stretch: a limit of those holds for devices too.
		func(ctx context.Context) (err error) { known, err = s.known(ctx, query, most == 0); return err },
		func(ctx context.Context) (err error) { windows, err = s.Maintenance(ctx, unlimited); return err },
		func(ctx context.Context) (err error) {
			if most > 0 && query.To.Sub(query.From) <= fewStretches {
				closed, err = s.countStretches(ctx, query)
			}
			return err
		},
	)
	if err != nil {
		return storage.StateStretches{}, err
	}
	var answer storage.StateStretches
	if parts > 0 {
		answer.Slice = query.To.Sub(query.From) / time.Duration(parts)
	}
	under := newMaintained(windows, query.From, query.To)
	var its []storage.StateStretch // of one device after the other
	add := func(devices []currentState, stretches map[deviceKey][]stretch) {
		answer.Stretches = slices.Grow(answer.Stretches, atMost(most-len(answer.Stretches), devices, stretches))
		for _, device := range devices {
			if most > 0 && len(answer.Stretches) >= most {
				return
			}
			its = whole(its[:0], device, stretches[deviceKey{device.customer, device.ID}], query.From.UnixMilli(), query.To.UnixMilli(), known.reported)
			all := under.split(device.Entity, its)
			answer.Stretches = append(answer.Stretches, storage.MergeShort(all, answer.Slice)...)
			if len(all) > 0 {
				answer.Devices++
			}
		}
	}
	if most == 0 {
		add(known.current, known.stretches)
		return answer, nil
	}
	n := 1 + most/50
	if closed > 0 { // most devices are up before and behind each
		n = enough(most, len(known.current), len(known.current)+2*closed)
	}
	for rest := known.current; len(rest) > 0 && len(answer.Stretches) < most; n = enough(most-len(answer.Stretches), answer.Devices, len(answer.Stretches)) {
		some, named := rest, []currentState(nil)
		if n < min(len(rest), mostNamed) {
			some, named = rest[:n], rest[:n]
		}
		rest = rest[len(some):]
		stretches, err := s.stretches(ctx, query, named)
		if err != nil {
			return storage.StateStretches{}, err
		}
		add(some, stretches)
	}
	answer.Stretches = answer.Stretches[:min(len(answer.Stretches), most)]
	return answer, nil
}

// fewStretches is how long a time may be in which what all devices had is counted at first, because it may
// well be all read: of more time a few devices have enough.
const fewStretches = 3 * 24 * time.Hour

// mostNamed is how many devices are asked about by their ids: to ask about more takes longer
// than to read what all have.
const mostNamed = 1000

// enough is how many devices will have most stretches, where so many devices have so many.
func enough(most, devices, stretches int) int {
	return 1 + most*devices/max(1, stretches)*11/10
}

// atMost is how many stretches devices have, with those in between that they were up, or how many more are wanted where
// that is less: room for them is made once.
func atMost(wanted int, devices []currentState, stretches map[deviceKey][]stretch) int {
	n := 2 * len(devices)
	for _, all := range stretches {
		n += 2 * len(all)
	}
	if wanted > 0 {
		n = min(n, wanted+mostOfOne)
	}
	return n
}

// mostOfOne is how many stretches of the last device there is room for.
const mostOfOne = 100

// whole adds a device's time from the later of fromMs and its first row until toMs to all.
func whole(all []storage.StateStretch, device currentState, stretches []stretch, fromMs, toMs int64, reported reported) []storage.StateStretch {
	t := newTally(device, fromMs, toMs)
	at := t.fromMs
	up := func(until int64) {
		if at < until {
			all = append(all, storage.StateStretch{Entity: device.Entity, From: instant(at), To: instant(until), State: storage.StateUp})
		}
	}
	for _, s := range append(stretches, device.present(toMs, reported)...) {
		from, to := t.add(s)
		if from >= to {
			continue
		}
		up(from)
		all = append(all, storage.StateStretch{
			Entity: device.Entity, From: instant(from), To: instant(to), State: s.state, Cause: s.cause,
			Evidence: s.evidence, Corrected: s.epoch > 0, Merged: 1,
		})
		at = to
	}
	up(toMs)
	return all
}

// maintained are the spans of maintenance windows in a time, by customer.
type maintained map[string][]spanned

type spanned struct {
	calendar.Window
	spans []calendar.Span
}

// newMaintained works the windows out. One whose rule says nothing any more covers
// nothing.
func newMaintained(windows []calendar.Window, from, to time.Time) maintained {
	all := maintained{}
	for _, window := range windows {
		if spans, err := window.Spans(from, to); err == nil && len(spans) > 0 {
			all[window.Customer] = append(all[window.Customer], spanned{window, spans})
		}
	}
	return all
}

// of returns the spans in which a device is in maintenance, sorted and disjoint.
func (m maintained) of(device storage.Entity) []calendar.Span {
	var all [][]calendar.Span
	for _, window := range m[device.Customer] {
		if window.Covers(device.Customer, device.Site, device.Device) {
			all = append(all, window.spans)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return calendar.Union(all...)
}

// split cuts the stretches of a device at the edges of its maintenance.
func (m maintained) split(device storage.Entity, all []storage.StateStretch) []storage.StateStretch {
	spans := m.of(device)
	if len(spans) == 0 {
		return all
	}
	var parts []storage.StateStretch
	cut := func(of storage.StateStretch, to time.Time, maintenance bool) storage.StateStretch {
		part := of
		part.To, part.Maintenance = earlier(of.To, to), maintenance
		if part.From.Before(part.To) {
			parts = append(parts, part)
			of.From = part.To
		}
		return of
	}
	for _, rest := range all {
		for _, span := range spans {
			rest = cut(rest, span.From, false)
			rest = cut(rest, span.To, true)
		}
		cut(rest, rest.To, false)
	}
	return parts
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

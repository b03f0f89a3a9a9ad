package availability

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mimamori/storage"
)

// conclude writes what a judgement changes and brings the live state in line.
func (f *Figure) conclude(ctx context.Context, j *judgement, judged map[key]*judgement, now Tick) error {
	d := j.device
	if err := f.attribute(ctx, j, judged); err != nil {
		return err
	}
	low, high := max(j.window.from, 0), min(j.window.to, endOfTime)
	stored, err := f.intervals(ctx, d, low, high)
	if err != nil {
		return err
	}
	reboots, err := f.reboots(ctx, d, low, high)
	if err != nil {
		return err
	}
	// Above what the live path makes of the same stretch, whenever it does; of what was
	// judged again the latest wins by its offset, tombstones too.
	version := storage.Version{Epoch: max(1, d.epoch), Offset: now.Offset}
	written := len(f.out.Intervals)
	tombstoned, standing := f.replaceIntervals(j, stored, version)
	if err := f.note(ctx, j, stored, standing, now); err != nil {
		return err
	}
	for _, changed := range f.out.Intervals[written:] {
		if changed.State == storage.StateDown {
			f.soilBehind(d.key, changed.FromMs, changed.ToMs, now.Offset, 0)
		}
	}
	f.replaceReboots(j, reboots, version)
	if err := f.adopt(ctx, j, tombstoned, version.Epoch); err != nil {
		return err
	}
	f.touch(d)
	return nil
}

// soilBehind marks the devices behind one whose outage was judged anew: their causes
// may be others.
func (f *Figure) soilBehind(id key, from, to, offset int64, depth int) {
	if depth == longestWay {
		return
	}
	for _, behind := range f.children[id] {
		if d := f.devices[behind]; d != nil {
			f.soil(d, from, to, offset)
		}
		f.soilBehind(behind, from, to, offset, depth+1)
	}
}

// attribute gives the stretches of a judgement their causes.
func (f *Figure) attribute(ctx context.Context, j *judgement, judged map[key]*judgement) error {
	d := j.device
	cause := func(from int64) (storage.Cause, error) {
		for _, id := range f.ancestors(d.key) {
			hidden, err := f.hides(ctx, id, d, from, judged)
			if err != nil {
				return 0, err
			}
			if hidden {
				return storage.CauseUnreachable, nil
			}
		}
		return storage.CauseNoAnswer, nil
	}
	for i := range j.stretches {
		s := &j.stretches[i]
		if s.state == storage.StateDown && s.cause == storage.CauseNoAnswer {
			var err error
			if s.cause, err = cause(s.from); err != nil {
				return err
			}
		}
		if s.evidence == "" {
			s.evidence = explain(s.state, s.cause)
		}
	}
	if m := j.machine; j.window.open && m.state == storage.StateDown && m.cause == storage.CauseNoAnswer {
		var err error
		if m.cause, err = cause(m.since); err != nil {
			return err
		}
	}
	return nil
}

// hides says whether an ancestor was down when a device went down: by what was just
// judged of it, by its present, or by what is stored of its past.
func (f *Figure) hides(ctx context.Context, ancestor key, d *device, from int64, judged map[key]*judgement) (bool, error) {
	parent := f.devices[ancestor]
	if parent == nil {
		return false, nil
	}
	slack := slack(d, parent)
	if j := judged[ancestor]; j != nil && j.window.from <= from && (j.window.open || from < j.window.to) {
		for i := range j.stretches {
			if covers(&j.stretches[i], from, slack) {
				return true, nil
			}
		}
		return j.window.open && j.machine.state == storage.StateDown && j.machine.since <= from+slack, nil
	}
	if parent.state == storage.StateDown && parent.since <= from+slack || covers(&parent.last, from, slack) {
		return true, nil
	}
	stored, err := f.intervals(ctx, parent, from, from+slack+1)
	if err != nil {
		return false, err
	}
	for _, interval := range stored {
		if covers(&stretch{from: interval.FromMs, to: interval.ToMs, state: interval.State}, from, slack) {
			return true, nil
		}
	}
	return false, nil
}

// intervals returns a device's intervals that overlap [from, to): those stored, and
// those of this batch.
func (f *Figure) intervals(ctx context.Context, d *device, from, to int64) ([]storage.Interval, error) {
	stored, err := f.storedIntervals(ctx, d, from, to)
	if err != nil {
		return nil, fmt.Errorf("read the intervals of device %016x: %w", d.id, err)
	}
	// On a second attempt at this batch the store holds what the first one wrote
	// later in it.
	stored = slices.DeleteFunc(stored, func(old storage.Interval) bool {
		return old.Offset > f.tick.Offset || old.Customer != d.customer
	})
	for _, made := range f.out.Intervals {
		if made.Device != d.id || made.Customer != d.customer {
			continue
		}
		stored = slices.DeleteFunc(stored, func(old storage.Interval) bool { return old.FromMs == made.FromMs })
		if !made.Deleted && made.FromMs < to && made.ToMs > from {
			stored = append(stored, made)
		}
	}
	slices.SortFunc(stored, func(a, b storage.Interval) int { return cmp.Compare(a.FromMs, b.FromMs) })
	return stored, nil
}

// reboots returns a device's reboots in [from, to), as intervals does.
func (f *Figure) reboots(ctx context.Context, d *device, from, to int64) ([]storage.Reboot, error) {
	stored, err := f.storedReboots(ctx, d, from, to)
	if err != nil {
		return nil, fmt.Errorf("read the reboots of device %016x: %w", d.id, err)
	}
	stored = slices.DeleteFunc(stored, func(old storage.Reboot) bool {
		return old.Offset > f.tick.Offset || old.Customer != d.customer
	})
	for _, made := range f.out.Reboots {
		if made.Device != d.id || made.Customer != d.customer {
			continue
		}
		stored = slices.DeleteFunc(stored, func(old storage.Reboot) bool { return old.AtMs == made.AtMs })
		if !made.Deleted && made.AtMs >= from && made.AtMs < to {
			stored = append(stored, made)
		}
	}
	slices.SortFunc(stored, func(a, b storage.Reboot) int { return cmp.Compare(a.AtMs, b.AtMs) })
	return stored, nil
}

// replaceIntervals writes the stretches that are new or different and tombstones for
// the stored intervals that no longer follow, whose beginnings it returns beside the
// intervals that stand now.
func (f *Figure) replaceIntervals(j *judgement, stored []storage.Interval, version storage.Version) (tombstoned []int64, standing []storage.Interval) {
	follows := map[int64]bool{}
	for i := range j.stretches {
		made := j.interval(&j.stretches[i], version)
		if at, found := slices.BinarySearchFunc(stored, made.FromMs, func(old storage.Interval, from int64) int { return cmp.Compare(old.FromMs, from) }); found {
			old := stored[at]
			if old.Cause == storage.CauseReboot && made.Cause == storage.CauseNoAnswer && !j.history.judgeable(old.ToMs) {
				made.Cause, made.Evidence = old.Cause, old.Evidence
			}
			follows[made.FromMs] = true
			old.Version = made.Version
			standing = append(standing, made)
			if old == made && stored[at].Offset != version.Offset {
				continue
			}
		} else {
			standing = append(standing, made)
		}
		f.out.Intervals = append(f.out.Intervals, made)
	}
	for _, old := range stored {
		switch {
		case follows[old.FromMs]:
			continue
		case old.FromMs < j.window.from, !j.window.open && old.FromMs >= j.window.to:
			standing = append(standing, old)
			continue
		case old.Cause == storage.CauseReboot && !j.history.judgeable(old.ToMs) && !j.overlaps(old.FromMs, old.ToMs):
			standing = append(standing, old)
			continue // the readings it was concluded from are out of reach
		}
		old.Version = version
		old.Deleted = true
		f.out.Intervals = append(f.out.Intervals, old)
		tombstoned = append(tombstoned, old.FromMs)
	}
	return tombstoned, standing
}

func (j *judgement) overlaps(from, to int64) bool {
	return slices.ContainsFunc(j.stretches, func(s stretch) bool { return s.from < to && s.to > from })
}

// replaceReboots does for reboots what replaceIntervals does for intervals.
func (f *Figure) replaceReboots(j *judgement, stored []storage.Reboot, version storage.Version) {
	d := j.device
	follows := map[int64]bool{}
	for _, b := range j.boots {
		made := storage.Reboot{
			Customer: d.customer, Site: d.site, Device: d.id, AtMs: b.at, Kind: b.kind, Evidence: b.evidence, Version: version,
		}
		follows[b.at] = true
		unchanged := slices.ContainsFunc(stored, func(old storage.Reboot) bool {
			offset := old.Offset
			old.Version = version
			return old == made && offset != version.Offset
		})
		if !unchanged {
			f.out.Reboots = append(f.out.Reboots, made)
		}
	}
	for _, old := range stored {
		if follows[old.AtMs] || !j.history.judgeable(old.AtMs) {
			continue
		}
		old.Version = version
		old.Deleted = true
		f.out.Reboots = append(f.out.Reboots, old)
	}
}

// adopt brings the live state in line with a judgement. One that reaches the present
// is the present; any other can only move the time since when the device is up.
func (f *Figure) adopt(ctx context.Context, j *judgement, tombstoned []int64, epoch uint32) error {
	d, m, w := j.device, j.machine, j.window
	if w.begin && m.firstSeen != 0 {
		d.firstSeen = min(d.firstSeen, m.firstSeen)
	}
	if w.open || d.last.from < w.to {
		if n := len(j.stretches); n > 0 {
			d.last = j.stretches[n-1]
		} else if d.last.from >= w.from {
			d.last = stretch{}
		}
	}
	if w.open {
		if d.state != m.state || d.since != m.since || d.cause != m.cause || slices.Contains(tombstoned, m.since) {
			d.epoch = epoch
		}
		d.state, d.cause, d.pending, d.lossy = m.state, m.cause, 0, 0
		if m.state != storage.StateUp {
			d.since = m.since
			return nil
		}
		d.epoch = 0
	}
	if d.state != storage.StateUp || !w.open && d.since > w.to {
		return nil
	}
	since, err := f.upSince(ctx, j)
	if err != nil {
		return err
	}
	d.since = since
	return nil
}

// upSince returns since when a device that is up at the end of a window has been up.
func (f *Figure) upSince(ctx context.Context, j *judgement) (int64, error) {
	d := j.device
	if n := len(j.stretches); n > 0 {
		return j.stretches[n-1].to, nil
	}
	if j.window.begin {
		return d.firstSeen, nil
	}
	if d.since <= j.window.from {
		return d.since, nil
	}
	before, err := f.intervals(ctx, d, 0, j.window.from)
	if err != nil {
		return 0, err
	}
	if n := len(before); n > 0 {
		return before[n-1].ToMs, nil
	}
	return d.firstSeen, nil
}

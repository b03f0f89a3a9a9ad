package availability

import (
	"context"
	"fmt"
	"math"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// past is what is stored of the devices being judged in [from, to), read in one go: a
// query for each of hundreds of devices takes longer than to judge them.
type past struct {
	from, to  int64
	intervals map[key][]storage.Interval // an entry for each device
	reboots   map[key][]storage.Reboot
}

// fewDevices are asked for one by one.
const fewDevices = 3

// recall reads the past of what was judged, as far as its windows are closed.
func (f *Figure) recall(ctx context.Context, judged map[key]*judgement) error {
	if len(judged) <= fewDevices {
		return nil
	}
	read := &past{from: math.MaxInt64, to: 0, intervals: map[key][]storage.Interval{}, reboots: map[key][]storage.Reboot{}}
	var ids []sample.ID
	for of, j := range judged {
		ids = append(ids, of.id)
		read.intervals[of] = nil
		if !j.window.begin && !j.window.open {
			read.from, read.to = min(read.from, j.window.from), max(read.to, j.window.to)
		}
	}
	if read.from >= read.to {
		return nil
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	intervals, err := f.store.IntervalsOf(ctx, ids, read.from, read.to)
	if err != nil {
		return fmt.Errorf("read the intervals of %d devices: %w", len(ids), err)
	}
	reboots, err := f.store.RebootsOf(ctx, ids, read.from, read.to)
	if err != nil {
		return fmt.Errorf("read the reboots of %d devices: %w", len(ids), err)
	}
	for _, interval := range intervals {
		of := key{interval.Customer, interval.Device}
		read.intervals[of] = append(read.intervals[of], interval)
	}
	for _, reboot := range reboots {
		of := key{reboot.Customer, reboot.Device}
		read.reboots[of] = append(read.reboots[of], reboot)
	}
	f.past = read
	return nil
}

// has says whether the past of a device in [from, to) was read.
func (p *past) has(of key, from, to int64) bool {
	if p == nil || from < p.from || to > p.to {
		return false
	}
	_, known := p.intervals[of]
	return known
}

// storedIntervals returns what is stored of a device and overlaps [from, to). The slice
// is the caller's.
func (f *Figure) storedIntervals(ctx context.Context, d *device, from, to int64) ([]storage.Interval, error) {
	if !f.past.has(d.key, from, to) {
		return f.store.Intervals(ctx, d.id, from, to)
	}
	var found []storage.Interval
	for _, interval := range f.past.intervals[d.key] {
		if interval.FromMs < to && interval.ToMs > from {
			found = append(found, interval)
		}
	}
	return found, nil
}

// storedReboots returns the reboots that are stored of a device in [from, to). The
// slice is the caller's.
func (f *Figure) storedReboots(ctx context.Context, d *device, from, to int64) ([]storage.Reboot, error) {
	if !f.past.has(d.key, from, to) {
		return f.store.Reboots(ctx, d.id, from, to)
	}
	var found []storage.Reboot
	for _, reboot := range f.past.reboots[d.key] {
		if reboot.AtMs >= from && reboot.AtMs < to {
			found = append(found, reboot)
		}
	}
	return found, nil
}

package rollup

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Store is what the figure reads to restore its state, and what adds up.
type Store interface {
	Intervals(ctx context.Context, device sample.ID, fromMs, toMs int64) ([]storage.Interval, error)
	PendingDirty(ctx context.Context, partition int, before int64) ([]storage.DirtyRange, error)
	RolledSites(ctx context.Context, partition int, before int64) ([]storage.RolledSite, error)
	OldestFigure(ctx context.Context) (int64, error)
	RollUpHours(ctx context.Context, hours storage.RollUp) error
	RollUpDays(ctx context.Context, days storage.RollUp) error
}

const (
	// patience is how often ranges are looked at, ms of the ticks. The rounds are counted
	// from 1970, so that whoever takes over looks with the same tick.
	patience = 60_000
	// mostSlots bounds the hours, and the days, that one round adds up.
	mostSlots = 24
	// longestOutage is how far back the end of an outage changes days of availability, ms.
	longestOutage = 1000 * dayMs
	// setBack is how far below the last tick one must be to say that the centre's clock
	// was set back, ms, as for availability.
	setBack = 60_000
)

// Figure has the figures of one topic partition's sites added up. It runs after all
// that derive, and is used by one goroutine.
type Figure struct {
	cfg       Config
	store     Store
	partition int

	hours, days *marks
	sites       map[place]int64 // since when each is added up, Unix milliseconds
	tickMs      int64           // of the last tick

	first int64            // offset of the batch at hand
	out   *storage.Derived // of the batch at hand
}

// New returns the figure of a partition without any state; call Restore before the
// first Process.
func New(cfg Config, store Store, partition int) (*Figure, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Figure{
		cfg: cfg, store: store, partition: partition, sites: map[place]int64{},
		hours: newMarks(storage.RollUpHours, hourMs, partition), days: newMarks(storage.RollUpDays, dayMs, partition),
	}, nil
}

// Restore brings the figure to where it stood before the message at offset first, with
// the last tick before it at tickMs, 0 where there was none.
func (f *Figure) Restore(ctx context.Context, first, tickMs int64) error {
	f.tickMs = tickMs
	sites, err := f.store.RolledSites(ctx, f.partition, first)
	if err != nil {
		return fmt.Errorf("restore since when sites are added up before offset %d: %w", first, err)
	}
	for _, site := range sites {
		f.sites[place{site.Customer, site.Site}] = site.SinceMs
	}
	ranges, err := f.store.PendingDirty(ctx, f.partition, first)
	if err != nil {
		return fmt.Errorf("restore what is to be added up before offset %d: %w", first, err)
	}
	f.hours.restore(ranges)
	f.days.restore(ranges)
	return nil
}

// Process marks the hours and days of what was derived from the batch, and with the
// first tick of a minute has those added up that are over and that earlier batches
// marked. It fails only when the store does.
func (f *Figure) Process(ctx context.Context, batch *storage.Batch, derived *storage.Derived) error {
	f.first, f.out = batch.Source.First, derived
	defer func() { f.out = nil }()
	if err := f.soil(ctx, derived); err != nil {
		return err
	}
	tickMs, offset, due := round(batch, f.tickMs)
	f.tickMs = tickMs
	if !due {
		return nil
	}
	if err := f.rollUp(ctx, offset); err != nil {
		return err
	}
	return f.backfill(ctx, offset)
}

// round returns the last tick of a batch and, where one of its ticks is the first of a
// minute, that ranges are to be looked at, with that tick's offset.
func round(batch *storage.Batch, lastMs int64) (tickMs, offset int64, due bool) {
	for i := range batch.Blocks {
		block := &batch.Blocks[i]
		if block.Kind != sample.KindTicks || block.SlotMs <= lastMs && lastMs-block.SlotMs <= setBack {
			continue
		}
		if block.SlotMs/patience != lastMs/patience {
			offset, due = block.Offset, true
		}
		lastMs = block.SlotMs
	}
	return lastMs, offset, due
}

// soil marks the time of every row.
func (f *Figure) soil(ctx context.Context, derived *storage.Derived) error {
	u := &derived.Utilization
	// Rows come by site and time: most are of the hour of the one before.
	var last slot
	for i, end := range u.EndMs {
		at := place{u.Customer[i], u.Site[i]}
		from := end - max(int64(u.IntervalMs[i]), 1)
		if at == last.place && from >= last.from && end <= last.from+hourMs {
			continue
		}
		f.mark(at, from, end-1, u.Offset[i])
		last = slot{floor(end-1, hourMs), at}
	}
	for i := range derived.VoiceMinutes {
		m := &derived.VoiceMinutes[i]
		f.mark(place{m.Customer, m.Site}, m.MinuteMs, m.MinuteMs, m.Offset)
	}
	for i := range derived.Intervals {
		v := &derived.Intervals[i]
		f.markDays(place{v.Customer, v.Site}, v.FromMs, v.ToMs, v.Offset)
	}
	return f.soilBefore(ctx, derived.Intervals)
}

// soilBefore marks the days of intervals that were made anew as they stood: they may
// have been longer. One that an earlier attempt at this very batch has overwritten may
// have lasted until now.
func (f *Figure) soilBefore(ctx context.Context, intervals []storage.Interval) error {
	for len(intervals) > 0 {
		v := intervals[0]
		low, high := int64(math.MaxInt64), int64(math.MinInt64)
		for len(intervals) > 0 && intervals[0].Device == v.Device && intervals[0].Customer == v.Customer {
			if intervals[0].Epoch > 0 {
				low, high = min(low, intervals[0].FromMs), max(high, intervals[0].FromMs)
			}
			intervals = intervals[1:]
		}
		if low > high {
			continue
		}
		stored, err := f.store.Intervals(ctx, v.Device, low, high+1)
		if err != nil {
			return fmt.Errorf("read the intervals of device %016x as they were: %w", v.Device, err)
		}
		for _, old := range stored {
			if old.Customer != v.Customer {
				continue
			}
			to := old.ToMs
			if old.Offset >= f.first {
				to = max(to, f.tickMs)
			}
			f.markDays(place{old.Customer, old.Site}, old.FromMs, to, v.Offset)
		}
	}
	return nil
}

// mark marks the hours of [from, to] and their days.
func (f *Figure) mark(at place, from, to, offset int64) {
	if oldest := f.oldest(); from < oldest {
		if to < oldest {
			return
		}
		from = oldest
	}
	f.out.Dirty = f.hours.soil(at, from, to, offset, f.first, f.out.Dirty)
	f.markDays(at, from, to, offset)
}

// oldest is the beginning of the first day of which polls and minutes of voice are
// added up anew, by the last tick.
func (f *Figure) oldest() int64 {
	return floor(f.tickMs, dayMs) - int64(f.cfg.LateDays)*dayMs
}

// markDays marks the days of [from, to]. A site that was not there before has no past
// that was not added up.
func (f *Figure) markDays(at place, from, to, offset int64) {
	if _, known := f.sites[at]; !known {
		f.sites[at] = 0
		f.out.RolledSites = append(f.out.RolledSites, storage.RolledSite{Customer: at.customer, Site: at.site, Partition: f.partition, Offset: offset})
	}
	f.out.Dirty = f.days.soil(at, max(from, f.tickMs-longestOutage), to, offset, f.first, f.out.Dirty)
}

// rollUp adds up the hours that are due, then the days of which no hour is dirty.
func (f *Figure) rollUp(ctx context.Context, offset int64) error {
	ended := f.tickMs - f.cfg.Grace.Milliseconds()
	// Hours that nobody came to in time stand as they are: their polls may be gone.
	hours := func(ctx context.Context, hours storage.RollUp, old bool) error {
		if old {
			return nil
		}
		return f.store.RollUpHours(ctx, hours)
	}
	if err := f.roll(ctx, f.hours, f.hours.due(ended, f.first), offset, hours); err != nil {
		return err
	}
	busy := map[slot]bool{}
	for key := range f.hours.dirty {
		busy[slot{floor(key.from, dayMs), key.place}] = true
	}
	days := slices.DeleteFunc(f.days.due(ended, f.first), func(day slot) bool { return busy[day] })
	return f.roll(ctx, f.days, days, offset, func(ctx context.Context, days storage.RollUp, old bool) error {
		days.AvailabilityOnly = old
		return f.store.RollUpDays(ctx, days)
	})
}

// roll adds slots up, the oldest first and not too many, and takes them off. Of those
// that are older than the day before the oldest that rows may still come for, what they
// are made of may be gone.
func (f *Figure) roll(ctx context.Context, marks *marks, slots []slot, offset int64, add func(ctx context.Context, due storage.RollUp, old bool) error) error {
	slots = slots[:bound(slots)]
	oldest := f.oldest() - dayMs
	recent, _ := slices.BinarySearchFunc(slots, oldest, func(s slot, oldest int64) int { return cmp.Compare(s.from, oldest) })
	for i, some := range [][]slot{slots[:recent], slots[recent:]} {
		for _, due := range marks.gather(some) {
			if err := add(ctx, due, i == 0); err != nil {
				return err
			}
		}
	}
	f.out.Dirty = marks.cleanAll(slots, f.first, offset, f.out.Dirty)
	return nil
}

// bound is how many of the slots are of the first mostSlots customers and times.
func bound(slots []slot) int {
	seen := 0
	for i := range slots {
		if i == 0 || slots[i].from != slots[i-1].from || slots[i].customer != slots[i-1].customer {
			if seen++; seen > mostSlots {
				return i
			}
		}
	}
	return len(slots)
}

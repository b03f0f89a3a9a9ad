package voice

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Name is the figure's name in requests to make minutes anew.
const Name = "voice"

const (
	// stepRows is about how many voice rows one step of a request reads, at two a minute
	// and path; with each tick the steps go on until as many were read.
	stepRows = 20_000
	// tickSteps bounds the steps of a tick where there are hardly any rows.
	tickSteps = 20
	// shortestStep and longestStep bound the minutes one step makes anew.
	shortestStep = 10
	longestStep  = 24 * 60
)

// Restore takes up the requests that were not done before the message at offset first.
// The minutes themselves are read from the store when a row asks for them.
func (f *Figure) Restore(ctx context.Context, first int64) error {
	pending, err := f.store.PendingRecomputes(ctx, f.partition, Name, first)
	if err != nil {
		return fmt.Errorf("restore the requests before offset %d: %w", first, err)
	}
	f.requests = pending
	return nil
}

// recompute takes up the batch's requests and goes on with all of them at each of its
// ticks: minutes are summed again from their raw rows and rated by the present model
// and configuration. A row that comes later than the tick has a higher offset, so what
// it makes of a minute wins. Minutes whose raw rows are gone stay as they are.
func (f *Figure) recompute(ctx context.Context, batch *storage.Batch, derived *storage.Derived) error {
	for i := range batch.Blocks {
		block := &batch.Blocks[i]
		if block.Kind == sample.KindRecomputes {
			f.accept(block, batch.Table(block.Kind).Rows.(*sample.Recomputes), derived)
		}
		if block.Kind != sample.KindTicks {
			continue
		}
		if err := f.goOn(ctx, block.Offset, derived); err != nil {
			return err
		}
	}
	return nil
}

func (f *Figure) accept(block *storage.Block, rows *sample.Recomputes, derived *storage.Derived) {
	for i := block.From; i < block.To; i++ {
		r := storage.Recompute{
			Request: rows.Request[i], Customer: block.Customer, Site: block.Site, Appliance: block.Appliance, Figure: Name,
			FromMs: max(0, rows.FromMs[i]), ToMs: min(rows.ToMs[i], block.SlotMs), AskedMs: block.SlotMs,
			By: rows.By[i], Why: rows.Why[i], Partition: f.partition, Offset: block.Offset,
		}
		known := slices.ContainsFunc(f.requests, func(other storage.Recompute) bool {
			return other.Request == r.Request && other.Appliance == r.Appliance
		})
		if rows.Figure[i] != "" && rows.Figure[i] != Name || known {
			continue
		}
		r.NextMs = floorMinute(r.FromMs)
		if r.NextMs >= r.ToMs {
			r.Done = true
		} else {
			f.requests = append(f.requests, r)
		}
		derived.Recomputes = append(derived.Recomputes, r)
	}
}

// goOn works requests off, the first one first.
func (f *Figure) goOn(ctx context.Context, tick int64, derived *storage.Derived) error {
	left := stepRows
	for steps := 0; len(f.requests) > 0 && steps < tickSteps && left > 0; {
		r := &f.requests[0]
		paths, err := f.pathsOf(ctx, r, tick)
		if err != nil {
			return err
		}
		r.Entities = len(paths)
		for ; !r.Done && steps < tickSteps && left > 0; steps++ {
			if len(paths) == 0 {
				r.NextMs, r.Done = r.ToMs, true
				break
			}
			read, err := f.step(ctx, r, paths, tick, derived)
			if err != nil {
				return err
			}
			left -= read
		}
		r.Offset = tick
		derived.Recomputes = append(derived.Recomputes, *r)
		if r.Done {
			f.requests = f.requests[1:]
		}
	}
	return nil
}

// pathsOf returns the paths of a request's appliance, rising.
func (f *Figure) pathsOf(ctx context.Context, r *storage.Recompute, before int64) ([]sample.ID, error) {
	batch, err := f.store.Raw(ctx, storage.RawQuery{Kinds: []sample.Kind{sample.KindPaths}, Partition: f.partition, After: -1, Before: before})
	if err != nil {
		return nil, fmt.Errorf("read the paths of appliance %016x: %w", r.Appliance, err)
	}
	table := batch.Table(sample.KindPaths)
	if table == nil {
		return nil, nil
	}
	var paths []sample.ID
	for i, path := range table.Rows.(*sample.Paths).Path {
		if table.Customer[i] == r.Customer && table.Appliance[i] == r.Appliance {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// minuteKey tells the minutes of a step apart.
type minuteKey struct {
	key
	start int64
}

// step makes the next minutes of a request's paths anew and returns how many rows they
// were made of.
func (f *Figure) step(ctx context.Context, r *storage.Recompute, paths []sample.ID, tick int64, derived *storage.Derived) (read int, err error) {
	minutes := min(longestStep, max(shortestStep, stepRows/(2*len(paths))))
	from := r.NextMs
	to := min(from+int64(minutes)*minuteMs, floorMinute(r.ToMs+minuteMs-1))
	made, read, err := f.remake(ctx, r.Customer, paths, from, to, tick)
	if err != nil {
		return 0, err
	}
	stored, err := f.storedMinutes(ctx, r.Customer, paths, from, to, derived)
	if err != nil {
		return 0, err
	}
	keys := make([]minuteKey, 0, len(made))
	for at := range made {
		keys = append(keys, at)
	}
	slices.SortFunc(keys, func(a, b minuteKey) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.start, b.start)) })
	revision := storage.Revision{}
	for _, at := range keys {
		row := made[at].row(f.cfg)
		row.Customer, row.Site, row.Path = r.Customer, r.Site, at.path
		old, found := stored[at]
		row.Version = storage.Version{Epoch: old.Epoch, Offset: tick}
		if found && (old.Offset > tick || same(old, row) && old.Offset != tick) {
			continue // at the tick's own offset it is what an earlier attempt wrote
		}
		derived.VoiceMinutes = append(derived.VoiceMinutes, row)
		if !found || same(old, row) {
			continue
		}
		if revision.Entity != at.path {
			derived.Revisions = appendRevision(derived.Revisions, revision)
			revision = storage.Revision{
				Customer: r.Customer, Site: r.Site, Entity: at.path, Figure: Name, Request: r.Request, FromMs: at.start,
				AtMs: r.AskedMs, StepMs: from, By: r.By, Why: r.Why, Offset: tick,
			}
		}
		revision.ToMs = at.start + minuteMs
		if old.Rated() && row.Rated() {
			revision.Minutes++
			revision.MOSBefore += old.MOS
			revision.MOSAfter += row.MOS
		}
	}
	derived.Revisions = appendRevision(derived.Revisions, revision)
	for at := range stored {
		if made[at] == nil {
			r.KeptMs += minuteMs
		}
	}
	r.NextMs, r.Done = to, to >= r.ToMs
	return read, nil
}

func appendRevision(all []storage.Revision, revision storage.Revision) []storage.Revision {
	if revision.Minutes == 0 {
		return all
	}
	return append(all, revision)
}

// same says whether two minutes say the same, whoever made them when.
func same(a, b storage.VoiceMinute) bool {
	a.Version, a.Site = b.Version, b.Site
	return a == b
}

// remake sums the minutes of [from, to) from the rows with an offset below before.
func (f *Figure) remake(ctx context.Context, customer sample.ID, paths []sample.ID, from, to, before int64) (map[minuteKey]*minute, int, error) {
	batch, err := f.store.Raw(ctx, storage.RawQuery{
		Kinds: []sample.Kind{sample.KindVoice}, Partition: f.partition, Entities: paths, After: -1, Before: before, FromMs: from, ToMs: to,
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read the voice rows of %d paths again: %w", len(paths), err)
	}
	table := batch.Table(sample.KindVoice)
	if table == nil {
		return nil, 0, nil
	}
	made := map[minuteKey]*minute{}
	rows := table.Rows.(*sample.Voice)
	for i := range rows.Path {
		if table.Customer[i] != customer {
			continue
		}
		at := minuteKey{keyOf(table, rows, i), floorMinute(table.SlotMs[i])}
		if made[at] == nil {
			made[at] = &minute{start: at.start}
		}
		made[at].add(rows, i, table.SlotMs[i], table.Offset[i])
	}
	return made, len(rows.Path), nil
}

// storedMinutes returns what is stored of the minutes of [from, to), and what this
// batch has made of them already.
func (f *Figure) storedMinutes(ctx context.Context, customer sample.ID, paths []sample.ID, from, to int64, derived *storage.Derived) (map[minuteKey]storage.VoiceMinute, error) {
	rows, err := f.store.VoiceMinutes(ctx, paths, from, to)
	if err != nil {
		return nil, fmt.Errorf("read the minutes of %d paths: %w", len(paths), err)
	}
	stored := make(map[minuteKey]storage.VoiceMinute, len(rows))
	for _, row := range append(rows, derived.VoiceMinutes...) {
		if row.Customer == customer && row.MinuteMs >= from && row.MinuteMs < to && slices.Contains(paths, row.Path) {
			stored[minuteKey{key{row.Customer, row.Path}, row.MinuteMs}] = row
		}
	}
	return stored, nil
}

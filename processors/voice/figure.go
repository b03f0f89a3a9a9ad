package voice

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

const minuteMs = 60_000

// heldMinutes is how many of a path's newest minutes stay in memory. Others are read
// from the store again when a row touches them.
const heldMinutes = 2

// Store is what the figure reads when it meets a minute it does not hold.
type Store interface {
	Raw(ctx context.Context, query storage.RawQuery) (*storage.Batch, error)
	VoiceMinutes(ctx context.Context, paths []sample.ID, fromMs, toMs int64) ([]storage.VoiceMinute, error)
	PendingRecomputes(ctx context.Context, partition int, figure string, before int64) ([]storage.Recompute, error)
}

// Figure makes voice minutes of voice rows. A minute is made of all rows whose slot
// begins in it and is written anew with each of them; it is a sum, so it does not
// matter when or in which order they come.
type Figure struct {
	cfg       Config
	store     Store
	partition int
	paths     map[key][]*minute   // by rising start
	requests  []storage.Recompute // to make minutes anew, not done, as they were asked
}

// key tells a path from all others. The id alone is what a block claims; whose the
// block is, the registry says.
type key struct{ customer, path sample.ID }

func keyOf(table *storage.Table, rows *sample.Voice, i int) key {
	return key{table.Customer[i], rows.Path[i]}
}

// minute is the sum of a path's rows in one minute.
type minute struct {
	start  int64
	slots  []int64 // slots counted already: a row of one natural key counts once
	inputs Inputs

	lossRuns, duplicates, reordered uint64
	jitter                          uint64 // RFC 3550 jitter in us, weighted with the packets received
	operation                       operation
	condition                       condition
	offset                          int64
	changed                         bool
}

// New returns the figure of one partition without any state; call Restore before the
// first Process.
func New(cfg Config, store Store, partition int) (*Figure, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Figure{cfg: cfg, store: store, partition: partition, paths: map[key][]*minute{}}, nil
}

// Process adds the batch's voice rows to their minutes and derives each minute they
// touch, then goes on with what was asked to be made anew. It fails only when the store
// does.
func (f *Figure) Process(ctx context.Context, batch *storage.Batch, derived *storage.Derived) error {
	if err := f.processRows(ctx, batch, derived); err != nil {
		return err
	}
	return f.recompute(ctx, batch, derived)
}

func (f *Figure) processRows(ctx context.Context, batch *storage.Batch, derived *storage.Derived) error {
	table := batch.Table(sample.KindVoice)
	if table == nil {
		return nil
	}
	rows := table.Rows.(*sample.Voice)
	if err := f.load(ctx, batch.Source.First, table, rows); err != nil {
		return err
	}
	type change struct {
		row    int
		minute *minute
	}
	var changes []change
	for i := range rows.Path {
		touched := f.minute(keyOf(table, rows, i), floorMinute(table.SlotMs[i]))
		if touched.add(rows, i, table.SlotMs[i], table.Offset[i]) && !touched.changed {
			touched.changed = true
			changes = append(changes, change{i, touched})
		}
	}
	for _, change := range changes {
		change.minute.changed = false
		row := change.minute.row(f.cfg)
		row.Customer, row.Site, row.Path = table.Customer[change.row], table.Site[change.row], rows.Path[change.row]
		derived.VoiceMinutes = append(derived.VoiceMinutes, row)
	}
	for i := range rows.Path {
		f.forget(keyOf(table, rows, i))
	}
	return nil
}

// span is a stretch of minutes, [from, to), and the paths that want one of them.
type span struct {
	from, to int64
	paths    []sample.ID
}

// farApart is the distance of minutes that are not worth reading in one go.
const farApart = 10 * minuteMs

// load reads from the store what was counted of the minutes the rows touch and that
// are not held. Usually that is nothing: the minute has just begun.
func (f *Figure) load(ctx context.Context, before int64, table *storage.Table, rows *sample.Voice) error {
	type want struct {
		start int64
		key
	}
	var wanted []want
	for i := range rows.Path {
		path, start := keyOf(table, rows, i), floorMinute(table.SlotMs[i])
		if _, held := f.find(path, start); !held {
			f.minute(path, start)
			wanted = append(wanted, want{start, path})
		}
	}
	slices.SortFunc(wanted, func(a, b want) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.path, b.path)) })
	fresh := map[want]bool{}
	var spans []span
	for _, w := range wanted {
		fresh[w] = true
		if n := len(spans); n == 0 || w.start-spans[n-1].to > farApart {
			spans = append(spans, span{from: w.start})
		}
		last := &spans[len(spans)-1]
		last.to = w.start + minuteMs
		last.paths = append(last.paths, w.path)
	}
	for _, span := range spans {
		slices.Sort(span.paths)
		span.paths = slices.Compact(span.paths)
		stored, err := f.store.Raw(ctx, storage.RawQuery{
			Kinds: []sample.Kind{sample.KindVoice}, Partition: f.partition, Entities: span.paths,
			Before: before, After: -1, FromMs: span.from, ToMs: span.to,
		})
		if err != nil {
			return fmt.Errorf("read the voice rows of %d paths again: %w", len(span.paths), err)
		}
		table := stored.Table(sample.KindVoice)
		if table == nil {
			continue
		}
		rows := table.Rows.(*sample.Voice)
		for i := range rows.Path {
			if w := (want{floorMinute(table.SlotMs[i]), keyOf(table, rows, i)}); fresh[w] {
				f.minute(w.key, w.start).add(rows, i, table.SlotMs[i], table.Offset[i])
			}
		}
	}
	return nil
}

func (f *Figure) find(path key, start int64) (int, bool) {
	return slices.BinarySearchFunc(f.paths[path], start, func(m *minute, start int64) int { return cmp.Compare(m.start, start) })
}

// minute returns the path's minute, an empty one where it is not held.
func (f *Figure) minute(path key, start int64) *minute {
	at, held := f.find(path, start)
	if !held {
		f.paths[path] = slices.Insert(f.paths[path], at, &minute{start: start})
	}
	return f.paths[path][at]
}

// forget drops all but the newest minutes of a path.
func (f *Figure) forget(path key) {
	if excess := len(f.paths[path]) - heldMinutes; excess > 0 {
		f.paths[path] = slices.Delete(f.paths[path], 0, excess)
	}
}

// add counts a row, unless one with its slot was counted before.
func (m *minute) add(rows *sample.Voice, i int, slot, offset int64) bool {
	if slices.Contains(m.slots, slot) {
		return false
	}
	m.slots = append(m.slots, slot)
	m.inputs.Add(rows, i)
	m.lossRuns += uint64(rows.LossRuns[i])
	m.duplicates += uint64(rows.Duplicates[i])
	m.reordered += uint64(rows.Reordered[i])
	m.jitter += uint64(rows.JitterUs[i]) * uint64(rows.Received[i])
	m.operation.add(&rows.Operations, i)
	m.condition.add(rows, i, slot)
	m.offset = max(m.offset, offset)
	return true
}

func (m *minute) row(cfg Config) storage.VoiceMinute {
	quality := Quality(cfg, m.inputs)
	row := storage.VoiceMinute{
		MinuteMs: m.start, CoveredMs: saturate(m.inputs.CoveredMs), Codec: m.inputs.Codec,
		Sent: saturate(m.inputs.Sent), Received: saturate(m.inputs.Received),
		Lost: saturate(quality.Lost), LossRuns: saturate(m.lossRuns), Late: saturate(quality.Late),
		Duplicates: saturate(m.duplicates), Reordered: saturate(m.reordered),
		Bursts: saturate(m.inputs.Bursts.Count), BurstPackets: saturate(m.inputs.Bursts.Packets), BurstLost: saturate(m.inputs.Bursts.Lost),
		BurstDensityPct: quality.BurstDensityPct, GapDensityPct: quality.GapDensityPct, BurstMeanMs: quality.BurstMeanMs,
		DelayMs: quality.DelayMs, OneWay: quality.OneWay, RTTMeanMs: quality.RTTMean, RTTMinMs: quality.RTTMin,
		PDV99Ms: quality.PDV99Ms, LossPct: quality.LossPct, BurstR: quality.BurstR,
		JitterBufferMs: quality.BufferMs, Adaptive: quality.Adaptive, PacketMs: cfg.PacketMs, EchoFree: cfg.EchoFree,
		Ie: quality.Parameters.Ie, Bpl: quality.Parameters.Bpl, IeEff: quality.IeEff, DelayImpairment: quality.DelayImpairment(),
		R: quality.R, MOS: quality.MOS, MOSLQ: quality.MOSLQ, ITU: quality.ITU,
		Version: storage.Version{Offset: m.offset},
	}
	m.operation.fill(&row)
	if m.inputs.Codec != "" {
		codec, _ := cfg.codec(m.inputs.Codec)
		row.Scale, row.Model = string(codec.Scale), codec.Scale.Model()
	}
	if row.Rated() {
		row.Band = quality.Scale.Band(quality.R)
	}
	if m.inputs.Received > 0 {
		row.JitterMs = float64(m.jitter) / float64(m.inputs.Received) / 1000
	}
	m.condition.fill(&row, &m.inputs)
	return row
}

func saturate(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }

func floorMinute(ms int64) int64 {
	start := ms - ms%minuteMs
	if start > ms {
		start -= minuteMs
	}
	return start
}

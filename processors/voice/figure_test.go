package voice

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// recorded is a store of voice rows in memory.
type recorded struct {
	table   storage.Table
	minutes map[[2]int64]storage.VoiceMinute // by path and start, of customer 1
	reads   int
	pending []storage.Recompute
}

func (r *recorded) VoiceMinutes(_ context.Context, paths []sample.ID, from, to int64) ([]storage.VoiceMinute, error) {
	var answer []storage.VoiceMinute
	for _, row := range r.minutes {
		if slices.Contains(paths, row.Path) && row.MinuteMs >= from && row.MinuteMs < to {
			answer = append(answer, row)
		}
	}
	return answer, nil
}

func (r *recorded) PendingRecomputes(context.Context, int, string, int64) ([]storage.Recompute, error) {
	return r.pending, nil
}

func newRecorded() *recorded {
	return &recorded{table: storage.Table{Rows: new(sample.Voice)}, minutes: map[[2]int64]storage.VoiceMinute{}}
}

func (r *recorded) Raw(_ context.Context, query storage.RawQuery) (*storage.Batch, error) {
	if query.Kinds[0] == sample.KindPaths { // paths 1 to 9 are appliance 5's, the others another's
		table := &storage.Table{Rows: new(sample.Paths)}
		for path := range sample.ID(20) {
			table.Rows.(*sample.Paths).Path = append(table.Rows.(*sample.Paths).Path, path)
			table.Customer = append(table.Customer, 1)
			table.Appliance = append(table.Appliance, 5+path/10)
		}
		return &storage.Batch{Tables: map[sample.Kind]*storage.Table{sample.KindPaths: table}}, nil
	}
	r.reads++
	wanted := map[sample.ID]bool{}
	for _, path := range query.Entities {
		wanted[path] = true
	}
	type natural struct {
		customer, path sample.ID
		slot           int64
	}
	seen := map[natural]bool{}
	rows := r.table.Rows.(*sample.Voice)
	out := new(sample.Voice)
	answer := &storage.Table{Rows: out}
	for i, path := range rows.Path {
		slot, offset := r.table.SlotMs[i], r.table.Offset[i]
		at := natural{r.table.Customer[i], path, slot}
		if offset >= query.Before || offset <= query.After || !wanted[path] || slot < query.FromMs || slot >= query.ToMs || seen[at] {
			continue
		}
		seen[at] = true
		if err := sample.AppendRange(out, rows, i, i+1); err != nil {
			return nil, err
		}
		answer.Customer = append(answer.Customer, at.customer)
		answer.SlotMs = append(answer.SlotMs, slot)
		answer.Offset = append(answer.Offset, offset)
	}
	return &storage.Batch{Tables: map[sample.Kind]*storage.Table{sample.KindVoice: answer}}, nil
}

func (r *recorded) write(batch *storage.Batch, derived *storage.Derived) {
	table := batch.Table(sample.KindVoice)
	if err := sample.Append(r.table.Rows, table.Rows); err != nil {
		panic(err)
	}
	r.table.Customer = append(r.table.Customer, table.Customer...)
	r.table.SlotMs = append(r.table.SlotMs, table.SlotMs...)
	r.table.Offset = append(r.table.Offset, table.Offset...)
	for _, row := range derived.VoiceMinutes {
		if row.Customer != 1 {
			continue
		}
		key := [2]int64{int64(row.Path), row.MinuteMs}
		if old, found := r.minutes[key]; !found || row.Offset >= old.Offset {
			r.minutes[key] = row
		}
	}
}

type row struct {
	customer       sample.ID // 0: 1
	path           sample.ID
	slot, offset   int64
	codec          string
	sent, received uint32
	rtt            uint32
	operation      sample.Operation
	condition      sample.Condition
	dscp           uint8 // received; 0 where there is nothing to tell
	duplicates     uint32
	reordered      uint32 // beyond one
	forwardUs      int64  // with synchronised clocks, above 0
}

func appendVoice(rows *sample.Voice, r row) {
	rows.Path = append(rows.Path, r.path)
	rows.DurationMs = append(rows.DurationMs, 5000)
	rows.Codec = append(rows.Codec, r.codec)
	rows.Sent = append(rows.Sent, r.sent)
	rows.Received = append(rows.Received, r.received)
	rows.Duplicates = append(rows.Duplicates, r.duplicates)
	rows.Reordered = append(rows.Reordered, min(r.received, 1)+r.reordered)
	rows.MinRTTUs = append(rows.MinRTTUs, r.rtt)
	rows.SumRTTUs = append(rows.SumRTTUs, uint64(r.received)*uint64(r.rtt))
	rows.JitterUs = append(rows.JitterUs, 100)
	rows.Synchronised = append(rows.Synchronised, uint8(min(r.forwardUs, 1)))
	rows.SumForwardUs = append(rows.SumForwardUs, r.forwardUs)
	rows.DSCPSent = append(rows.DSCPSent, 46)
	rows.DSCPReceived = append(rows.DSCPReceived, r.dscp)
	rows.AppendOperation(r.operation)
	rows.AppendCondition(r.condition)
	lost := r.sent - r.received
	if r.operation.Origin == sample.OriginIPSLA {
		rows.Delays.Append()
		lost = 0 // it does not say in which runs
	} else {
		rows.Delays.Append(sample.DelayBucket(r.rtt), r.received)
	}
	if lost > 0 {
		rows.LossRuns = append(rows.LossRuns, 1)
		rows.RunLengths.Append(lost, 1)
		rows.Bursts = append(rows.Bursts, 1)
	} else {
		rows.LossRuns = append(rows.LossRuns, 0)
		rows.RunLengths.Append()
		rows.Bursts = append(rows.Bursts, 0)
	}
	rows.BurstPackets = append(rows.BurstPackets, lost)
	rows.BurstLost = append(rows.BurstLost, lost)
}

func batchOf(rows []row) *storage.Batch {
	voice := new(sample.Voice)
	table := &storage.Table{Rows: voice}
	for _, r := range rows {
		appendVoice(voice, r)
		table.Customer = append(table.Customer, max(r.customer, 1))
		table.Site = append(table.Site, 2)
		table.Appliance = append(table.Appliance, 3)
		table.SlotMs = append(table.SlotMs, r.slot)
		table.Offset = append(table.Offset, r.offset)
	}
	return &storage.Batch{
		Source: storage.Source{First: rows[0].offset, Last: rows[len(rows)-1].offset},
		Tables: map[sample.Kind]*storage.Table{sample.KindVoice: table},
	}
}

func newFigure(t *testing.T, store Store) *Figure {
	t.Helper()
	figure, err := New(DefaultConfig(), store, 0)
	if err != nil {
		t.Fatal(err)
	}
	return figure
}

func process(t *testing.T, figure *Figure, store *recorded, rows []row) {
	t.Helper()
	var derived storage.Derived
	batch := batchOf(rows)
	if err := figure.Process(context.Background(), batch, &derived); err != nil {
		t.Fatal(err)
	}
	store.write(batch, &derived)
}

func TestAMinuteIsTheSumOfItsSlots(t *testing.T) {
	store := newRecorded()
	figure := newFigure(t, store)
	for i := range int64(13) {
		process(t, figure, store, []row{{path: 7, slot: i * 5000, offset: i, codec: "G.711", sent: 250, received: 240, rtt: 20_000}})
	}
	first, second := store.minutes[[2]int64{7, 0}], store.minutes[[2]int64{7, 60_000}]
	if first.Sent != 12*250 || first.Lost != 12*10 || first.CoveredMs != 60_000 || first.Reordered != 12 || first.Offset != 11 {
		t.Errorf("first minute: %+v", first)
	}
	if second.Sent != 250 || second.Offset != 12 || second.Customer != 1 || second.Site != 2 {
		t.Errorf("second minute: %+v", second)
	}
	expect(t, "jitter", first.JitterMs, 0.1, 1e-9)
	expect(t, "loss", first.LossPct, 4, 1e-9)
	expect(t, "burst ratio", first.BurstR, 9.6, 1e-9)
	expect(t, "length of a burst", first.BurstMeanMs, 200, 1e-9)
	expect(t, "burst density", first.BurstDensityPct, 100, 1e-9)
	expect(t, "gap density", first.GapDensityPct, 0, 0)
	expectInputs(t, first)
	if store.reads != 2 {
		t.Errorf("the store was asked %d times, want once for each minute", store.reads)
	}
}

// expectInputs holds that a minute carries all that the model was given: it can be
// rated again.
func expectInputs(t *testing.T, minute storage.VoiceMinute) {
	t.Helper()
	parameters := Default()
	parameters.Scale, parameters.Ie, parameters.Bpl = Scale(minute.Scale), minute.Ie, minute.Bpl
	parameters.Ppl, parameters.BurstR, parameters.Ta = minute.LossPct, minute.BurstR, minute.DelayMs
	if !minute.EchoFree {
		parameters.T, parameters.Tr = minute.DelayMs, 2*minute.DelayMs
	}
	rating := parameters.Rating()
	if rating.R != minute.R || rating.MOS != minute.MOS || rating.MOSLQ != minute.MOSLQ || rating.IeEff != minute.IeEff ||
		rating.DelayImpairment() != minute.DelayImpairment || Scale(minute.Scale).Band(rating.R) != minute.Band {
		t.Errorf("rated again: %+v\nfrom %+v", rating, minute)
	}
	expect(t, "delay", minute.DelayMs, minute.RTTMeanMs/2+minute.JitterBufferMs+minute.PacketMs, 1e-9)
	if minute.Model != Scale(minute.Scale).Model() || minute.Model == "" {
		t.Errorf("model %q", minute.Model)
	}
}

// An appliance may name whatever path it likes: it is its own customer's.
func TestAnotherCustomersRowsChangeNothing(t *testing.T) {
	store := newRecorded()
	figure := newFigure(t, store)
	mine := row{path: 7, slot: 0, offset: 1, codec: "G.711", sent: 250, received: 250, rtt: 20_000}
	his := row{customer: 2, path: 7, slot: 5000, offset: 2, codec: "G.711", sent: 250, received: 1, rtt: 900_000}
	process(t, figure, store, []row{mine, his})
	figure = newFigure(t, store) // what was counted is read from the store
	mine.slot, mine.offset = 10_000, 3
	process(t, figure, store, []row{mine})
	if got := store.minutes[[2]int64{7, 0}]; got.Sent != 500 || got.Lost != 0 {
		t.Errorf("%d of %d lost, want 0 of 500", got.Lost, got.Sent)
	}
}

// However a stream is cut, restarted and repeated, however late its rows come: the
// minutes are the same.
func TestMinutesDoNotDependOnHowTheStreamIsCut(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var rows []row
		for i := range int64(120) {
			slot := i * 5000
			if random.IntN(5) == 0 {
				slot = random.Int64N(120) * 5000 // late, early, or a row of a natural key seen before
			}
			rows = append(rows, row{
				path: sample.ID(1 + random.IntN(3)), slot: slot, offset: i, codec: "G.711",
				sent: 250, received: 250 - uint32(random.IntN(20)), rtt: 10_000 + uint32(random.IntN(90_000)),
			})
		}
		undisturbed := newRecorded()
		process(t, newFigure(t, undisturbed), undisturbed, rows)

		store := newRecorded()
		figure := newFigure(t, store)
		for from := 0; from < len(rows); {
			to := min(len(rows), from+1+random.IntN(20))
			if random.IntN(4) == 0 { // derived, but not written: the batch comes again
				if err := figure.Process(context.Background(), batchOf(rows[from:to]), new(storage.Derived)); err != nil {
					t.Fatal(err)
				}
				figure = newFigure(t, store)
			}
			process(t, figure, store, rows[from:to])
			from = to
		}
		if !maps.Equal(store.minutes, undisturbed.minutes) {
			t.Fatalf("the minutes differ:\n%+v\n%+v", store.minutes, undisturbed.minutes)
		}
	}
}

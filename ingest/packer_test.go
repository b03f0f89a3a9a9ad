package ingest

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
	"mimamori/ingest/spool"
)

// counted is what a registry's counters of a name add up to.
func counted(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() == name {
			for _, metric := range family.GetMetric() {
				sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			}
		}
	}
	return sum
}

func testPacker(t testing.TB) (*packer, *spool.Spool, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	metrics, err := newMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	queue, err := spool.New(spool.DefaultConfig(), 77, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPacker(77, sample.Place{}, DefaultConfig(), queue, slog.New(slog.DiscardHandler), metrics)
	if err != nil {
		t.Fatal(err)
	}
	return p, queue, registry
}

func pings(devices ...sample.ID) *sample.Pings {
	rows := &sample.Pings{}
	for _, device := range devices {
		rows.Device = append(rows.Device, device)
		rows.OffsetMs = append(rows.OffsetMs, 1)
		rows.IntervalMs = append(rows.IntervalMs, 1000)
		rows.Attempt = append(rows.Attempt, 1)
		rows.Sent = append(rows.Sent, 3)
		rows.Received = append(rows.Received, 2)
		rows.ICMPError = append(rows.ICMPError, 0)
		rows.ICMPCode, rows.ErrorFrom = append(rows.ICMPCode, 0), append(rows.ErrorFrom, "")
		rows.Duplicates, rows.Reordered, rows.ReplyTTL = append(rows.Duplicates, 0), append(rows.Reordered, 0), append(rows.ReplyTTL, 64)
		rows.RTT.Append(uint32(device), 2)
	}
	return rows
}

// decoded is a block that was put into the spool or sent.
type decoded struct {
	sample.Header
	rows sample.Rows
}

func decode(t testing.TB, message []byte) decoded {
	t.Helper()
	decoder, err := sample.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	var block decoded
	block.Header, err = decoder.Decode(message, func(header sample.Header) sample.Rows {
		block.rows, err = sample.NewRows(header.Kind)
		if err != nil {
			t.Fatal(err)
		}
		return block.rows
	})
	if err != nil {
		t.Fatal(err)
	}
	return block
}

// takeAll empties the spool, into which nothing is put any more.
func takeAll(t testing.TB, queue *spool.Spool) []decoded {
	t.Helper()
	queue.Finish()
	var blocks []decoded
	for _, way := range []spool.Way{spool.Telemetry, spool.Logs} {
		for taken := queue.Take(t.Context(), way, 1); len(taken) > 0; taken = queue.Take(t.Context(), way, 1) {
			queue.Delivered(taken)
			blocks = append(blocks, decode(t, taken[0].Bytes))
		}
	}
	if left := queue.Snapshot().Blocks; left != 0 {
		t.Fatalf("%d blocks are left", left)
	}
	return blocks
}

func TestPackerKeepsKindsAndSlotsApart(t *testing.T) {
	p, queue, _ := testPacker(t)
	p.emit(1000, pings(1, 2))
	p.emit(2000, pings(3))
	p.emit(1000, &sample.Ticks{Sequence: []uint64{9}})
	p.emit(1000, pings(4))
	p.emit(1000, pings())
	if waiting := queue.Snapshot().Blocks; waiting != 0 {
		t.Fatalf("%d blocks before the time", waiting)
	}
	p.flushAll()
	found := map[blockKey]int{}
	ids := map[[16]byte]bool{}
	for _, block := range takeAll(t, queue) {
		found[blockKey{block.Kind, block.Slot}] += block.rows.Len()
		ids[block.UUID] = true
		if block.Appliance != 77 {
			t.Errorf("appliance %d", block.Appliance)
		}
		if block.UUID[6]>>4 != 7 || block.UUID[8]>>6 != 2 {
			t.Errorf("%x is not a UUID of version 7", block.UUID)
		}
	}
	if len(found) != 3 || len(ids) != 3 || found[blockKey{sample.KindPings, 1000}] != 3 || found[blockKey{sample.KindPings, 2000}] != 1 || found[blockKey{sample.KindTicks, 1000}] != 1 {
		t.Errorf("found %v with %d ids", found, len(ids))
	}
}

func TestPackerClosesFullBlocks(t *testing.T) {
	p, queue, _ := testPacker(t)
	devices := make([]sample.ID, 2*blockRows+300)
	for i := range devices {
		devices[i] = sample.ID(i) + 1
	}
	source := pings(devices...)
	p.emit(1000, source)
	if waiting := queue.Snapshot().Blocks; waiting != 2 {
		t.Fatalf("%d blocks, two are full", waiting)
	}
	sample.Truncate(source, 0) // the poller goes on with its memory
	p.emit(1000, pings(9001))
	p.flushAll()
	next := sample.ID(1)
	for _, block := range takeAll(t, queue) {
		rows := block.rows.(*sample.Pings)
		if rows.Len() > blockRows {
			t.Errorf("%d rows in a block", rows.Len())
		}
		for i, device := range rows.Device {
			if next == sample.ID(len(devices)+1) {
				next = 9001
			}
			if device != next || rows.RTT.Row(i)[0] != uint32(next) {
				t.Fatalf("device %d with %v, want %d", device, rows.RTT.Row(i), next)
			}
			next++
		}
	}
	if next != 9002 {
		t.Errorf("the last device was %d", next-1)
	}
}

func TestPackerBoundsBlocksOfLongTexts(t *testing.T) {
	p, queue, registry := testPacker(t)
	const lines = 500
	rows := &sample.Syslog{}
	for i := range lines {
		text := strings.Repeat(string(rune('a'+i%26)), 30<<10)
		rows.Device = append(rows.Device, 1)
		rows.OffsetMs = append(rows.OffsetMs, 0)
		rows.Sequence = append(rows.Sequence, uint64(i))
		rows.Format = append(rows.Format, 0)
		rows.Facility = append(rows.Facility, 0)
		rows.Severity = append(rows.Severity, 0)
		rows.StampedMs = append(rows.StampedMs, 0)
		for _, column := range []*[]string{&rows.Source, &rows.Hostname, &rows.AppName, &rows.ProcessID, &rows.MessageID, &rows.Mnemonic, &rows.Complaint} {
			*column = append(*column, "")
		}
		rows.Message = append(rows.Message, text)
		rows.Raw = append(rows.Raw, text)
		rows.Occurrences = append(rows.Occurrences, 1)
		rows.Relayed = append(rows.Relayed, 0)
	}
	p.emit(1000, rows)
	p.flushAll()
	next := 0
	for _, block := range takeAll(t, queue) {
		if bytes := sample.Size(block.rows); bytes > 2*blockBytes {
			t.Errorf("a block of %d bytes", bytes)
		}
		for _, sequence := range block.rows.(*sample.Syslog).Sequence {
			if sequence != uint64(next) {
				t.Fatalf("sequence %d, want %d", sequence, next)
			}
			next++
		}
	}
	if next != lines || counted(t, registry, "mimamori_ingest_lost_rows_total") != 0 {
		t.Errorf("%d lines of %d", next, lines)
	}
}

func TestPackerLetsNoRowWaitLongerThanItsLinger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, queue, _ := testPacker(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = p.run(ctx) }()
		for round := range 10 {
			time.Sleep(time.Duration(round) * 77 * time.Millisecond)
			started := time.Now()
			p.emit(int64(round), pings(1))
			time.Sleep(p.linger / 3)
			p.emit(int64(round), pings(2))
			taken := queue.Take(t.Context(), spool.Telemetry, 1)
			queue.Delivered(taken)
			if waited := time.Since(started); waited > p.linger || waited < p.linger/2 {
				t.Errorf("the first row waited %s", waited)
			}
			if rows := decode(t, taken[0].Bytes).rows.Len(); rows != 2 {
				t.Errorf("%d rows in the block, want both", rows)
			}
		}
		cancel()
		synctest.Wait()
	})
}

// TestNewsTakesAlongWhatWaits has routine rows wait, on both ways, until there is news on one.
func TestNewsTakesAlongWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, queue, _ := testPacker(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = p.run(ctx) }()
		p.emit(0, answered(1, 3, 0)) // the first of each is news
		p.emit(0, logged(1, 6))
		time.Sleep(p.linger)
		queue.Delivered(append(queue.Take(ctx, spool.Telemetry, 9), queue.Take(ctx, spool.Logs, 9)...))
		waiting := func() [2]int { return [2]int{queue.Waiting(spool.Telemetry), queue.Waiting(spool.Logs)} }

		started := time.Now()
		p.emit(1000, answered(1, 3, 0))
		p.emit(1000, logged(1, 6))
		time.Sleep(5 * time.Second)
		if now := waiting(); now != [2]int{} {
			t.Fatalf("%d blocks leave though nothing is new", now)
		}
		p.emit(2000, answered(1, 0, 0))
		time.Sleep(p.linger)
		if now := waiting(); now != [2]int{2, 0} {
			t.Fatalf("%d blocks leave with the news of one way", now)
		}
		time.Sleep(p.routine - p.linger - time.Since(started))
		if now := waiting(); now != [2]int{2, 0} {
			t.Fatalf("%d blocks leave before their time", now)
		}
		time.Sleep(3 * p.linger / 2)
		if now := waiting(); now != [2]int{2, 1} {
			t.Fatalf("%d blocks leave when routine rows have waited", now)
		}
		cancel()
		synctest.Wait()
	})
}

func TestWhatIsGatheredLeavesWithAHeartbeat(t *testing.T) {
	p, queue, _ := testPacker(t)
	p.emit(1000, pings(1))
	p.emit(2000, pings(2))
	pulse := pulse{packer: p, sender: &sender{spool: queue}, interval: 10 * time.Second}
	pulse.beat(time.UnixMilli(15_000))
	taken := queue.Take(t.Context(), spool.Telemetry, batchBlocks)
	if len(taken) != 3 || taken[0].Kind != sample.KindHeartbeats || taken[1].Kind != sample.KindPings || taken[2].Kind != sample.KindPings {
		t.Fatalf("%d blocks leave together: %v", len(taken), taken)
	}
	queue.Delivered(taken)
	p.emit(1000, pings(3))
	pulse.beat(time.UnixMilli(25_000))
	block := decode(t, queue.Take(t.Context(), spool.Telemetry, 1)[0].Bytes)
	if beat := block.rows.(*sample.Heartbeats); beat.Sequence[0] != 2 || beat.SentMs[0] != 10_000 || block.Slot != 20_000 || beat.OffsetMs[0] != 5000 {
		t.Errorf("%+v in slot %d", beat, block.Slot)
	}
}

func TestPackerCountsRowsItCannotPack(t *testing.T) {
	p, queue, registry := testPacker(t)
	broken := pings(1, 2, 3)
	broken.Sent = broken.Sent[:1]
	p.emit(1000, broken)
	p.emit(1000, pings(4))
	p.flushAll()
	if blocks := takeAll(t, queue); len(blocks) != 1 || blocks[0].rows.Len() != 1 {
		t.Errorf("%d blocks", len(blocks))
	}
	if lost := counted(t, registry, "mimamori_ingest_lost_rows_total"); lost != 3 {
		t.Errorf("%v rows counted as lost, want 3", lost)
	}
}

func TestPackerTakesFromManyGoroutines(t *testing.T) {
	p, queue, _ := testPacker(t)
	const workers, rounds = 8, 500
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for round := range rounds {
				p.emit(int64(round%3), pings(1, 2, 3))
			}
		})
	}
	all.Wait()
	p.flushAll()
	rows := 0
	for _, block := range takeAll(t, queue) {
		rows += block.rows.Len()
	}
	if rows != workers*rounds*3 {
		t.Errorf("%d rows, want %d", rows, workers*rounds*3)
	}
}

// BenchmarkPack measures the way of rows from a poller into the spool.
func BenchmarkPack(b *testing.B) {
	p, queue, _ := testPacker(b)
	devices := make([]sample.ID, 100)
	for i := range devices {
		devices[i] = sample.ID(i) * 7919
	}
	rows := pings(devices...)
	b.ReportAllocs()
	for b.Loop() {
		p.emit(1000, rows)
		if queue.Snapshot().Blocks > 0 {
			queue.Delivered(queue.Take(b.Context(), spool.Telemetry, 64))
		}
	}
	b.ReportMetric(float64(b.N*len(devices))/b.Elapsed().Seconds(), "rows/s")
}

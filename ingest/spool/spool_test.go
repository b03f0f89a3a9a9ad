package spool

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
)

// newSpoolOf returns a spool that is not opened.
func newSpoolOf(t testing.TB, change func(*Config)) (*Spool, *prometheus.Registry) {
	t.Helper()
	config := DefaultConfig()
	config.Directory = t.TempDir()
	if change != nil {
		change(&config)
	}
	registry := prometheus.NewRegistry()
	spool, err := New(config, 0xabc, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		t.Fatal(err)
	}
	return spool, registry
}

func newSpool(t testing.TB, change func(*Config)) (*Spool, *prometheus.Registry) {
	t.Helper()
	spool, registry := newSpoolOf(t, change)
	if err := spool.Open(); err != nil {
		t.Fatal(err)
	}
	return spool, registry
}

func block(name string) Block { return Block{Kind: sample.KindPings, Bytes: []byte(name)} }

func names(blocks []Block) string {
	var all []string
	for _, block := range blocks {
		all = append(all, strings.TrimRight(string(block.Bytes), "."))
	}
	return strings.Join(all, " ")
}

func expect(t *testing.T, got []Block, want string) {
	t.Helper()
	if names(got) != want {
		t.Errorf("took %q, want %q", names(got), want)
	}
}

func TestBlocksLeaveInOrder(t *testing.T) {
	s, _ := newSpool(t, nil)
	for i := range 500 {
		s.Put(block(fmt.Sprint(i)))
	}
	for next := 0; next < 500; {
		blocks := s.Take(t.Context(), Telemetry, 7)
		for _, block := range blocks {
			if string(block.Bytes) != fmt.Sprint(next) {
				t.Fatalf("took %s, want %d", block.Bytes, next)
			}
			next++
		}
		if len(blocks) == 0 || len(blocks) > 7 {
			t.Fatalf("took %d blocks of at most 7", len(blocks))
		}
		s.Delivered(blocks)
	}
	if got := s.Snapshot(); got != (Snapshot{}) {
		t.Errorf("after all was delivered: %+v", got)
	}
}

func TestTakeWaitsForPut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newSpool(t, nil)
		time.AfterFunc(5*time.Second, func() { s.Put(block("a")) })
		started := time.Now()
		expect(t, s.Take(t.Context(), Telemetry, 10), "a")
		if waited := time.Since(started); waited != 5*time.Second {
			t.Errorf("waited %s", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		expect(t, s.Take(ctx, Telemetry, 10), "")
	})
}

func TestLiveBlocksPassTheBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newSpool(t, func(c *Config) { c.BacklogRate = 20 })
		for _, name := range []string{"old1", "old2", "old3", "old4"} {
			s.Put(block(name))
		}
		s.Put(Block{Kind: sample.KindHeartbeats, Urgent: true, Bytes: []byte("beat1")})
		time.Sleep(31 * time.Second)
		s.Put(block("new1"))
		s.Put(Block{Kind: sample.KindHeartbeats, Urgent: true, Bytes: []byte("beat2")})
		s.Put(block("new2"))
		// All that is fresh at once; of the backlog what the rate allows: none has been
		// earned at the first Take.
		expect(t, s.Take(t.Context(), Telemetry, 100), "beat1 beat2 new1 new2")
		started := time.Now()
		expect(t, s.Take(t.Context(), Telemetry, 100), "old1")
		s.Put(block("new3"))
		expect(t, s.Take(t.Context(), Telemetry, 100), "new3")
		expect(t, s.Take(t.Context(), Telemetry, 100), "old2")
		expect(t, s.Take(t.Context(), Telemetry, 100), "old3")
		if took := time.Since(started); took < 150*time.Millisecond || took > 160*time.Millisecond {
			t.Errorf("three blocks of backlog at 20 a second took %s", took)
		}
	})
}

func TestBacklogKeepsItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newSpool(t, nil)
		const blocks = 500
		for range blocks {
			s.Put(block("old"))
		}
		time.Sleep(time.Minute)
		started := time.Now()
		for taken := 0; taken < blocks; {
			got := s.Take(t.Context(), Telemetry, 64)
			taken += len(got)
			s.Delivered(got)
		}
		if took := time.Since(started); took < 9*time.Second || took > 11*time.Second {
			t.Errorf("%d blocks at 50 a second took %s", blocks, took)
		}
	})
}

func TestCloseLetsAllOutAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newSpool(t, nil)
		for range 200 {
			s.Put(block("old"))
		}
		time.Sleep(time.Minute)
		s.Finish()
		started := time.Now()
		taken := 0
		for blocks := s.Take(t.Context(), Telemetry, 64); len(blocks) > 0; blocks = s.Take(t.Context(), Telemetry, 64) {
			taken += len(blocks)
		}
		if taken != 200 || time.Since(started) > time.Millisecond {
			t.Errorf("took %d in %s", taken, time.Since(started))
		}
		s.Put(block("late"))
		if got := s.Snapshot(); got.Blocks != 200 || got.Dropped != 1 {
			t.Errorf("taken and not delivered, one dropped: %+v", got)
		}
	})
}

func TestFullSpoolDropsTheOldestAndCounts(t *testing.T) {
	s, registry := newSpool(t, func(c *Config) { c.MaxBytes = 1 << 20 })
	large := func(name string) Block { return block(name + strings.Repeat(".", 256<<10-recordHeader-len(name))) }
	s.Put(large("taken"))
	taken := s.Take(t.Context(), Telemetry, 1)
	for i := range 6 {
		s.Put(large(fmt.Sprint(i)))
	}
	if got := s.Snapshot(); got.Blocks != 4 || got.Bytes != 1<<20 || got.Dropped != 3 {
		t.Errorf("%+v", got)
	}
	// What is under way is never dropped, and a block that cannot fit drops itself alone.
	expect(t, taken, "taken")
	s.Put(block(strings.Repeat(".", 1<<20)))
	s.Delivered(taken)
	expect(t, s.Take(t.Context(), Telemetry, 10), "3 4 5")
	if got := s.Snapshot(); got.Blocks != 3 || got.Dropped != 4 {
		t.Errorf("%+v", got)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "mimamori_spool_dropped_blocks_total" && family.GetMetric()[0].GetCounter().GetValue() == 4 {
			return
		}
	}
	t.Errorf("4 dropped blocks are not in the metrics: %v", families)
}

func TestValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	err := Config{}.Validate()
	for _, key := range []string{"max_bytes", "memory_bytes", "fsync", "fsync_interval", "backlog_after", "backlog_rate"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s is not complained of: %v", key, err)
		}
	}
}

func BenchmarkPutTake(b *testing.B) {
	s, _ := newSpool(b, nil)
	next := block("block")
	b.ReportAllocs()
	for b.Loop() {
		s.Put(next)
		s.Delivered(s.Take(b.Context(), Telemetry, 64))
	}
}

func TestALaneLetsGoOfWhatItGaveAway(t *testing.T) {
	var queue lane
	for range 1000 {
		queue.push(&entry{})
	}
	for range 990 {
		queue.pop()
	}
	held := 0
	for _, place := range queue.waiting[:cap(queue.waiting)] {
		if place != nil {
			held++
		}
	}
	if held != 10 {
		t.Fatalf("%d blocks are held, 10 are waiting", held)
	}
}

// The ways do not wait for each other: what is under way on one for good keeps nothing
// of the other, neither fresh blocks nor its backlog.
func TestTheWaysDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		directory := t.TempDir()
		s, _ := openIn(t, directory, nil)
		line := func(name string) Block { return Block{Kind: sample.KindSyslog, Bytes: []byte(name)} }
		s.Put(line("line1"))
		s.Put(block("ping1"))
		s.Put(line("line2"))
		s.Put(block("ping2"))
		expect(t, s.Take(t.Context(), Logs, 1), "line1") // and stays under way
		time.Sleep(time.Minute)
		s.Put(line("line3"))
		s.Put(block("ping3"))
		expect(t, s.Take(t.Context(), Telemetry, 8), "ping3 ping1 ping2")
		if s.Delayed(Telemetry) || !s.Delayed(Logs) {
			t.Errorf("delayed: telemetry %v, logs %v", s.Delayed(Telemetry), s.Delayed(Logs))
		}
		time.AfterFunc(time.Second, func() { s.Put(block("ping4")) })
		expect(t, s.Take(t.Context(), Telemetry, 8), "ping4")
		_ = s.Close()
		s, _ = openIn(t, directory, nil)
		expect(t, s.Take(t.Context(), Logs, 8), "line1 line2 line3")
		expect(t, s.Take(t.Context(), Telemetry, 8), "ping1 ping2 ping3 ping4")
	})
}

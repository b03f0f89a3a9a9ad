package processors

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/processors/utilization"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
)

// faulty is a store between which and its user anything may happen to a write.
type faulty struct {
	*clickhouse.Store
	through func(call func() error) error
}

func (s faulty) WriteRaw(_ context.Context, batch *storage.Batch) error {
	kept := keepBatch(batch)
	return s.through(func() error { return s.Store.WriteRaw(context.Background(), kept) })
}

func (s faulty) WriteDerived(_ context.Context, source storage.Source, derived *storage.Derived) error {
	kept := keepDerived(derived)
	return s.through(func() error { return s.Store.WriteDerived(context.Background(), source, kept) })
}

func (s faulty) RollUpHours(_ context.Context, hours storage.RollUp) error {
	return s.through(func() error { return s.Store.RollUpHours(context.Background(), hours) })
}

func (s faulty) RollUpDays(_ context.Context, days storage.RollUp) error {
	return s.through(func() error { return s.Store.RollUpDays(context.Background(), days) })
}

// keepBatch is what a client has sent off: a later write does not change it.
func keepBatch(batch *storage.Batch) *storage.Batch {
	kept := &storage.Batch{Source: batch.Source, Blocks: slices.Clone(batch.Blocks), Tables: map[sample.Kind]*storage.Table{}}
	for kind, table := range batch.Tables {
		rows, err := sample.NewRows(kind)
		if err != nil {
			panic(err)
		}
		if err := sample.Append(rows, table.Rows); err != nil {
			panic(err)
		}
		kept.Tables[kind] = &storage.Table{Rows: rows, Origin: storage.Origin{
			Customer: slices.Clone(table.Customer), Site: slices.Clone(table.Site), Appliance: slices.Clone(table.Appliance),
			SlotMs: slices.Clone(table.SlotMs), Offset: slices.Clone(table.Offset),
		}}
	}
	return kept
}

func keepDerived(derived *storage.Derived) *storage.Derived {
	var buffer bytes.Buffer
	kept := &storage.Derived{}
	if err := errors.Join(gob.NewEncoder(&buffer).Encode(derived), gob.NewDecoder(&buffer).Decode(kept)); err != nil {
		panic(err)
	}
	return kept
}

// member is a processor of the story that owns a shared partition.
type member struct {
	*Processor
	claim *holding
}

func (l *laboratory) member(partition *shared, registry storage.Registry, through func(call func() error) error, change func(*Config)) member {
	l.Helper()
	cfg := DefaultConfig()
	cfg.BatchLinger, cfg.RetryBackoff, cfg.RetryLongest, cfg.DrainTimeout = 10*time.Millisecond, time.Millisecond, 20*time.Millisecond, 100*time.Millisecond
	cfg.RollUp.Grace = time.Minute
	if change != nil {
		change(&cfg)
	}
	if through == nil {
		through = func(call func() error) error { return call() }
	}
	processor, err := New(cfg, partition, faulty{l.store, through}, registry, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		l.Fatal(err)
	}
	if err := l.store.SaveRevision(l.Context(), processor.ours.name, processor.ours.text); err != nil {
		l.Fatal(err)
	}
	claim := partition.claim()
	claim.through = through
	return member{processor, claim}
}

// run owns the partition until it is all written.
func (l *laboratory) run(partition *shared, registry storage.Registry, change func(*Config)) {
	l.Helper()
	l.finish(l.member(partition, registry, nil, change))
}

func (l *laboratory) finish(m member) {
	l.Helper()
	ctx, cancel := context.WithCancel(l.Context())
	done := make(chan error, 1)
	go func() { done <- m.own(ctx, m.claim) }()
	await(l, time.Minute, "the messages are never processed", func() bool {
		select {
		case err := <-done:
			l.Fatalf("ended early: %v", err)
		default:
		}
		m.mutex.Lock()
		defer m.mutex.Unlock()
		for w := range m.workers {
			return w.done.Load() == m.claim.HighWatermark()
		}
		return false
	})
	cancel()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) { // it may be restoring for what is not there
		l.Fatal(err)
	}
}

// wind lets the ticks at the end come one after the other.
func (l *laboratory) wind(s *story, partition *shared, registry storage.Registry, change func(*Config)) {
	l.Helper()
	for i := range 4 {
		partition.add(s.end(i))
		l.run(partition, registry, change)
	}
}

// Members are replaced at any moment; those that lost the partition go on until they are
// told; writes fail, or are done and said to have failed, or are done much later, when
// others have gone on. What is stored in the end is what one undisturbed processor stores,
// in every table.
func TestWhateverHappensCountsOnce(t *testing.T) {
	lab, s := newLaboratory(t), newStory(t)
	undisturbed := newShared(bus.TopicTelemetry, slices.Clone(s.messages))
	lab.run(undisturbed, storyRegistry(false), nil)
	lab.wind(s, undisturbed, storyRegistry(false), nil)
	want := lab.dump()
	for _, table := range []string{"raw_pings", "utilization", "intervals", "reboots", "voice_minutes", "corrections", "recomputes",
		"utilization_1h", "utilization_1d", "voice_1d", "availability_days", "availability_recent", "device_states", "links", "polls_recent", "utilization_recent", "voice_recent"} {
		if len(want[table]) < 1 || want[table][0] == "" {
			t.Errorf("the story leaves nothing in %s", table)
		}
	}
	lab.empty()
	partition := newShared(bus.TopicTelemetry, slices.Clone(s.messages))
	changes := lab.disturb(partition, mathrand.New(mathrand.NewPCG(7, 1)))
	lab.wind(s, partition, storyRegistry(false), nil)
	lab.expect(fmt.Sprintf("with %d owners", changes), want)
}

// disturb processes a partition by members to whom anything happens. It returns how many
// they were, once all that they did has had its effect.
func (l *laboratory) disturb(partition *shared, random *mathrand.Rand) (owners int) {
	l.Helper()
	var mutex sync.Mutex // of random
	number := func(n int) int {
		mutex.Lock()
		defer mutex.Unlock()
		return random.IntN(n)
	}
	var late sync.WaitGroup
	pause := func(most time.Duration) { <-time.After(time.Duration(number(int(most)))) }
	through := func(call func() error) error {
		switch number(12) {
		case 0:
			return errAway
		case 1:
			_ = call()
			return errAway
		case 2:
			late.Go(func() {
				pause(800 * time.Millisecond)
				_ = call()
			})
			return errAway
		case 3:
			pause(400 * time.Millisecond)
		}
		return call()
	}
	var running sync.WaitGroup
	all, stop := context.WithCancel(l.Context())
	defer stop()
	end := int64(len(partition.messages))
	begun := func() int64 { // up to where batches were
		partition.mutex.Lock()
		defer partition.mutex.Unlock()
		at, err := parsePosition(partition.position.Metadata)
		if err != nil {
			l.Error(err)
		}
		if at.pending {
			return at.last + 1
		}
		return partition.position.Offset
	}
	for begun() < end {
		m := l.member(partition, storyRegistry(false), through, func(c *Config) { c.BatchRows = 150 + number(500) })
		owners++
		ctx, cancel := context.WithCancel(all)
		running.Go(func() {
			defer cancel()
			if err := m.own(ctx, m.claim); err != nil && !errors.Is(err, bus.ErrFenced) && ctx.Err() == nil {
				l.Error(err)
			}
		})
		// It comes some way, and then no further than to some step of the next.
		from := begun()
		await(l, 30*time.Second, "an owner comes no further", func() bool { return begun() > from })
		pause(600 * time.Millisecond)
		if number(3) == 0 {
			cancel() // or it learns by being fenced
		}
	}
	partition.claim() // whoever is left is fenced
	stop()
	running.Wait()
	late.Wait()
	return owners
}

// One processor is killed at each of its steps, and one with another inventory and other
// rules finishes its batch: what is stored is what the first would have stored.
func TestABatchIsFinishedUnderTheRevisionItWasBegunUnder(t *testing.T) {
	lab, s := newLaboratory(t), newStory(t)
	messages := s.messages[:120]
	first := func(c *Config) { c.BatchRows = 180 }
	second := func(c *Config) {
		c.BatchRows = 100
		c.Utilization.Rules = []utilization.Rule{{Alias: "radio", Kind: "wan", Duplex: "half", Tx: "10M"}}
		c.Voice.JitterBufferMs, c.Voice.PacketMs = 200, 40
		c.Availability.Attempts = 1
	}
	undisturbed := newShared(bus.TopicTelemetry, slices.Clone(messages))
	steps := 0
	count := func(call func() error) error {
		steps++
		return call()
	}
	lab.finish(lab.member(undisturbed, storyRegistry(false), count, first))
	want := lab.dump()
	if len(want["utilization"]) < 40 || len(want["voice_minutes"]) < 10 || len(want["links"]) != 8 {
		t.Fatalf("the story is too short: %d, %d, %d", len(want["utilization"]), len(want["voice_minutes"]), len(want["links"]))
	}
	finished := 0
	for killed := 1; killed < steps; killed++ {
		for _, half := range []bool{false, true} {
			lab.empty()
			partition := newShared(bus.TopicTelemetry, slices.Clone(messages))
			left := killed
			ctx, kill := context.WithCancel(t.Context())
			m := lab.member(partition, storyRegistry(false), func(call func() error) error {
				if left--; left < 0 || left == 0 && !half {
					kill()
					return errPulled
				}
				err := call()
				if left == 0 {
					kill()
					return errPulled
				}
				return err
			}, first)
			_ = m.own(ctx, m.claim)
			kill()
			pending, err := parsePosition(partition.position.Metadata)
			if err != nil {
				t.Fatal(err)
			}
			if pending.pending {
				finished++
				partition.messages = messages[:pending.last+1]
				lab.run(partition, storyRegistry(true), second)
				partition.messages = messages
			}
			lab.run(partition, storyRegistry(false), first)
			if lab.expect(fmt.Sprintf("killed at step %d, half %v", killed, half), want); t.Failed() {
				t.FailNow()
			}
		}
	}
	if finished < 6 {
		t.Errorf("only %d batches were left to the second processor", finished)
	}
	t.Logf("%d steps, %d batches finished by the second", steps, finished)
}

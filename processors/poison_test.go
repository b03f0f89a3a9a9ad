package processors

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// A block that makes the decoder panic is put aside, and the next is decoded as ever.
func TestABlockThatMakesTheDecoderPanicIsPutAside(t *testing.T) {
	b, err := newBatch(storage.Source{Topic: bus.TopicTelemetry})
	if err != nil {
		t.Fatal(err)
	}
	owners := ownersOf(registry, true)
	b.add(block(t, appliance, interfaces(3)), owners)
	b.decoder = nil // which panics
	b.add(block(t, appliance, interfaces(4)), owners)
	b.add(block(t, appliance, interfaces(5)), owners)
	if len(b.refused) != 1 || b.refused[0].reason != "panic" {
		t.Errorf("refused: %+v", b.refused)
	}
	table := b.Table(sample.KindInterfaces)
	if b.rows != 8 || table.Rows.Len() != 8 || len(table.Offset) != 8 || len(b.Blocks) != 2 {
		t.Errorf("%d rows, %d in the table, %d offsets, %d blocks; want 8, 8, 8, 2", b.rows, table.Rows.Len(), len(table.Offset), len(b.Blocks))
	}
}

// A batch that makes a figure panic is stored without figures, said with its name, counted,
// and what comes behind it is processed.
func TestABatchThatMakesAFigurePanicStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hour := time.Hour.Milliseconds()
		messages := newLog(bus.TopicLogs, block(t, appliance, logLine()), tickAt(t, 1000), tickAt(t, hour+11*60_000), block(t, appliance, logLine()), block(t, appliance, logLine()))
		store := newTape()
		store.rolled = func() { panic("a fault") }
		processor, said := newProcessor(t, func(c *Config) { c.BatchRows = 1 }, messages, store)
		runUntil(t, processor, store, 3)
		expectLines(t, "writes", store.told(), "raw topic1:logs:3:0-0: 1 rows", "derived topic1:logs:3:0-0: 0 rows",
			"raw topic1:logs:3:1-3: 1 rows", "derived topic1:logs:3:1-3: 0 rows", // how far it is read
			"raw topic1:logs:3:4-4: 1 rows", "derived topic1:logs:3:4-4: 0 rows")
		if n := reading(t, processor.metrics.panics.WithLabelValues(bus.TopicLogs)); n != 1 {
			t.Errorf("%v panics are counted, want 1", n)
		}
		if !strings.Contains(said.String(), "topic1:logs:3:1-3") || !strings.Contains(said.String(), "a fault") {
			t.Errorf("the log does not say which batch and what: %s", said)
		}
	})
}

// A partition whose figures cannot even be restored is held, and nothing else ends.
func TestAPartitionThatCannotBeTakenUpIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(1)))
		store := newTape()
		store.states = func() error { panic("a fault") }
		processor, said := newProcessor(t, nil, messages, store)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- processor.Run(ctx) }()
		time.Sleep(time.Minute) // of the bubble's clock
		if n := reading(t, processor.metrics.held.WithLabelValues(bus.TopicTelemetry)); n != 1 || processor.Lag() != 1 {
			t.Errorf("%v partitions are held with a lag of %d, want 1 and 1", n, processor.Lag())
		}
		if err := processor.Ready(); err == nil || !strings.Contains(err.Error(), "telemetry-3 cannot be read on") {
			t.Errorf("ready: %v", err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := processor.Ready(); err != nil {
			t.Errorf("after the end: %v", err)
		}
		if n := reading(t, processor.metrics.held.WithLabelValues(bus.TopicTelemetry)); n != 0 || strings.Count(said.String(), "is held") != 1 {
			t.Errorf("%v partitions are held after the end, said: %s", n, said)
		}
		if writes := store.told(); len(writes) > 0 {
			t.Errorf("wrote %q", writes)
		}
	})
}

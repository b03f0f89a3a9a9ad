package processors

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
)

// A partition that lost its end gives offsets out again: its messages are processed behind
// what is stored, under tokens that were not used before, by whoever takes it up.
func TestAPartitionThatLostItsEndGoesOnBehindWhatIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(1)), block(t, appliance, interfaces(1)))
		messages.position = bus.Position{Offset: 700, Metadata: "v1 in=topic1 tick=1800000000007@699"}
		messages.fallsBack = true
		store := newTape()
		processor, said := newProcessor(t, func(c *Config) { c.BatchRows = 1 }, messages, store)
		runUntil(t, processor, store, 2)
		expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:2097152-2097152: 1 rows", "derived topic1:telemetry:3:2097152-2097152: 1 rows",
			"raw topic1:telemetry:3:2097153-2097153: 1 rows", "derived topic1:telemetry:3:2097153-2097153: 1 rows")
		expectLines(t, "commits", messages.told(), "0 v2 in=topic1 rev=R base=2097152 pend=2097152 tick=1800000000007@699",
			"1 v2 in=topic1 rev=R base=2097152 pend=2097153 tick=1800000000007@699", "2 v1 in=topic1 rev=R base=2097152 tick=1800000000007@699")
		if n := reading(t, processor.metrics.lives.WithLabelValues(bus.TopicTelemetry)); n != 1 || !strings.Contains(said.String(), "was_at=700 first=0") {
			t.Errorf("counted %v times, said: %s", n, said)
		}
		messages.messages = append(messages.messages, block(t, appliance, interfaces(1)))
		messages.messages[2].Offset = 2
		next, _ := newProcessor(t, nil, messages, store)
		runUntil(t, next, store, 1)
		if writes := store.told(); !strings.HasPrefix(writes[len(writes)-1], "derived topic1:telemetry:3:2097154-2097154:") {
			t.Errorf("the next owner wrote %q", writes[4:])
		}
	})
}

// A batch that was begun and whose messages the partition has lost is given up, said, and
// the rest goes on.
func TestABatchWhoseMessagesAreLostIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(1)))
		messages.position = bus.Position{Offset: 700, Metadata: "v1 in=topic1 pend=720"}
		messages.fallsBack = true
		store := newTape()
		processor, said := newProcessor(t, nil, messages, store)
		runUntil(t, processor, store, 2)
		expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:700-720: 0 rows",
			"raw topic1:telemetry:3:2097152-2097152: 1 rows", "derived topic1:telemetry:3:2097152-2097152: 1 rows")
		if !strings.Contains(said.String(), "is lost") {
			t.Errorf("nothing is said of it: %s", said)
		}
		if n := reading(t, processor.metrics.cut.WithLabelValues(bus.TopicTelemetry)); n != 21 {
			t.Errorf("%v messages are counted as lost, want 21", n)
		}
	})
}

// What is stored though nothing is committed counts: the group's positions expired.
func TestPositionsThatAreLostLetTheStreamGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(1)))
		store := newTape()
		store.last = 5000
		processor, said := newProcessor(t, nil, messages, store)
		runUntil(t, processor, store, 1)
		expectLines(t, "writes", store.told(), "raw topic1:telemetry:3:2097152-2097152: 1 rows", "derived topic1:telemetry:3:2097152-2097152: 1 rows")
		if !strings.Contains(said.String(), "nothing is committed") {
			t.Errorf("nothing is said of it: %s", said)
		}
	})
}

// The metrics are asked for while the worker moves its stream to another life.
func TestTheLagMayBeAskedForAtAnyTime(t *testing.T) {
	messages := newLog(bus.TopicTelemetry)
	processor, _ := newProcessor(t, nil, messages, newTape())
	w := &worker{Processor: processor, claim: &stream{Claim: messages}}
	exit := w.enter()
	defer exit()
	moved := make(chan struct{})
	go func() {
		defer close(moved)
		for range 1000 {
			w.claim.base += life
		}
	}()
	for range 100 {
		lag := make(chan prometheus.Metric, 1)
		lagGauge{processor}.Collect(lag)
		if len(lag) != 1 {
			t.Fatalf("%d figures of the lag", len(lag))
		}
	}
	<-moved
}

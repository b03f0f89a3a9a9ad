package load

import (
	"context"
	"fmt"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
)

// Bus is where messages go; ingest/bus/kafka provides it.
type Bus interface {
	Produce(ctx context.Context, topic string, messages ...bus.Message) error
	ProduceTo(ctx context.Context, topic string, partition int, messages ...bus.Message) error
}

// Publish sends what the fleet says from one whole second up to but not including another,
// and after each TickInterval of it the centre's time into every partition.
func (f *Fleet) Publish(ctx context.Context, to Bus, from, until time.Time) (Counts, error) {
	counts := Counts{}
	for from.Before(until) {
		next := from.Truncate(TickInterval).Add(TickInterval)
		end := next
		if end.After(until) {
			end = until
		}
		said, err := f.say(from, end)
		if err != nil {
			return counts, err
		}
		if err := to.Produce(ctx, bus.TopicTelemetry, said.messages...); err != nil {
			return counts, fmt.Errorf("publish what a fleet of %d devices says at %s: %w", f.Devices, from.Format(time.TimeOnly), err)
		}
		if len(said.logs) > 0 {
			if err := to.Produce(ctx, bus.TopicLogs, said.logs...); err != nil {
				return counts, fmt.Errorf("publish the log of a fleet of %d devices at %s: %w", f.Devices, from.Format(time.TimeOnly), err)
			}
		}
		counts.Add(said.counts)
		if end.Equal(next) {
			if err := f.Tick(ctx, to, end); err != nil {
				return counts, err
			}
		}
		from = end
	}
	return counts, nil
}

// PublishNames sends which devices, interfaces, sensors and paths there are.
func (f *Fleet) PublishNames(ctx context.Context, to Bus, at time.Time) (Counts, error) {
	messages, counts, err := f.Names(at)
	if err != nil {
		return nil, err
	}
	if err := to.Produce(ctx, bus.TopicTelemetry, messages...); err != nil {
		return nil, fmt.Errorf("publish the names of a fleet of %d devices: %w", f.Devices, err)
	}
	return counts, nil
}

// Tick sends the centre's time into every partition, as processors do by themselves
// unless they are told not to.
func (f *Fleet) Tick(ctx context.Context, to Bus, at time.Time) error {
	header := sample.Header{Slot: at.UnixMilli()}
	value, err := f.sites[0].encoder.Encode(nil, header, &sample.Ticks{Sequence: []uint64{uint64(at.Unix())}})
	if err != nil {
		return err
	}
	for partition := range f.Partitions {
		if err := to.ProduceTo(ctx, bus.TopicTelemetry, partition, bus.Message{Value: value}); err != nil {
			return fmt.Errorf("publish the time %s: %w", at.Format(time.TimeOnly), err)
		}
	}
	return nil
}

package load

import (
	"fmt"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// InterfaceBatches are the interface rows from one whole second up to but not including another
// as a writer hands them to the store: batches of about so many rows, each of one
// partition.
func (f *Fleet) InterfaceBatches(from, until time.Time, rows int) ([]*storage.Batch, error) {
	var full []*storage.Batch
	open := make([]*storage.Batch, f.Partitions)
	next := make([]int64, f.Partitions)
	for at := from; at.Before(until); at = at.Add(time.Second) {
		slot := at.Truncate(PollInterval)
		for _, s := range f.sites {
			partition := bus.PartitionOf(bus.Key(s.appliance), f.Partitions)
			batch := open[partition]
			if batch == nil {
				batch = &storage.Batch{
					Source: storage.Source{Incarnation: "bench", Topic: bus.TopicTelemetry, Partition: partition, First: next[partition]},
					Tables: map[sample.Kind]*storage.Table{sample.KindInterfaces: {Rows: &sample.Interfaces{}}},
				}
				open[partition] = batch
			}
			table := batch.Tables[sample.KindInterfaces]
			first, end := s.due(PollInterval, at.Sub(slot))
			polled := s.interfaces(slot, first, end)
			if err := sample.Append(table.Rows, polled); err != nil {
				return nil, fmt.Errorf("gather interface rows: %w", err)
			}
			for range polled.Len() {
				table.Customer, table.Site, table.Appliance = append(table.Customer, s.customer), append(table.Site, s.id), append(table.Appliance, s.appliance)
				table.SlotMs, table.Offset = append(table.SlotMs, slot.UnixMilli()), append(table.Offset, next[partition])
			}
			batch.Source.Last = next[partition]
			next[partition]++
			if table.Rows.Len() >= rows {
				full, open[partition] = append(full, batch), nil
			}
		}
	}
	for _, batch := range open {
		if batch != nil && batch.Rows() > 0 {
			full = append(full, batch)
		}
	}
	return full, nil
}

package pipeline

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"mimamori/bench/child"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// ceiling is the engine alone: interface rows that are handed to it as fast as it takes
// them, in batches as large as the processors' and as many at a time as there are
// partitions.
type ceiling struct {
	plant   *plant
	batches []*storage.Batch
	rows    int
}

// aDayMs is how far apart in time the rows of two turns are, so that none replaces another.
const aDayMs = 86_400_000

// newCeiling makes the rows of a turn, of some days before those of the pipeline.
func newCeiling(p *plant, of *turns) (*ceiling, error) {
	from := of.begin.AddDate(0, 0, -daysBefore)
	batches, err := of.fleet.InterfaceBatches(from, from.Add(turnTime), p.batchRows)
	if err != nil {
		return nil, err
	}
	c := &ceiling{plant: p, batches: batches}
	for _, batch := range batches {
		c.rows += batch.Rows()
	}
	return c, nil
}

// daysBefore is how far before the pipeline's the rows of the first turn are.
const daysBefore = 60

// lap hands the rows over and returns how long that took, and the engine's processor time
// with the merges that follow.
func (c *ceiling) lap(ctx context.Context) (lap, error) {
	taken := lap{interfaces: c.rows}
	before, err := child.ProcessorTime(c.plant.endpoint.PID)
	if err != nil {
		return taken, err
	}
	began := time.Now()
	group, writing := errgroup.WithContext(ctx)
	group.SetLimit(c.plant.partitions)
	for _, batch := range c.batches {
		group.Go(func() error { return c.plant.store.WriteRaw(writing, batch) })
	}
	if err := group.Wait(); err != nil {
		return taken, err
	}
	taken.took = time.Since(began)
	if err := c.plant.settle(ctx); err != nil {
		return taken, err
	}
	after, err := child.ProcessorTime(c.plant.endpoint.PID)
	taken.cpu.engine = after - before
	for _, batch := range c.batches {
		slots := batch.Tables[sample.KindInterfaces].SlotMs
		for i := range slots {
			slots[i] += aDayMs
		}
	}
	return taken, err
}

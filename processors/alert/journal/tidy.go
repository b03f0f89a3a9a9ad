package journal

import (
	"context"
	"fmt"
	"time"
)

const (
	// mostClosed is how many closed tickets are known, the newest.
	mostClosed = 1_000_000
	// tidied is how often what is too old is forgotten.
	tidied = time.Hour
)

// Run forgets closed tickets that are too old, until the context ends.
func (j *Journal) Run(ctx context.Context) error {
	ticks := time.NewTicker(tidied)
	defer ticks.Stop()
	for {
		if err := j.tidy(ctx, mostClosed); err != nil && ctx.Err() == nil {
			j.logger.Warn("closed tickets could not be forgotten: it is tried again in an hour", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}

func (j *Journal) tidy(ctx context.Context, most int) error {
	aged, crowded, err := j.file.ForgetTickets(ctx, j.now().Add(-j.config.Keep), most)
	j.metrics.forgotten.WithLabelValues("age").Add(float64(aged))
	j.metrics.forgotten.WithLabelValues("number").Add(float64(crowded))
	if err != nil {
		return fmt.Errorf("forget closed tickets: %w", err)
	}
	return nil
}

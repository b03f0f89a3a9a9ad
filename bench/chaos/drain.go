package chaos

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"mimamori/storage"
)

// The partitions of the topics telemetry and logs, as configured by default.
const ownedPartitions = 4 + 2

// hearTime is how long after a message came a processor knows that it is there.
const hearTime = 2 * time.Second

// passage is what is known to have gone through. Heartbeats and ticks go on all the
// time, so nothing is empty for long: it counts that it was.
type passage struct {
	*plant
	world   World
	emptied map[string]bool // the pollers whose spools were empty after their last slot
	since   time.Time       // when all had been
	read    map[string]bool // the partitions that were read to their end after that
}

// pass waits until all that was said is stored: every slot made, every spool emptied,
// every partition read to its end. Its error names what stands still.
func (p *plant) pass(ctx context.Context, w World, most time.Duration) error {
	s := passage{plant: p, world: w, emptied: map[string]bool{}, read: map[string]bool{}}
	return until(ctx, most, "everything has gone through", s.waiting)
}

func (s *passage) waiting() string {
	if rest := s.unsaid(); rest != "" {
		return rest
	}
	if s.since.IsZero() {
		s.since = time.Now()
	}
	if time.Since(s.since) < hearTime {
		return "the processors are to hear of the last messages"
	}
	return s.unread()
}

// rest waits until all devices are known to be silent, as they are in the end, and
// nothing is left to be judged again some ticks later.
func (p *plant) rest(ctx context.Context, most time.Duration) error {
	var silent time.Time
	return until(ctx, most, "nothing is judged again", func() string {
		if rest := p.heard(ctx); rest != "" {
			return rest
		}
		if silent.IsZero() {
			silent = time.Now()
		}
		if rest := p.ticked(silent.Add(2 * time.Second)); rest != "" {
			return rest
		}
		return p.dirty(ctx)
	})
}

// heard says how many devices are not known to be silent.
func (p *plant) heard(ctx context.Context) string {
	rows, err := p.sql(ctx, fmt.Sprintf("SELECT countIf(state = %d), count() FROM device_current FINAL", storage.StateUnknown))
	if err != nil {
		return err.Error()
	}
	if silent := int(number(rows[0][0])); silent < sitesCount*deviceCount {
		return fmt.Sprintf("of %d devices %s are known and %d known to be silent", sitesCount*deviceCount, rows[0][1], silent)
	}
	return ""
}

// lastTick is the gauge of a processor that says which time each partition heard last.
const lastTick = "mimamori_processors_last_tick_timestamp_seconds"

// unticked returns an error where a processor of this life has heard of the centre's time,
// or does not say so.
func (p *plant) unticked() error {
	for _, m := range p.processors {
		found, err := p.metrics(m.name, lastTick)
		if err != nil {
			return fmt.Errorf("ask whether there were ticks: %w", err)
		}
		if heard := len(found[lastTick].each); heard > 0 {
			return fmt.Errorf("%s has heard the time in %d partitions before the last row: not all was judged on the live path", m.name, heard)
		}
	}
	return nil
}

// ticked says which partitions have not heard yet of a time.
func (p *plant) ticked(of time.Time) string {
	rest, ticked := "", 0
	for _, m := range p.processors {
		found, err := p.metrics(m.name, lastTick)
		if err != nil {
			return err.Error()
		}
		for partition, at := range found[lastTick].each {
			ticked++
			if at < float64(of.Unix()) {
				rest += partition + " has not heard the time; "
			}
		}
	}
	if ticked != ownedPartitions {
		rest += fmt.Sprintf("%d of %d partitions hear the time; ", ticked, ownedPartitions)
	}
	return rest
}

// unsaid says which pollers have not made all slots, or have not sent them.
func (s *passage) unsaid() string {
	const blocks = "mimamori_spool_blocks"
	rest := ""
	for site, m := range s.pollers {
		if s.emptied[m.name] {
			continue
		}
		slots, err := readLedger(s.ledger(site))
		if err != nil {
			rest += fmt.Sprintf("the ledger of %s: %v; ", m.name, err)
			continue
		}
		if slots < s.world.Slots {
			rest += fmt.Sprintf("%s has made %d of %d slots; ", m.name, slots, s.world.Slots)
			continue
		}
		found, err := s.metrics(m.name, blocks)
		switch {
		case err != nil:
			rest += err.Error() + "; "
		case found[blocks].sum > 0:
			rest += fmt.Sprintf("%s has %.0f blocks in its spool; ", m.name, found[blocks].sum)
		default:
			s.emptied[m.name] = true
		}
	}
	return rest
}

// unread says which partitions were not read to their end yet.
func (s *passage) unread() string {
	const lag = "mimamori_processors_lag_messages"
	rest, behind := "", map[string]float64{}
	for _, m := range s.processors {
		found, err := s.metrics(m.name, lag)
		if err != nil {
			rest += err.Error() + "; "
			continue
		}
		maps.Copy(behind, found[lag].each)
	}
	for partition, messages := range behind {
		if messages == 0 {
			s.read[partition] = true
		}
	}
	if len(s.read) == ownedPartitions {
		return ""
	}
	for partition, messages := range behind {
		if !s.read[partition] {
			rest += fmt.Sprintf("%s is %.0f messages behind; ", partition, messages)
		}
	}
	return rest + fmt.Sprintf("%d of %d partitions are owned, %d were read to their end; ", len(behind), ownedPartitions, len(s.read))
}

// dirty says how many stretches are still to be judged again.
func (p *plant) dirty(ctx context.Context) string {
	rows, err := p.sql(ctx, `SELECT figure, count() FROM (SELECT * FROM dirty_ranges
ORDER BY part, figure, entity_id, from_ts, customer_id, kafka_offset DESC, epoch DESC, is_deleted DESC LIMIT 1 BY part, figure, entity_id, from_ts, customer_id)
WHERE is_deleted = 0 AND figure IN ('availability', 'voice') GROUP BY figure ORDER BY figure`)
	if err != nil {
		return err.Error()
	}
	rest := ""
	for _, row := range rows {
		rest += fmt.Sprintf("%s stretches of %s are still dirty; ", row[1], row[0])
	}
	return rest
}

// leave asks parts to end, all at once, and notes who does not do so properly.
func (p *plant) leave(members ...member) {
	var all sync.WaitGroup
	for _, m := range members {
		all.Go(func() {
			m.measure()
			if err := m.terminate(unnoted); err != nil {
				p.notes.fault(err)
			}
		})
	}
	all.Wait()
}

// watch measures the parts' memory until the context ends.
func (p *plant) watch(ctx context.Context) {
	every := time.NewTicker(500 * time.Millisecond)
	defer every.Stop()
	for {
		for _, m := range p.members() {
			m.measure()
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

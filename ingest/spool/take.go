package spool

import (
	"context"
	"errors"
	"time"
)

// readPause is how long nothing is taken after a block that cannot be read just now, so
// that a disk that fails slowly holds up nobody else.
const readPause = time.Second

// Take waits until there is something to send on a way and returns it: at most the given
// number of blocks, of the backlog no more than its rate allows, which the ways share. They count as not
// delivered until Delivered is called. It returns nothing once the context has
// ended, or when the spool is finished and empty.
func (s *Spool) Take(ctx context.Context, on Way, most int) []Block {
	q := &s.queues[on]
	for ctx.Err() == nil {
		s.lock.Lock()
		blocks, err := s.pick(on, most, time.Now())
		done := s.closed || s.finished && q.blocks == len(q.underway)+s.unread(on)
		pause := s.pause(on)
		s.lock.Unlock()
		if len(blocks) > 0 || done {
			return blocks
		}
		if err != nil {
			pause = readPause
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-q.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// pick takes what may go now; an error where the next block cannot be read just now.
func (s *Spool) pick(on Way, most int, now time.Time) (blocks []Block, err error) {
	if s.closed {
		return nil, nil
	}
	s.age(now)
	s.earn(now)
	q := &s.queues[on]
	for _, l := range []*lane{&q.urgent, &q.live} {
		for l.len() > 0 && len(blocks) < most {
			if blocks, err = s.take(blocks, l.pop(), now); err != nil {
				return blocks, err
			}
		}
	}
	for len(blocks) < most && (s.allowance >= 1 || s.finished) {
		before := len(blocks)
		if segment, number, ok := s.nextBacklog(on); ok {
			if blocks, err = s.takeBacklog(blocks, segment, number, now); err != nil {
				return blocks, err
			}
		} else if q.held.len() > 0 {
			blocks, _ = s.take(blocks, q.held.pop(), now) // is in memory
		} else {
			break
		}
		s.allowance -= float64(len(blocks) - before)
	}
	return blocks, nil
}

// age makes backlog of live blocks that have waited. It is for putting as well as for
// taking, because nobody takes while the centre is away.
func (s *Spool) age(now time.Time) {
	for i := range s.queues {
		q := &s.queues[i]
		for q.live.len() > 0 && now.Sub(q.live.first().since) > s.config.BacklogAfter {
			e := q.live.pop()
			if e.segment == nil {
				q.held.push(e)
				continue
			}
			s.leaveToDisk(e)
		}
		// Urgent ones that waited stay urgent for as long as there is memory for them.
		for s.memory > s.config.MemoryBytes/2 && q.urgent.len() > 0 && q.urgent.first().segment != nil &&
			now.Sub(q.urgent.first().since) > s.config.BacklogAfter {
			s.leaveToDisk(q.urgent.pop())
		}
	}
}

// earn allows some of the backlog.
func (s *Spool) earn(now time.Time) {
	if !s.allowedAt.IsZero() {
		s.allowance += now.Sub(s.allowedAt).Seconds() * s.config.BacklogRate
	}
	s.allowedAt = now
	// A tenth of a second's worth may be taken at once, so that a batch is worth
	// sending; a longer pause earns no more.
	s.allowance = min(s.allowance, max(1, s.config.BacklogRate/10))
}

// leaveToDisk makes backlog of an entry that is on disk.
func (s *Spool) leaveToDisk(e *entry) {
	s.memory -= e.memory()
	e.segment.leave(e.record)
}

func (s *Spool) nextBacklog(on Way) (*segment, int, bool) {
	if s.folder == nil {
		return nil, 0, false
	}
	return s.folder.nextBacklog(on)
}

// take adds the entry's block, read from disk where it is not in memory. One that can
// never be read is left out and counted; one that cannot be read just now waits, and the
// error says why.
func (s *Spool) take(blocks []Block, e *entry, now time.Time) ([]Block, error) {
	if e.block.Bytes == nil && e.segment != nil {
		block, err := s.folder.read(e.segment, e.record)
		if errors.Is(err, errBrokenRecord) {
			s.lose(e, err)
			return blocks, nil
		}
		if err != nil {
			s.postpone(e, err)
			return blocks, err
		}
		s.memory += len(block.Bytes)
		e.block.Bytes = block.Bytes
	}
	if e.segment != nil {
		e.segment.records[e.record].state = stateTaken
		e.segment.taken++
	}
	e.taken = now
	q := s.queueOf(e.block.Kind)
	q.underway = append(q.underway, e)
	block := e.block
	block.entry = e
	return append(blocks, block), nil
}

// takeBacklog adds a block that is on disk alone.
func (s *Spool) takeBacklog(blocks []Block, segment *segment, number int, now time.Time) ([]Block, error) {
	r := segment.records[number]
	e := &entry{block: Block{Kind: r.kind}, size: r.size(), segment: segment, record: number}
	s.memory += e.memory()
	segment.backlog[WayOf(r.kind)]--
	return s.take(blocks, e, now)
}

// lose gives up a block that cannot be read.
func (s *Spool) lose(e *entry, err error) {
	s.metrics.unreadable.Inc()
	s.logger.Error("a block on disk is lost that cannot be read", "kind", e.block.Kind.String(), "file", e.segment.path, "error", err)
	s.forget(e)
	e.segment.records[e.record].state = stateGone
	e.segment.unsent--
	s.folder.sweep(e.segment)
}

// pause is how long there is nothing to take unless something is put.
func (s *Spool) pause(on Way) time.Duration {
	if _, _, ok := s.nextBacklog(on); !ok && s.queues[on].held.len() == 0 {
		return time.Hour
	}
	return max(time.Millisecond, time.Duration((1-s.allowance)/s.config.BacklogRate*float64(time.Second)))
}

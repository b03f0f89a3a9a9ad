package spool

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
)

// Block is an encoded block on its way to the centre.
type Block struct {
	Kind   sample.Kind
	Urgent bool // passes before all others and never becomes backlog
	Bytes  []byte

	entry *entry // of a block that was taken
}

// Spool is the queue. Any number of goroutines may Put; one takes for each way.
// Blocks leave in the order they came, urgent ones first, then live ones, then the backlog: the
// blocks that waited for longer than backlog_after, and those an earlier process left.
// How old a block is counts from when it came, not from its slot, because a round of a
// long interval is measured long after its slot began.
type Spool struct {
	config    Config
	appliance sample.ID
	logger    *slog.Logger
	metrics   *metrics
	syncing   sync.Mutex // one forces blocks to the disk at a time; taken before lock

	lock      sync.Mutex
	folder    *folder // nil until it was opened
	opened    bool    // Open was called, and so the folder is wanted
	closed    bool
	failure   error     // why blocks are in memory alone; nil while the disk takes them
	tried     time.Time // when the disk was tried last after a failure
	reread    time.Time // when what could not be read was tried last
	queues    [Ways]queue
	bytes     int // of the records of all blocks not delivered yet
	memory    int // bytes that entries take
	droppedN  uint64
	dropping  bool // said that blocks are dropped, until there is room again
	finished  bool
	room      chan struct{} // closed once there is room again; nil while nobody waits
	allowance float64       // backlog blocks that may be taken now
	allowedAt time.Time     // when allowance was brought up to date
}

// Snapshot is what a heartbeat says about the spool.
type Snapshot struct {
	Blocks  int    // not delivered yet
	Bytes   int    // that they take
	Kept    int    // of the blocks, those on disk, which outlive the process
	Dropped uint64 // blocks given up since the start because there was no room for them
}

// New returns the spool of an appliance, which keeps blocks in memory until Open.
func New(config Config, appliance sample.ID, logger *slog.Logger, registerer prometheus.Registerer) (*Spool, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("set up the spool: %w", err)
	}
	s := &Spool{config: config, appliance: appliance, logger: logger}
	for i := range s.queues {
		s.queues[i].wake = make(chan struct{}, 1)
	}
	var err error
	s.metrics, err = newMetrics(s, registerer)
	return s, err
}

// Put adds blocks, and drops the oldest ones where there is no room for them. Those put
// together are taken together, where as many may be. The spool keeps the blocks' bytes. With
// fsync: always it returns once the blocks are on disk for good. After Finish they are dropped.
func (s *Spool) Put(blocks ...Block) {
	s.lock.Lock()
	now := time.Now()
	for _, block := range blocks {
		s.put(block, now)
	}
	s.lock.Unlock()
	if s.config.Fsync == FsyncAlways {
		_ = s.Sync() // has said what went wrong
	}
}

// put adds one block. The lock is held.
func (s *Spool) put(block Block, now time.Time) {
	if s.finished {
		s.drop(block.Kind, "nothing more is taken")
		return
	}
	block.entry = nil
	e := &entry{block: block, size: recordHeader + len(block.Bytes), since: now}
	s.retry(e.since)
	s.age(e.since)
	if s.onDisk() && !s.makeRoom(e.size) {
		s.drop(block.Kind, "the spool is full")
		return
	}
	switch {
	case s.onDisk() && s.store(e, stateQueued):
		if s.memory+e.memory() > s.config.MemoryBytes {
			e.block.Bytes = nil // read again when it is taken
		}
	case !s.makeMemory(e.memory()):
		s.drop(block.Kind, "the spool is full")
		return
	}
	s.memory += e.memory()
	s.bytes += e.size
	to := s.queueOf(block.Kind)
	to.blocks++
	if block.Urgent {
		to.urgent.push(e)
	} else {
		to.live.push(e)
	}
	to.signal()
}

// drop counts a block that is given up, and says so once.
func (s *Spool) drop(kind sample.Kind, reason string) {
	s.droppedN++
	s.metrics.dropped.WithLabelValues(kind.String()).Inc()
	if s.dropping {
		return
	}
	s.dropping = true
	s.logger.Error("blocks are dropped, the oldest first, until there is room again", "reason", reason, "blocks_waiting", s.blocks(), "bytes_waiting", s.bytes)
}

// makeMemory drops the oldest blocks that are in memory alone until there are so many
// bytes of memory; false where there cannot be.
func (s *Spool) makeMemory(need int) bool {
	if s.memory+need > s.config.MemoryBytes {
		s.thin()
	}
	for s.memory+need > s.config.MemoryBytes {
		dropped := false
		for _, choose := range []func(*queue) *lane{
			func(q *queue) *lane { return &q.held },
			func(q *queue) *lane { return &q.live },
			func(q *queue) *lane { return &q.urgent },
		} {
			oldest, l := s.oldestAlone(choose)
			if oldest == nil {
				continue
			}
			if oldest == l.first() {
				l.pop()
			} else {
				l.keep(func(e *entry) bool { return e != oldest })
			}
			s.forget(oldest)
			s.drop(oldest.block.Kind, "the disk takes no blocks and the memory for them is full")
			dropped = true
			break
		}
		if !dropped {
			return false
		}
	}
	return true
}

// thin lets go of the bytes that are on disk, too.
func (s *Spool) thin() {
	for i := range s.queues {
		for _, l := range []*lane{&s.queues[i].urgent, &s.queues[i].live} {
			for _, e := range l.all() {
				if e.segment != nil {
					s.memory -= len(e.block.Bytes)
					e.block.Bytes = nil
				}
			}
		}
	}
}

// forget takes an entry out of the account of what waits.
func (s *Spool) forget(e *entry) {
	s.memory -= e.memory()
	s.queueOf(e.block.Kind).blocks--
	s.bytes -= e.size
}

// Delivered says that blocks which were taken have arrived.
func (s *Spool) Delivered(blocks []Block) {
	s.lock.Lock()
	defer s.lock.Unlock()
	arrived := make(map[*entry]bool, len(blocks))
	for _, block := range blocks {
		arrived[block.entry] = true
	}
	var from *segment
	var numbers []int
	remember := func() {
		if from != nil && !s.closed {
			s.folder.settled(from, numbers)
		}
		numbers = numbers[:0]
	}
	settle := func(e *entry) bool {
		if !arrived[e] {
			return false
		}
		s.forget(e)
		if e.segment != nil {
			if e.segment != from {
				remember()
				from = e.segment
			}
			e.segment.settle(e.record)
			numbers = append(numbers, e.record)
		}
		return true
	}
	for i := range s.queues {
		q := &s.queues[i]
		q.underway = slices.DeleteFunc(q.underway, settle)
	}
	remember()
	s.admit()
}

// Room waits while more than half of max_bytes is taken, or of memory_bytes where the
// disk takes no blocks, and returns for how long it did: zero where there was room at
// once. It is for pollers whose senders can wait in turn; the other half is left to
// those that cannot. It returns when the context ends or the spool is finished, too.
func (s *Spool) Room(ctx context.Context) (waited time.Duration) {
	var began time.Time
	for {
		s.lock.Lock()
		room := s.room
		if s.finished || s.hasRoom() {
			room = nil
		} else if room == nil {
			room = make(chan struct{})
			s.room = room
		}
		s.lock.Unlock()
		if room == nil || ctx.Err() != nil {
			break
		}
		if began.IsZero() {
			began = time.Now()
		}
		select {
		case <-ctx.Done():
		case <-room:
		}
	}
	if began.IsZero() {
		return 0
	}
	return time.Since(began)
}

func (s *Spool) hasRoom() bool {
	if s.onDisk() {
		return s.bytes <= s.config.MaxBytes/2
	}
	return s.memory <= s.config.MemoryBytes/2
}

// admit lets those go on who wait for room, where there is some.
func (s *Spool) admit() {
	if !s.finished && !s.hasRoom() {
		return
	}
	s.dropping = false
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}

// Delayed says that what is put now waits for the centre: something is under way on its
// way for longer than backlog_after.
func (s *Spool) Delayed(on Way) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	underway := s.queues[on].underway
	return len(underway) > 0 && time.Since(underway[0].taken) > s.config.BacklogAfter
}

// Finish says that nothing more is put: what is left may be taken without regard to
// the rate of the backlog, and then Take returns nothing.
func (s *Spool) Finish() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.finished = true
	s.signal()
	s.admit()
}

// Snapshot says what waits.
func (s *Spool) Snapshot() Snapshot {
	s.lock.Lock()
	defer s.lock.Unlock()
	return Snapshot{Blocks: s.blocks(), Bytes: s.bytes, Kept: s.blocks() - s.alone(), Dropped: s.droppedN}
}

package spool

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
)

// blockOverhead is about what a block takes in memory beside its bytes.
const blockOverhead = 96

// Block is an encoded block on its way to the centre.
type Block struct {
	Kind   sample.Kind
	Urgent bool // passes before all others and never becomes backlog
	Bytes  []byte
}

// Spool is the queue. Any number of goroutines may Put; one takes. Blocks leave in
// the order they came, urgent ones first, then live ones, then the backlog: the
// blocks that waited for longer than backlog_after. How old a block is counts from
// when it came, not from its slot, because a round of a long interval is measured
// long after its slot began.
type Spool struct {
	config  Config
	wake    chan struct{} // holds one token while there may be something new to take
	dropped *prometheus.CounterVec

	lock      sync.Mutex
	urgent    lane
	live      lane
	backlog   lane
	taken     size // taken and not delivered yet
	droppedN  uint64
	closed    bool
	room      chan struct{} // closed once there is room again; nil while nobody waits
	allowance float64       // backlog blocks that may be taken now
	allowedAt time.Time     // when allowance was brought up to date
}

type size struct{ blocks, bytes int }

func (s *size) add(other size) {
	s.blocks += other.blocks
	s.bytes += other.bytes
}

func (s *size) remove(other size) {
	s.blocks -= other.blocks
	s.bytes -= other.bytes
}

func sizeOf(block Block) size { return size{1, len(block.Bytes) + blockOverhead} }

// Snapshot is what a heartbeat says about the spool.
type Snapshot struct {
	Blocks  int    // not delivered yet
	Bytes   int    // that they take in memory
	Dropped uint64 // blocks given up since the start because the spool was full
}

// New returns the spool of an appliance, which keeps blocks in memory until Open.
func New(config Config, appliance sample.ID, logger *slog.Logger, registerer prometheus.Registerer) (*Spool, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("set up the spool: %w", err)
	}
	s := &Spool{
		config: config,
		wake:   make(chan struct{}, 1),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_spool_dropped_blocks_total", Help: "Blocks given up because the spool was full, the oldest first.",
		}, []string{"kind"}),
	}
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "mimamori_spool_" + name, Help: help},
			func() float64 { return float64(value()) })
	}
	for _, collector := range []prometheus.Collector{
		s.dropped,
		gauge("blocks", "Blocks not delivered yet.", func() int { return s.Snapshot().Blocks }),
		gauge("bytes", "Memory the blocks take that are not delivered yet.", func() int { return s.Snapshot().Bytes }),
	} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics of the spool: %w", err)
		}
	}
	return s, nil
}

// Put adds a block, and drops the oldest ones where there is no room for it. The
// spool keeps the block's bytes. After Finish a block is dropped.
func (s *Spool) Put(block Block) {
	s.lock.Lock()
	defer s.lock.Unlock()
	need := sizeOf(block).bytes
	if s.closed || s.taken.bytes+need > s.config.MaxBytes {
		s.drop(block)
		return
	}
	for s.size().bytes+need > s.config.MaxBytes {
		s.drop(s.oldest().pop())
	}
	to := &s.live
	if block.Urgent {
		to = &s.urgent
	}
	to.push(block, time.Now())
	s.signal()
}

// oldest returns the lane whose first block is given up first: the backlog is older
// than the live blocks, and urgent ones are few and stay longest. The spool must
// not be empty.
func (s *Spool) oldest() *lane {
	for _, lane := range []*lane{&s.backlog, &s.live} {
		if lane.size.blocks > 0 {
			return lane
		}
	}
	return &s.urgent
}

func (s *Spool) drop(block Block) {
	s.droppedN++
	s.dropped.WithLabelValues(block.Kind.String()).Inc()
}

func (s *Spool) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Take waits until there is something to send and returns it: at most the given
// number of blocks, of the backlog no more than its rate allows. They count as not
// delivered until Delivered is called. It returns nothing once the context has
// ended, or when the spool is closed and empty.
func (s *Spool) Take(ctx context.Context, most int) []Block {
	for ctx.Err() == nil {
		s.lock.Lock()
		blocks := s.pick(most, time.Now())
		done := s.closed && s.size() == s.taken
		pause := s.pause()
		s.lock.Unlock()
		if len(blocks) > 0 || done {
			return blocks
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

func (s *Spool) pick(most int, now time.Time) []Block {
	for s.live.size.blocks > 0 && now.Sub(s.live.first().since) > s.config.BacklogAfter {
		since := s.live.first().since
		s.backlog.push(s.live.pop(), since)
	}
	if !s.allowedAt.IsZero() {
		s.allowance += now.Sub(s.allowedAt).Seconds() * s.config.BacklogRate
	}
	s.allowedAt = now
	// A tenth of a second's worth may be taken at once, so that a batch is worth
	// sending; a longer pause earns no more.
	s.allowance = min(s.allowance, max(1, s.config.BacklogRate/10))

	var blocks []Block
	take := func(from *lane) {
		block := from.pop()
		s.taken.add(sizeOf(block))
		blocks = append(blocks, block)
	}
	for _, lane := range []*lane{&s.urgent, &s.live} {
		for lane.size.blocks > 0 && len(blocks) < most {
			take(lane)
		}
	}
	for s.backlog.size.blocks > 0 && len(blocks) < most && (s.allowance >= 1 || s.closed) {
		take(&s.backlog)
		s.allowance--
	}
	return blocks
}

// pause is how long there is nothing to take unless something is put.
func (s *Spool) pause() time.Duration {
	if s.backlog.size.blocks == 0 {
		return time.Hour
	}
	return max(time.Millisecond, time.Duration((1-s.allowance)/s.config.BacklogRate*float64(time.Second)))
}

// Delivered says that blocks which were taken have arrived.
func (s *Spool) Delivered(blocks []Block) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, block := range blocks {
		s.taken.remove(sizeOf(block))
	}
	if s.hasRoom() {
		s.admit()
	}
}

// Room waits while more than half of max_bytes is taken, and returns for how long it
// did: zero where there was room at once. It is for pollers whose senders can wait in
// turn; the other half is left to those that cannot. It returns when the context ends
// or the spool is closed, too.
func (s *Spool) Room(ctx context.Context) (waited time.Duration) {
	var began time.Time
	for {
		s.lock.Lock()
		room := s.room
		if s.closed || s.hasRoom() {
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

func (s *Spool) hasRoom() bool { return s.size().bytes <= s.config.MaxBytes/2 }

// admit lets those go on who wait for room.
func (s *Spool) admit() {
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}

// Open takes possession of the appliance's folder; what an earlier process left there
// is backlog. It fails where another process has the folder, or it cannot be made. A
// disk that is full or read-only is no error: the spool goes on in memory until it
// takes blocks again.
func (s *Spool) Open() error { return nil }

// Run forces blocks to the disk as configured, and tries a disk again that took none,
// until the context ends.
func (s *Spool) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Sync returns once every block that was put before is on disk for good, or with the
// reason why some are not.
func (s *Spool) Sync() error { return nil }

// Close forces what is left to the disk and lets go of the folder. Nothing may be
// taken afterwards.
func (s *Spool) Close() error { return nil }

// Finish says that nothing more is put: what is left may be taken without regard to
// the rate of the backlog, and then Take returns nothing.
func (s *Spool) Finish() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.closed = true
	s.signal()
	s.admit()
}

// Snapshot says what waits.
func (s *Spool) Snapshot() Snapshot {
	s.lock.Lock()
	defer s.lock.Unlock()
	all := s.size()
	return Snapshot{Blocks: all.blocks, Bytes: all.bytes, Dropped: s.droppedN}
}

func (s *Spool) size() size {
	all := s.taken
	all.add(s.urgent.size)
	all.add(s.live.size)
	all.add(s.backlog.size)
	return all
}

// lane is a queue, first in, first out.
type lane struct {
	waiting []waiting
	head    int // of waiting, what is before it was popped
	size    size
}

type waiting struct {
	block Block
	since time.Time
}

func (l *lane) push(block Block, since time.Time) {
	l.waiting = append(l.waiting, waiting{block, since})
	l.size.add(sizeOf(block))
}

func (l *lane) first() waiting { return l.waiting[l.head] }

func (l *lane) pop() Block {
	block := l.waiting[l.head].block
	l.waiting[l.head] = waiting{} // lets go of the bytes
	l.head++
	l.size.remove(sizeOf(block))
	if l.head > len(l.waiting)/2 {
		rest := copy(l.waiting, l.waiting[l.head:])
		clear(l.waiting[rest:]) // lets go of the bytes that moved to the front
		l.waiting = l.waiting[:rest]
		l.head = 0
	}
	return block
}

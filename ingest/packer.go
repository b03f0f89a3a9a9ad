package ingest

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
	"mimamori/ingest/spool"
)

// A block is full when it has so many rows or so many bytes before compression,
// which leaves 20 to 50 KB of it.
const (
	blockRows  = 1000
	blockBytes = 160 << 10
)

// packer gathers the rows of all pollers into blocks of one kind and one slot, and
// puts them into the spool when they are full or their first row has waited.
type packer struct {
	appliance  sample.ID
	linger     time.Duration // of news, and what it takes along
	routine    time.Duration // of all else
	awayLinger time.Duration // while blocks wait for the centre anyway
	spool      *spool.Spool
	logger     *slog.Logger
	metrics    *metrics
	now        func() time.Time

	lock      sync.Mutex
	encoder   *sample.Encoder
	buffer    []byte
	open      map[blockKey]*openBlock
	spare     map[sample.Kind][]*openBlock
	news      news
	newsSince [spool.Ways]time.Time // when the oldest news came that waits; zero where none does
}

type blockKey struct {
	kind sample.Kind
	slot int64
}

type openBlock struct {
	rows  sample.Rows
	bytes int
	since time.Time
}

func newPacker(appliance sample.ID, place sample.Place, config Config, to *spool.Spool, logger *slog.Logger, metrics *metrics) (*packer, error) {
	encoder, err := sample.NewEncoderAt(place)
	if err != nil {
		return nil, err
	}
	return &packer{
		appliance: appliance, linger: config.Linger, routine: max(config.Linger, config.RoutineLinger), awayLinger: max(config.Linger, config.AwayLinger),
		spool: to, logger: logger, metrics: metrics, now: time.Now, encoder: encoder,
		open: map[blockKey]*openBlock{}, spare: map[sample.Kind][]*openBlock{}, news: news{map[subject]uint32{}},
	}, nil
}

// emit takes rows from a poller. It copies them; any goroutine may call it.
func (p *packer) emit(slot int64, rows sample.Rows) {
	total := rows.Len()
	if total == 0 {
		return
	}
	p.metrics.rows.WithLabelValues(rows.Kind().String()).Add(float64(total))
	rowBytes := sample.Size(rows)/total + 1
	key := blockKey{rows.Kind(), slot}

	p.lock.Lock()
	defer p.lock.Unlock()
	p.encoder.Learn(rows)
	for from := 0; from < total; {
		block, err := p.block(key)
		if err != nil {
			p.lose(rows.Kind(), total-from, err)
			return
		}
		room := min(blockRows-block.rows.Len(), (blockBytes-block.bytes)/rowBytes+1)
		to := min(total, from+room)
		if err := sample.AppendRange(block.rows, rows, from, to); err != nil {
			p.lose(rows.Kind(), total-from, err)
			return
		}
		block.bytes += (to - from) * rowBytes
		if block.rows.Len() >= blockRows || block.bytes >= blockBytes {
			p.spool.Put(p.seal(key, block)...)
		}
		from = to
	}
	if way := spool.WayOf(rows.Kind()); p.news.in(rows) && p.newsSince[way].IsZero() {
		p.newsSince[way] = p.now()
	}
}

// block returns the open block of a kind and slot.
func (p *packer) block(key blockKey) (*openBlock, error) {
	if block, ok := p.open[key]; ok {
		return block, nil
	}
	block := &openBlock{}
	if spare := p.spare[key.kind]; len(spare) > 0 {
		block = spare[len(spare)-1]
		p.spare[key.kind] = spare[:len(spare)-1]
	} else {
		rows, err := sample.NewRows(key.kind)
		if err != nil {
			return nil, err
		}
		block.rows = rows
	}
	block.since = p.now()
	p.open[key] = block
	return block, nil
}

// seal encodes a block for the spool and keeps its memory for the next. It returns nothing
// where the rows are lost.
func (p *packer) seal(key blockKey, block *openBlock) []spool.Block {
	delete(p.open, key)
	sealed := p.encode(key.slot, block.rows, false)
	sample.Truncate(block.rows, 0)
	block.bytes = 0
	if spare := p.spare[key.kind]; len(spare) < 4 {
		p.spare[key.kind] = append(spare, block)
	}
	return sealed
}

func (p *packer) encode(slot int64, rows sample.Rows, urgent bool) []spool.Block {
	var err error
	p.buffer, err = p.encoder.Encode(p.buffer[:0], sample.Header{UUID: newUUID(p.now()), Appliance: p.appliance, Slot: slot}, rows)
	if err != nil {
		p.lose(rows.Kind(), rows.Len(), err)
		return nil
	}
	p.metrics.blocks.WithLabelValues(rows.Kind().String()).Inc()
	p.metrics.blockBytes.WithLabelValues(rows.Kind().String()).Add(float64(len(p.buffer)))
	return []spool.Block{{Kind: rows.Kind(), Urgent: urgent, Bytes: append([]byte(nil), p.buffer...)}}
}

// urgent packs rows by themselves and puts them before all that waits. What is being
// gathered goes with them: a message more costs the uplink little, and a request more much.
func (p *packer) urgent(slot int64, rows sample.Rows) {
	p.metrics.rows.WithLabelValues(rows.Kind().String()).Add(float64(rows.Len()))
	p.lock.Lock()
	defer p.lock.Unlock()
	blocks := p.encode(slot, rows, true)
	p.spool.Put(append(blocks, p.ripe(p.now(), 0, 0)...)...)
}

// lose counts rows that cannot be packed, which takes a mistake in a poller.
func (p *packer) lose(kind sample.Kind, rows int, err error) {
	p.metrics.lostRows.WithLabelValues(kind.String()).Add(float64(rows))
	p.logger.Error("rows are lost that cannot be packed; report this", "kind", kind.String(), "rows", rows, "error", err)
}

// run seals blocks whose first row has waited for as long as it may, until the
// context ends.
func (p *packer) run(ctx context.Context) error {
	// Looking twice in the time a row may wait, and sealing what has waited for half
	// of it, keeps to that time without a timer for each block.
	ticker := time.NewTicker(p.linger / 2)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			p.flush(now.Add(p.linger / 2))
		}
	}
}

// flush seals the blocks that have waited by then, half of linger ahead, for as long as they may, and puts
// them into the spool together, so that they leave in one request.
func (p *packer) flush(now time.Time) {
	p.lock.Lock()
	defer p.lock.Unlock()
	routine := p.routine
	if routine > p.linger {
		routine += p.linger / 2 // as of now: just before the heartbeat that takes them along a request would be one too many
	}
	if blocks := p.ripe(now, p.linger, routine); len(blocks) > 0 {
		p.spool.Put(blocks...)
	}
}

// flushAll seals all blocks.
func (p *packer) flushAll() {
	p.lock.Lock()
	defer p.lock.Unlock()
	var blocks []spool.Block
	for key, block := range p.open {
		blocks = append(blocks, p.seal(key, block)...)
	}
	if len(blocks) > 0 {
		p.spool.Put(blocks...)
	}
}

// ripe seals the blocks that have waited by then for as long as routine may, and where news
// has waited on their way for as long as that may, all: a message more costs the uplink
// little, and a request more much. Where the centre is away, nothing is in a hurry.
func (p *packer) ripe(now time.Time, linger, routine time.Duration) (sealed []spool.Block) {
	var patience [spool.Ways]time.Duration
	for way := range patience {
		switch since := p.newsSince[way]; {
		case p.spool.Delayed(spool.Way(way)):
			patience[way] = p.awayLinger
		case !since.IsZero() && now.Sub(since) >= linger:
			p.newsSince[way] = time.Time{}
		default:
			patience[way] = routine
		}
	}
	for key, block := range p.open {
		if now.Sub(block.since) >= patience[spool.WayOf(key.kind)] {
			sealed = append(sealed, p.seal(key, block)...)
		}
	}
	return sealed
}

// newUUID returns a UUID of version 7 (RFC 9562): milliseconds, then random bits.
func newUUID(now time.Time) (id [16]byte) {
	_, _ = rand.Read(id[6:]) // never fails (crypto/rand)
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(now.UnixMilli()))
	copy(id[:6], stamp[2:])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// metrics are those of one appliance.
type metrics struct {
	rows, blocks, blockBytes, lostRows *prometheus.CounterVec
	delivered, refused                 *prometheus.CounterVec
	failures, undelivered              prometheus.Counter
	uplinkUp                           prometheus.Gauge
	clockSteps                         prometheus.Counter
	clockStep                          prometheus.Gauge
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	byKind := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mimamori_ingest_" + name, Help: help}, []string{"kind"})
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "mimamori_ingest_" + name, Help: help})
	}
	m := &metrics{
		rows:        byKind("rows_total", "Rows the pollers handed over."),
		blocks:      byKind("blocks_total", "Blocks packed."),
		blockBytes:  byKind("block_bytes_total", "Bytes of the blocks packed."),
		lostRows:    byKind("lost_rows_total", "Rows that could not be packed."),
		delivered:   byKind("delivered_blocks_total", "Blocks the bus has acknowledged."),
		refused:     byKind("refused_blocks_total", "Blocks given up because the bus takes none as large."),
		failures:    counter("delivery_failures_total", "Attempts to deliver that failed and were repeated."),
		clockSteps:  counter("clock_steps_total", "Times the machine's clock was set, or the machine slept."),
		undelivered: counter("undelivered_blocks_total", "Blocks that were left in the spool when the appliance stopped; the next start sends them."),
		uplinkUp: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mimamori_ingest_uplink_up", Help: "1 while the last delivery to each topic was acknowledged, else 0.",
		}),
		clockStep: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mimamori_ingest_clock_step_seconds", Help: "By how much the machine's clock was last set; below zero is back.",
		}),
	}
	for _, collector := range []prometheus.Collector{
		m.clockSteps, m.clockStep, m.rows, m.blocks, m.blockBytes, m.lostRows, m.delivered, m.refused, m.failures, m.undelivered, m.uplinkUp,
	} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics of the appliance: %w", err)
		}
	}
	return m, nil
}

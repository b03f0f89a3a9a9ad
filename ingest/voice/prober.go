package voice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// reportEvery is how often complete slots are looked for.
const reportEvery = 200 * time.Millisecond

// clockSkew is how far a timestamp may be from now before its format is doubted: the
// same 64 bits read as NTP and as PTPv2 are 70 years apart.
const clockSkew = 10 * 365 * 24 * time.Hour

// Prober probes all voice paths of a station. One goroutine sends and receives, one
// reports, one looks up names; one socket serves all paths.
type Prober struct {
	config  Config
	station inventory.Station
	emit    func(slot int64, rows sample.Rows)
	logger  *slog.Logger
	metrics proberMetrics
	paths   []*path

	watch      *clockWatch        // of the goroutine that probes, as are the next four
	clock      clock              // how good the machine's clock is
	lastT1     Timestamp          // no two packets bear the same
	leaving    [batchSize]leaving // the packets of the batch
	complained time.Time          // when the log last said that a packet was refused

	mutex   sync.Mutex // guards the paths' streams and addresses, and what follows
	sources map[netip.AddrPort][]*path
	read    time.Time // what came until then is counted
}

// path is a voice path and its stream.
type path struct {
	inventory.StationPath
	ssid    uint16
	encoder requestEncoder // of the goroutine that probes, as is the next
	decoder answerDecoder
	phase   time.Duration // place in the packet interval, in whole ticks

	address netip.AddrPort // zero until it is known
	stream  *stream
}

// leaving is a packet of the batch that is being sent.
type leaving struct {
	path   *path
	octets []byte
}

// New returns a prober of the station's voice paths. emit is given one sample.Paths
// at the start and the rows of each slot; it must copy what it keeps. slot is in Unix
// milliseconds.
func New(config Config, station inventory.Station, emit func(slot int64, rows sample.Rows), logger *slog.Logger, registerer prometheus.Registerer) (*Prober, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	metrics, err := newProberMetrics(registerer)
	if err != nil {
		return nil, fmt.Errorf("set up metrics of the voice prober: %w", err)
	}
	p := &Prober{config: config, station: station, emit: emit, logger: logger, metrics: metrics, watch: watchClock(), sources: make(map[netip.AddrPort][]*path), read: time.Now()}
	var problems []error
	for i, named := range station.Paths {
		size, err := config.packetSize(named.Codec)
		if err != nil {
			problems = append(problems, fmt.Errorf("voice path %q: %w", named.Name, err))
			continue
		}
		var key []byte
		if named.AuthenticationKey != "" {
			if key, err = ParseKey(named.AuthenticationKey); err != nil {
				problems = append(problems, fmt.Errorf("voice path %q: authentication_key %w", named.Name, err))
				continue
			}
		}
		p.paths = append(p.paths, &path{
			StationPath: named,
			ssid:        uint16(i + 1),
			encoder:     newRequestEncoder(size, config.DSCP, key),
			decoder:     newAnswerDecoder(key),
			phase:       (config.PacketInterval * time.Duration(i) / time.Duration(len(station.Paths))).Truncate(tick),
			stream:      newStream(config.Slot, config.PacketInterval, config.Timeout, config.DSCP),
		})
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return p, nil
}

// Run probes until the context ends. What was measured of the slot under way then is
// not reported.
func (p *Prober) Run(ctx context.Context) error {
	if len(p.paths) == 0 {
		<-ctx.Done()
		return nil
	}
	socket, err := openBatch(p.config.DSCP)
	if err != nil {
		return fmt.Errorf("open a UDP socket for voice probes: %w", err)
	}
	defer socket.close()
	p.emitPaths(time.Now())
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { p.resolve(ctx); return nil })
	group.Go(func() error { p.report(ctx); return nil })
	group.Go(func() error { return p.probe(ctx, socket) })
	return group.Wait()
}

// slotOf is the number of the slot a time lies in.
func (p *Prober) slotOf(at time.Time) int64 {
	return floorDivide(at.UnixNano(), int64(p.config.Slot))
}

// slotStart is when a slot starts, Unix milliseconds.
func (p *Prober) slotStart(number int64) int64 { return number * p.config.Slot.Milliseconds() }

func (p *Prober) emitPaths(now time.Time) {
	rows := &sample.Paths{}
	for _, path := range p.paths {
		rows.Path = append(rows.Path, path.ID)
		rows.Name = append(rows.Name, path.Name)
		rows.Target = append(rows.Target, path.Target)
		rows.Codec = append(rows.Codec, path.Codec)
	}
	p.emit(p.slotStart(p.slotOf(now)), rows)
}

// beginAll begins all streams anew. The mutex is held.
func (p *Prober) beginAll() {
	for _, path := range p.paths {
		p.begin(path)
	}
}

// begin starts a path's stream; the slot under way is not reported, a part of it was
// not measured. The mutex is held.
func (p *Prober) begin(path *path) { path.stream.begin(p.slotOf(time.Now()) + 1) }

// measure computes what a reply to a packet says: sent at T1, here again at T4. It is
// not sane where the reflector's times cannot be true; the processing time is zero
// then.
func measure(reply *ReflectorPacket, sent, came time.Time) (answer, bool) {
	got := answer{elapsed: max(came.Sub(sent), 0), reflected: reply.Sequence, ttlForward: reply.TTL}
	ptp := reply.Error.PTP()
	t2 := time.Unix(0, reply.T2.UnixNano(ptp))
	// Reflectors are seen that return the sender's Z bit and use the other format.
	if skew := t2.Sub(came).Abs(); skew > clockSkew {
		if other := time.Unix(0, reply.T2.UnixNano(!ptp)); other.Sub(came).Abs() < clockSkew {
			ptp, t2 = !ptp, other
		}
	}
	t3 := time.Unix(0, reply.T3.UnixNano(ptp))
	got.processing = t3.Sub(t2)
	got.forward = time.Duration(t2.UnixNano() - sent.UnixNano())
	got.synchronised = reply.Error.Synchronised() && reply.Error.Valid() && reply.SenderError.Synchronised() && reply.SenderError.Valid()
	if reply.Error.Valid() && reply.SenderError.Valid() {
		got.clockError = time.Duration(min(reply.Error.Seconds()+reply.SenderError.Seconds(), time.Hour.Seconds()) * float64(time.Second))
	}
	if got.processing < 0 || got.processing > got.elapsed {
		got.processing = 0
		return got, false
	}
	return got, true
}

// report emits the rows of complete slots.
func (p *Prober) report(ctx context.Context) {
	ticker := time.NewTicker(reportEvery)
	defer ticker.Stop()
	var slots []*slotRows
	var clock clock
	for running := true; running; {
		select {
		case <-ctx.Done():
			running = false
		case <-ticker.C:
		}
		now := time.Now()
		p.metrics.noteClock(clock.errorEstimate(now))
		slots = p.collect(slots)
		for _, slot := range slots {
			if slot.rows.Len() > 0 {
				p.emit(slot.start, &slot.rows)
			}
		}
	}
}

// slotRows are the rows of one slot.
type slotRows struct {
	start int64
	rows  sample.Voice
}

// collect returns the rows of all slots that are complete, one set a slot, reusing
// the memory of an earlier answer. However long a busy machine leaves answers in the
// socket, no packet is given up for it.
func (p *Prober) collect(reuse []*slotRows) []*slotRows {
	for _, slot := range reuse {
		sample.Truncate(&slot.rows, 0)
	}
	used := 0
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, path := range p.paths {
		path.stream.collect(p.read, func(done *tally) {
			start := p.slotStart(done.slot)
			at := 0
			for at < used && reuse[at].start != start {
				at++
			}
			if at == used {
				if used++; used > len(reuse) {
					reuse = append(reuse, &slotRows{})
				}
				reuse[at].start = start
			}
			p.appendRow(&reuse[at].rows, path, done)
		})
		p.metrics.droppedRows.Add(float64(path.stream.dropped))
		path.stream.dropped = 0
	}
	// A path's slots in their order, also where another path's row came first.
	slices.SortFunc(reuse[:used], func(a, b *slotRows) int { return cmp.Compare(a.start, b.start) })
	return reuse
}

// appendRow adds a path's row of a slot.
func (p *Prober) appendRow(rows *sample.Voice, path *path, done *tally) {
	synchronised := uint8(0)
	if done.synchronised() {
		synchronised = 1
	}
	rows.Path = append(rows.Path, path.ID)
	rows.DurationMs = append(rows.DurationMs, uint32(p.config.Slot.Milliseconds()))
	rows.Codec = append(rows.Codec, path.Codec)
	rows.Sent = append(rows.Sent, done.sent)
	rows.Received = append(rows.Received, done.received)
	rows.Duplicates = append(rows.Duplicates, done.duplicates)
	rows.Reordered = append(rows.Reordered, done.reordered)
	rows.LossRuns = append(rows.LossRuns, done.lossRuns)
	rows.MinRTTUs = append(rows.MinRTTUs, done.minRTTUs)
	rows.SumRTTUs = append(rows.SumRTTUs, done.sumRTTUs)
	rows.JitterUs = append(rows.JitterUs, uint32(done.jitterUs+0.5))
	rows.Synchronised = append(rows.Synchronised, synchronised)
	rows.SumForwardUs = append(rows.SumForwardUs, done.sumForwardUs)
	rows.DSCPSent = append(rows.DSCPSent, p.config.DSCP)
	rows.DSCPReceived = append(rows.DSCPReceived, done.dscp)
	for bucket, packets := range done.delays {
		if packets > 0 {
			rows.Delays.Values = append(rows.Delays.Values, uint32(bucket), packets)
		}
	}
	rows.Delays.Append()
	rows.RunLengths.Append(done.runLengths...)
	rows.Bursts = append(rows.Bursts, done.bursts.Count)
	rows.BurstPackets = append(rows.BurstPackets, done.bursts.Packets)
	rows.BurstLost = append(rows.BurstLost, done.bursts.Lost)
	rows.AppendOperation(sample.Operation{LossForward: done.lostForward, LossBackward: done.lostBackward})
	rows.AppendCondition(done.condition)
}

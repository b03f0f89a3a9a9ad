package fleet

import (
	"container/heap"
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"mimamori/ingest/sample"
	"mimamori/ingest/voice"
)

// reflectors is the far end of every voice path: a STAMP session reflector
// (RFC 8762) behind a network that delays and loses packets.
//
// The network is put where the packets already are: what the way out would have
// added lies before the reflector's T2, what the way back adds lies after its T3,
// and the answer leaves when both are over. So a sender sees the delay as round-trip
// time, not as the reflector's own.
type reflectors struct {
	binding    binding
	paths      map[address]*voicePath
	connection *net.UDPConn
	waiting    chan reflection
	reflected  prometheus.Counter
	dropped    prometheus.Counter
	overflowed prometheus.Counter
	unsent     prometheus.Counter
	strange    prometheus.Counter
}

// reflection is an answer on its way back.
type reflection struct {
	due     time.Time
	arrived time.Time
	forward time.Duration
	minute  int64
	path    *voicePath
	packet  []byte
	control []byte
	to      netip.AddrPort
}

const (
	// maxWaiting bounds the answers on their way: half a second of forty paths.
	maxWaiting = 1000
	// processing is what the reflector itself takes from T2 to T3.
	processing = 15 * time.Microsecond
	// staleStamp is how far a sender's clock may be off before its stamp is no
	// longer believed.
	staleStamp = 10 * time.Second
)

func newReflectors(binding binding, paths map[address]*voicePath, registerer prometheus.Registerer) (*reflectors, error) {
	packets := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mimamori_fleet_stamp_packets_total", Help: "STAMP packets received, by what came of them.",
	}, []string{"result"})
	r := &reflectors{
		binding: binding, paths: paths, waiting: make(chan reflection, maxWaiting),
		reflected:  packets.WithLabelValues("reflected"),
		dropped:    packets.WithLabelValues("dropped_by_plan"),
		overflowed: packets.WithLabelValues("overflow"),
		unsent:     packets.WithLabelValues("unsent"),
		strange:    packets.WithLabelValues("malformed"),
	}
	return r, register(registerer, packets)
}

// open makes the reflectors' socket.
func (r *reflectors) open(ctx context.Context, lost *lostPackets) (err error) {
	r.connection, err = listenEverywhere(ctx, r.binding, unix.IP_RECVTOS, unix.IP_RECVTTL)
	if err != nil {
		return fmt.Errorf("listen for STAMP packets: %w", err)
	}
	lost.watch("udp", r.connection)
	if err := stampArrivals(r.connection); err != nil {
		return fmt.Errorf("have the kernel stamp STAMP packets: %w", err)
	}
	return nil
}

func (r *reflectors) close() {
	if r.connection != nil {
		r.connection.Close()
	}
}

// run serves until the context ends.
func (r *reflectors) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	defer context.AfterFunc(ctx, func() { r.connection.Close() })()
	group.Go(func() error { return r.receive(ctx) })
	group.Go(func() error { r.release(ctx); return nil })
	return group.Wait()
}

func (r *reflectors) receive(ctx context.Context) error {
	packet := make([]byte, 65535)
	messages := make([]byte, controlSize)
	var probe voice.SenderPacket
	for {
		n, controlled, _, from, err := r.connection.ReadMsgUDPAddrPort(packet, messages)
		if err != nil {
			return failure(ctx, "receive STAMP packets", err)
		}
		envelope := open(messages[:controlled])
		path, known := r.paths[envelope.to]
		if !known || probe.Unmarshal(packet[:n]) != nil {
			r.strange.Inc()
			continue
		}
		if envelope.arrived.IsZero() {
			envelope.arrived = time.Now()
		}
		answer, forwarded := path.pass(&probe, envelope.arrived)
		if !forwarded {
			r.dropped.Inc()
			continue
		}
		answer.packet = answerTo(&probe, envelope, answer.forward, packet[:n])
		answer.control = appendTOS(appendSource(nil, envelope.to), envelope.tos)
		answer.to = from
		select {
		case r.waiting <- answer:
		default:
			r.overflowed.Inc()
			path.lose(answer.minute)
		}
	}
}

// answerTo builds the answer, of the same size as the packet and with what followed
// the packet's own fields.
func answerTo(probe *voice.SenderPacket, envelope envelope, forward time.Duration, packet []byte) []byte {
	received := envelope.arrived.Add(forward)
	answer := voice.ReflectorPacket{
		Sequence:       probe.Sequence,
		T3:             voice.NTPTimestamp(received.Add(processing).UnixNano()),
		Error:          voice.NewErrorEstimate(true, false, time.Millisecond),
		SSID:           probe.SSID,
		T2:             voice.NTPTimestamp(received.UnixNano()),
		SenderSequence: probe.Sequence,
		T1:             probe.T1,
		SenderError:    probe.Error,
		TTL:            envelope.ttl,
	}
	reply := answer.Marshal(make([]byte, 0, max(len(packet), voice.PacketSize)))
	if len(packet) > voice.PacketSize {
		reply = append(reply, packet[voice.PacketSize:]...)
	}
	return reply
}

// release sends each answer when it is due.
func (r *reflectors) release(ctx context.Context) {
	var pending reflections
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case answer := <-r.waiting:
			if len(pending) == maxWaiting {
				r.overflowed.Inc()
				answer.path.lose(answer.minute)
				continue
			}
			heap.Push(&pending, answer)
		case <-timer.C:
		}
		for len(pending) > 0 && !pending[0].due.After(time.Now()) {
			r.send(heap.Pop(&pending).(reflection))
		}
		if len(pending) > 0 {
			timer.Reset(time.Until(pending[0].due))
		}
	}
}

func (r *reflectors) send(answer reflection) {
	left := time.Now()
	if _, _, err := r.connection.WriteMsgUDPAddrPort(answer.packet, answer.control, answer.to); err != nil {
		r.unsent.Inc()
		answer.path.lose(answer.minute)
		return
	}
	r.reflected.Inc()
	// What was really added, lateness of this very loop included.
	answer.path.delivered(answer.minute, left.Sub(answer.arrived)-processing, answer.forward)
}

// reflections is a heap by due time.
type reflections []reflection

func (r reflections) Len() int           { return len(r) }
func (r reflections) Less(i, j int) bool { return r[i].due.Before(r[j].due) }
func (r reflections) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *reflections) Push(x any)        { *r = append(*r, x.(reflection)) }
func (r *reflections) Pop() any {
	last := len(*r) - 1
	popped := (*r)[last]
	(*r)[last] = reflection{}
	*r = (*r)[:last]
	return popped
}

// voicePath is a voice path while the fleet runs.
type voicePath struct {
	site  int
	index int // among the paths of its site
	id    sample.ID

	mutex     sync.Mutex
	quality   Impairment
	random    *rand.Rand
	losing    bool   // a loss run is under way
	run       uint32 // its length so far
	runMinute int64  // the minute it began in
	lastDue   time.Time
	next      uint32 // sequence number expected
	heard     bool
	minutes   map[int64]*voiceCount
}

// voiceCount is a VoiceMinute in the making.
type voiceCount struct {
	VoiceMinute
	runLengths map[uint32]uint32
	delays     map[uint32]uint32
}

// impair changes what the path does to packets from now on.
func (p *voicePath) impair(quality Impairment) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.quality = quality
}

// pass decides what becomes of a packet that came to the far end, and journals it.
func (p *voicePath) pass(probe *voice.SenderPacket, arrived time.Time) (answer reflection, forwarded bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	sent := time.Unix(0, probe.T1.UnixNano(probe.Error.PTP()))
	if sent.Before(arrived.Add(-staleStamp)) || sent.After(arrived.Add(staleStamp)) {
		sent = arrived
	}
	number := minuteOf(sent)
	count := p.count(number)
	if count.Seen == 0 {
		count.FirstSent = sent.UTC()
	}
	count.LastSent = sent.UTC()
	count.Seen++
	p.follow(probe.Sequence, count)

	chance := p.random.Float64()
	if p.losing {
		p.losing = chance >= p.quality.LossEnd
	} else {
		p.losing = chance < p.quality.LossBegin
	}
	if p.losing {
		count.Dropped++
		if p.run == 0 {
			p.runMinute = number
		}
		p.run++
		return answer, false
	}
	p.endRun()
	// Half a normal distribution: queues only ever add to the delay. Four standard
	// deviations are as much as a queue holds.
	added := p.quality.Delay + time.Duration(min(math.Abs(p.random.NormFloat64()), 4)*float64(p.quality.Jitter))
	due := arrived.Add(added)
	if due.Before(p.lastDue) {
		due = p.lastDue // a queue does not let packets overtake each other
	}
	p.lastDue = due
	return reflection{
		due: due, arrived: arrived, forward: due.Sub(arrived) / 2, minute: number, path: p,
	}, true
}

// farBehind is how far a sequence number must lie below the expected one to be that
// of a sender that began again.
const farBehind = 1000

func (p *voicePath) follow(sequence uint32, count *voiceCount) {
	ahead := int32(sequence - p.next)
	switch {
	case !p.heard || ahead < -farBehind || ahead > 1<<20:
	case ahead < 0:
		count.OutOfOrder++
		return
	default:
		count.NotArrived += uint32(ahead)
	}
	p.heard = true
	p.next = sequence + 1
}

func (p *voicePath) endRun() {
	if p.run == 0 {
		return
	}
	count := p.count(p.runMinute)
	count.Runs++
	count.runLengths[p.run]++
	p.run = 0
}

// lose journals a packet that was to be answered and could not be.
func (p *voicePath) lose(minute int64) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	count := p.count(minute)
	count.Dropped++
	count.Unanswered++
}

// delivered journals an answer that left.
func (p *voicePath) delivered(minute int64, added, forward time.Duration) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	count := p.count(minute)
	microseconds := uint32(added.Microseconds())
	count.delays[sample.DelayBucket(microseconds)]++
	count.SumDelayUs += uint64(microseconds)
	count.SumForwardUs += uint64(forward.Microseconds())
	if count.MinDelayUs == 0 || microseconds < count.MinDelayUs {
		count.MinDelayUs = microseconds
	}
}

func (p *voicePath) count(minute int64) *voiceCount {
	count, known := p.minutes[minute]
	if !known {
		count = &voiceCount{runLengths: map[uint32]uint32{}, delays: map[uint32]uint32{}}
		count.Minute = time.Unix(60*minute, 0).UTC()
		p.minutes[minute] = count
	}
	return count
}

// journal returns the minutes so far, in order.
func (p *voicePath) journal() []VoiceMinute {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	var minutes []VoiceMinute
	for number, count := range p.minutes {
		minute := count.VoiceMinute
		runs := maps.Clone(count.runLengths)
		if p.run > 0 && p.runMinute == number {
			minute.Runs++ // under way: as long as it is so far
			runs[p.run]++
		}
		minute.RunLengths = pairs(runs)
		minute.Delays = pairs(count.delays)
		minutes = append(minutes, minute)
	}
	slices.SortFunc(minutes, func(a, b VoiceMinute) int { return a.Minute.Compare(b.Minute) })
	return minutes
}

func pairs(of map[uint32]uint32) []uint32 {
	keys := slices.Sorted(maps.Keys(of))
	flat := make([]uint32, 0, 2*len(keys))
	for _, key := range keys {
		flat = append(flat, key, of[key])
	}
	return flat
}

func minuteOf(at time.Time) int64 { return at.Unix() / 60 }

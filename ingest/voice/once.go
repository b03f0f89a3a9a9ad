package voice

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// MaxFor is how long one measurement sends at most.
const MaxFor = time.Hour

// MaxPackets is how many packets one measurement sends at most: each is kept.
const MaxPackets = 500_000

// DefaultPort is the UDP port of STAMP reflectors (RFC 8762).
const DefaultPort = 862

// settle is how long duplicates are waited for when every packet is answered.
const settle = 50 * time.Millisecond

// progressEvery is how often a measurement says how far it is.
const progressEvery = time.Second

// maxStep is by how much wall clock and monotonic clock may part in a measurement, for
// each second of it and beyond one millisecond, without the clock having been set: a
// time service slews by up to 500 ppm.
const maxStep = 600 * time.Microsecond

// Once says how a path is measured one time.
type Once struct {
	Target   string        // HOST or HOST:PORT of the reflector; without a port it is DefaultPort
	Codec    string        // whose packets are sent, as in the configuration of paths
	For      time.Duration // how long packets are sent, up to MaxFor
	Interval time.Duration // time between two packets, 1ms to 1s
	Timeout  time.Duration // a packet answered later is overdue, 10ms to 10s
	DSCP     uint8         // DiffServ code point of the packets, 0 to 63
	Source   netip.Addr    // address of this machine they come from; zero: left to the routes
	Port     uint16        // UDP port of this machine they come from; 0: left to the system
	Key      []byte        // of STAMP's authenticated mode, as ParseKey reads it; empty: none
}

// Validate returns everything that is wrong, joined.
func (o Once) Validate() error {
	var problems []error
	report := func(format string, arguments ...any) { problems = append(problems, fmt.Errorf(format, arguments...)) }
	if _, _, err := o.target(); err != nil {
		problems = append(problems, err)
	}
	if o.Interval < time.Millisecond || o.Interval > time.Second {
		report("interval is %s: use 1ms to 1s, 20ms is what telephones use", o.Interval)
	} else if o.For < o.Interval || o.For > MaxFor {
		report("for is %s: use %s to %s", o.For, o.Interval, MaxFor)
	} else if o.packets() > MaxPackets {
		report("for is %s with a packet every %s, %d packets: send %d at most", o.For, o.Interval, o.packets(), MaxPackets)
	}
	if o.Timeout < 10*time.Millisecond || o.Timeout > 10*time.Second {
		report("timeout is %s: use 10ms to 10s", o.Timeout)
	}
	if o.DSCP > 63 {
		report("dscp is %d: use 0 to 63", o.DSCP)
	}
	if _, err := (Config{PacketInterval: o.Interval}).packetSize(o.Codec); err != nil {
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

func (o Once) packets() int { return int(o.For / o.Interval) }

// target splits the target into host and port.
func (o Once) target() (host string, port uint16, err error) {
	host, service, err := net.SplitHostPort(o.Target)
	if err != nil {
		host, service = strings.Trim(o.Target, "[]"), strconv.Itoa(DefaultPort)
	}
	number, err := strconv.ParseUint(service, 10, 16)
	if strings.Contains(host, ":") && err == nil {
		_, err = netip.ParseAddr(host)
	}
	if host == "" || err != nil || number == 0 {
		return "", 0, fmt.Errorf("target is %q: write it as HOST or HOST:PORT, as in 192.0.2.1:862 or [2001:db8::1]:862", o.Target)
	}
	return host, uint16(number), nil
}

// address looks the target up, in the IP version of the source where there is one.
func (o Once) address(ctx context.Context) (netip.AddrPort, error) {
	host, port, err := o.target()
	if err != nil {
		return netip.AddrPort{}, err
	}
	network := "ip"
	switch {
	case !o.Source.IsValid():
	case o.Source.Unmap().Is4():
		network = "ip4"
	default:
		network = "ip6"
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("look up %s: %w; check the name, this machine's DNS, and that the source is of the same IP version", host, err)
	}
	if len(addresses) == 0 {
		return netip.AddrPort{}, fmt.Errorf("look up %s: the name has no address", host)
	}
	return netip.AddrPortFrom(addresses[0].Unmap(), port), nil
}

// Progress is how far a measurement has come.
type Progress struct {
	Elapsed  time.Duration
	Sent     int
	Answered int // in time
	RTT      time.Duration
}

// Measure probes one path and returns what each packet met. heard, which may be nil, is
// told once a second how far it is. When the context ends, nothing more is sent, and
// what was sent is still waited for up to the timeout. It is an error when the
// target has no address or no socket can be opened; silence is none. The answers to
// what was sent last are waited for twice the timeout, the second half for those that
// are overdue.
func Measure(ctx context.Context, once Once, heard func(Progress)) (*Session, error) {
	if err := once.Validate(); err != nil {
		return nil, err
	}
	to, err := once.address(ctx)
	if err != nil {
		return nil, err
	}
	local := fmt.Sprintf(":%d", once.Port)
	if once.Source.IsValid() {
		local = netip.AddrPortFrom(once.Source, once.Port).String()
	}
	// Not the caller's context: the socket stays open for answers after its end.
	socket, err := listen(context.WithoutCancel(ctx), local, once.DSCP)
	if err != nil {
		return nil, fmt.Errorf("open a UDP socket for voice probes: %w; the source must be an address of this machine, and its port free", err)
	}
	if err := socket.watchComplaints(); err != nil {
		return nil, errors.Join(fmt.Errorf("open a UDP socket for voice probes: %w", err), socket.close())
	}
	size, _ := Config{PacketInterval: once.Interval}.packetSize(once.Codec) // Validate has seen it
	under := &measurement{
		Once: once, socket: socket, to: to, heard: heard,
		ssid: uint16(1 + rand.N(math.MaxUint16)), encoder: newRequestEncoder(size, once.DSCP, once.Key), decoder: newAnswerDecoder(once.Key),
	}
	under.session = Session{Address: to, Complaints: map[Complaint]int{}, Exchanges: make([]Exchange, 0, once.packets())}
	received := make(chan error, 1)
	go func() { received <- under.receive() }()
	under.send(ctx)
	under.await(ctx)
	if ctx.Err() == nil {
		under.takeCount()
	}
	under.finish()
	err = errors.Join(socket.close(), <-received)
	return &under.session, err
}

// measurement is a measurement under way: one goroutine sends, one receives.
type measurement struct {
	Once
	socket  *socket
	to      netip.AddrPort
	heard   func(Progress)
	began   time.Time
	ssid    uint16         // RFC 8972: a port may be that of a measurement before, which the reflector remembers
	encoder requestEncoder // the sender's alone
	octets  []byte         // of the packet being sent; the sender's alone
	decoder answerDecoder  // the receiver's alone

	mutex    sync.Mutex // guards what follows
	session  Session
	lastRTT  time.Duration
	answered int // packets with an answer, in time or not
	unsent   int
}

// send sends the packets, each at its place in a schedule that knows no drift: what is
// late is sent at once.
func (m *measurement) send(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	clock := clock{}
	m.began = time.Now()
	start, told := m.began, m.began
	for i := range m.packets() {
		due := start.Add(time.Duration(i) * m.Interval)
		early := time.Until(due)
		if early < -maxLateness {
			start = start.Add(-early)
			m.session.Stalls++ // the sender's alone until it is done
		}
		timer.Reset(max(early, 0))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		m.sendOne(uint32(i), &clock)
		if now := time.Now(); m.heard != nil && now.Sub(told) >= progressEvery {
			told = now
			m.heard(m.progress(now))
		}
	}
}

func (m *measurement) progress(now time.Time) Progress {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return Progress{Elapsed: now.Sub(m.began), Sent: len(m.session.Exchanges) - m.unsent, Answered: len(m.session.Arrivals), RTT: m.lastRTT}
}

func (m *measurement) sendOne(sequence uint32, clock *clock) {
	now := time.Now()
	packet := SenderPacket{Sequence: sequence, T1: NTPTimestamp(now.UnixNano()), Error: clock.errorEstimate(now), SSID: m.ssid}
	m.mutex.Lock()
	m.session.Exchanges = append(m.session.Exchanges, Exchange{Sent: now, t1: packet.T1})
	m.session.LocalClock = packet.Error
	m.mutex.Unlock()
	if err := m.write(&packet); err != nil {
		m.mutex.Lock()
		defer m.mutex.Unlock()
		m.session.Exchanges[sequence].Fate = Unsent
		m.session.UnsentWhy = err
		m.unsent++
	}
}

// write sends a packet.
func (m *measurement) write(packet *SenderPacket) error {
	m.octets = m.encoder.append(m.octets[:0], packet)
	err := m.socket.write(m.octets, m.to)
	if complained(err) {
		// It speaks of an earlier packet, and kept this one from being sent.
		m.note(m.socket.complaints())
		err = m.socket.write(m.octets, m.to)
	}
	return err
}

func (m *measurement) note(complaints []Complaint) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, complaint := range complaints {
		m.session.Complaints[complaint]++
	}
}

// await waits for the answers to what was sent, and a little for copies of them.
func (m *measurement) await(ctx context.Context) {
	began := time.Now()
	m.wait(2*m.Timeout, func() bool {
		waited := time.Since(began)
		return m.complete() && waited >= settle || ctx.Err() != nil && waited >= m.Timeout
	})
}

// wait waits until a condition is met, for some time at most.
func (m *measurement) wait(atMost time.Duration, met func() bool) {
	ticker := time.NewTicker(settle / 5)
	defer ticker.Stop()
	enough := time.NewTimer(atMost)
	defer enough.Stop()
	for !met() {
		select {
		case <-ticker.C:
		case <-enough.C:
			return
		}
	}
}

// finish takes what is known at the end alone.
func (m *measurement) finish() {
	m.note(m.socket.complaints())
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.session.PacketSize = len(m.octets)
	now := time.Now()
	took := now.Sub(m.began)
	if parted := now.Round(0).Sub(m.began.Round(0)) - took; parted.Abs() > time.Millisecond+time.Duration(took.Seconds()*float64(maxStep)) {
		m.session.Stepped = parted
	}
}

// complete reports whether every packet sent is answered.
func (m *measurement) complete() bool {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.answered == len(m.session.Exchanges)-m.unsent
}

// receive takes the answers until the socket is closed.
func (m *measurement) receive() error {
	buffer := make([]byte, maxPacketSize)
	var dropped overflows
	for {
		got, err := m.socket.read(buffer)
		if errors.Is(err, net.ErrClosed) { // at the end of the measurement
			return nil
		}
		if complained(err) {
			m.note(m.socket.complaints())
			continue
		}
		if err != nil {
			return fmt.Errorf("read replies to voice probes: %w", err)
		}
		m.mutex.Lock()
		m.session.Overflowed += int(dropped.more(&got))
		m.count(&got)
		m.mutex.Unlock()
	}
}

// count takes a datagram. The mutex is held.
func (m *measurement) count(got *datagram) {
	session := &m.session
	var reply ReflectorPacket
	if m.decoder.read(got.octets, &reply) != nil {
		session.Strangers++
		return
	}
	if m.decoder.verify(got.octets) != nil {
		session.Forged++
		return
	}
	if asked := &session.recounted; asked.t1 != 0 && asked.t1 == reply.T1 {
		asked.answered, asked.sequence = true, reply.Sequence
		return
	}
	if int64(reply.SenderSequence) >= int64(len(session.Exchanges)) || session.Exchanges[reply.SenderSequence].t1 != reply.T1 {
		session.Strangers++
		return
	}
	if got.from != m.to {
		session.Elsewhere++
		session.From = got.from
	}
	exchange := &session.Exchanges[reply.SenderSequence]
	session.RemoteClock = reply.Error
	if exchange.Fate != Missing {
		exchange.Copies++
		if exchange.Reflected != reply.Sequence {
			exchange.DoubledThere++
		}
		return
	}
	answer, sane := measure(&reply, exchange.Sent, got.at)
	exchange.Fate = InTime
	if answer.elapsed > m.Timeout {
		exchange.Fate = Overdue
	}
	exchange.RTT = answer.elapsed - answer.processing
	exchange.Forward, exchange.Processing = answer.forward, answer.processing
	exchange.Backward = exchange.RTT - answer.forward
	exchange.DSCP, exchange.TTL, exchange.TTLThere = got.dscp, got.ttl, reply.TTL
	exchange.Reflected, exchange.Odd, exchange.Clocks = reply.Sequence, !sane, answer.synchronised
	if marks, ok := m.decoder.classOfService(got.octets); ok {
		exchange.DSCPThere = new(marks.Received)
	}
	m.answered++
	if exchange.Fate == InTime {
		session.Arrivals = append(session.Arrivals, int(reply.SenderSequence))
		m.lastRTT = exchange.RTT
	}
}

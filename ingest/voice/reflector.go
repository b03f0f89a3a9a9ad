package voice

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Reflector is a stateful session reflector (RFC 8762): it answers each test packet with
// its own count of the session, the time the packet came and the TTL it had left, from
// the address it was sent to and with its DSCP, or the one its Class of Service TLV asks
// for. It answers TWAMP Light senders too. With keys it works in the authenticated mode
// and answers nothing else.
//
// An answer has the size of the packet it answers, but at least the 41 octets that every
// TWAMP answer has (RFC 5357): nobody gains more than 27 octets from a forged sender.
type Reflector struct {
	config  ReflectorConfig
	logger  *slog.Logger
	metrics reflectorMetrics

	socket   *socket          // bound before Run
	keys     []*authenticator // empty in the unauthenticated mode
	clock    clock
	sessions map[sessionKey]*session
	swept    time.Time
	answer   []byte
	control  []byte
	dropped  overflows
}

// loopWindow is how long an answer of ours is recognised when another reflector answers
// it. The padding of a sender that is noise is taken for one in 70 million times.
const loopWindow = time.Minute

type sessionKey struct {
	sender netip.AddrPort
	ssid   uint16
}

type session struct {
	next uint32
	last time.Time
}

// overflows turns a socket's running count of dropped packets into differences.
type overflows struct{ seen uint32 }

func (o *overflows) more(from *datagram) float64 {
	if !from.hasOverflow {
		return 0
	}
	more := from.overflowed - o.seen
	o.seen = from.overflowed
	return float64(more)
}

// NewReflector returns a reflector. Its configuration must name an address to listen
// on.
func NewReflector(config ReflectorConfig, logger *slog.Logger, registerer prometheus.Registerer) (*Reflector, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if config.Listen == "" {
		return nil, errors.New("set up voice reflector: listen is empty: give it an address and port, 0.0.0.0:862 is usual")
	}
	metrics, err := newReflectorMetrics(registerer)
	if err != nil {
		return nil, fmt.Errorf("set up metrics of the voice reflector: %w", err)
	}
	r := &Reflector{
		config: config, logger: logger, metrics: metrics,
		sessions: make(map[sessionKey]*session),
		answer:   make([]byte, 0, maxPacketSize),
	}
	for _, text := range config.AuthenticationKeys {
		key, err := ParseKey(text)
		if err != nil {
			return nil, fmt.Errorf("set up voice reflector: a key %w", err)
		}
		r.keys = append(r.keys, newAuthenticator(key))
	}
	return r, nil
}

// Bind opens the reflector's socket and returns its address, which tells the port
// where the configuration leaves it to the system. Run must follow, and closes it.
func (r *Reflector) Bind(ctx context.Context) (netip.AddrPort, error) {
	socket, err := listen(ctx, r.config.Listen, 0)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("listen for voice probes on %s: %w; choose a free address in reflector.listen, a port below 1024 needs CAP_NET_BIND_SERVICE", r.config.Listen, err)
	}
	r.socket = socket
	return socket.conn.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}

// Run answers packets until the context ends. It binds the socket unless Bind has.
func (r *Reflector) Run(ctx context.Context) error {
	if r.socket == nil {
		if _, err := r.Bind(ctx); err != nil {
			return err
		}
	}
	r.logger.Info("answering voice probes", "address", r.socket.conn.LocalAddr().String())
	return r.serve(ctx, r.socket)
}

// serve answers what comes to the socket and closes it when the context ends.
func (r *Reflector) serve(ctx context.Context, socket *socket) error {
	stop := context.AfterFunc(ctx, func() { _ = socket.close() })
	defer func() {
		if stop() {
			_ = socket.close()
		}
		r.metrics.sessions.Sub(float64(len(r.sessions)))
		clear(r.sessions)
	}()
	port := uint16(socket.conn.LocalAddr().(*net.UDPAddr).Port)
	buffer := make([]byte, maxPacketSize)
	for {
		got, err := socket.read(buffer)
		if errors.Is(err, net.ErrClosed) { // at the end of the context
			return nil
		}
		if err != nil {
			return fmt.Errorf("read voice probes on %s: %w", r.config.Listen, err)
		}
		r.metrics.overflows.Add(r.dropped.more(&got))
		// Whoever forges this reflector's own address must not make it talk to itself.
		if got.from.Port() == port && got.from.Addr() == got.to {
			r.metrics.loop.Inc()
			continue
		}
		packet := r.reflect(&got)
		if packet == nil {
			continue // counted
		}
		if r.control, err = socket.answer(packet, &got, r.control); err != nil {
			r.metrics.unsent.Inc()
			continue
		}
		r.metrics.answered.Inc()
	}
}

// reflect returns the answer to a datagram, and sets the DSCP the answer is to bear. It is
// valid until the next call. What is not to be answered is counted and gives nil.
func (r *Reflector) reflect(to *datagram) []byte {
	var request SenderPacket
	by, base := (*authenticator)(nil), PacketSize
	if len(r.keys) == 0 {
		if request.Unmarshal(to.octets) != nil {
			r.metrics.short.Inc()
			return nil
		}
	} else {
		if by = r.signer(to.octets); by == nil || request.unmarshalAuthenticated(to.octets) != nil {
			r.metrics.unauthenticated.Inc()
			return nil
		}
		base = AuthenticatedPacketSize
	}
	came := NTPTimestamp(to.at.UnixNano())
	if answersOurs(to.octets, came, by != nil) {
		r.metrics.loop.Inc()
		return nil
	}
	answer := ReflectorPacket{
		Sequence:       r.sequence(sessionKey{to.from, request.SSID}, request.Sequence, to.at),
		Error:          r.clock.errorEstimate(to.at),
		SSID:           request.SSID,
		T2:             came,
		SenderSequence: request.Sequence,
		T1:             request.T1,
		SenderError:    request.Error,
		TTL:            to.ttl,
	}
	// The extensions come first: T3 is read, and the packet signed, at the very end.
	r.answer = r.answer[:base]
	if len(to.octets) > base {
		r.answer = append(r.answer, to.octets[base:]...)
		binary.BigEndian.PutUint32(r.answer, answer.Sequence)
		to.dscp = answerTLVs(r.answer[base:], arrival{to.dscp, to.ecn}, to.octets[:4], r.answer[:4], by)
	}
	answer.T3 = NTPTimestamp(time.Now().UnixNano())
	if by != nil {
		answer.marshalAuthenticated(r.answer[:0], by)
		return r.answer
	}
	answer.Marshal(r.answer[:0])
	if len(to.octets) < PacketSize {
		return r.answer[:max(len(to.octets), twampReflectorSize)]
	}
	return r.answer
}

// signer returns the key a packet is made with, nil where there is none.
func (r *Reflector) signer(packet []byte) *authenticator {
	for _, key := range r.keys {
		if key.verify(packet) {
			return key
		}
	}
	return nil
}

// answersOurs reports whether a packet is another reflector's answer to an answer of
// ours: it returns a time our clock showed a moment ago in the place of the sender's.
// Two reflectors that a forged sender set on each other would never stop.
func answersOurs(packet []byte, came Timestamp, authenticated bool) bool {
	at := 28
	if authenticated {
		at = 64
	}
	if len(packet) < at+8 {
		return false
	}
	sent := Timestamp(binary.BigEndian.Uint64(packet[at:]))
	return came-sent < Timestamp(loopWindow/time.Second)<<32
}

// sequence counts the answers of a session. Where the table is full it gives the
// sender's own sequence, as a stateless reflector does.
func (r *Reflector) sequence(key sessionKey, senders uint32, now time.Time) uint32 {
	known := r.sessions[key]
	if known == nil || now.Sub(known.last) > r.config.SessionIdle {
		if known == nil && len(r.sessions) >= r.config.MaxSessions && !r.sweep(now) {
			r.metrics.stateless.Inc()
			return senders
		}
		if known == nil {
			r.metrics.sessions.Inc()
		}
		known = &session{}
		r.sessions[key] = known
	}
	sequence := known.next
	known.next++
	known.last = now
	return sequence
}

// sweep forgets idle sessions, at most once a second, and reports whether there is
// room now.
func (r *Reflector) sweep(now time.Time) bool {
	if now.Sub(r.swept) < time.Second {
		return false
	}
	r.swept = now
	for key, known := range r.sessions {
		if now.Sub(known.last) > r.config.SessionIdle {
			delete(r.sessions, key)
			r.metrics.sessions.Dec()
		}
	}
	return len(r.sessions) < r.config.MaxSessions
}

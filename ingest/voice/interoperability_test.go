package voice

import (
	"bytes"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
)

// heldFor is how long the odd reflectors keep a packet before they answer it. It must
// not show in a round trip where they tell of it.
const heldFor = 30 * time.Millisecond

// oddReflector is a reflector as they are met in the field.
type oddReflector struct {
	name string
	// change makes this reflector's answer from a regular one: asked at T1, T2 and T3
	// are good NTP times. It returns what is sent, in that order.
	change func(conn *oddConn, asked SenderPacket, answer ReflectorPacket) [][]byte
	want   oddRow
}

// oddRow is what a slot of 50 packets must say.
type oddRow struct {
	received, duplicates, lossRuns uint32
	reordered                      bool
	held                           bool // the reflector does not tell how long it kept the packets
	unsynchronised                 bool
	stateless                      bool
	backward                       uint32 // lost on the way back, by its count
}

// oddConn is the socket of one such reflector.
type oddConn struct {
	*net.UDPConn
	elsewhere *net.UDPConn // of the same machine, on another address
	count     uint32       // packets so far
	kept      []byte       // the answer that waits for the one after it
}

var all = oddRow{received: 50}

// in returns the packet's two times in another format, or moved.
func moved(answer ReflectorPacket, to func(unixNano int64) Timestamp) ReflectorPacket {
	answer.T2, answer.T3 = to(answer.T2.UnixNano(false)), to(answer.T3.UnixNano(false))
	return answer
}

func once(answer ReflectorPacket) [][]byte { return [][]byte{answer.Marshal(nil)} }

var oddReflectors = []oddReflector{
	{"regular", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte { return once(answer) }, all},
	{"T3 is T2", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		answer.T3 = answer.T2
		return once(answer)
	}, oddRow{received: 50, held: true}},
	{"T3 before T2", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		answer.T3, answer.T2 = answer.T2, answer.T3
		return once(answer)
	}, oddRow{received: 50, held: true}},
	{"no times", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		answer.T3, answer.T2 = 0, 0
		return once(answer)
	}, oddRow{received: 50, held: true}},
	{"38 octets, without TTL", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		return [][]byte{answer.Marshal(nil)[:38]}
	}, all},
	{"41 octets", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		return [][]byte{answer.Marshal(nil)[:41]}
	}, all},
	{"44 octets, TLVs stripped", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte { return once(answer) }, all},
	{"1400 octets", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		return [][]byte{append(answer.Marshal(nil), zeros[:1400-44]...)}
	}, all},
	{"noise for padding", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		return [][]byte{append(answer.Marshal(nil), bytes.Repeat([]byte{0, 4, 0, 4, 0xff}, 26)[:128]...)}
	}, all},
	{"PTP", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		answer = moved(answer, PTPTimestamp)
		answer.Error |= ptpBit
		return once(answer)
	}, all},
	{"PTP, with the sender's bit Z", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		return once(moved(answer, PTPTimestamp))
	}, all},
	{"NTP, with bit Z", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		answer.Error |= ptpBit
		return once(answer)
	}, all},
	{"stateless, without SSID", func(_ *oddConn, asked SenderPacket, answer ReflectorPacket) [][]byte {
		answer.Sequence, answer.SSID = asked.Sequence, 0
		return once(answer)
	}, oddRow{received: 50, stateless: true}},
	{"restarts", func(conn *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		answer.Sequence = conn.count % 35
		return once(answer)
	}, all},
	{"not synchronised", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		answer.Error &^= synchronisedBit
		return once(answer)
	}, oddRow{received: 50, unsynchronised: true}},
	{"error estimate without multiplier", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		answer.Error &^= 0xff
		return once(answer)
	}, oddRow{received: 50, unsynchronised: true}},
	{"TTL 0", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		answer.TTL = 0
		return once(answer)
	}, all},
	{"3 h ahead", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		return once(moved(answer, func(at int64) Timestamp { return NTPTimestamp(at + int64(3*time.Hour)) }))
	}, all},
	{"15 years ahead, in NTP's next era", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		return once(moved(answer, func(at int64) Timestamp { return NTPTimestamp(at + int64(15*365*24*time.Hour)) }))
	}, all},
	{"since it was switched on", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		start := answer.T2.UnixNano(false) - int64(time.Hour)
		return once(moved(answer, func(at int64) Timestamp { return NTPTimestamp(at - start - ntpToUnix*nanosecondsPerSecond) }))
	}, all},
	{"answers twice", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		return [][]byte{answer.Marshal(nil), answer.Marshal(nil)}
	}, oddRow{received: 50, duplicates: 50}},
	{"leaves out every tenth", func(_ *oddConn, asked SenderPacket, answer ReflectorPacket) [][]byte {
		if asked.Sequence%10 == 5 {
			return nil
		}
		return once(answer)
	}, oddRow{received: 45, lossRuns: 5, backward: 5}},
	{"swaps two", func(conn *oddConn, asked SenderPacket, answer ReflectorPacket) [][]byte {
		if asked.Sequence%10 == 5 {
			conn.kept = answer.Marshal(nil)
			return nil
		}
		answers := once(answer)
		if conn.kept != nil {
			answers, conn.kept = append(answers, conn.kept), nil
		}
		return answers
	}, oddRow{received: 50, reordered: true}},
	{"answers from another address", func(conn *oddConn, _ SenderPacket, _ ReflectorPacket) [][]byte { return nil }, oddRow{lossRuns: 1}},
	{"another sender's sequence", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		answer.SenderSequence++
		return once(answer)
	}, oddRow{lossRuns: 1}},
	{"its own SSID", func(_ *oddConn, _ SenderPacket, answer ReflectorPacket) [][]byte {
		answer.SSID = 0xffff
		return once(answer)
	}, oddRow{lossRuns: 1}},
}

// heldPacket is a packet that waits for its answer.
type heldPacket struct {
	asked SenderPacket
	from  netip.AddrPort
	came  time.Time
}

// serve takes packets until the socket is closed.
func (r *oddReflector) serve(conn *oddConn) {
	waiting := make(chan heldPacket, 1000)
	defer close(waiting)
	go r.answer(conn, waiting)
	buffer := make([]byte, maxPacketSize)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		packet := heldPacket{from: from, came: time.Now()}
		if packet.asked.Unmarshal(buffer[:n]) == nil {
			waiting <- packet
		}
	}
}

// answer answers packets in the order they came, each when it was held for long enough.
func (r *oddReflector) answer(conn *oddConn, waiting <-chan heldPacket) {
	for packet := range waiting {
		<-time.After(time.Until(packet.came.Add(heldFor)))
		asked := packet.asked
		answer := ReflectorPacket{
			Sequence: conn.count, SenderSequence: asked.Sequence, T1: asked.T1, SenderError: asked.Error, SSID: asked.SSID,
			Error: 0x8801, T2: NTPTimestamp(packet.came.UnixNano()), TTL: 255, T3: NTPTimestamp(time.Now().UnixNano()),
		}
		conn.count++
		if conn.elsewhere != nil {
			_, _ = conn.elsewhere.WriteToUDPAddrPort(answer.Marshal(nil), packet.from)
		}
		for _, octets := range r.change(conn, asked, answer) {
			_, _ = conn.WriteToUDPAddrPort(octets, packet.from)
		}
	}
}

// udp opens a socket, on one of the ports some routers keep for TWAMP where it is free.
func udp(t *testing.T, address net.IP, port int) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: address, Port: port})
	if err != nil {
		conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: address})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// TestProbeOddReflectors probes all of them at once, as one station does.
func TestProbeOddReflectors(t *testing.T) {
	t.Parallel()
	var targets []string
	for i := range oddReflectors {
		conn := &oddConn{UDPConn: udp(t, net.IPv4(127, 0, 1, byte(i+1)), 64364+i%10)}
		if oddReflectors[i].name == "answers from another address" {
			conn.elsewhere = udp(t, net.IPv4(127, 0, 2, 1), 0)
		}
		go oddReflectors[i].serve(conn)
		targets = append(targets, conn.LocalAddr().String())
	}
	config := quickConfig()
	config.Timeout = time.Second // a busy machine loses nothing
	station := station(targets...)
	out := &emitted{}
	prober, err := New(config, station, out.emit, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, prober.Run)
	waitFor(t, "two slots of each path", func() bool {
		for _, path := range station.Paths {
			if out.rowsOf(path.ID) < 2 {
				return false
			}
		}
		return true
	})
	stop()
	for i, path := range station.Paths {
		t.Run(oddReflectors[i].name, func(t *testing.T) { checkOdd(t, out, path.ID, oddReflectors[i].want) })
	}
	if strange := valueOf(prober.metrics.replies[stranger]); strange < 3*50 {
		t.Errorf("%g strangers counted: three reflectors answer nothing that was sent", strange)
	}
	if odd := valueOf(prober.metrics.odd); odd < 50 {
		t.Errorf("%g odd times counted: a reflector answers before it is asked", odd)
	}
}

func checkOdd(t *testing.T, out *emitted, path sample.ID, want oddRow) {
	rows := &out.voice
	for i := slices.Index(rows.Path, path); i >= 0 && i < rows.Len(); i++ {
		if rows.Path[i] != path {
			continue
		}
		if rows.Sent[i] != 50 || rows.Received[i] != want.received || rows.Duplicates[i] != want.duplicates {
			t.Errorf("%d sent, %d received, %d duplicates; want 50, %d, %d", rows.Sent[i], rows.Received[i], rows.Duplicates[i], want.received, want.duplicates)
		}
		// A run may reach into the slots around.
		if want.received > 0 && rows.LossRuns[i] != want.lossRuns {
			t.Errorf("%d runs of losses, want %d", rows.LossRuns[i], want.lossRuns)
		}
		if got := rows.Reordered[i]; want.reordered != (got >= 4) {
			t.Errorf("%d reordered", got)
		}
		if want.received == 0 {
			continue
		}
		least, most := time.Duration(0), heldFor/4
		if want.held {
			least, most = heldFor, time.Second
		}
		if shortest := time.Duration(rows.MinRTTUs[i]) * time.Microsecond; shortest < least || shortest > most {
			t.Errorf("round trips of %s at least, want %s to %s", shortest, least, most)
		}
		if stateful := rows.Stateful[i] != 0; stateful == want.stateless || rows.LossForward[i] != 0 || rows.LossBackward[i] != want.backward {
			t.Errorf("stateful %t, %d lost there, %d back; want %t, 0, %d", stateful, rows.LossForward[i], rows.LossBackward[i], !want.stateless, want.backward)
		}
		if want.unsynchronised && rows.Synchronised[i] != 0 {
			t.Error("taken for synchronised")
		}
	}
}

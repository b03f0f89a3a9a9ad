package voice

import (
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// way is what becomes of a packet on its way to a reflector and back.
type way struct {
	lostThere, lostBack bool
	dscpThere, dscp     uint8 // with which it comes to the reflector, and its answer back
	ttl                 uint8 // left to it at the reflector
	clock               time.Duration
}

// wayReflector is a stateful reflector with a kept clock, at the end of such ways.
type wayReflector struct {
	name string
	meet func(sequence uint32, sent time.Time, way *way)
}

// event is the sequence from which on something is different: in the third slot or the
// fourth.
const event = 140

// wayReflectors returns the reflectors, as they are before the first packet.
func wayReflectors() []wayReflector {
	jumped := false // the clock of one of them, in the middle of a slot
	return []wayReflector{
		{"steady", func(uint32, time.Time, *way) {}},
		{"rerouted", func(sequence uint32, _ time.Time, way *way) {
			if sequence >= event {
				way.ttl -= 2
			}
		}},
		{"remarked back", func(sequence uint32, _ time.Time, way *way) {
			if sequence >= event && sequence < event+5 {
				way.dscp = 8
			}
		}},
		{"remarked out", func(sequence uint32, _ time.Time, way *way) {
			if sequence >= event && sequence < event+5 {
				way.dscpThere = 10
			}
		}},
		{"losing on both ways", func(sequence uint32, _ time.Time, way *way) {
			// The same in each slot, wherever it begins.
			way.lostThere = sequence%25 == 3 || sequence%25 == 4
			way.lostBack = sequence%25 == 5 || sequence%25 == 12 || sequence%25 == 13
		}},
		{"two seconds of silence on the way back", func(sequence uint32, _ time.Time, way *way) {
			way.lostBack = sequence >= event && sequence < event+100
		}},
		{"a clock that jumps", func(sequence uint32, sent time.Time, way *way) {
			if sequence >= event && sent.UnixMilli()%1000 > 400 && sent.UnixMilli()%1000 < 600 {
				jumped = true
			}
			if jumped {
				way.clock = 500 * time.Millisecond
			}
		}},
		{"a clock that is off", func(_ uint32, _ time.Time, way *way) { way.clock = 300 * time.Millisecond }},
	}
}

// serve answers until the socket is closed.
func (r *wayReflector) serve(socket *socket) {
	buffer := make([]byte, maxPacketSize)
	var count uint32
	for {
		got, err := socket.read(buffer)
		if err != nil {
			return
		}
		var asked SenderPacket
		if asked.Unmarshal(got.octets) != nil {
			continue
		}
		way := way{dscpThere: got.dscp, dscp: got.dscp, ttl: got.ttl - 4}
		r.meet(asked.Sequence, time.Unix(0, asked.T1.UnixNano(false)), &way)
		if way.lostThere {
			continue
		}
		count++
		if way.lostBack {
			continue
		}
		answer := ReflectorPacket{
			Sequence: count - 1, SenderSequence: asked.Sequence, T1: asked.T1, SenderError: 0x8801, SSID: asked.SSID, Error: 0x8801, TTL: way.ttl,
			T2: NTPTimestamp(got.at.Add(way.clock).UnixNano()), T3: NTPTimestamp(time.Now().Add(way.clock).UnixNano()),
		}
		octets := append(answer.Marshal(nil), got.octets[PacketSize:]...)
		answerTLVs(octets[PacketSize:], arrival{dscp: way.dscpThere}, nil, nil, nil)
		got.dscp = way.dscp
		_, _ = socket.answer(octets, &got, nil)
	}
}

// Each path's rows say what its packets met on their way, and no other's do.
func TestProbeTellsPathsApart(t *testing.T) {
	t.Parallel()
	var targets []string
	reflectors := wayReflectors()
	for i := range reflectors {
		socket, err := listen(t.Context(), netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 3, byte(i + 1)}), 0).String(), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer socket.close()
		go reflectors[i].serve(socket)
		targets = append(targets, socket.conn.LocalAddr().String())
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
	waitFor(t, "seven slots of each path", func() bool {
		return !slices.ContainsFunc(station.Paths, func(path inventory.StationPath) bool { return out.rowsOf(path.ID) < 7 })
	})
	stop()
	for i, path := range station.Paths {
		t.Run(reflectors[i].name, func(t *testing.T) { checkWay(t, reflectors[i].name, rowsOf(&out.voice, path.ID)) })
	}
}

// wayRow is what is looked at in a row.
type wayRow struct {
	sent, received, forward, backward uint32
	synchronised                      uint8
	dscp                              uint8
	minRTTUs                          uint32
	sample.Condition
}

func rowsOf(rows *sample.Voice, path sample.ID) (found []wayRow) {
	for i := range rows.Path {
		if rows.Path[i] != path {
			continue
		}
		found = append(found, wayRow{
			rows.Sent[i], rows.Received[i], rows.LossForward[i], rows.LossBackward[i], rows.Synchronised[i], rows.DSCPReceived[i], rows.MinRTTUs[i],
			sample.Condition{
				RemarkedPackets: rows.RemarkedPackets[i], RemarkedForward: rows.RemarkedForward[i], DSCPForward: rows.DSCPForward[i],
				TTLForward: rows.TTLForward[i], TTLBackward: rows.TTLBackward[i], RouteChanges: rows.RouteChanges[i], StepUs: rows.StepUs[i],
				Stateful: rows.Stateful[i], ClockErrorUs: rows.ClockErrorUs[i], ClockSteps: rows.ClockSteps[i], Undelivered: rows.Undelivered[i],
			},
		})
	}
	return found
}

func checkWay(t *testing.T, name string, rows []wayRow) {
	t.Helper()
	var sum wayRow
	for _, row := range rows {
		sum.sent += row.sent
		sum.received += row.received
		sum.forward += row.forward
		sum.backward += row.backward
		sum.RemarkedPackets += row.RemarkedPackets
		sum.RemarkedForward += row.RemarkedForward
		sum.RouteChanges += row.RouteChanges
		sum.ClockSteps += row.ClockSteps
		sum.Undelivered += row.Undelivered
		if row.received > 0 && (row.Stateful != 1 || row.TTLBackward == 0 || row.TTLForward < 249) {
			t.Errorf("stateful %d, TTL %d there, %d back", row.Stateful, row.TTLForward, row.TTLBackward)
		}
		if row.minRTTUs > 250_000 {
			t.Errorf("round trips of %d us at least", row.minRTTUs)
		}
		if wantMark := map[bool]uint8{true: 8, false: 46}[row.RemarkedPackets > 0]; row.received > 0 && row.dscp != wantMark {
			t.Errorf("DSCP %d of answers, %d of them remarked", row.dscp, row.RemarkedPackets)
		}
		if row.RemarkedForward > 0 && row.DSCPForward != 10 {
			t.Errorf("DSCP %d at the reflector", row.DSCPForward)
		}
	}
	var want wayRow
	first, last := rows[0], rows[len(rows)-1]
	switch name {
	case "rerouted":
		want.RouteChanges = 1
		if first.TTLForward != 251 || last.TTLForward != 249 {
			t.Errorf("TTL %d at first, %d at last", first.TTLForward, last.TTLForward)
		}
	case "remarked back":
		want.RemarkedPackets = 5
	case "remarked out":
		want.RemarkedForward = 5
	case "losing on both ways":
		for _, row := range rows {
			if row.sent != 50 || row.forward != 4 || row.backward != 6 || row.received != 40 {
				t.Errorf("%d of %d received, %d lost there, %d back", row.received, row.sent, row.forward, row.backward)
			}
		}
		want.forward, want.backward = sum.forward, sum.backward
	case "two seconds of silence on the way back":
		want.backward = 100 // told by the first answer after it
	case "a clock that jumps":
		want.ClockSteps = 1
		if first.synchronised != 1 || last.synchronised != 0 {
			t.Errorf("synchronised: %d before the jump, %d after it: %+v", first.synchronised, last.synchronised, rows)
		}
	case "a clock that is off":
		if first.synchronised != 0 {
			t.Error("clocks 300 ms apart that claim to err by less are taken for synchronised")
		}
	}
	if name != "a clock that jumps" && name != "a clock that is off" && slices.ContainsFunc(rows, func(row wayRow) bool { return row.received > 0 && row.synchronised != 1 }) {
		t.Error("good clocks are not taken for synchronised")
	}
	got := wayRow{forward: sum.forward, backward: sum.backward, Condition: sum.Condition}
	if got != want {
		t.Errorf("in all %+v, want %+v", got, want)
	}
}

// A port nobody listens on is told from silence.
func TestProbeUnreachable(t *testing.T) {
	t.Parallel()
	good, _ := startReflector(t, "127.0.0.1:0")
	targets := []string{good.String()}
	for _, address := range []string{"127.0.0.1", "::1"} {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(address)})
		if err != nil {
			missing(t, "a socket on %s: %v", address, err)
		}
		// Many, whose errors come while others are sent.
		targets = append(targets, slices.Repeat([]string{conn.LocalAddr().String()}, 25)...)
		_ = conn.Close()
	}
	out := &emitted{}
	station := station(targets...)
	config := quickConfig()
	config.Timeout = time.Second
	prober, err := New(config, station, out.emit, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, prober.Run)
	waitFor(t, "two slots of each path", func() bool {
		return !slices.ContainsFunc(station.Paths, func(path inventory.StationPath) bool { return out.rowsOf(path.ID) < 2 })
	})
	stop()
	for _, path := range station.Paths[1:] {
		for _, row := range rowsOf(&out.voice, path.ID) {
			if row.sent != 50 || row.received != 0 || row.Undelivered == 0 {
				t.Errorf("%s: %d sent, %d received, %d undelivered", path.Target, row.sent, row.received, row.Undelivered)
			}
		}
	}
	// The errors are told by the same socket and keep no packet of another path.
	for _, row := range rowsOf(&out.voice, station.Paths[0].ID) {
		if row.sent != 50 || row.received != 50 || row.Undelivered != 0 {
			t.Errorf("%s: %d sent, %d received, %d undelivered", good, row.sent, row.received, row.Undelivered)
		}
	}
	if errors := valueOf(prober.metrics.sendErrors); errors != 0 {
		t.Errorf("%g errors of sending", errors)
	}
}

// A clock that is set voids the one-way delays under way; the packets keep their pace and
// the slots are reported with their round trips.
func TestProbeClockSet(t *testing.T) {
	t.Parallel()
	socket, err := listen(t.Context(), "127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.close()
	go new(wayReflectors()[0]).serve(socket)
	config := quickConfig()
	config.Timeout = time.Second
	station := station(socket.conn.LocalAddr().String())
	out := &emitted{}
	prober, err := New(config, station, out.emit, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	var set atomic.Int64
	read := prober.watch.read
	prober.watch.read = func() clockReading {
		reading := read()
		reading.wall += set.Load()
		return reading
	}
	stop := run(t, prober.Run)
	waitFor(t, "a slot", func() bool { return out.rowsOf(station.Paths[0].ID) >= 1 })
	set.Store(int64(300 * time.Millisecond))
	waitFor(t, "five slots", func() bool { return out.rowsOf(station.Paths[0].ID) >= 5 })
	stop()
	rows := rowsOf(&out.voice, station.Paths[0].ID)
	void := 0
	for _, row := range rows {
		if row.ClockSteps > 0 {
			void++
		}
		if (row.synchronised == 1) != (row.ClockSteps == 0) {
			t.Errorf("synchronised %d, clock set %d times", row.synchronised, row.ClockSteps)
		}
		if row.received != row.sent || row.minRTTUs > 250_000 {
			t.Errorf("%d sent, %d received, round trips of %d us at least", row.sent, row.received, row.minRTTUs)
		}
	}
	if last := rows[len(rows)-1]; void == 0 || void > 3 || last.ClockSteps != 0 || last.sent != 50 {
		t.Errorf("%d rows are void, the last one of %d packets has %d steps", void, last.sent, last.ClockSteps)
	}
	if restarts, steps := valueOf(prober.metrics.restarts), valueOf(prober.metrics.clockSteps); restarts != 0 || steps != 1 {
		t.Errorf("%g restarts, %g steps counted", restarts, steps)
	}
}

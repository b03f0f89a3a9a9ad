package voice

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"golang.org/x/sys/unix"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// emitted keeps what a prober emits.
type emitted struct {
	mutex sync.Mutex
	paths sample.Paths
	slots []int64
	voice sample.Voice
}

func (e *emitted) emit(slot int64, rows sample.Rows) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	switch rows := rows.(type) {
	case *sample.Paths:
		_ = sample.Append(&e.paths, rows)
	case *sample.Voice:
		for range rows.Len() {
			e.slots = append(e.slots, slot)
		}
		_ = sample.Append(&e.voice, rows)
	}
}

// rowsOf counts the rows of a path so far.
func (e *emitted) rowsOf(path sample.ID) int {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	rows := 0
	for _, id := range e.voice.Path {
		if id == path {
			rows++
		}
	}
	return rows
}

// run starts a component and returns what ends it and waits for its end.
func run(t *testing.T, start func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- start(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("ended with: %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Error("still running 5 s after it was cancelled")
		}
	})
	t.Cleanup(stop)
	return stop
}

func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(20 * time.Second)
	for !condition() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// valueOf reads a counter or a gauge.
func valueOf(metric prometheus.Metric) float64 {
	var read dto.Metric
	if err := metric.Write(&read); err != nil {
		panic(err)
	}
	return read.GetCounter().GetValue() + read.GetGauge().GetValue()
}

// startReflector serves a reflector of ours on a free port.
func startReflector(t testing.TB, address string) (netip.AddrPort, *Reflector) {
	t.Helper()
	config := DefaultReflectorConfig()
	config.Listen = address
	return startReflectorOf(t, config)
}

func startReflectorOf(t testing.TB, config ReflectorConfig) (netip.AddrPort, *Reflector) {
	t.Helper()
	reflector, err := NewReflector(config, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	socket, err := listen(t.Context(), config.Listen, 0)
	if err != nil {
		missing(t, "a socket on %s: %v", config.Listen, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- reflector.serve(ctx, socket) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("reflector ended with: %v", err)
		}
	})
	return socket.conn.LocalAddr().(*net.UDPAddr).AddrPort(), reflector
}

func station(targets ...string) inventory.Station {
	site := inventory.Site{Name: "Osaka", Appliance: inventory.Appliance{Name: "box"}}
	for i, target := range targets {
		site.Paths = append(site.Paths, inventory.Path{Name: string(rune('a' + i)), Target: target})
	}
	config := inventory.Config{Customers: []inventory.Customer{{Name: "Acme", Sites: []inventory.Site{site}}}}
	return config.Stations()[0]
}

func quickConfig() Config {
	config := DefaultConfig()
	config.Slot = testSlot
	config.Timeout = testTimeout
	return config
}

func TestProbeOwnReflector(t *testing.T) {
	t.Parallel()
	first, reflector := startReflector(t, "127.0.0.1:0")
	second, _ := startReflector(t, "127.0.0.2:0")
	// Two paths to one reflector are told apart.
	station := station(first.String(), second.String(), first.String())
	station.Paths[1].Codec = "G.729A+VAD"
	out := &emitted{}
	config := quickConfig()
	config.Timeout = time.Second // a busy machine loses nothing
	prober, err := New(config, station, out.emit, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, prober.Run)
	waitFor(t, "two slots of each path", func() bool {
		return !slices.ContainsFunc(station.Paths, func(path inventory.StationPath) bool { return out.rowsOf(path.ID) < 2 })
	})
	stop()

	if !slices.Equal(out.paths.Name, []string{"a", "b", "c"}) || !slices.Equal(out.paths.Path, []sample.ID{station.Paths[0].ID, station.Paths[1].ID, station.Paths[2].ID}) ||
		out.paths.Target[1] != second.String() || out.paths.Codec[0] != "G.711" {
		t.Errorf("emitted paths %+v", out.paths)
	}
	rows := &out.voice
	for i := range rows.Len() {
		if rows.Sent[i] != 50 || rows.Received[i] != 50 || rows.LossRuns[i] != 0 || rows.Duplicates[i] != 0 || rows.Reordered[i] != 0 {
			t.Errorf("row %d: %d sent, %d received, %d runs, %d duplicates, %d reordered", i, rows.Sent[i], rows.Received[i], rows.LossRuns[i], rows.Duplicates[i], rows.Reordered[i])
		}
		if rows.DSCPSent[i] != 46 || rows.DSCPReceived[i] != 46 {
			t.Errorf("row %d: DSCP %d sent, %d received", i, rows.DSCPSent[i], rows.DSCPReceived[i])
		}
		if out.slots[i]%1000 != 0 || rows.DurationMs[i] != 1000 {
			t.Errorf("row %d: slot %d of %d ms", i, out.slots[i], rows.DurationMs[i])
		}
		if rows.SumRTTUs[i] < 50*uint64(rows.MinRTTUs[i]) || rows.SumRTTUs[i] > 50*uint64(testTimeout.Microseconds()) {
			t.Errorf("row %d: round trips of %d us in all, %d us at least", i, rows.SumRTTUs[i], rows.MinRTTUs[i])
		}
		// One clock at both ends: the way there takes less than the way there and back.
		if rows.SumForwardUs[i] < 0 || rows.SumForwardUs[i] > int64(rows.SumRTTUs[i])+50 {
			t.Errorf("row %d: %d us there, %d us there and back", i, rows.SumForwardUs[i], rows.SumRTTUs[i])
		}
	}
	if sessions := valueOf(reflector.metrics.answered); sessions < 100 {
		t.Errorf("the reflector counted %g answers", sessions)
	}
}

// badReflector treats packets by their sequence, and remembers them and what it sent.
type badReflector struct {
	mutex   sync.Mutex
	seen    map[uint32]time.Time // T1 by sequence
	answers []badAnswer          // in the order they were sent
	ssid    bool                 // returns the SSID
}

// badAnswer is an answer and the time its sending took, between whose ends it came to
// the prober: a busy machine makes both of them later than planned.
type badAnswer struct {
	sequence    uint32
	begun, sent time.Time
}

// The faults, by sequence.
func isDropped(sequence uint32) bool    { return sequence%40 >= 33 || sequence%25 == 3 } // runs of 7, single ones
func isDuplicated(sequence uint32) bool { return sequence%10 == 1 }
func isOvertaken(sequence uint32) bool  { return sequence%20 == 5 } // arrives 50 ms later
func isLate(sequence uint32) bool       { return sequence%30 == 7 }

const (
	overtakenBy = 50 * time.Millisecond
	lateBy      = testTimeout + 50*time.Millisecond
)

func (r *badReflector) serve(conn *net.UDPConn) {
	buffer := make([]byte, maxPacketSize)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		var request SenderPacket
		if request.Unmarshal(buffer[:n]) != nil || n != 172 {
			continue
		}
		sequence := request.Sequence
		r.mutex.Lock()
		r.seen[sequence] = time.Unix(0, request.T1.UnixNano(false))
		r.mutex.Unlock()
		if isDropped(sequence) {
			continue
		}
		now := NTPTimestamp(time.Now().UnixNano())
		reply := ReflectorPacket{Sequence: sequence, SenderSequence: sequence, T1: request.T1, SenderError: request.Error, Error: 0x8801, T2: now, T3: now}
		if r.ssid {
			reply.SSID = request.SSID
		}
		octets := reply.Marshal(nil)
		answer := func() {
			r.mutex.Lock()
			defer r.mutex.Unlock()
			begun := time.Now()
			_, _ = conn.WriteToUDPAddrPort(octets, from)
			r.answers = append(r.answers, badAnswer{sequence, begun, time.Now()})
		}
		switch {
		case isLate(sequence):
			time.AfterFunc(lateBy, answer)
		case isOvertaken(sequence):
			time.AfterFunc(overtakenBy, answer)
		default:
			answer()
		}
		if isDuplicated(sequence) && !isLate(sequence) && !isOvertaken(sequence) {
			answer()
		}
	}
}

// badFate is what became of a packet.
type badFate struct {
	answered, duplicated, reordered bool
	least, most                     time.Duration // bounds of its round trip
}

// fates says what became of the packets, from what was sent. Of a packet that was so near
// the timeout that nobody can tell, it says so.
func (r *badReflector) fates() (fates map[uint32]badFate, doubtful bool) {
	fates = map[uint32]badFate{}
	highest, heard := uint32(0), false
	for _, answer := range r.answers {
		least, most := answer.begun.Sub(r.seen[answer.sequence]), answer.sent.Sub(r.seen[answer.sequence])
		fate, known := fates[answer.sequence]
		switch {
		case known:
			fate.duplicated = true
		case least > testTimeout:
			continue
		case most > testTimeout:
			return nil, true
		default:
			fate = badFate{answered: true, reordered: heard && answer.sequence < highest, least: least, most: most}
			highest, heard = max(highest, answer.sequence), true
		}
		fates[answer.sequence] = fate
	}
	return fates, false
}

func TestProbeBadReflector(t *testing.T) {
	t.Parallel()
	var bad [2]*badReflector
	var targets []string
	for i, withSSID := range []bool{true, false} {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 4, byte(i+1))})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		bad[i] = &badReflector{seen: map[uint32]time.Time{}, ssid: withSSID}
		go bad[i].serve(conn)
		targets = append(targets, conn.LocalAddr().String())
	}
	out := &emitted{}
	station := station(targets...)
	prober, err := New(quickConfig(), station, out.emit, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, prober.Run)
	waitFor(t, "three slots of each path", func() bool {
		return out.rowsOf(station.Paths[0].ID) >= 3 && out.rowsOf(station.Paths[1].ID) >= 3
	})
	stop()
	for i, path := range station.Paths {
		t.Run(map[bool]string{true: "with SSID", false: "without"}[bad[i].ssid], func(t *testing.T) { checkBad(t, bad[i], out, path.ID) })
	}
	if valueOf(prober.metrics.replies[late]) == 0 || valueOf(prober.metrics.replies[stranger]) != 0 {
		t.Errorf("counted %g late, %g strange", valueOf(prober.metrics.replies[late]), valueOf(prober.metrics.replies[stranger]))
	}
}

// checkBad compares the rows with what the reflector did to the packets it saw.
func checkBad(t *testing.T, bad *badReflector, out *emitted, path sample.ID) {
	t.Helper()
	bad.mutex.Lock()
	defer bad.mutex.Unlock()
	// The schedule, from the packet that was least behind it.
	base, last := int64(0), uint32(0)
	for sequence, t1 := range bad.seen {
		start := t1.UnixNano() - int64(sequence)*int64(testInterval)
		if base == 0 || start < base {
			base = start
		}
		last = max(last, sequence)
	}
	base -= base % int64(testInterval)
	slotOf := func(sequence uint32) int64 {
		return (base + int64(sequence)*int64(testInterval)) / int64(testSlot) * 1000
	}
	fates, doubtful := bad.fates()
	if doubtful {
		t.Skip("the machine was too busy: an answer left so near the timeout that nobody can tell what became of it")
	}
	lost := func(sequence uint32) bool { return !fates[sequence].answered }
	bursts := map[int64]Bursts{} // by the slot they begin in
	for first := uint32(0); first <= last; first++ {
		if !lost(first) {
			continue
		}
		end, count := first, uint32(1)
		for next := first + 1; next-end <= Gmin && slotOf(next) <= slotOf(first)+1000; next++ {
			if lost(next) {
				end, count = next, count+1
			}
		}
		if count > 1 {
			in := bursts[slotOf(first)]
			bursts[slotOf(first)] = Bursts{in.Count + 1, in.Packets + end - first + 1, in.Lost + count}
		}
		first = end
	}
	for i, slot := range out.slots {
		if out.voice.Path[i] != path {
			continue
		}
		var sent, received, duplicates, reordered, overtaken, perhaps uint32
		runs := map[uint32]uint32{}
		for sequence := range last + 1 {
			if slotOf(sequence) != slot {
				continue
			}
			sent++
			if _, seen := bad.seen[sequence]; !seen {
				t.Errorf("packet %d never came to the reflector", sequence)
			}
			if lost(sequence) {
				if sequence == 0 || !lost(sequence-1) {
					end := sequence
					for lost(end) {
						end++
					}
					runs[end-sequence]++
				}
				continue
			}
			received++
			fate := fates[sequence]
			if fate.reordered {
				reordered++
			}
			if fate.duplicated && sequence > 0 { // the first packet was sent twice
				duplicates++
			}
			if fate.least >= overtakenBy {
				overtaken++
			}
			if fate.most >= overtakenBy {
				perhaps++
			}
		}
		var pairs []uint32
		var number uint32
		for length := range uint32(51) {
			if runs[length] > 0 {
				pairs = append(pairs, length, runs[length])
				number += runs[length]
			}
		}
		rows := &out.voice
		if rows.Sent[i] != sent || sent != 50 || rows.Received[i] != received || rows.Duplicates[i] != duplicates || rows.Reordered[i] != reordered {
			t.Errorf("slot %d: %d sent, %d received, %d duplicates, %d reordered; want %d, %d, %d, %d", slot,
				rows.Sent[i], rows.Received[i], rows.Duplicates[i], rows.Reordered[i], sent, received, duplicates, reordered)
		}
		if got := rows.RunLengths.Row(i); !slices.Equal(got, pairs) || rows.LossRuns[i] != number {
			t.Errorf("slot %d: %d runs, lengths %v, want %d, %v", slot, rows.LossRuns[i], got, number, pairs)
		}
		if got := (Bursts{rows.Bursts[i], rows.BurstPackets[i], rows.BurstLost[i]}); got != bursts[slot] {
			t.Errorf("slot %d: bursts %+v, want %+v", slot, got, bursts[slot])
		}
		var counted, slow uint32
		histogram := rows.Delays.Row(i)
		for j := 0; j < len(histogram); j += 2 {
			counted += histogram[j+1]
			if histogram[j] >= sample.DelayBucket(uint32(overtakenBy.Microseconds())) {
				slow += histogram[j+1]
			}
		}
		if counted != received || slow < overtaken || slow > perhaps {
			t.Errorf("slot %d: %d delays, %d of them of %s and more; want %d, %d to %d", slot, counted, slow, overtakenBy, received, overtaken, perhaps)
		}
		if rows.JitterUs[i] == 0 || rows.MinRTTUs[i] > uint32(overtakenBy.Microseconds()) {
			t.Errorf("slot %d: jitter %d us, round trip %d us at least", slot, rows.JitterUs[i], rows.MinRTTUs[i])
		}
	}
}

func TestProbeNobody(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() // holds the port and never answers
	out := &emitted{}
	station := station(conn.LocalAddr().String(), "127.0.0.1:no-such-service", "127.0.0.1:0") // the kernel sends nothing to port 0
	prober, err := New(quickConfig(), station, out.emit, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, prober.Run)
	waitFor(t, "three slots", func() bool { return out.rowsOf(station.Paths[0].ID) >= 3 })
	waitFor(t, "the failed look-up", func() bool { return valueOf(prober.metrics.unresolved) > 0 })
	waitFor(t, "the packets that were refused", func() bool { return valueOf(prober.metrics.sendErrors) > 50 })
	stop()
	rows := &out.voice
	var lost, inRuns uint32
	for i := range rows.Len() {
		if rows.Path[i] != station.Paths[0].ID || rows.Sent[i] != 50 || rows.Received[i] != 0 || rows.MinRTTUs[i] != 0 || rows.Synchronised[i] != 0 {
			t.Errorf("row %d: path %x, %d sent, %d received", i, rows.Path[i], rows.Sent[i], rows.Received[i])
		}
		lost += rows.Sent[i]
		lengths := rows.RunLengths.Row(i)
		for j := 0; j < len(lengths); j += 2 {
			inRuns += lengths[j] * lengths[j+1]
		}
	}
	if inRuns > lost || inRuns+100 < lost {
		t.Errorf("%d packets lost, %d of them in runs", lost, inRuns)
	}
}

// A session begins at sequence 0 (RFC 8762), with a packet that is sent twice.
func TestProbeBeginsAtZero(t *testing.T) {
	t.Parallel()
	wire, err := listen(t.Context(), "127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer wire.close()
	prober, err := New(quickConfig(), station(wire.conn.LocalAddr().String()), func(int64, sample.Rows) {}, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	defer run(t, prober.Run)()
	var packets [4]SenderPacket
	buffer := make([]byte, maxPacketSize)
	_ = wire.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for i := range packets {
		got, err := wire.read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		if err := packets[i].Unmarshal(got.octets); err != nil {
			t.Fatal(err)
		}
	}
	if packets[0] != packets[1] || packets[0].Sequence != 0 || packets[2].Sequence != 1 || packets[3].Sequence != 2 {
		t.Errorf("the first packets are %+v", packets)
	}
}

// However late a busy machine reads an answer, a packet answered in time is not lost.
func TestProbeReadsLate(t *testing.T) {
	t.Parallel()
	address, _ := startReflector(t, "127.0.0.1:0")
	prober, err := New(quickConfig(), station(address.String()), func(int64, sample.Rows) {}, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	socket, err := openBatch(46)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.close()
	if err := prober.resolveOne(t.Context(), prober.paths[0]); err != nil {
		t.Fatal(err)
	}
	turns := prober.timetableFrom(time.Now().Add(-testInterval))
	turns.start -= int64(testInterval)
	prober.sendDue(t.Context(), socket, &turns)
	<-time.After(testTimeout + 2*decisionGrace)
	rows := prober.collect(nil)
	if err := prober.receive(socket); err != nil {
		t.Fatal(err)
	}
	if sent, answered := valueOf(prober.metrics.sent), valueOf(prober.metrics.replies[inTime]); sent < 2 || answered != sent-1 || len(rows) > 0 {
		t.Errorf("%g packets sent, the first twice, and %g answered in time", sent, answered)
	}
}

// Answers are read in time also where packets are far apart.
func TestProbeSlowPace(t *testing.T) {
	t.Parallel()
	address, _ := startReflector(t, "127.0.0.1:0")
	config := quickConfig()
	config.PacketInterval, config.Slot, config.Timeout = time.Second, 2*time.Second, 500*time.Millisecond
	out := &emitted{}
	station := station(address.String())
	prober, err := New(config, station, out.emit, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, prober.Run)
	waitFor(t, "two slots", func() bool { return out.rowsOf(station.Paths[0].ID) >= 2 })
	stop()
	for i, slot := range out.slots {
		if out.voice.Sent[i] != 2 || out.voice.Received[i] != 2 {
			t.Errorf("slot %d: %d sent, %d received", slot, out.voice.Sent[i], out.voice.Received[i])
		}
	}
}

// After the streams have begun anew no part of a slot is reported.
func TestProbeBeginsAnew(t *testing.T) {
	t.Parallel()
	address, _ := startReflector(t, "127.0.0.1:0")
	out := &emitted{}
	station := station(address.String())
	config := quickConfig()
	config.Timeout = time.Second // a busy machine loses nothing
	prober, err := New(config, station, out.emit, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, prober.Run)
	waitFor(t, "a slot", func() bool { return out.rowsOf(station.Paths[0].ID) >= 1 })
	prober.mutex.Lock()
	prober.beginAll()
	prober.mutex.Unlock()
	rows := out.rowsOf(station.Paths[0].ID)
	waitFor(t, "two slots more", func() bool { return out.rowsOf(station.Paths[0].ID) >= rows+2 })
	stop()
	for i, slot := range out.slots {
		if out.voice.Sent[i] != 50 || out.voice.Received[i] != 50 {
			t.Errorf("slot %d: %d sent, %d received", slot, out.voice.Sent[i], out.voice.Received[i])
		}
	}
	if out.slots[rows] <= out.slots[rows-1]+1000 || out.slots[rows+1] != out.slots[rows]+1000 {
		t.Errorf("reported slots %v, want one left out after the first %d", out.slots, rows)
	}
	if valueOf(prober.metrics.droppedRows) < 1 {
		t.Error("the slot that was left out is not counted")
	}
}

func TestPacketSizes(t *testing.T) {
	config := DefaultConfig()
	config.CodecBitRates = map[string]float64{"Opus": 24}
	for codec, want := range map[string]int{"G.711": 172, "G.711+PLC": 172, "G.729A": 44, "G.729A+VAD": 44, "G.726": 92, "G.722": 172, "Opus": 72} {
		if got, err := config.packetSize(codec); err != nil || got != want {
			t.Errorf("%s: %d octets (%v), want %d", codec, got, err, want)
		}
	}
	if _, err := config.packetSize("G.999"); err == nil {
		t.Error("an unknown codec has a size")
	}
	unknown := station("127.0.0.1:1")
	unknown.Paths[0].Codec = "G.999"
	if _, err := New(config, unknown, nil, quiet, prometheus.NewRegistry()); err == nil {
		t.Error("a path with an unknown codec is accepted")
	}
}

func TestValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for name, change := range map[string]func(*Config){
		"slot":            func(c *Config) { c.Slot = 0 },
		"packet_interval": func(c *Config) { c.PacketInterval = 0 },
		"timeout":         func(c *Config) { c.Timeout = time.Hour },
		"timeout of slot": func(c *Config) { c.Slot, c.Timeout = time.Second, 2*time.Second },
		"dscp":            func(c *Config) { c.DSCP = 64 },
		"resolve_every":   func(c *Config) { c.ResolveEvery = 0 },
		"codec_bit_rates": func(c *Config) { c.CodecBitRates = map[string]float64{"Opus": 0} },
		"listen":          func(c *Config) { c.Reflector.Listen = "0.0.0.0" },
		"listen port":     func(c *Config) { c.Reflector.Listen = "0.0.0.0:70000" },
		"max_sessions":    func(c *Config) { c.Reflector.MaxSessions = 0 },
		"session_idle":    func(c *Config) { c.Reflector.SessionIdle = 0 },
		"key":             func(c *Config) { c.Reflector.AuthenticationKeys = []string{"abcd"} },
		"number of keys":  func(c *Config) { c.Reflector.AuthenticationKeys = slices.Repeat([]string{testKey}, 9) },
	} {
		config := DefaultConfig()
		change(&config)
		if config.Validate() == nil {
			t.Errorf("a wrong %s is accepted", name)
		}
	}
}

// BenchmarkProbe sends packets over loopback to a reflector of ours and counts the
// replies: sender, reflector and receiver together, 64 packets at a time.
func BenchmarkProbe(b *testing.B) {
	address, _ := startReflector(b, "127.0.0.1:0")
	prober, err := New(quickConfig(), station(address.String()), func(int64, sample.Rows) {}, quiet, prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	socket, err := openBatch(46)
	if err != nil {
		b.Fatal(err)
	}
	defer socket.close()
	if err := prober.resolveOne(b.Context(), prober.paths[0]); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now := time.Now()
		prober.mutex.Lock()
		prober.add(socket, prober.paths[0], now.UnixNano(), now)
		prober.mutex.Unlock()
		if !socket.full() {
			continue
		}
		prober.flush(b.Context(), socket)
		answered := valueOf(prober.metrics.replies[inTime]) + batchSize
		for begun := time.Now(); valueOf(prober.metrics.replies[inTime]) < answered && time.Since(begun) < testTimeout; {
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(socket.fd), Events: unix.POLLIN}}, int(testTimeout.Milliseconds()))
			if err := prober.receive(socket); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "packets/s")
	b.ReportMetric(100*valueOf(prober.metrics.replies[inTime])/valueOf(prober.metrics.sent), "%_answered")
}

// missing skips a test whose real part is not on this machine, and fails it where
// everything must be there.
func missing(t testing.TB, format string, arguments ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("missing: "+format, arguments...)
	}
	t.Skipf("missing: "+format, arguments...)
}

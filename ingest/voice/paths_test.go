package voice

import (
	"context"
	"maps"
	"math"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"mimamori/ingest/sample"
)

// countingReflector answers all packets and notes when they were sent. It has a thread
// of its own, whose share of the processor can be told from the prober's.
type countingReflector struct {
	address netip.AddrPort
	departs map[uint16][]departure // by path
	dropped uint32                 // packets the kernel did not keep for it, because the machine was busy
	slow    uint32                 // packets that waited for it for long, for the same reason
	used    time.Duration          // of the processor
}

// slowAnswer is after how long an answer may be late.
const slowAnswer = 500 * time.Millisecond

// departure is a packet that came.
type departure struct {
	sequence uint32
	at       int64 // T1, Unix nanoseconds
}

// startCounting starts a reflector; the function it returns ends it.
func startCounting(t testing.TB) (*countingReflector, func()) {
	t.Helper()
	socket, err := openBatch(0)
	if err != nil {
		t.Fatal(err)
	}
	bound, err := unix.Getsockname(socket.fd)
	if err != nil {
		t.Fatal(err)
	}
	r := &countingReflector{departs: map[uint16][]departure{}}
	loopback := netip.MustParseAddr("127.0.0.1")
	switch bound := bound.(type) {
	case *unix.SockaddrInet6:
		r.address = netip.AddrPortFrom(loopback, uint16(bound.Port))
	case *unix.SockaddrInet4:
		r.address = netip.AddrPortFrom(loopback, uint16(bound.Port))
	}
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		r.serve(socket, ended)
		r.used = processorTime(unix.CLOCK_THREAD_CPUTIME_ID)
	}()
	return r, sync.OnceFunc(func() {
		close(ended)
		<-done
		_ = socket.close()
	})
}

func (r *countingReflector) serve(socket *batch, ended chan struct{}) {
	var answers [batchSize][]byte
	for {
		select {
		case <-ended:
			return
		default:
		}
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(socket.fd), Events: unix.POLLIN}}, 50)
		found, dropped, _, _ := socket.read()
		r.dropped += dropped
		socket.sending.count = 0
		for i := range found {
			var request SenderPacket
			if request.Unmarshal(found[i].octets) != nil {
				continue
			}
			if time.Since(found[i].at) > slowAnswer {
				r.slow++
			}
			r.departs[request.SSID] = append(r.departs[request.SSID], departure{request.Sequence, request.T1.UnixNano(false)})
			now := NTPTimestamp(found[i].at.UnixNano())
			reply := ReflectorPacket{Sequence: request.Sequence, SenderSequence: request.Sequence, T1: request.T1, SenderError: request.Error, Error: 0x8801, T2: now, T3: now, SSID: request.SSID, TTL: found[i].ttl}
			answers[i] = append(reply.Marshal(answers[i][:0]), found[i].octets[PacketSize:]...)
			socket.add(answers[i], found[i].from)
		}
		_, _ = socket.send(0)
	}
}

func processorTime(clock int32) time.Duration {
	var used unix.Timespec
	_ = unix.ClockGettime(clock, &used)
	return time.Duration(used.Nano())
}

func manyPaths(t testing.TB, paths int, config Config, out func(int64, sample.Rows)) (*countingReflector, *Prober, func()) {
	t.Helper()
	reflector, end := startCounting(t)
	targets := slices.Repeat([]string{reflector.address.String()}, paths)
	prober, err := New(config, station(targets...), out, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return reflector, prober, end
}

// Each path's packets leave at its place in the packet interval, from the first to the
// last, however many paths there are: none early, none left out, and what was late is
// made up for.
func TestManyPathsDoNotDrift(t *testing.T) {
	t.Parallel()
	const paths = 500
	config := quickConfig()
	config.Timeout = time.Second
	out := &emitted{}
	reflector, prober, end := manyPaths(t, paths, config, out.emit)
	stop := run(t, prober.Run)
	last := prober.paths[paths-1].ID
	waitFor(t, "three slots", func() bool { return out.rowsOf(last) >= 3 })
	stop()
	end()

	if len(reflector.departs) != paths {
		t.Fatalf("%d paths sent packets, want %d", len(reflector.departs), paths)
	}
	interval := int64(testInterval)
	for ssid, departs := range reflector.departs {
		// The first packet that was due, from the one that was least behind its time.
		phase := int64(prober.paths[ssid-1].phase)
		base := int64(math.MaxInt64)
		for _, depart := range departs {
			base = min(base, depart.at-int64(depart.sequence)*interval-phase)
		}
		base -= base % interval
		// The first was sent twice.
		if last := departs[len(departs)-1]; int(last.sequence)+2 > len(departs)+int(reflector.dropped) {
			t.Errorf("path %d: %d packets came up to number %d, the kernel dropped %d of all paths", ssid, len(departs), last.sequence, reflector.dropped)
		}
		behind := int64(math.MaxInt64)
		for i, depart := range departs {
			late := depart.at - base - int64(depart.sequence)*interval - phase
			if late < 0 {
				t.Errorf("path %d: packet %d left %d ns early", ssid, depart.sequence, -late)
			}
			if i >= len(departs)/2 {
				behind = min(behind, late)
			}
		}
		if behind > interval/2 {
			t.Errorf("path %d: of %d packets those of the latter half are %s behind at least", ssid, len(departs), time.Duration(behind))
		}
	}
	// What a busy machine did not keep or bring in time says nothing of the sender.
	missed := float64(reflector.dropped+reflector.slow) + valueOf(prober.metrics.overflows) + valueOf(prober.metrics.replies[late])
	for i := range out.voice.Len() {
		if out.voice.Sent[i] != 50 || out.voice.Received[i] != 50 && missed == 0 {
			t.Errorf("slot %d: %d sent, %d received", out.slots[i], out.voice.Sent[i], out.voice.Received[i])
		}
	}
	if rows := out.voice.Len(); rows < 2*paths || valueOf(prober.metrics.sent) < float64(50*rows) {
		t.Errorf("%d rows of %g packets sent", rows, valueOf(prober.metrics.sent))
	}
}

// A packet on the wire has the size of the codec's, bears the voice class and starts
// with the full TTL.
func TestPacketsOnTheWire(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"127.0.0.1:0", "[::1]:0"} {
		wire, err := listen(t.Context(), target, 0)
		if err != nil {
			missing(t, "a socket on %s: %v", target, err)
		}
		defer wire.close()
		station := station(wire.conn.LocalAddr().String(), wire.conn.LocalAddr().String(), wire.conn.LocalAddr().String())
		for i, codec := range []string{"G.711", "G.729", "G.722"} {
			station.Paths[i].Codec = codec
		}
		prober, err := New(quickConfig(), station, func(int64, sample.Rows) {}, quiet, prometheus.NewRegistry())
		if err != nil {
			t.Fatal(err)
		}
		stop := run(t, prober.Run)
		sizes := map[uint16]int{}
		buffer := make([]byte, maxPacketSize)
		for len(sizes) < 3 {
			_ = wire.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			got, err := wire.read(buffer)
			if err != nil {
				t.Fatal(err)
			}
			var packet SenderPacket
			if err := packet.Unmarshal(got.octets); err != nil {
				t.Fatal(err)
			}
			if got.dscp != 0xb8>>2 || got.ttl != 255 {
				t.Errorf("%s: DSCP %d, TTL %d", target, got.dscp, got.ttl)
			}
			sizes[packet.SSID] = len(got.octets)
		}
		stop()
		// G.729's 32 octets are fewer than a test packet has.
		if want := (map[uint16]int{1: 172, 2: 44, 3: 172}); !maps.Equal(sizes, want) {
			t.Errorf("%s: packets of %v octets, want %v", target, sizes, want)
		}
	}
}

// BenchmarkPaths probes 500 paths for some seconds, 25,000 packets a second out and in,
// and tells what share of a core that takes and how far the packets of a path were from
// being a packet interval apart.
func BenchmarkPaths(b *testing.B) {
	const paths, long = 500, 8 * time.Second
	for b.Loop() {
		reflector, prober, end := manyPaths(b, paths, quickConfig(), func(int64, sample.Rows) {})
		began := processorTime(unix.CLOCK_PROCESS_CPUTIME_ID)
		ctx, cancel := context.WithTimeout(b.Context(), long)
		if err := prober.Run(ctx); err != nil {
			b.Fatal(err)
		}
		cancel()
		end()
		used := processorTime(unix.CLOCK_PROCESS_CPUTIME_ID) - began - reflector.used
		var deviations []float64 // from the interval, microseconds
		packets := 0
		for _, departs := range reflector.departs {
			packets += len(departs)
			for i := 2; i < len(departs); i++ { // the first is sent twice
				deviations = append(deviations, math.Abs(float64(departs[i].at-departs[i-1].at-int64(testInterval)))/1000)
			}
		}
		slices.Sort(deviations)
		b.ReportMetric(100*used.Seconds()/long.Seconds(), "%_of_a_core")
		b.ReportMetric(float64(packets)/long.Seconds(), "packets/s")
		b.ReportMetric(deviations[len(deviations)/2], "p50_deviation_us")
		b.ReportMetric(deviations[len(deviations)*99/100], "p99_deviation_us")
		b.ReportMetric(deviations[len(deviations)-1], "worst_deviation_us")
	}
}

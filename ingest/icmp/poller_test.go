package icmp

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/schedule"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func lockThreadForGood() { runtime.LockOSThread() }

// valueOf reads a counter.
func valueOf(counter prometheus.Counter) float64 {
	var read dto.Metric
	if err := counter.Write(&read); err != nil {
		panic(err)
	}
	return read.GetCounter().GetValue()
}

// emitted keeps what a poller emits.
type emitted struct {
	mutex sync.Mutex
	slots []int64
	rows  sample.Pings
}

func (e *emitted) emit(slot int64, rows sample.Rows) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	for range rows.Len() {
		e.slots = append(e.slots, slot)
	}
	if err := sample.Append(&e.rows, rows); err != nil {
		panic(err)
	}
}

// row is a row by itself.
type row struct {
	Slot                              int64
	OffsetMs, IntervalMs              uint32
	Attempt, Sent, Received, ICMPKind uint8
	RTT                               []uint32
	ICMPCode                          uint8
	ErrorFrom                         string
	Duplicates, Reordered, ReplyTTL   uint8
}

func (e *emitted) of(device sample.ID) []row {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	var found []row
	for i, id := range e.rows.Device {
		if id == device {
			found = append(found, row{e.slots[i], e.rows.OffsetMs[i], e.rows.IntervalMs[i], e.rows.Attempt[i],
				e.rows.Sent[i], e.rows.Received[i], e.rows.ICMPError[i], slices.Clone(e.rows.RTT.Row(i)),
				e.rows.ICMPCode[i], e.rows.ErrorFrom[i], e.rows.Duplicates[i], e.rows.Reordered[i], e.rows.ReplyTTL[i]})
		}
	}
	return found
}

func station(addresses ...string) inventory.Station {
	site := inventory.Site{Name: "Osaka", Appliance: inventory.Appliance{Name: "box"}}
	for _, address := range addresses {
		site.Devices = append(site.Devices, inventory.Device{Name: "device " + address, Address: address})
	}
	config := inventory.Config{Customers: []inventory.Customer{{Name: "Acme", Sites: []inventory.Site{site}}}}
	return config.Stations()[0]
}

// quickConfig has a round each second and up to three attempts.
func quickConfig() Config {
	config := DefaultConfig()
	config.Interval = time.Second
	config.Spacing = 10 * time.Millisecond
	config.Timeout = 300 * time.Millisecond
	return config
}

func pollerOf(t testing.TB, config Config, station inventory.Station, out *emitted) *Poller {
	t.Helper()
	poller, err := New(config, station, out.emit, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return poller
}

// start runs a poller and returns what ends it and waits for its end.
func start(t *testing.T, poller *Poller) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- poller.Run(ctx) }()
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

// needSockets skips the test where this process may not ping.
func needSockets(t *testing.T, ipv6 bool) {
	t.Helper()
	socket, err := openSocket(ipv6, false, options{})
	if err == nil {
		_ = socket.close()
		return
	}
	missing(t, err)
}

// missing skips a test whose real part is not on this machine, and fails it where
// everything must be there.
func missing(t *testing.T, what any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal("missing: ", what)
	}
	t.Skip("missing: ", what)
}

func TestKernelAnswers(t *testing.T) {
	needSockets(t, false)
	var addresses []string
	for i := range 40 {
		addresses = append(addresses, fmt.Sprintf("127.8.%d.1", i))
	}
	station := station(addresses...)
	station.Devices[7].NoPing = true
	out, other := &emitted{}, &emitted{}
	config := quickConfig()
	poller := pollerOf(t, config, station, out)
	// A second one beside it: neither takes what is the other's.
	beside := pollerOf(t, config, station, other)
	began := time.Now()
	stop, stopBeside := start(t, poller), start(t, beside)
	for i, device := range station.Devices {
		if i != 7 {
			waitFor(t, "two rounds of "+device.Name, func() bool { return len(out.of(device.ID)) >= 2 && len(other.of(device.ID)) >= 2 })
		}
	}
	stop()
	stopBeside()
	if rows := out.of(station.Devices[7].ID); len(rows) != 0 {
		t.Errorf("a device that is not to be pinged has %d rows", len(rows))
	}
	for _, device := range station.Devices {
		offset := uint32(schedule.Offset(device.ID, config.Interval).Milliseconds())
		for i, row := range out.of(device.ID) {
			if row.Attempt != 1 || row.Sent != 3 || row.Received != 3 || row.ICMPKind != 0 || len(row.RTT) != 3 {
				t.Errorf("%s: %+v", device.Name, row)
			}
			if row.OffsetMs != offset || row.IntervalMs != 1000 || row.Slot%1000 != 0 {
				t.Errorf("%s: slot %d, offset %d of %d ms, want offset %d", device.Name, row.Slot, row.OffsetMs, row.IntervalMs, offset)
			}
			if due := time.UnixMilli(row.Slot + int64(offset)); due.Before(began.Add(-time.Millisecond)) || due.After(time.Now()) {
				t.Errorf("%s: due at %s, begun at %s", device.Name, due, began)
			}
			if i > 0 && row.Slot != out.of(device.ID)[i-1].Slot+1000 {
				t.Errorf("%s: slot %d follows %d", device.Name, row.Slot, out.of(device.ID)[i-1].Slot)
			}
			for _, rtt := range row.RTT {
				if rtt > 300000 {
					t.Errorf("%s: round trip of %d us", device.Name, rtt)
				}
			}
		}
	}
	for _, result := range []verdict{late, duplicate, foreign, errorOfRound} {
		if got := valueOf(poller.metrics.results[result]); got != 0 {
			t.Errorf("%g messages of verdict %d", got, result)
		}
	}
	if malformed := valueOf(poller.metrics.malformed); malformed != 0 {
		t.Errorf("%g messages passed the filter and meant nothing", malformed)
	}
}

func TestKernelAnswersIPv6(t *testing.T) {
	needSockets(t, true)
	if !canReach(netip.IPv6Loopback()) {
		missing(t, "IPv6 loopback")
	}
	out := &emitted{}
	station := station("::1", "127.0.0.1")
	poller := pollerOf(t, quickConfig(), station, out)
	stop := start(t, poller)
	for _, device := range station.Devices {
		waitFor(t, device.Name, func() bool { return len(out.of(device.ID)) >= 1 })
		if row := out.of(device.ID)[0]; row.Sent != 3 || row.Received != 3 || row.Attempt != 1 {
			t.Errorf("%s: %+v", device.Name, row)
		}
	}
	stop()
	if malformed := valueOf(poller.metrics.malformed); malformed != 0 {
		t.Errorf("%g messages passed the filter and meant nothing", malformed)
	}
}

func canReach(address netip.Addr) bool {
	socket, err := openSocket(address.Is6(), false, options{})
	if err != nil {
		return false
	}
	defer socket.close()
	writer := newWriter(socket, cookieSize)
	writer.add(turnOfPacket{}, address, 0, 1, cookie{})
	_, err = writer.send(0)
	return err == nil
}

// faults is what each address of 127.9.0.0/24 does with a request.
func faults(r *responder, got request) {
	switch got.target.As4()[3] {
	case 1:
		r.reply(got, got.target, nil)
	case 2: // silent
	case 3:
		r.reply(got, got.target, nil)
		r.reply(got, got.target, nil)
	case 4:
		r.after(quickConfig().Timeout+30*time.Millisecond, func() { r.reply(got, got.target, nil) })
	case 5:
		r.complain(got, typeUnreachable, 1)
	case 6:
		r.complain(got, typeTimeExceeded, 0)
	case 7: // every other packet of a round of three
		if got.number%3 != 1 {
			r.reply(got, got.target, nil)
		}
	case 8: // answers repeats alone
		if got.number%6 >= 3 {
			r.reply(got, got.target, nil)
		}
	case 9: // answers from elsewhere
		r.reply(got, netip.MustParseAddr("127.9.0.99"), nil)
	case 10: // somebody guesses
		r.reply(got, got.target, func(octets []byte) { octets[8]++ })
	case 11: // another round's
		r.reply(got, got.target, func(octets []byte) { octets[23]++ })
	case 12: // another sequence
		r.reply(got, got.target, func(octets []byte) { octets[6]++ })
	case 13: // cut off
		octets := append([]byte(nil), got.packet[ipv4HeaderSize:len(got.packet)-4]...)
		octets[0] = typeEchoReply
		r.send(got.target, got.from, octets)
	case 14: // the errors are about another address
		forged := got
		forged.packet = slices.Clone(got.packet)
		forged.packet[19] = 2
		r.complain(forged, typeUnreachable, 1)
	case 15:
		r.complain(got, typeUnreachable, codeDenied)
	case 16:
		r.complain(got, typeUnreachable, codeTooBig)
	case 17:
		r.complain(got, typeParameterProblem, 0)
	case 18: // a redirect is no error
		r.complain(got, typeRedirect, 1)
		r.reply(got, got.target, nil)
	case 19: // the first of a round of three is overtaken
		switch got.number % 3 {
		case 0:
			r.kept = got
		case 1:
			r.reply(got, got.target, nil)
			r.reply(r.kept, got.target, nil)
		case 2:
			r.reply(got, got.target, nil)
		}
	case 20: // no error of ours: source quench
		r.complain(got, 4, 0)
	}
}

func TestFaultyDevices(t *testing.T) {
	if inNamespace(t) {
		testFaultyDevices(t, false)
	}
}

func TestFaultyDevicesUnprivileged(t *testing.T) {
	if inNamespace(t) {
		setSysctl(t, "ping_group_range", "0 0")
		testFaultyDevices(t, true)
	}
}

func testFaultyDevices(t *testing.T, unprivileged bool) {
	respond(t, faults)
	var addresses []string
	for i := range 20 {
		addresses = append(addresses, fmt.Sprintf("127.9.0.%d", i+1))
	}
	station := station(addresses...)
	out := &emitted{}
	config := quickConfig()
	poller := pollerOf(t, config, station, out)
	poller.unprivileged = unprivileged
	stop := start(t, poller)
	silentAfter := func(row row) bool { return row.Attempt == 2 }
	for _, device := range station.Devices {
		waitFor(t, "two rounds of "+device.Name, func() bool { return len(out.of(device.ID)) >= 4 })
	}
	stop()
	if poller.ipv4.raw == unprivileged {
		t.Errorf("raw socket: %t", poller.ipv4.raw)
	}
	const lost = 0
	for i, want := range []struct {
		received [2]uint8 // of the attempts; of the second only where the first is 0
		kind     uint8
		code     uint8

		duplicates, reordered uint8
	}{
		{received: [2]uint8{3}},
		{},
		{received: [2]uint8{3}, duplicates: 3},
		{},
		{kind: typeUnreachable, code: codeHost},
		{kind: typeTimeExceeded},
		{received: [2]uint8{2}},
		{received: [2]uint8{lost, 3}},
		{}, {}, {}, {}, {}, {},
		{kind: typeUnreachable, code: codeDenied},
		{kind: typeUnreachable, code: codeTooBig},
		{kind: typeParameterProblem},
		{received: [2]uint8{3}},
		{received: [2]uint8{3}, reordered: 1},
		{},
	} {
		device := station.Devices[i]
		rows := out.of(device.ID)
		offset := uint32(schedule.Offset(device.ID, config.Interval).Milliseconds())
		for j, row := range rows {
			if row.Sent != 3 || row.Received != want.received[row.Attempt-1] || len(row.RTT) != int(row.Received) || row.ICMPKind != want.kind {
				t.Errorf("%s: %+v, want %+v", device.Name, row, want)
			}
			if row.ICMPCode != want.code || row.Duplicates != want.duplicates || row.Reordered != want.reordered {
				t.Errorf("%s: %+v, want %+v", device.Name, row, want)
			}
			if (row.ErrorFrom == "127.9.9.9") != (want.kind != 0) || (row.ReplyTTL == 64) != (row.Received != 0) {
				t.Errorf("%s: an error from %q, answered with a TTL of %d: %+v", device.Name, row.ErrorFrom, row.ReplyTTL, want)
			}
			if row.OffsetMs != offset {
				t.Errorf("%s: attempt %d is due at %d ms, want %d", device.Name, row.Attempt, row.OffsetMs, offset)
			}
			if j == 0 {
				continue
			}
			// A lost round is repeated in its slot, an answered one is not.
			before := rows[j-1]
			repeated := before.Attempt == 1 && before.Received == 0
			if repeated != silentAfter(row) || repeated && row.Slot != before.Slot || !repeated && row.Slot != before.Slot+1000 {
				t.Errorf("%s: %+v follows %+v", device.Name, row, before)
			}
		}
	}
	for result, least := range map[verdict]float64{inTime: 18, late: 12, duplicate: 6, foreign: 18, errorOfRound: 12} {
		if got := valueOf(poller.metrics.results[result]); got < least {
			t.Errorf("%g messages of verdict %d, want at least %g", got, result, least)
		}
	}
	// The unprivileged socket's kernel has no filter for what is cut off either.
	if malformed := valueOf(poller.metrics.malformed); malformed < 6 {
		t.Errorf("%g malformed messages, want at least 6", malformed)
	}
}

func TestNoSocketAllowed(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	setSysctl(t, "ping_group_range", "1 0")
	withoutRawSockets(t, func() {
		err := pollerOf(t, quickConfig(), station("127.0.0.1"), &emitted{}).Run(context.Background())
		if err == nil || !strings.Contains(err.Error(), "net.ipv4.ping_group_range") || !strings.Contains(err.Error(), "CAP_NET_RAW") {
			t.Errorf("without the right to ping: %v", err)
		}
	})
}

func TestFallsBackToUnprivileged(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	setSysctl(t, "ping_group_range", "0 0")
	withoutRawSockets(t, func() {
		socket, err := openSocket(false, false, options{})
		if err != nil {
			t.Error(err)
			return
		}
		defer socket.close()
		if socket.raw {
			t.Error("a raw socket without CAP_NET_RAW")
		}
	})
}

// The kernel refuses to send where there is no route: that says nothing of the
// device.
func TestNothingLeaves(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	out := &emitted{}
	station := station("192.0.2.1") // of RFC 5737; the namespace has no route to it
	poller := pollerOf(t, quickConfig(), station, out)
	stop := start(t, poller)
	waitFor(t, "two attempts", func() bool { return len(out.of(station.Devices[0].ID)) >= 2 })
	stop()
	for _, row := range out.of(station.Devices[0].ID) {
		if row.Sent != 0 || row.Received != 0 {
			t.Errorf("%+v", row)
		}
	}
	if refused := valueOf(poller.metrics.sendErrors); refused < 6 {
		t.Errorf("%g send errors counted", refused)
	}
}

func TestHostNames(t *testing.T) {
	needSockets(t, false)
	out := &emitted{}
	station := station("localhost")
	poller := pollerOf(t, quickConfig(), station, out)
	stop := start(t, poller)
	waitFor(t, "a round of localhost", func() bool { return len(out.of(station.Devices[0].ID)) >= 1 })
	stop()
	if row := out.of(station.Devices[0].ID)[0]; row.Received != 3 {
		t.Errorf("%+v", row)
	}
}

func TestUnknownHostName(t *testing.T) {
	if !inNamespace(t) { // where no DNS can be reached
		return
	}
	respond(t, faults)
	out := &emitted{}
	station := station("no-such-host.invalid", "127.9.0.1")
	poller := pollerOf(t, quickConfig(), station, out)
	stop := start(t, poller)
	waitFor(t, "a skipped round", func() bool { return valueOf(poller.metrics.addressless) > 0 })
	waitFor(t, "the failed look-up", func() bool { return valueOf(poller.metrics.unresolved) > 0 })
	waitFor(t, "a round of the other device", func() bool { return len(out.of(station.Devices[1].ID)) >= 1 })
	stop()
	if rows := out.of(station.Devices[0].ID); len(rows) != 0 {
		t.Errorf("a device without an address has rows: %+v", rows)
	}
}

func TestNothingToPing(t *testing.T) {
	stop := start(t, pollerOf(t, DefaultConfig(), station(), &emitted{}))
	stop()
}

func TestValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for name, change := range map[string]func(*Config){
		"interval":                func(c *Config) { c.Interval = 0 },
		"packets":                 func(c *Config) { c.Packets = 17 },
		"no packets":              func(c *Config) { c.Packets = 0 },
		"spacing":                 func(c *Config) { c.Spacing = -1 },
		"timeout":                 func(c *Config) { c.Timeout = 0 },
		"attempts":                func(c *Config) { c.Attempts = 0 },
		"resolve_every":           func(c *Config) { c.ResolveEvery = 0 },
		"source":                  func(c *Config) { c.SourceIPv4 = "2001:db8::1" },
		"source of IPv6":          func(c *Config) { c.SourceIPv6 = "192.0.2.1" },
		"dscp":                    func(c *Config) { c.DSCP = 64 },
		"size":                    func(c *Config) { c.Size = 15 },
		"large size":              func(c *Config) { c.Size = MaxSize + 1 },
		"max_rate":                func(c *Config) { c.MaxRate = -1 },
		"interval for the rounds": func(c *Config) { c.Interval = 2 * time.Second },
	} {
		config := DefaultConfig()
		change(&config)
		if config.Validate() == nil {
			t.Errorf("a wrong %s is accepted", name)
		}
	}
	config := DefaultConfig()
	config.Packets = 0
	if _, err := New(config, station(), nil, quiet, prometheus.NewRegistry()); err == nil {
		t.Error("New takes a wrong configuration")
	}
	config = DefaultConfig()
	config.Interval, config.MaxRate = 3*time.Second, 3
	if _, err := New(config, station("192.0.2.1", "192.0.2.2"), nil, quiet, prometheus.NewRegistry()); err == nil || !strings.Contains(err.Error(), "max_rate is 3") {
		t.Errorf("New takes a rate that is too low: %v", err)
	}
}

// BenchmarkEcho sends requests to loopback, where the kernel answers, 16 at a time,
// and counts the replies. It reports what the poller and the kernel need together.
func BenchmarkEcho(b *testing.B) {
	config := DefaultConfig()
	config.Packets = MaxPackets
	poller := pollerOf(b, config, station("127.0.0.1"), &emitted{})
	if err := poller.openSockets(); err != nil {
		b.Skip(err)
	}
	defer poller.ipv4.close()
	poller.takeAddresses()
	target := &poller.targets[0]
	before := processorTime()
	b.ReportAllocs()
	for b.Loop() {
		if !target.active || target.next == config.Packets {
			poller.begin(target, 1)
		}
		poller.addNext(target, 0)
		if target.next < config.Packets {
			continue
		}
		poller.mutex.Lock()
		poller.flush(b.Context(), poller.write4)
		poller.mutex.Unlock()
		for target.heard != target.sent {
			if err := poller.receive(); err != nil {
				b.Fatal(err)
			}
		}
	}
	used := processorTime() - before
	b.ReportMetric(float64(b.N)/used.Seconds(), "echoes/cpu-s")
}

// processorTime is what this process has used, user and system.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

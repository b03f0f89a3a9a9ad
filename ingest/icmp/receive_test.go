package icmp

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"mimamori/ingest/inventory"
)

// What is answered is awaited no more, though its round is not over, nor is what was given up.
func TestNothingIsAwaitedInVain(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	respond(t, func(r *responder, got request) {
		if got.target == netip.MustParseAddr("127.0.0.1") {
			r.reply(got, got.target, nil)
		}
	})
	config := quickConfig()
	config.Interval, config.Timeout = 20*time.Second, 2*time.Second
	out := new(emitted)
	poller := pollerOf(t, config, station("127.0.0.1", "127.0.0.2"), out)
	for i := range poller.targets { // at once, whenever the test runs
		poller.targets[i].offset = time.Duration(time.Now().UnixNano()%int64(config.Interval)) + 300*time.Millisecond
		poller.targets[i].offset %= config.Interval
	}
	start(t, poller)
	look := func() (heard, awaited int, active bool) {
		poller.mutex.Lock()
		defer poller.mutex.Unlock()
		return poller.targets[0].heard, poller.awaited, poller.targets[0].active
	}
	waitFor(t, "three answers", func() bool { heard, _, _ := look(); return heard == config.Packets })
	if _, awaited, active := look(); !active || awaited > config.Packets {
		t.Errorf("%d requests are awaited of a device that is silent, active %t", awaited, active)
	}
	silent := poller.targets[1].ID
	waitFor(t, "both attempts at the silent device", func() bool { return len(out.of(silent)) == config.Attempts })
	if _, awaited, _ := look(); awaited != 0 {
		t.Errorf("%d requests are awaited, none is under way", awaited)
	}
}

// drainOf reads all there is on a descriptor.
func drainOf(t *testing.T, fd int, raw, queued bool) (*Poller, error) {
	t.Helper()
	poller := pollerOf(t, quickConfig(), inventory.Station{}, new(emitted))
	result := make(chan error, 1)
	go func() { result <- poller.drain(newReader(&socket{fd: fd, raw: raw}), queued) }()
	select {
	case err := <-result:
		return poller, err
	case <-time.After(10 * time.Second):
		t.Fatal("still reading after 10 s")
		return nil, nil
	}
}

// An error of the network is passed over, one of the socket itself ends the poller:
// neither keeps it busy.
func TestErrorsOfReading(t *testing.T) {
	closed, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	port := closed.LocalAddr().(*net.UDPAddr).Port
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for _, raw := range []bool{true, false} {
		refused, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Connect(refused, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Write(refused, []byte("nobody listens")); err != nil {
			t.Fatal(err)
		}
		poller, err := drainOf(t, refused, raw, false)
		if err != nil || valueOf(poller.metrics.receiveErrors) != 1 {
			t.Errorf("raw %t: %v, %g errors counted, want 1", raw, err, valueOf(poller.metrics.receiveErrors))
		}
		if err := unix.Close(refused); err != nil {
			t.Fatal(err)
		}
		var pipe [2]int
		if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		if _, err := drainOf(t, pipe[0], raw, !raw); err == nil {
			t.Errorf("raw %t: what is no socket is read without an error", raw)
		}
		_, _ = unix.Close(pipe[0]), unix.Close(pipe[1])
	}
}

// A timestamp from before the last look at the socket says that the clock was set.
func TestTimestampsBeforeTheLastReading(t *testing.T) {
	now := time.Now()
	stamp := unix.NsecToTimespec(now.Add(-5 * time.Second).UnixNano())
	control := make([]byte, unix.CmsgSpace(int(unsafe.Sizeof(stamp))))
	header := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
	header.Level, header.Type = unix.SOL_SOCKET, unix.SO_TIMESTAMPNS
	header.SetLen(unix.CmsgLen(int(unsafe.Sizeof(stamp))))
	binary.NativeEndian.PutUint64(control[unix.CmsgLen(0):], uint64(stamp.Sec))
	binary.NativeEndian.PutUint64(control[unix.CmsgLen(8):], uint64(stamp.Nsec))
	for oldest, want := range map[time.Duration]time.Duration{time.Second: 0, 20 * time.Second: 5 * time.Second} {
		if got := now.Sub(readControl(control, now, oldest).at); got != want {
			t.Errorf("read by a poller that looked %s ago, it came %s ago, want %s", oldest, got, want)
		}
	}
}

// A machine that was busy while it sent makes no round trip shorter than it was.
func TestShareOfASystemCall(t *testing.T) {
	for _, test := range []struct {
		took    time.Duration
		packets int
		want    time.Duration
	}{
		{160 * time.Microsecond, 16, 10 * time.Microsecond},
		{20 * time.Millisecond, 16, 0},
		{20 * time.Microsecond, 0, 20 * time.Microsecond},
	} {
		if got := share(test.took, test.packets); got != test.want {
			t.Errorf("%d packets in %s: %s each, want %s", test.packets, test.took, got, test.want)
		}
	}
}

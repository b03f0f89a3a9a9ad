package datagram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// value returns what a counter stands at.
func value(t *testing.T, counter prometheus.Counter) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(counter)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}

func open(t testing.TB, bufferBytes int) (*Socket, net.Conn) {
	t.Helper()
	return openOn(t, "127.0.0.1:0", bufferBytes)
}

func openOn(t testing.TB, address string, bufferBytes int) (*Socket, net.Conn) {
	t.Helper()
	counter := func(name string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name})
	}
	socket, err := Listen(context.Background(), Config{
		What: "tests", Address: address, Setting: "the test's", BufferBytes: bufferBytes, MaxBytes: 1000,
		Dropped: counter("dropped"), Failed: counter("failed"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	sender, err := net.Dial("udp", socket.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close() })
	return socket, sender
}

func send(t testing.TB, sender net.Conn, size, count int) {
	t.Helper()
	for range count {
		if _, err := sender.Write(bytes.Repeat([]byte{'x'}, size)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhatTheKernelHoldsIsTaken: the context has ended before anything was read, and
// every datagram that had arrived is taken and flushed none the less.
func TestWhatTheKernelHoldsIsTaken(t *testing.T) {
	socket, sender := open(t, 1<<20)
	send(t, sender, 100, 50)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	taken, flushed := 0, -1
	err := socket.Receive(ended, Handler{
		Take:  func([]byte, netip.AddrPort, time.Time) { taken++ },
		Due:   func() time.Time { return time.Time{} },
		Flush: func() { flushed = taken },
	})
	if err != nil || taken != 50 || flushed != 50 {
		t.Errorf("%d taken, %d of them flushed, error %v; want 50", taken, flushed, err)
	}
}

// TestWhatTheKernelHasNoRoomForIsCounted: every datagram is taken or counted, although
// none follows the loss.
func TestWhatTheKernelHasNoRoomForIsCounted(t *testing.T) {
	socket, sender := open(t, 4096)
	const sent = 500
	send(t, sender, 900, sent)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	taken := 0
	err := socket.Receive(ended, Handler{
		Take:  func([]byte, netip.AddrPort, time.Time) { taken++ },
		Due:   func() time.Time { return time.Time{} },
		Flush: func() {},
	})
	if dropped := value(t, socket.config.Dropped); err != nil || dropped < sent/2 || dropped+float64(taken) != sent {
		t.Errorf("%v dropped and %d taken of %d, error %v", dropped, taken, sent, err)
	}
}

func TestFlushWhenDue(t *testing.T) {
	socket, sender := open(t, 1<<20)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var due time.Time
	flushed := make(chan string, 1)
	var gathered []byte
	go func() {
		_ = socket.Receive(ctx, Handler{
			Take: func(datagram []byte, _ netip.AddrPort, now time.Time) {
				gathered, due = append(gathered, datagram...), now.Add(10*time.Millisecond)
			},
			Due: func() time.Time { return due },
			Flush: func() {
				if len(gathered) > 0 {
					flushed <- string(gathered)
				}
				gathered, due = nil, time.Time{}
			},
		})
	}()
	send(t, sender, 2000, 1)
	select {
	case got := <-flushed:
		if len(got) != 1001 {
			t.Errorf("%d bytes, want one more than may be taken: it shows that there was more", len(got))
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing is flushed when it is due")
	}
}

func TestAClosedSocketIsAnError(t *testing.T) {
	socket, _ := open(t, 1<<20)
	_ = socket.Close()
	err := socket.Receive(t.Context(), Handler{Due: func() time.Time { return time.Time{} }})
	if err == nil || !strings.Contains(err.Error(), "receive tests on") {
		t.Errorf("%v", err)
	}
}

// TestABurstIsTakenInOrder: more datagrams than one system call reads, each whole and
// after the one before.
func TestABurstIsTakenInOrder(t *testing.T) {
	socket, sender := open(t, 8<<20)
	ctx, cancel := context.WithCancel(t.Context())
	const burst = 10*batchSize + 1
	for i := range burst {
		if _, err := fmt.Fprintf(sender, "%d:%s", i, strings.Repeat("x", i)); err != nil {
			t.Fatal(err)
		}
	}
	taken := 0
	err := socket.Receive(ctx, Handler{
		Take: func(datagram []byte, from netip.AddrPort, _ time.Time) {
			if want := fmt.Sprintf("%d:%s", taken, strings.Repeat("x", taken)); string(datagram) != want || from.String() != sender.LocalAddr().String() {
				t.Errorf("%q from %s, want %q", datagram, from, want)
			}
			if taken++; taken == burst {
				cancel()
			}
		},
		Due:   func() time.Time { return time.Time{} },
		Flush: func() {},
	})
	if err != nil || taken != burst {
		t.Errorf("%d taken, error %v", taken, err)
	}
}

// TestFamilies: who sent a datagram is told, and can be answered, whatever the families of
// the socket and the sender.
func TestFamilies(t *testing.T) {
	for name, test := range map[string]struct{ listen, send string }{
		"IPv4": {"127.0.0.1:0", "127.0.0.1"}, "IPv6": {"[::1]:0", "::1"}, "IPv4 to both": {"[::]:0", "127.0.0.1"}, "IPv6 to both": {"[::]:0", "::1"},
	} {
		t.Run(name, func(t *testing.T) {
			socket, _ := openOn(t, test.listen, 1<<20)
			_, port, _ := net.SplitHostPort(socket.LocalAddr().String())
			sender, err := net.Dial("udp", net.JoinHostPort(test.send, port))
			if err != nil {
				t.Fatal(err)
			}
			defer sender.Close()
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				done <- socket.Receive(ctx, Handler{
					Take: func(datagram []byte, from netip.AddrPort, _ time.Time) {
						if plain := Plain(from.Addr()); plain.String() != test.send {
							t.Errorf("from %s, want %s", plain, test.send)
						}
						if err := socket.Send(append([]byte("re: "), datagram...), from); err != nil {
							t.Error(err)
						}
					},
					Due:   func() time.Time { return time.Time{} },
					Flush: func() {},
				})
			}()
			send(t, sender, 3, 1)
			_ = sender.SetReadDeadline(time.Now().Add(10 * time.Second))
			answer := make([]byte, 100)
			size, err := sender.Read(answer)
			if err != nil || string(answer[:size]) != "re: xxx" {
				t.Errorf("%q, %v", answer[:size], err)
			}
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestCloseEndsReceive: the socket is closed while it is waited for, and again.
func TestCloseEndsReceive(t *testing.T) {
	socket, sender := open(t, 1<<20)
	done, taken := make(chan error, 1), make(chan struct{})
	go func() {
		done <- socket.Receive(context.Background(), Handler{
			Take:  func([]byte, netip.AddrPort, time.Time) { close(taken) },
			Due:   func() time.Time { return time.Time{} },
			Flush: func() {},
		})
	}()
	send(t, sender, 1, 1)
	<-taken
	if err := socket.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-done:
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it is still received")
	}
	if err := socket.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed again: %v", err)
	}
	if err := socket.Send(nil, netip.AddrPort{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("sent after the end: %v", err)
	}
}

// TestLittleRoomIsReadAtOnce: what fills a small buffer in no time is not left there.
func TestLittleRoomIsReadAtOnce(t *testing.T) {
	small, _ := open(t, 64<<10)
	large, _ := open(t, 8<<20)
	if got := small.gatherTime(); got != 0 {
		t.Errorf("%s with little room", got)
	}
	if got := large.gatherTime(); got > mostGather || got != 0 && got < leastGather {
		t.Errorf("%s with much room", got)
	}
}

// BenchmarkReceive takes datagrams of the size of a syslog message, as many at a time as
// they come.
func BenchmarkReceive(b *testing.B) {
	socket, sender := open(b, 8<<20)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	var taken atomic.Int64
	go func() {
		done <- socket.Receive(ctx, Handler{
			Take:  func([]byte, netip.AddrPort, time.Time) { taken.Add(1) },
			Due:   func() time.Time { return time.Time{} },
			Flush: func() {},
		})
	}()
	b.ReportAllocs()
	sent := int64(0)
	for b.Loop() {
		send(b, sender, 120, 64)
		for sent += 64; sent-taken.Load() > 1000; {
			runtime.Gosched()
		}
	}
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(sent), "ns/datagram")
}

// TestListenSaysWhatToDo holds that who may not bind a port is not sent looking for
// another program.
func TestListenSaysWhatToDo(t *testing.T) {
	for err, want := range map[error]string{syscall.EACCES: "CAP_NET_BIND_SERVICE", syscall.EADDRNOTAVAIL: "an interface of this machine", syscall.EADDRINUSE: "stop what else"} {
		if got := Remedy(fmt.Errorf("bind: %w", err)); !strings.Contains(got, want) {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

func TestDatagramsAreLeftToTheKernelAsManyAsComeAtOnce(t *testing.T) {
	const most = 4 * time.Millisecond
	for _, test := range []struct {
		last     time.Duration
		gathered int
		want     time.Duration
	}{
		{leastGather, 0, 2 * leastGather},
		{leastGather, fewGathered - 1, 2 * leastGather},
		{3 * time.Millisecond, fewGathered - 1, most}, // and no longer than the buffer allows
		{most, fewGathered, most},
		{most, manyGathered, most},
		{most, manyGathered + 1, most / 2},
		{leastGather, 1 << 20, leastGather},
	} {
		if got := nextGather(test.last, most, test.gathered); got != test.want {
			t.Errorf("after %s with %d: %s, want %s", test.last, test.gathered, got, test.want)
		}
	}
}

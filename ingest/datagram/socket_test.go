package datagram

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
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

func open(t *testing.T, bufferBytes int) (*Socket, net.Conn) {
	t.Helper()
	counter := func(name string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name})
	}
	socket, err := Listen(t.Context(), Config{
		What: "tests", Address: "127.0.0.1:0", Setting: "the test's", BufferBytes: bufferBytes, MaxBytes: 1000,
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

func send(t *testing.T, sender net.Conn, size, count int) {
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

func TestWhatTheKernelHasNoRoomForIsCounted(t *testing.T) {
	socket, sender := open(t, 4096)
	const sent = 500
	send(t, sender, 900, sent)
	ctx, cancel := context.WithCancel(t.Context())
	taken := 0
	done := make(chan error, 1)
	go func() {
		done <- socket.Receive(ctx, Handler{
			Take: func([]byte, netip.AddrPort, time.Time) {
				if taken++; taken == 1 {
					// The count comes with the datagrams that follow the loss.
					send(t, sender, 10, 1)
				}
			},
			Due:   func() time.Time { return time.Time{} },
			Flush: func() {},
		})
	}()
	for deadline := time.Now().Add(10 * time.Second); value(t, socket.config.Dropped) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("nothing is counted as dropped")
		}
		send(t, sender, 10, 1)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if dropped := value(t, socket.config.Dropped); dropped < sent/2 || dropped+float64(taken) < sent {
		t.Errorf("%v dropped and %d taken of %d and more", dropped, taken, sent)
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

// TestListenSaysWhatToDo holds that who may not bind a port is not sent looking for
// another program.
func TestListenSaysWhatToDo(t *testing.T) {
	for err, want := range map[error]string{syscall.EACCES: "CAP_NET_BIND_SERVICE", syscall.EADDRNOTAVAIL: "an interface of this machine", syscall.EADDRINUSE: "stop what else"} {
		if got := Remedy(fmt.Errorf("bind: %w", err)); !strings.Contains(got, want) {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

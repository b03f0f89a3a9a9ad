package ingest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// TestSyslogOverTCPWaitsWhileTheCentreIsAway holds that a sender over TCP is kept waiting
// once half of the spool is filled, so that nothing of it is dropped, and that every line
// arrives once and in order when the centre is back.
func TestSyslogOverTCPWaitsWhileTheCentreIsAway(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := taken.Addr().String()
	taken.Close()
	config := DefaultConfig()
	config.Linger = 20 * time.Millisecond
	config.Spool.Directory, config.Spool.MaxBytes = t.TempDir(), 1<<20
	config.Syslog.RateLimit.MessagesPerSecond = 0
	uplink, registry := &fakeUplink{away: true}, prometheus.NewRegistry()
	station := inventory.Station{ApplianceID: 0xabc, Appliance: inventory.Appliance{Name: "box", Syslog: &inventory.Syslog{TCP: address}}}
	a, err := New(config, station, uplink, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()

	connection := dial(t, address)
	var sent atomic.Int64 // lines
	const lines = 30000
	written := make(chan error, 1)
	go func() {
		random := rand.New(rand.NewPCG(1, 2))
		for i := range lines {
			// Half a kilobyte that does not compress much.
			var text strings.Builder
			for range 32 {
				fmt.Fprintf(&text, "%016x", random.Uint64())
			}
			if _, err := fmt.Fprintf(connection, "<13>Oct 11 22:14:15 web1 app: %d %s\n", i, text.String()); err != nil {
				written <- err
				return
			}
			sent.Add(1)
		}
		written <- connection.Close()
	}()
	// The sender stands still: nothing was sent for half a second, and not all was.
	for deadline, last := time.Now().Add(20*time.Second), int64(-1); last != sent.Load(); {
		if time.Now().After(deadline) {
			t.Fatal("the sender goes on and on")
		}
		last = sent.Load()
		<-time.After(500 * time.Millisecond)
	}
	if sent.Load() == lines || counted(t, registry, "mimamori_syslog_backpressure_waits_total") == 0 && counted(t, registry, "mimamori_spool_bytes") < 512<<10 {
		t.Fatalf("%d lines of %d were sent, the spool has %v bytes", sent.Load(), lines, counted(t, registry, "mimamori_spool_bytes"))
	}
	uplink.set(false)
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); counted(t, registry, "mimamori_syslog_open_connections") > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the connection stays open")
		}
		<-time.After(20 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if dropped := counted(t, registry, "mimamori_spool_dropped_blocks_total"); dropped != 0 {
		t.Errorf("%v blocks were dropped", dropped)
	}
	if counted(t, registry, "mimamori_syslog_backpressure_waits_total") == 0 || counted(t, registry, "mimamori_syslog_backpressure_wait_seconds_total") < 0.4 {
		t.Error("the wait is not counted")
	}
	messages := linesOf(t, uplink)
	if len(messages) != lines {
		t.Fatalf("%d lines arrived, want %d", len(messages), lines)
	}
	for i, message := range messages {
		if !strings.HasPrefix(message, fmt.Sprintf("%d ", i)) {
			t.Fatalf("line %d is %.20q", i, message)
		}
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			t.Cleanup(func() { _ = connection.Close() })
			return connection
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// linesOf returns the messages of the syslog that arrived, by their sequence.
func linesOf(t *testing.T, uplink *fakeUplink) []string {
	t.Helper()
	type line struct {
		sequence uint64
		message  string
	}
	var lines []line
	for _, message := range uplink.received(bus.TopicLogs) {
		rows := decode(t, message.Value).rows.(*sample.Syslog)
		for i, sequence := range rows.Sequence {
			lines = append(lines, line{sequence, rows.Message[i]})
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(a.sequence, b.sequence) })
	messages := make([]string, len(lines))
	for i := range lines {
		messages[i] = lines[i].message
	}
	return messages
}

package syslog

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// overTCP is what an inventory asks for that wants connections.
func overTCP() *inventory.Syslog { return &inventory.Syslog{TCP: "127.0.0.1:0"} }

// connect opens a connection from an address.
func connect(t *testing.T, from, to string) *net.TCPConn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	connection, err := dialer.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection.(*net.TCPConn)
}

func write(t *testing.T, to io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(to, text); err != nil {
		t.Fatal(err)
	}
}

// closed waits until the other side has closed a connection.
func closed(t *testing.T, connection net.Conn) {
	t.Helper()
	_ = connection.SetReadDeadline(time.Now().Add(10 * time.Second))
	if octets, err := connection.Read(make([]byte, 1)); err == nil || octets > 0 || isTimeout(err) {
		t.Fatalf("the connection is open: %d octets, %v", octets, err)
	}
}

func isTimeout(err error) bool {
	failed, ok := err.(net.Error) //nolint:errorlint // as it comes from the connection
	return ok && failed.Timeout()
}

// labelled returns the value of a metric with a label.
func (s *site) labelled(t *testing.T, name, value string) float64 {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if label.GetValue() == value {
					return metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
				}
			}
		}
	}
	return 0
}

// until waits for a metric with a label to have a value.
func (s *site) until(t *testing.T, name, label string, want float64) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		got := s.labelled(t, name, label)
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s{%s} is %v, want %v", name, label, got, want)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func TestStreamTakesLinesAndCountedMessages(t *testing.T) {
	s := runAt(t, DefaultConfig(), overTCP(), nil)
	const line = "<189>45: Oct 11 22:14:15.003: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down"
	router, stranger := connect(t, "127.0.0.2", s.tcp), connect(t, "127.0.0.9", s.tcp)
	counted := strconv.Itoa(len(line)) + " " + line
	for at := range len(counted) {
		write(t, router, counted[at:at+1])
	}
	// The connections stay open: what came is emitted all the same.
	s.wait(t, 1)
	write(t, router, line+"\n"+line+"\r\n")
	s.wait(t, 3)
	write(t, stranger, line+"\x00")
	rows := s.wait(t, 4)
	for i, want := range []struct {
		device sample.ID
		source string
	}{{42, "127.0.0.2"}, {42, "127.0.0.2"}, {42, "127.0.0.2"}, {0, "127.0.0.9"}} {
		if rows.Device[i] != want.device || rows.Source[i] != want.source || rows.Message[i] != "Interface Gi0/1, changed state to down" || rows.Complaint[i] != "" {
			t.Errorf("row %d: device %d from %s: %q, %q", i, rows.Device[i], rows.Source[i], rows.Message[i], rows.Complaint[i])
		}
	}
	if s.labelled(t, "mimamori_syslog_open_connections", "tcp") != 2 || s.labelled(t, "mimamori_syslog_connections_total", "tcp") != 2 {
		t.Error("two connections are not counted")
	}
	router.Close()
	stranger.Close()
	s.until(t, "mimamori_syslog_open_connections", "tcp", 0)
	if got := s.metric(t, "mimamori_syslog_connection_errors_total"); got != 0 {
		t.Errorf("%v errors counted", got)
	}
}

func TestStreamKeepsWhatCameOfAMessage(t *testing.T) {
	s := runAt(t, DefaultConfig(), overTCP(), nil)
	for i, stream := range []string{"<13>whole\n<13>half", "70 <13>half", "4 <1>a70 <13>half"} {
		connection := connect(t, "127.0.0.2", s.tcp)
		write(t, connection, stream)
		connection.Close()
		s.until(t, "mimamori_syslog_connection_errors_total", "cut_off", float64(i+1))
	}
	rows := s.wait(t, 5)
	for i, want := range []bool{false, true, true, false, true} {
		if cutOff := rows.Complaint[i] == "cut off: the connection ended" || strings.HasSuffix(rows.Complaint[i], "; cut off: the connection ended"); cutOff != want {
			t.Errorf("row %d: %q has the complaint %q", i, rows.Message[i], rows.Complaint[i])
		}
		if want && (rows.Message[i] != "half" || rows.Severity[i] != 5) {
			t.Errorf("row %d: %q, severity %d", i, rows.Message[i], rows.Severity[i])
		}
	}
	// The sender resets the connection: what it said before is kept.
	connection := connect(t, "127.0.0.2", s.tcp)
	write(t, connection, "<13>said\n<13>ha")
	s.wait(t, 6)
	_ = connection.SetLinger(0)
	connection.Close()
	s.until(t, "mimamori_syslog_connection_errors_total", "reset", 1)
	if rows = s.wait(t, 7); rows.Message[5] != "said" || rows.Message[6] != "ha" {
		t.Errorf("of a connection that was reset: %q, %q", rows.Message[5], rows.Message[6])
	}
}

func TestStreamBoundsMessages(t *testing.T) {
	config := DefaultConfig()
	config.MaxMessageBytes = 600
	s := runAt(t, config, overTCP(), nil)
	connection := connect(t, "127.0.0.2", s.tcp)
	giant := "<13>" + strings.Repeat("x", longestFrame-4)
	write(t, connection, strconv.Itoa(len(giant))+" "+giant)
	write(t, connection, giant+giant+"\n<13>good\n")
	rows := s.wait(t, 3)
	for i, want := range []string{"cut off after 600 bytes", "cut off after 600 bytes"} {
		if !strings.Contains(rows.Complaint[i], want) || len(rows.Raw[i]) != 600 {
			t.Errorf("row %d: %d bytes, complaint %q", i, len(rows.Raw[i]), rows.Complaint[i])
		}
	}
	if rows.Message[2] != "good" {
		t.Errorf("after the giants: %q", rows.Message[2])
	}
	if got := s.metric(t, "mimamori_syslog_truncated_lines_total"); got != 2 {
		t.Errorf("%v truncated lines counted, want 2", got)
	}
	connection.Close()
	s.until(t, "mimamori_syslog_open_connections", "tcp", 0)
	if got, want := s.metric(t, "mimamori_syslog_skipped_bytes_total"), float64(3*longestFrame-2*601); got != want {
		t.Errorf("%v bytes skipped, want %v", got, want)
	}
}

func TestStreamEndsWhereNothingCanBeUnderstood(t *testing.T) {
	s := runAt(t, DefaultConfig(), overTCP(), nil)
	good := connect(t, "127.0.0.2", s.tcp)
	for i, stream := range []string{"04 <1>a", "2000000 <1>a"} {
		bad := connect(t, "127.0.0.9", s.tcp)
		write(t, bad, "<13>before\n"+stream)
		closed(t, bad)
		s.until(t, "mimamori_syslog_connection_errors_total", "frame_length", float64(i+1))
	}
	write(t, good, "<13>good\n")
	if rows := s.wait(t, 3); rows.Message[0] != "before" || rows.Message[1] != "before" || rows.Message[2] != "good" {
		t.Errorf("%q", rows.Message)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	config := DefaultConfig()
	config.MaxConnections = 8
	s := runAt(t, config, overTCP(), nil)
	var open []net.Conn
	for _, from := range []string{"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"} {
		for range 2 {
			open = append(open, connect(t, from, s.tcp))
		}
		s.until(t, "mimamori_syslog_open_connections", "tcp", float64(len(open)))
		if len(open) == 2 {
			closed(t, connect(t, from, s.tcp))
		}
	}
	closed(t, connect(t, "127.0.0.5", s.tcp))
	for _, reason := range []string{"max_connections_per_address", "max_connections"} {
		s.until(t, "mimamori_syslog_connections_refused_total", reason, 1)
	}
	for _, connection := range open {
		write(t, connection, "<13>good\n")
	}
	s.wait(t, 8)
	open[0].Close()
	s.until(t, "mimamori_syslog_open_connections", "tcp", 7)
	write(t, connect(t, "127.0.0.5", s.tcp), "<13>good\n")
	s.wait(t, 9)
}

// TestStrangersLeaveRoomForTheInventory holds that addresses nobody knows, however many,
// keep no device and no relay out.
func TestStrangersLeaveRoomForTheInventory(t *testing.T) {
	config, asked := DefaultConfig(), overTCP()
	config.MaxConnections = 8
	asked.Relays = []string{"127.0.0.9"}
	s := runAt(t, config, asked, nil)
	for i := range 6 {
		connect(t, "127.0.1."+strconv.Itoa(i), s.tcp)
	}
	s.until(t, "mimamori_syslog_open_connections", "tcp", 6)
	closed(t, connect(t, "127.0.1.7", s.tcp))
	s.until(t, "mimamori_syslog_connections_refused_total", "max_connections", 1)
	for i, from := range []string{"127.0.0.2", "127.0.0.9"} {
		write(t, connect(t, from, s.tcp), "<13>good\n")
		s.wait(t, i+1)
	}
}

// TestASenderThatIsGoneIsFound: the kernel is told to ask after senders that say nothing.
func TestASenderThatIsGoneIsFound(t *testing.T) {
	listener, err := listenStream(t.Context(), "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	connect(t, "127.0.0.2", listener.Addr().String())
	taken, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	socket, err := taken.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = socket.Control(func(descriptor uintptr) {
		for name, want := range map[int]int{unix.TCP_KEEPIDLE: 60, unix.TCP_KEEPINTVL: 15, unix.TCP_KEEPCNT: 4} {
			if got, err := unix.GetsockoptInt(int(descriptor), unix.IPPROTO_TCP, name); err != nil || got != want {
				t.Errorf("option %d is %d, want %d: %v", name, got, want, err)
			}
		}
		if on, err := unix.GetsockoptInt(int(descriptor), unix.SOL_SOCKET, unix.SO_KEEPALIVE); err != nil || on != 1 {
			t.Errorf("keep-alives are off: %v", err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStreamIsDrainedAtTheEnd(t *testing.T) {
	s := runAt(t, withoutLimit(), overTCP(), nil)
	const lines = 5000 // less than a busy machine takes in drainTime
	connection := connect(t, "127.0.0.2", s.tcp)
	var all strings.Builder
	for i := range lines {
		fmt.Fprintf(&all, "<13>Oct 11 22:14:15 web1 app: line %d\n", i)
	}
	write(t, connection, all.String()+"<13>ha")
	s.wait(t, 1)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if s.rows.Len() != lines+1 || !strings.HasSuffix(s.rows.Complaint[lines], "cut off: the receiver was stopped") {
		t.Fatalf("%d rows after the end, want %d; the last has %q", s.rows.Len(), lines+1, s.rows.Complaint[s.rows.Len()-1])
	}
	for i := range lines {
		if want := "line " + strconv.Itoa(i); s.rows.Message[i] != want {
			t.Fatalf("row %d is %q, want %q", i, s.rows.Message[i], want)
		}
	}
}

// withoutLimit lets a sender say as much as it can.
func withoutLimit() Config {
	config := DefaultConfig()
	config.RateLimit.MessagesPerSecond = 0
	return config
}

func TestStreamIsNotReadWithoutRoom(t *testing.T) {
	var full atomic.Bool
	free := make(chan struct{})
	full.Store(true)
	room := func(ctx context.Context) time.Duration {
		if !full.Load() {
			return 0
		}
		began := time.Now()
		select {
		case <-ctx.Done():
		case <-free:
		}
		return time.Since(began)
	}
	s := runAt(t, withoutLimit(), overTCP(), room)
	connection := connect(t, "127.0.0.2", s.tcp)
	line := "<13>Oct 11 22:14:15 web1 app: " + strings.Repeat("x", 970) + "\n"
	written := 0
	_ = connection.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	for {
		octets, err := io.WriteString(connection, line)
		written += octets
		if err != nil {
			break // the sender is kept waiting
		}
	}
	if s.wait(t, 0).Len() != 0 {
		t.Fatal("a row without room")
	}
	_ = connection.SetWriteDeadline(time.Time{})
	full.Store(false)
	close(free)
	if rest := written % len(line); rest != 0 {
		write(t, connection, line[rest:])
		written += len(line) - rest
	}
	connection.Close()
	s.wait(t, written/len(line))
	s.until(t, "mimamori_syslog_open_connections", "tcp", 0)
	if s.rows.Len() != written/len(line) || s.metric(t, "mimamori_syslog_connection_errors_total") != 0 {
		t.Errorf("%d rows, want %d", s.rows.Len(), written/len(line))
	}
	if s.metric(t, "mimamori_syslog_backpressure_waits_total") == 0 || s.metric(t, "mimamori_syslog_backpressure_wait_seconds_total") < 0.4 {
		t.Error("the wait is not counted")
	}
}

// TestStreamEndsWhileItWaitsForRoom holds that what the kernel has acknowledged to the
// sender is taken at the end also where there is no room.
func TestStreamEndsWhileItWaitsForRoom(t *testing.T) {
	s := runAt(t, DefaultConfig(), overTCP(), func(ctx context.Context) time.Duration {
		<-ctx.Done()
		return time.Second
	})
	write(t, connect(t, "127.0.0.2", s.tcp), "<13>a\n<13>b\n")
	s.until(t, "mimamori_syslog_open_connections", "tcp", 1)
	began := time.Now()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > drainTime+time.Second || s.rows.Len() != 2 {
		t.Errorf("%d rows after %s", s.rows.Len(), took)
	}
}

// endless is a connection that brings the same line again and again.
type endless struct {
	net.Conn
	text []byte
	left int
}

func (e *endless) Read(into []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	octets := copy(into, e.text)
	octets -= octets % (len(e.text) / bytes.Count(e.text, []byte{'\n'}))
	e.left -= octets
	return octets, nil
}

func (e *endless) SetReadDeadline(time.Time) error { return nil }

// BenchmarkStream measures the way of a line from a connection into a batch.
func BenchmarkStream(b *testing.B) {
	receiver, err := New(withoutLimit(), inventory.Station{Appliance: inventory.Appliance{Syslog: overTCP()}},
		func(int64, sample.Rows) {}, func(context.Context) time.Duration { return 0 }, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	const line = "<189>45: Oct 11 22:14:15.003: %LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down\n"
	stream := &stream{
		Receiver: receiver, connection: &endless{text: []byte(strings.Repeat(line, 1+2*readBytes/len(line))), left: b.N * len(line)},
		address: netip.MustParseAddr("192.0.2.1"), framer: newFramer(8192), intake: &intake{Receiver: receiver, patient: true},
	}
	b.ReportAllocs()
	if reason, err := stream.run(b.Context()); reason != "" {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

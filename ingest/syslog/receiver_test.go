package syslog

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// site is a running receiver and what it emitted.
type site struct {
	address  string // UDP
	tcp, tls string
	registry *prometheus.Registry
	stop     func() error

	lock  sync.Mutex
	rows  sample.Syslog
	slots []int64 // of each row
}

// run starts a receiver on a free port. 127.0.0.2 is device 42, localhost device 43.
func run(t *testing.T, config Config) *site {
	t.Helper()
	return runAt(t, config, &inventory.Syslog{UDP: "127.0.0.1:0"}, nil)
}

// runAt is run for what is asked for, with room for what is emitted.
func runAt(t *testing.T, config Config, asked *inventory.Syslog, room Room) *site {
	t.Helper()
	return runWith(t, config, inventory.Station{
		Appliance: inventory.Appliance{Name: "a", Syslog: asked},
		Devices: []inventory.StationDevice{
			{ID: 42, Device: inventory.Device{Name: "router", Address: "127.0.0.2"}},
			{ID: 43, Device: inventory.Device{Name: "host", Address: "localhost"}},
			{ID: 44, Device: inventory.Device{Name: "gone", Address: "name.invalid"}},
		},
	}, room)
}

// runStation starts the receiver of a station on a free port.
func runStation(t *testing.T, config Config, station inventory.Station) *site {
	t.Helper()
	return runWith(t, config, station, nil)
}

func runWith(t *testing.T, config Config, station inventory.Station, room Room) *site {
	t.Helper()
	s := &site{registry: prometheus.NewRegistry()}
	receiver, err := New(config, station, s.emit, room, slog.New(slog.DiscardHandler), s.registry)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	listeners, err := receiver.listen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if listeners.udp != nil {
		s.address = listeners.udp.LocalAddr().String()
	}
	if listeners.tcp != nil {
		s.tcp = listeners.tcp.Addr().String()
	}
	if listeners.tls != nil {
		s.tls = listeners.tls.Addr().String()
	}
	done := make(chan error, 1)
	go func() {
		defer listeners.close()
		done <- receiver.serve(ctx, listeners)
	}()
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = s.stop() })
	return s
}

func (s *site) emit(slot int64, rows sample.Rows) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for range rows.Len() {
		s.slots = append(s.slots, slot)
	}
	if err := sample.Append(&s.rows, rows); err != nil {
		panic(err)
	}
}

func (s *site) send(t *testing.T, source string, messages ...string) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(source)}}
	connection, err := dialer.Dial("udp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	for _, message := range messages {
		if _, err := connection.Write([]byte(message)); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *site) count() int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.rows.Len()
}

// wait returns the rows once there are that many.
func (s *site) wait(t *testing.T, rows int) *sample.Syslog {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		s.lock.Lock()
		now := s.rows // what is emitted later does not change it
		s.lock.Unlock()
		found := now.Len()
		if found >= rows {
			return &now
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d rows, want %d", found, rows)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func (s *site) metric(t *testing.T, name string) float64 {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() == name {
			for _, metric := range family.GetMetric() {
				sum += metric.GetCounter().GetValue()
			}
		}
	}
	return sum
}

func TestReceiverMapsTheSource(t *testing.T) {
	s := run(t, DefaultConfig())
	before := time.Now().UnixMilli()
	const line = "<189>45: Oct 11 22:14:15.003: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down"
	s.send(t, "127.0.0.2", line)
	s.send(t, "127.0.0.1", line)
	s.send(t, "127.0.0.9", line)
	rows := s.wait(t, 3)
	after := time.Now().UnixMilli()
	for i, want := range []struct {
		device sample.ID
		source string
	}{{42, "127.0.0.2"}, {43, "127.0.0.1"}, {0, "127.0.0.9"}} {
		if rows.Device[i] != want.device || rows.Source[i] != want.source {
			t.Errorf("row %d: device %d from %s, want %d from %s", i, rows.Device[i], rows.Source[i], want.device, want.source)
		}
		if received := s.slots[i] + int64(rows.OffsetMs[i]); received < before || received > after || s.slots[i]%60_000 != 0 || rows.OffsetMs[i] >= 60_000 {
			t.Errorf("row %d: received at %d in slot %d, want %d to %d", i, received, s.slots[i], before, after)
		}
		if rows.Mnemonic[i] != "LINK-3-UPDOWN" || rows.Message[i] != "Interface Gi0/1, changed state to down" || rows.Severity[i] != 5 {
			t.Errorf("row %d: %q %q %d", i, rows.Mnemonic[i], rows.Message[i], rows.Severity[i])
		}
	}
	if got := s.metric(t, "mimamori_syslog_unknown_source_lines_total"); got != 1 {
		t.Errorf("%v lines of an unknown source counted, want 1", got)
	}
}

func TestReceiverKeepsGarbageAndOversize(t *testing.T) {
	config := DefaultConfig()
	config.MaxMessageBytes = 600
	s := run(t, config)
	long := "<13>Oct 11 22:14:15 web1 app: " + strings.Repeat("x", 2000)
	s.send(t, "127.0.0.2", "\xff\xfe\x00\x01garbage", "", "<", long, long[:600], "<13>Oct 11 22:14:15 web1 app: good")
	rows := s.wait(t, 6)
	if rows.Format[0] != sample.SyslogRaw || !strings.HasPrefix(rows.Raw[0], `\xff\xfe`) || !strings.Contains(rows.Complaint[0], "UTF-8") {
		t.Errorf("garbage: %d %q %q", rows.Format[0], rows.Raw[0], rows.Complaint[0])
	}
	if rows.Complaint[1] != "the message is empty" {
		t.Errorf("empty message: %q", rows.Complaint[1])
	}
	if rows.Raw[2] != "<" {
		t.Errorf("short message: %q", rows.Raw[2])
	}
	if want := strings.Repeat("x", 600-30); rows.Message[3] != want || rows.Complaint[3] != "cut off after 600 bytes" || rows.AppName[3] != "app" {
		t.Errorf("oversize: %d bytes of message, want %d; complaint %q", len(rows.Message[3]), len(want), rows.Complaint[3])
	}
	if rows.Complaint[4] != "" {
		t.Errorf("a message of just the largest size: %q", rows.Complaint[4])
	}
	if rows.Message[5] != "good" {
		t.Errorf("after the garbage: %q", rows.Message[5])
	}
	if got := s.metric(t, "mimamori_syslog_truncated_lines_total"); got != 1 {
		t.Errorf("%v truncated lines counted, want 1", got)
	}
}

func TestReceiverBurstIsCompleteAndDrained(t *testing.T) {
	s := run(t, DefaultConfig())
	const lines, burst = 1000, 100 // a burst fits the least buffer a system has
	for i := 0; i < lines; i += burst {
		messages := make([]string, burst)
		for j := range messages {
			messages[j] = "<13>Oct 11 22:14:15 web1 app: line " + strconv.Itoa(i+j)
		}
		s.wait(t, max(0, i-burst))
		s.send(t, "127.0.0.2", messages...)
	}
	// The end comes while lines are still in the kernel or in the batch.
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if s.rows.Len() != lines {
		t.Fatalf("%d rows after the end, want %d", s.rows.Len(), lines)
	}
	for i := range lines {
		if want := "line " + strconv.Itoa(i); s.rows.Message[i] != want {
			t.Fatalf("row %d is %q, want %q", i, s.rows.Message[i], want)
		}
		if i > 0 && s.rows.Sequence[i] != s.rows.Sequence[i-1]+1 {
			t.Fatalf("row %d: sequence %d after %d", i, s.rows.Sequence[i], s.rows.Sequence[i-1])
		}
	}
	last := s.rows.Sequence[lines-1]
	again := run(t, DefaultConfig())
	again.send(t, "127.0.0.2", "<13>x")
	if rows := again.wait(t, 1); rows.Sequence[0] <= last {
		t.Errorf("sequence %d after a restart, it was %d before", rows.Sequence[0], last)
	}
}

func TestReceiverSaysThatThePortIsTaken(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	station := inventory.Station{Appliance: inventory.Appliance{Name: "a", Syslog: &inventory.Syslog{UDP: taken.LocalAddr().String()}}}
	receiver, err := New(DefaultConfig(), station, nil, nil, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	err = receiver.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), taken.LocalAddr().String()) || !strings.Contains(err.Error(), "address already in use; stop what else listens there") {
		t.Errorf("%v", err)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	station := inventory.Station{Appliance: inventory.Appliance{Name: "a", Syslog: &inventory.Syslog{UDP: "127.0.0.1:0"}}}
	if _, err := New(Config{MaxMessageBytes: 1}, station, nil, nil, nil, prometheus.NewRegistry()); err == nil || !strings.Contains(err.Error(), "max_message_bytes") || !strings.Contains(err.Error(), "receive_buffer_bytes") {
		t.Errorf("configuration: %v", err)
	}
	if _, err := New(DefaultConfig(), inventory.Station{}, nil, nil, nil, prometheus.NewRegistry()); err == nil || !strings.Contains(err.Error(), "syslog address") {
		t.Errorf("no address: %v", err)
	}
}

// BenchmarkReceive measures the way of a line from the socket into a batch.
func BenchmarkReceive(b *testing.B) {
	config := DefaultConfig()
	config.RateLimit.Burst = 10_000_000 // is counted down, and never used up
	receiver, err := New(config, inventory.Station{Appliance: inventory.Appliance{Syslog: &inventory.Syslog{UDP: "127.0.0.1:0"}}},
		func(int64, sample.Rows) {}, nil, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	line := []byte("<189>45: Oct 11 22:14:15.003: %LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down")
	intake, from := &intake{Receiver: receiver}, receiver.sources.of(netip.MustParseAddr("127.0.0.2"))
	b.ReportAllocs()
	for b.Loop() {
		intake.take(line, from, receivedAt)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// fakeUplink stores what it is given, unless it is away.
type fakeUplink struct {
	lock   sync.Mutex
	away   bool
	closed string // a topic that cannot be written to
	limit  int    // bytes of a message it takes, 0 any
	topics map[string][]bus.Message
	times  map[string][]time.Time // when each message arrived
}

func (u *fakeUplink) Produce(ctx context.Context, topic string, messages ...bus.Message) error {
	u.lock.Lock()
	defer u.lock.Unlock()
	if u.away || topic == u.closed {
		return errors.New("nobody there")
	}
	for _, message := range messages {
		if u.limit > 0 && len(message.Value) > u.limit {
			return fmt.Errorf("send: %w", bus.ErrTooLarge)
		}
	}
	if u.topics == nil {
		u.topics, u.times = map[string][]bus.Message{}, map[string][]time.Time{}
	}
	u.topics[topic] = append(u.topics[topic], messages...)
	for range messages {
		u.times[topic] = append(u.times[topic], time.Now())
	}
	return nil
}

func (u *fakeUplink) set(away bool) {
	u.lock.Lock()
	defer u.lock.Unlock()
	u.away = away
}

func (u *fakeUplink) received(topic string) []bus.Message {
	u.lock.Lock()
	defer u.lock.Unlock()
	return append([]bus.Message(nil), u.topics[topic]...)
}

// pollerFunc is a poller that is a function.
type pollerFunc func(ctx context.Context) error

func (f pollerFunc) Run(ctx context.Context) error { return f(ctx) }

// lockedBuffer takes the log of several goroutines.
type lockedBuffer struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.text.Write(text)
}

func (b *lockedBuffer) String() string {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.text.String()
}

func testAppliance(t *testing.T, uplink Uplink, change func(*Config)) (*Appliance, *prometheus.Registry, *lockedBuffer) {
	t.Helper()
	config := DefaultConfig()
	config.Spool.Directory = t.TempDir()
	if change != nil {
		change(&config)
	}
	registry, log := prometheus.NewRegistry(), &lockedBuffer{}
	station := inventory.Station{ApplianceID: 0xabc, Appliance: inventory.Appliance{Name: "box"}}
	a, err := New(config, station, uplink, slog.New(slog.NewTextHandler(log, nil)), registry)
	if err != nil {
		t.Fatal(err)
	}
	return a, registry, log
}

// everySecond emits one ping row a second, for device 1, 2, 3 and so on.
func everySecond(a *Appliance, emitted *int) pollerFunc {
	return func(ctx context.Context) error {
		for {
			*emitted++
			a.packer.emit(time.Now().UnixMilli(), pings(sample.ID(*emitted)))
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(time.Second):
			}
		}
	}
}

func TestNothingIsLostWhileTheCentreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		uplink := &fakeUplink{}
		a, registry, log := testAppliance(t, uplink, func(c *Config) { c.Spool.BacklogRate, c.Version = 10, "1.2" })
		emitted := 0
		a.pollers = append(a.pollers, namedPoller{"test", everySecond(a, &emitted)})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx) }()

		time.Sleep(30 * time.Second)
		uplink.set(true)
		time.Sleep(3 * time.Minute)
		if waiting := counted(t, registry, "mimamori_spool_blocks"); waiting < 180 {
			t.Errorf("%v blocks wait after three minutes", waiting)
		}
		if counted(t, registry, "mimamori_ingest_uplink_up") != 0 {
			t.Error("the uplink counts as up")
		}
		back := time.Now()
		uplink.set(false)
		time.Sleep(time.Minute)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}

		// Every row arrived once, the fresh ones without waiting for the backlog.
		seen := map[sample.ID]time.Duration{}
		var beats []*sample.Heartbeats
		for i, message := range uplink.topics[bus.TopicTelemetry] {
			if string(message.Key) != string(bus.Key(0xabc)) {
				t.Fatalf("key %q", message.Key)
			}
			switch rows := decode(t, message.Value).rows.(type) {
			case *sample.Pings:
				for _, device := range rows.Device {
					if _, twice := seen[device]; twice {
						t.Errorf("row %d arrived twice", device)
					}
					seen[device] = uplink.times[bus.TopicTelemetry][i].Sub(back)
				}
			case *sample.Heartbeats:
				beats = append(beats, rows)
			}
		}
		if len(seen) != emitted {
			t.Errorf("%d rows arrived of %d", len(seen), emitted)
		}
		const fresh, old = 205, 100 // measured 5 s before the centre was back, and 110 s
		if seen[fresh] > 6*time.Second || seen[old] <= seen[fresh] {
			t.Errorf("a fresh row arrived %s after the centre was back, an old one %s after it", seen[fresh], seen[old])
		}
		// The heartbeats are complete and tell the story.
		most := uint32(0)
		for i, beat := range beats {
			if beat.Sequence[0] != uint64(i+1) {
				t.Fatalf("heartbeat %d after %d others", beat.Sequence[0], i)
			}
			if beat.IntervalMs[0] != 10_000 || beat.DroppedBlocks[0] != 0 {
				t.Errorf("%+v", beat)
			}
			most = max(most, beat.BacklogBlocks[0])
		}
		// What they say was sent is what had arrived before the last of them.
		arrived, told := uint64(0), uint64(0)
		for _, message := range uplink.received(bus.TopicTelemetry) {
			arrived += uint64(len(message.Key) + len(message.Value))
		}
		for i, beat := range beats {
			told += beat.SentBytes[0]
			if want := uint32(10_000); beat.SentMs[0] != want && i > 0 || i == 0 && beat.SentMs[0]+uint32(beat.SentBytes[0]) != 0 || beat.Version[0] != "1.2" {
				t.Errorf("heartbeat %d: %+v", i, beat)
			}
		}
		if told > arrived || told < arrived*9/10 {
			t.Errorf("%d bytes arrived, the heartbeats tell of %d", arrived, told)
		}
		if last := beats[len(beats)-1]; len(beats) < 27 || most < 150 || last.BacklogBlocks[0] > 3 {
			t.Errorf("%d heartbeats, at most %d blocks waited, %d in the end", len(beats), most, last.BacklogBlocks[0])
		}
		if text := log.String(); strings.Count(text, "cannot be reached") != 1 || strings.Count(text, "the centre is back") != 1 {
			t.Errorf("one line when it goes and one when it comes:\n%s", text)
		}
		if left := counted(t, registry, "mimamori_ingest_undelivered_blocks_total"); left != 0 {
			t.Errorf("%v blocks left", left)
		}
	})
}

// A topic of logs that refuses what is written to it takes nothing from the telemetry:
// neither its heartbeats nor its time.
func TestLogsThatCannotBeWrittenHoldUpNoTelemetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		uplink := &fakeUplink{closed: bus.TopicLogs}
		a, registry, log := testAppliance(t, uplink, nil)
		emitted, lines := 0, 0
		a.pollers = append(a.pollers, namedPoller{"test", everySecond(a, &emitted)}, namedPoller{"lines", pollerFunc(func(ctx context.Context) error {
			for {
				lines++
				a.packer.emit(time.Now().UnixMilli(), logRows(1, 1)[0])
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(time.Second):
				}
			}
		})})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx) }()
		time.Sleep(5*time.Minute + time.Second/2)
		if counted(t, registry, "mimamori_ingest_uplink_up") != 0 || strings.Count(log.String(), "cannot be reached") != 1 || !strings.Contains(log.String(), "topic=logs") {
			t.Errorf("the uplink counts as up, or it is not said:\n%s", log)
		}
		beats, rows := 0, 0
		for i, message := range uplink.received(bus.TopicTelemetry) {
			block := decode(t, message.Value)
			switch block.rows.(type) {
			case *sample.Heartbeats:
				beats++
			case *sample.Pings:
				rows++
				if waited := uplink.times[bus.TopicTelemetry][i].Sub(time.UnixMilli(block.Slot)); waited > a.config.Linger {
					t.Fatalf("a row waited %s", waited)
				}
			}
		}
		if beats != 31 || rows < 298 {
			t.Errorf("%d heartbeats and %d rows came in five minutes", beats, rows)
		}
		uplink.lock.Lock()
		uplink.closed = ""
		uplink.lock.Unlock()
		time.Sleep(time.Minute)
		if counted(t, registry, "mimamori_ingest_uplink_up") != 1 || counted(t, registry, "mimamori_spool_blocks") > 2 {
			t.Errorf("it is not back, or %v blocks wait", counted(t, registry, "mimamori_spool_blocks"))
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if came := len(uplink.received(bus.TopicLogs)); came != lines {
			t.Errorf("%d lines came of %d", came, lines)
		}
	})
}

func TestEndWaitsNoLongerThanDrainAndCountsWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		uplink := &fakeUplink{away: true}
		a, registry, log := testAppliance(t, uplink, nil)
		emitted := 0
		a.pollers = append(a.pollers, namedPoller{"test", everySecond(a, &emitted)})
		ctx, cancel := context.WithTimeout(t.Context(), 20500*time.Millisecond)
		defer cancel()
		started := time.Now()
		if err := a.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(started); took < 22*time.Second || took > 23*time.Second {
			t.Errorf("ended after %s", took)
		}
		// 21 rows in a block each, as they have slots of their own, and 3 heartbeats.
		if left := counted(t, registry, "mimamori_ingest_undelivered_blocks_total"); left != 24 {
			t.Errorf("%v blocks counted as left, want 24", left)
		}
		if !strings.Contains(log.String(), "stay in the spool") {
			t.Errorf("not logged:\n%s", log)
		}
		// The next start sends them all.
		uplink.set(false)
		next, registry, log := testAppliance(t, uplink, func(c *Config) { c.Spool.Directory = a.config.Spool.Directory })
		ctx, cancel = context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := next.Run(ctx); err != nil {
			t.Fatal(err)
		}
		rows := map[sample.ID]int{}
		for _, message := range uplink.topics[bus.TopicTelemetry] {
			if pings, ok := decode(t, message.Value).rows.(*sample.Pings); ok {
				for _, device := range pings.Device {
					rows[device]++
				}
			}
		}
		for device := range emitted {
			if rows[sample.ID(device+1)] != 1 {
				t.Errorf("row %d arrived %d times", device+1, rows[sample.ID(device+1)])
			}
		}
		if left := counted(t, registry, "mimamori_spool_blocks"); left != 0 || !strings.Contains(log.String(), "is sent as backlog") {
			t.Errorf("%v blocks left; log:\n%s", left, log)
		}
	})
}

func TestTwoAppliancesNeverShareASpool(t *testing.T) {
	first, _, _ := testAppliance(t, &fakeUplink{}, nil)
	if err := first.spool.Open(); err != nil {
		t.Fatal(err)
	}
	second, _, _ := testAppliance(t, &fakeUplink{}, func(c *Config) { c.Spool.Directory = first.config.Spool.Directory })
	if err := second.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "another process uses the spool") {
		t.Errorf("%v", err)
	}
	if err := first.spool.Close(); err != nil {
		t.Fatal(err)
	}
	if err := second.spool.Open(); err != nil {
		t.Errorf("after the first let go: %v", err)
	}
}

func TestEndDeliversAtOnceWhenTheCentreComesBackInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		uplink := &fakeUplink{away: true}
		a, registry, _ := testAppliance(t, uplink, nil)
		emitted := 0
		a.pollers = append(a.pollers, namedPoller{"test", everySecond(a, &emitted)})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		context.AfterFunc(ctx, func() {
			time.Sleep(time.Second)
			uplink.set(false)
		})
		if err := a.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if left := counted(t, registry, "mimamori_ingest_undelivered_blocks_total"); left != 0 {
			t.Errorf("%v blocks left", left)
		}
		if got := len(uplink.topics[bus.TopicTelemetry]); got != emitted+31 {
			t.Errorf("%d blocks arrived, want %d rows and 31 heartbeats", got, emitted)
		}
	})
}

func TestBlockThatIsTooLargeHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		uplink := &fakeUplink{limit: 2000}
		a, registry, log := testAppliance(t, uplink, nil)
		a.pollers = append(a.pollers, namedPoller{"test", pollerFunc(func(ctx context.Context) error {
			many := make([]sample.ID, 900)
			for i := range many {
				many[i] = sample.DeviceID("c", "s", fmt.Sprint(i))
			}
			a.packer.emit(1000, pings(1))
			a.packer.emit(2000, pings(many...))
			a.packer.emit(3000, pings(2))
			<-ctx.Done()
			return nil
		})})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := a.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if got := len(uplink.topics[bus.TopicTelemetry]); got != 3 {
			t.Errorf("%d blocks arrived, want two and a heartbeat", got)
		}
		if refused := counted(t, registry, "mimamori_ingest_refused_blocks_total"); refused != 1 || !strings.Contains(log.String(), "max_message_bytes") {
			t.Errorf("%v refused blocks counted; log:\n%s", refused, log)
		}
	})
}

func TestPollerThatDiesEndsTheAppliance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct{ died, want error }{
			{errors.New("no socket"), errors.New("run test: no socket")},
			{nil, errors.New("run test: it ended by itself")},
		} {
			uplink := &fakeUplink{}
			a, _, _ := testAppliance(t, uplink, nil)
			a.pollers = append(a.pollers, namedPoller{"test", pollerFunc(func(context.Context) error {
				a.packer.emit(1000, pings(1))
				return test.died
			})})
			if err := a.Run(t.Context()); err == nil || err.Error() != test.want.Error() {
				t.Errorf("%v, want %v", err, test.want)
			}
			if got := len(uplink.topics[bus.TopicTelemetry]); got != 2 {
				t.Errorf("%d blocks arrived, want the row and a heartbeat", got)
			}
		}
	})
}

// A whole appliance: lines sent by UDP arrive in the topic for logs, what the
// pollers say of the station in the topic for telemetry.
func TestApplianceRunsThePollersItNeeds(t *testing.T) {
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.LocalAddr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	settings := inventory.Config{Customers: []inventory.Customer{{Name: "c", Sites: []inventory.Site{{
		Name:      "s",
		Appliance: inventory.Appliance{Name: "box", Syslog: &inventory.Syslog{UDP: address}},
		Devices:   []inventory.Device{{Name: "router", Address: "127.0.0.2", NoPing: true, SNMP: &inventory.SNMP{Port: 9, Community: "public"}}},
	}}}}}
	if err := settings.Validate(); err != nil {
		t.Fatal(err)
	}
	uplink := &fakeUplink{}
	config := DefaultConfig()
	config.Linger = 50 * time.Millisecond
	registry := prometheus.NewRegistry()
	a, err := New(config, settings.Stations()[0], uplink, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		t.Fatal(err)
	}
	// A second appliance fits beside it.
	settings.Customers[0].Name = "other"
	if _, err := New(config, settings.Stations()[0], uplink, slog.New(slog.DiscardHandler), registry); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()

	dialer := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	connection, err := dialer.Dial("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	deadline := time.Now().Add(10 * time.Second)
	// Repeated, because the receiver may not listen yet.
	for len(uplink.received(bus.TopicLogs)) == 0 || len(uplink.received(bus.TopicTelemetry)) < 2 {
		if time.Now().After(deadline) {
			t.Fatalf("%d messages of logs, %d of telemetry", len(uplink.received(bus.TopicLogs)), len(uplink.received(bus.TopicTelemetry)))
		}
		_, _ = connection.Write([]byte("<189>1: Oct 11 22:14:15: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down"))
		<-time.After(20 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	lines := decode(t, uplink.received(bus.TopicLogs)[0].Value).rows.(*sample.Syslog)
	if want := sample.DeviceID("c", "s", "router"); lines.Device[0] != want || lines.Mnemonic[0] != "LINK-3-UPDOWN" {
		t.Errorf("device %d, want %d; %q", lines.Device[0], want, lines.Mnemonic[0])
	}
	kinds := map[sample.Kind]int{}
	for _, message := range uplink.received(bus.TopicTelemetry) {
		kinds[decode(t, message.Value).Kind]++
	}
	if kinds[sample.KindHeartbeats] == 0 || kinds[sample.KindDevices] == 0 || kinds[sample.KindSyslog] != 0 {
		t.Errorf("telemetry has %v", kinds)
	}
}

func TestOnlyPollersWithSomethingToDoAreSetUp(t *testing.T) {
	device := func(change func(*inventory.Device)) inventory.StationDevice {
		d := inventory.StationDevice{ID: 1, Device: inventory.Device{Name: "d", Address: "127.0.0.2"}}
		change(&d.Device)
		return d
	}
	pinged := device(func(*inventory.Device) {})
	silent := device(func(d *inventory.Device) { d.NoPing, d.SNMP = true, &inventory.SNMP{Port: 161, Community: "public"} })
	path := inventory.StationPath{ID: 2, Path: inventory.Path{Name: "p", Target: "127.0.0.3:862", Codec: inventory.DefaultCodec}}
	for _, test := range []struct {
		station inventory.Station
		want    string
	}{
		{inventory.Station{}, ""},
		{inventory.Station{Devices: []inventory.StationDevice{pinged}}, "snmp icmp"},
		{inventory.Station{Devices: []inventory.StationDevice{silent}}, "snmp"},
		{inventory.Station{Paths: []inventory.StationPath{path}}, "voice"},
		{inventory.Station{Appliance: inventory.Appliance{Syslog: &inventory.Syslog{UDP: "127.0.0.1:514"}}}, "syslog"},
		{inventory.Station{Appliance: inventory.Appliance{Notifications: &inventory.Notifications{Listen: "127.0.0.1:162"}}}, "notifications"},
	} {
		a, err := New(DefaultConfig(), test.station, &fakeUplink{}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, poller := range a.pollers {
			names = append(names, poller.name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%+v has %q, want %q", test.station, got, test.want)
		}
		every := 10 * time.Second
		if test.want == "" {
			every = 30 * time.Second
		}
		if got := a.heartbeatInterval(); got != every {
			t.Errorf("%+v has a heartbeat every %s, want %s", test.station, got, every)
		}
	}
}

func TestValidateNamesThePlace(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	config := DefaultConfig()
	config.Linger = 0
	config.Spool.MaxBytes = 1
	config.Syslog.MaxMessageBytes = 1
	config.Bus.MaxMessageBytes = 1
	err := config.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, path := range []string{"linger is", "spool: max_bytes is", "syslog: max_message_bytes is", "bus: max_message_bytes:"} {
		if !strings.Contains(err.Error(), path) {
			t.Errorf("%s is missing in: %v", path, err)
		}
	}
	if _, err := New(config, inventory.Station{}, &fakeUplink{}, slog.New(slog.DiscardHandler), prometheus.NewRegistry()); err == nil {
		t.Error("New takes a broken configuration")
	}
}

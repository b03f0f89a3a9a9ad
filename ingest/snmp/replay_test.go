package snmp

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/replay"
)

// replayed is a poller of one agent that replays a walk. The agent's clock goes on
// when the test says so.
type replayed struct {
	*single
	agent *replay.Agent
	now   atomic.Int64
}

func newReplayed(t *testing.T, walk *replay.Walk, version string, quirks replay.Quirks) *replayed {
	t.Helper()
	r := new(replayed)
	user := inventory.SNMPUser{Name: "noc", Auth: "SHA-256", AuthPassword: "authpassword", Privacy: "AES-128", PrivacyPassword: "privpassword"}
	agent, err := replay.New(replay.Config{
		Walk: walk, Versions: []string{version}, Users: []inventory.SNMPUser{user}, Quirks: quirks,
		CounterRate: 1000, Now: func() time.Duration { return time.Duration(r.now.Load()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- agent.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	asked := inventory.SNMP{Port: agent.Addr().Port(), Version: version, Community: "public"}
	if version == inventory.SNMPv3 {
		asked.Community, asked.User = "", &user
	}
	station := stationOf(asked.Port)
	station.Devices[0].SNMP = asked.Resolved()
	cfg := quickConfig()
	cfg.HealthInterval = cfg.Interval
	c, registry := new(collector), prometheus.NewRegistry()
	p, err := New(cfg, station, c.emit, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		t.Fatal(err)
	}
	r.single = &single{collector: c, t: t, worker: &worker{Poller: p}, device: p.devices[0], registry: registry}
	r.agent = agent
	return r
}

// poll polls once, after the agent's clock has gone on.
func (r *replayed) poll(later time.Duration) {
	r.t.Helper()
	r.now.Add(int64(later))
	r.single.poll()
}

// sensorsInWords are the readings of a poll, each in a line.
func (r *replayed) sensorsInWords(names map[sample.ID]string) []string {
	for i, id := range r.sensors.Sensor {
		names[id] = r.sensors.Name[i]
	}
	var lines []string
	for i, id := range r.health.Sensor {
		lines = append(lines, fmt.Sprint(r.health.SensorKind[i], names[id], r.health.Status[i], r.health.Measured[i], r.health.ValueMilli[i]))
	}
	slices.Sort(lines)
	return lines
}

// instances are how many objects a column of the walk has.
func instances(walk *replay.Walk, c column) int {
	count := 0
	for _, name := range walk.Names() {
		if strings.HasPrefix(name, columnPrefix[c]) {
			count++
		}
	}
	return count
}

// TestRecordedWalks polls every recorded device by each version, and with faults: the
// interfaces' rows and the sensors are the same however the device is asked.
func TestRecordedWalks(t *testing.T) {
	files, err := filepath.Glob("testdata/walks/*.walk")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no walks: %v", err)
	}
	ways := []struct {
		name, version string
		quirks        replay.Quirks
	}{
		{"v1", inventory.SNMPv1, replay.Quirks{}},
		{"v3", inventory.SNMPv3, replay.Quirks{}},
		{"short answers", inventory.SNMPv2c, replay.Quirks{MaxAnswerBytes: 700}},
		{"tooBig", inventory.SNMPv2c, replay.Quirks{MaxAnswerBytes: 1000, TooBig: true}},
		{"answers lost", inventory.SNMPv2c, replay.Quirks{LoseEvery: 7}},
		{"answers twice", inventory.SNMPv3, replay.Quirks{Duplicates: 1}},
		{"another address", inventory.SNMPv2c, replay.Quirks{AnswerFrom: netip.MustParseAddr("127.0.0.2")}},
	}
	for _, file := range files {
		content, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		walk, err := replay.Read(content)
		_ = content.Close()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		interfaces := instances(walk, ifDescr)
		usual := checkReplay(t, newReplayed(t, walk, inventory.SNMPv2c, replay.Quirks{}), interfaces)
		for _, way := range ways {
			t.Run(filepath.Base(file)+", "+way.name, func(t *testing.T) {
				t.Parallel() // lost answers are waited for
				sensors := checkReplay(t, newReplayed(t, walk, way.version, way.quirks), interfaces)
				want := usual
				if way.version == inventory.SNMPv1 { // which has no Counter64
					want = slices.DeleteFunc(slices.Clone(usual), func(line string) bool { return !slices.Contains(sensors, line) })
				}
				if !slices.Equal(sensors, want) {
					t.Errorf("the sensors are\n%s\nwant\n%s", strings.Join(sensors, "\n"), strings.Join(want, "\n"))
				}
			})
		}
	}
}

// checkReplay polls until all is known of a device, checks its rows, and returns its
// sensors.
func checkReplay(t *testing.T, r *replayed, interfaces int) []string {
	t.Helper()
	names := map[sample.ID]string{}
	// An agent with faults is got to know over some polls.
	for range 4 {
		r.poll(10 * time.Second)
		r.sensorsInWords(names)
	}
	if r.poll(10 * time.Second); r.device.result != resultOK {
		t.Fatalf("the poll ended %s", r.device.result)
	}
	if r.interfaces.Len() != interfaces {
		t.Errorf("%d interface rows, want %d", r.interfaces.Len(), interfaces)
	}
	for i, got := range r.interfaces.InOctets {
		if got != 10_000 || r.interfaces.OutOctets[i] != 10_000 {
			t.Errorf("interface %d gained %d and %d octets in 10 s, want 10000", i, got, r.interfaces.OutOctets[i])
		}
	}
	return r.sensorsInWords(names)
}

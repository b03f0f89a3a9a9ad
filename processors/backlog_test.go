package processors

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// absence is the stream of three appliances whose devices live the same: the first is
// never away, the second sends an absence's rows later, the third loses some of those.
type absence struct {
	*pipeline
	t       *testing.T
	encoder *sample.Encoder
	start   time.Time
	sent    uint64
	pending []bus.Message
}

const (
	awayFrom, awayTo       = 1200, 2400 // s after the start
	droppedFrom, droppedTo = 1500, 1800
	lived                  = 3900
)

// answers says whether the devices answer: they are down before, during and across the
// ends of the absence, and once across the hour.
func (s *absence) answers(second int) bool {
	for _, down := range [][2]int{{300, 420}, {1140, 1320}, {1400, 1430}, {1980, 2040}, {2370, 2460}, {3540, 3660}} {
		if second >= down[0] && second < down[1] {
			return false
		}
	}
	return true
}

func (s *absence) add(by sample.ID, second int, rows sample.Rows) {
	s.t.Helper()
	header := sample.Header{Appliance: by, Slot: s.start.Add(time.Duration(second) * time.Second).UnixMilli()}
	rand.Read(header.UUID[:])
	value, err := s.encoder.Encode(nil, header, rows)
	if err != nil {
		s.t.Fatal(err)
	}
	s.sent += uint64(rows.Len())
	s.pending = append(s.pending, bus.Message{Key: bus.Key(by), Value: value})
}

// poll is what an appliance measures in the half minute that begins then.
func (s *absence) poll(by sample.ID, second int) {
	s.t.Helper()
	device := by + 1
	pings := &sample.Pings{}
	for attempt := uint8(1); attempt == 1 || attempt == 2 && !s.answers(second); attempt++ {
		pings.Device, pings.OffsetMs = append(pings.Device, device), append(pings.OffsetMs, 250)
		pings.IntervalMs, pings.Attempt = append(pings.IntervalMs, 30_000), append(pings.Attempt, attempt)
		pings.Sent, pings.ICMPError = append(pings.Sent, 3), append(pings.ICMPError, 0)
		pings.ICMPCode, pings.ErrorFrom = append(pings.ICMPCode, 0), append(pings.ErrorFrom, "")
		pings.Duplicates, pings.Reordered, pings.ReplyTTL = append(pings.Duplicates, 0), append(pings.Reordered, 0), append(pings.ReplyTTL, 64)
		if s.answers(second) {
			pings.Received = append(pings.Received, 3)
			pings.RTT.Append(900, 1000, 1100)
			continue
		}
		pings.Received = append(pings.Received, 0)
		pings.RTT.Append()
	}
	s.add(by, second, pings)
	if second%60 != 0 || !s.answers(second) {
		return
	}
	traffic := interfaces(2)
	for i := range 2 {
		traffic.Device[i], traffic.Interface[i], traffic.IntervalMs[i] = device, by+sample.ID(10+i), 60_000
		traffic.InOctets[i], traffic.OutOctets[i] = uint64(second*7919+i*104_729), uint64(second*1299+i)
		traffic.UptimeStart[i], traffic.UptimeEnd[i] = uint32(second*100), uint32(second*100+6000)
	}
	s.add(by, second, traffic)
	readings := &sample.Uptimes{Device: []sample.ID{device}, OffsetMs: []uint32{400}, SysUpTime: []uint32{s.uptime(second)},
		HrSystemUptime: []uint32{0}, EngineTime: []uint32{0}, EngineBoots: []uint32{0}, Presence: []sample.UptimePresence{0}}
	s.add(by, second, readings)
}

// uptime is a device's sysUpTime: the outage at 1980 s was a boot.
func (s *absence) uptime(second int) uint32 {
	if second >= 2040 {
		return uint32(second-2035) * 100
	}
	return uint32(second+500_000) * 100
}

func (s *absence) beat(by sample.ID, second int) {
	s.t.Helper()
	s.add(by, second, &sample.Heartbeats{OffsetMs: []uint32{0}, IntervalMs: []uint32{10_000}, Sequence: []uint64{uint64(second)},
		BacklogBlocks: []uint32{0}, BacklogBytes: []uint64{0}, DroppedBlocks: []uint64{0}, Version: []string{""}, SentBytes: []uint64{0}, SentMs: []uint32{0}})
}

func (s *absence) flush() {
	s.t.Helper()
	if err := s.client.Produce(s.t.Context(), bus.TopicTelemetry, s.pending...); err != nil {
		s.t.Fatal(err)
	}
	s.pending = nil
}

// tick sends what there is and then the centre's time.
func (s *absence) tick(second int) {
	s.t.Helper()
	s.flush()
	for partition := range 2 {
		header := sample.Header{Slot: s.start.Add(time.Duration(second) * time.Second).UnixMilli()}
		rand.Read(header.UUID[:])
		value, err := s.encoder.Encode(nil, header, &sample.Ticks{Sequence: []uint64{1}})
		if err == nil {
			err = s.client.ProduceTo(s.t.Context(), bus.TopicTelemetry, partition, bus.Message{Value: value})
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// process runs a processor of its own until all is stored.
func (s *absence) process() {
	s.t.Helper()
	s.flush()
	whole := &plug{pipeline: s.pipeline, journal: &journal{}, left: 1 << 30}
	processor, stop := whole.start(s.t, func(c *Config) { c.BatchLinger, c.TickInterval = 50*time.Millisecond, time.Minute })
	defer stop()
	await(s.t, time.Minute, "the rows are never processed", func() bool {
		stored, err := s.store.RawRows(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		return stored >= s.sent && processor.Lag() == 0
	})
}

// states tells the outages of an appliance's device until a time, s after the start.
func (s *absence) states(by sample.ID, until int) string {
	s.t.Helper()
	devices, err := s.store.Availability(s.t.Context(), s.asked(until, 0))
	if err != nil {
		s.t.Fatal(err)
	}
	var lines []string
	for _, device := range devices {
		if device.ID != by+1 {
			continue
		}
		lines = append(lines, fmt.Sprintf("up %d down %d unknown %d", device.UpMs, device.DownMs, device.UnknownMs))
		for _, o := range device.Outages {
			lines = append(lines, fmt.Sprintf("%s %s %.3f-%.3f", o.State, o.Cause, o.From.Sub(s.start).Seconds(), o.To.Sub(s.start).Seconds()))
		}
	}
	return strings.Join(lines, "\n")
}

// traffic tells the bits of an appliance's interfaces, in all and by the hour.
func (s *absence) traffic(by sample.ID, until int) string {
	s.t.Helper()
	var lines []string
	for _, step := range []time.Duration{0, time.Hour} {
		links, err := s.store.Utilization(s.t.Context(), s.asked(until, step))
		if err != nil {
			s.t.Fatal(err)
		}
		slices.SortStableFunc(links, func(a, b storage.LinkUtilization) int { return cmp.Compare(a.ID, b.ID) })
		for i := range links {
			if links[i].ID < by+10 || links[i].ID > by+11 {
				continue
			}
			link := links[i]
			link.Entity = storage.Entity{ID: link.ID - by}
			lines = append(lines, fmt.Sprintf("%+v", link))
		}
	}
	return strings.Join(lines, "\n")
}

func (s *absence) asked(until int, step time.Duration) storage.Query {
	return storage.Query{Scope: storage.EveryCustomer(), From: s.start, To: s.start.Add(time.Duration(until) * time.Second), Step: step}
}

// A silent appliance makes its devices unknown and nothing else. Once its backlog is in,
// the record is that of an appliance that was never away, to the last digit, in states and
// in sums by the hour; what was dropped of a backlog stays unknown, and that alone.
func TestABacklogMakesTheRecordWhole(t *testing.T) {
	encoder, err := sample.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	s := &absence{pipeline: newPipeline(t), t: t, encoder: encoder, start: time.Now().UTC().Truncate(time.Hour).Add(-4 * time.Hour)}
	if err := s.store.SaveRegistry(t.Context(), fleetRegistry()); err != nil {
		t.Fatal(err)
	}
	steady, away, dropping := fleetAppliance(0), fleetAppliance(1), fleetAppliance(2)
	all := []sample.ID{steady, away, dropping}
	present := func(by sample.ID, second int) bool { return by == steady || second < awayFrom || second >= awayTo }
	half := func(second int, backlog func()) {
		for _, by := range all {
			for beat := second; beat < second+30; beat += 10 {
				if present(by, beat) {
					s.beat(by, beat)
				}
			}
			if present(by, second) {
				s.poll(by, second)
			}
		}
		backlog()
		s.tick(second + 35)
	}
	for second := 0; second < awayTo; second += 30 {
		half(second, func() {})
	}
	s.process()
	const meanwhile = "down no answer 300.250-420.250\n" + "down no answer 1140.250-1170.250\n" + "unknown silent 1170.250-2400.000"
	for _, by := range []sample.ID{away, dropping} {
		if got := s.states(by, awayTo); !strings.HasSuffix(got, meanwhile) {
			t.Errorf("while the appliance is silent:\n%s\nwant:\n%s", got, meanwhile)
		}
	}
	// Live rows go first; of the backlog some comes with each of them.
	next := awayFrom
	for second := awayTo; second < lived; second += 30 {
		half(second, func() {
			for range 3 {
				if next < awayTo {
					for _, by := range []sample.ID{away, dropping} {
						if by == away || next < droppedFrom || next >= droppedTo {
							s.poll(by, next)
						}
					}
					next += 30
				}
			}
		})
	}
	s.process()
	for minute := range 20 { // until the hour has been added up
		for _, by := range all {
			s.beat(by, lived+60*minute)
		}
		s.tick(lived + 60*minute)
	}
	s.process()
	for _, until := range []int{3600, lived} {
		if want, got := s.states(steady, until), s.states(away, until); got != want || !strings.Contains(want, "down reboot") {
			t.Errorf("after the backlog, until %d s:\n%s\nwhile of one that was never away:\n%s", until, got, want)
		}
		if want, got := s.traffic(steady, until), s.traffic(away, until); got != want || want == "" {
			t.Errorf("traffic after the backlog, until %d s:\n%s\nwhile of one that was never away:\n%s", until, got, want)
		}
	}
	want := strings.Split(s.states(steady, 3600), "\n")[1:]
	got := strings.Split(s.states(dropping, 3600), "\n")[1:]
	at := slices.Index(got, fmt.Sprintf("unknown silent %d.250-%d.250", droppedFrom-30, droppedTo))
	if at < 0 || !slices.Equal(slices.Delete(slices.Clone(got), at, at+1), want) {
		t.Errorf("where a part was dropped:\n%s\nwhile of one that was never away:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

package ingest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/schedule"
)

// A site as large as one appliance is to serve.
const (
	siteDevices    = 200
	siteInterfaces = 24 // of each device
	siteSensors    = 6  // of each device
)

// siteSource is the pollers of a site whose devices answer at once.
type siteSource struct {
	a      *Appliance
	random *rand.Rand
	active int // interfaces of a device with traffic
	load   [siteDevices][siteInterfaces]float64
	total  [siteDevices][siteInterfaces]uint64 // octets in
	ids    [siteDevices]sample.ID
	parts  [siteDevices][siteInterfaces]sample.ID
	logs   []*sample.Syslog
	line   int
}

func newSiteSource(a *Appliance, active int) *siteSource {
	s := &siteSource{a: a, random: rand.New(rand.NewPCG(5, 6)), active: active, logs: logRows(siteDevices*60, 1)}
	for device := range siteDevices {
		s.ids[device] = sample.DeviceID("Contoso", "Tokyo", fmt.Sprint("switch-", device))
		for port := range siteInterfaces {
			s.parts[device][port] = sample.InterfaceID(s.ids[device], fmt.Sprint("Gi1/0/", port))
			s.load[device][port] = s.random.ExpFloat64() * 2e6
		}
		s.load[device][0] = 3e8 * s.random.Float64() // an uplink
	}
	return s
}

// run emits until the context ends: interfaces, uptimes and health of each device every
// five minutes, five echo requests every 30 s, a line of syslog a minute and one voice
// path.
func (s *siteSource) run(ctx context.Context) error {
	type turn struct {
		interval time.Duration
		next     time.Time
		fire     func(slot, due time.Time)
	}
	var turns []turn
	started := time.Now()
	add := func(interval, offset time.Duration, fire func(slot, due time.Time)) {
		turns = append(turns, turn{interval, schedule.Slot(started, interval).Add(offset), fire})
	}
	for device := range siteDevices {
		place := func(interval time.Duration) time.Duration { return schedule.Offset(s.ids[device], interval) }
		add(5*time.Minute, place(5*time.Minute), func(slot, due time.Time) { s.poll(device, slot, due) })
		add(30*time.Second, place(30*time.Second), func(slot, due time.Time) { s.ping(device, slot, due) })
		add(time.Minute, time.Duration(s.random.IntN(60_000))*time.Millisecond, s.log)
		add(time.Hour, place(time.Hour), func(slot, due time.Time) { s.keyframe(device, slot, due) })
	}
	add(time.Minute, 0, s.voice)
	for {
		slices.SortFunc(turns, func(a, b turn) int { return a.next.Compare(b.next) })
		// All that is due in the next fifth of a second, as the pollers hand it over.
		until := turns[0].next.Add(200 * time.Millisecond)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(until)):
		}
		for i := range turns {
			t := &turns[i]
			if !t.next.Before(until) {
				break
			}
			t.fire(schedule.Slot(t.next, t.interval), t.next)
			t.next = t.next.Add(t.interval)
		}
	}
}

func offsetOf(due, slot time.Time) uint32 { return uint32(due.Sub(slot).Milliseconds()) }

func (s *siteSource) poll(device int, slot, due time.Time) {
	random := s.random
	uptime := uint32(device*7_777_777) + uint32(due.Unix()%1e7*100) + random.Uint32N(20)
	rows := &sample.Interfaces{}
	for port := range siteInterfaces {
		load := s.load[device][port]
		if port >= s.active {
			load = 0
		}
		addZeroRow(rows)
		last := port
		rows.Device[last], rows.Interface[last] = s.ids[device], s.parts[device][port]
		rows.OffsetMs[last], rows.IntervalMs[last] = offsetOf(due, slot)+uint32(port/8*12), 299_990+random.Uint32N(20)
		rows.SpeedBps[last], rows.AdminStatus[last], rows.OperStatus[last], rows.Width[last] = 1e9, 1, 2, 64
		rows.UptimeStart[last], rows.UptimeEnd[last] = uptime-30_000, uptime
		if load == 0 {
			continue
		}
		rows.OperStatus[last] = 1
		octets := func(share float64) uint64 { return uint64(load * share * 300 / 8 * (0.8 + 0.4*random.Float64())) }
		in, out := octets(1), octets(0.4)
		rows.InOctets[last], rows.OutOctets[last] = in, out
		rows.InUcastPkts[last], rows.OutUcastPkts[last] = in/(400+random.Uint64N(300)), out/(400+random.Uint64N(300))
		rows.InMulticastPkts[last], rows.OutMulticastPkts[last] = random.Uint64N(100), random.Uint64N(1000)
		rows.InBroadcastPkts[last], rows.OutBroadcastPkts[last] = random.Uint64N(25), random.Uint64N(1500)
		if random.IntN(200) == 0 {
			rows.InErrors[last], rows.OutDiscards[last] = random.Uint64N(50), random.Uint64N(20)
		}
		s.total[device][port] += in
	}
	s.a.packer.emit(slot.UnixMilli(), rows)

	uptimes := &sample.Uptimes{}
	addZeroRow(uptimes)
	uptimes.Device[0], uptimes.OffsetMs[0], uptimes.SysUpTime[0] = s.ids[device], offsetOf(due, slot), uptime
	uptimes.EngineTime[0], uptimes.EngineBoots[0], uptimes.Presence[0] = uptime/100, 7, sample.HasEngineTime
	s.a.packer.emit(slot.UnixMilli(), uptimes)

	health := &sample.Health{}
	for sensor := range siteSensors {
		addZeroRow(health)
		kind := [siteSensors]sample.SensorKind{sample.SensorCPU, sample.SensorMemory, sample.SensorTemperature, sample.SensorTemperature, sample.SensorFan, sample.SensorPower}[sensor]
		health.Device[sensor], health.Sensor[sensor] = s.ids[device], sample.SensorID(s.ids[device], kind, fmt.Sprint(sensor))
		health.OffsetMs[sensor], health.SensorKind[sensor], health.Status[sensor], health.Measured[sensor] = offsetOf(due, slot)+30, kind, sample.SensorOK, 1
		health.ValueMilli[sensor] = int64(30+random.IntN(20)) * 1000
	}
	s.a.packer.emit(slot.UnixMilli(), health)
}

func (s *siteSource) ping(device int, slot, due time.Time) {
	rows := &sample.Pings{}
	addZeroRow(rows)
	rows.Device[0], rows.OffsetMs[0], rows.IntervalMs[0] = s.ids[device], offsetOf(due, slot), 30_000
	rows.Attempt[0], rows.Sent[0], rows.Received[0], rows.ReplyTTL[0] = 1, 5, 5, 255
	rows.RTT = sample.Lists{}
	base := uint32(200 + device*13%900)
	rows.RTT.Append(base+s.random.Uint32N(150), base+s.random.Uint32N(150), base+s.random.Uint32N(150), base+s.random.Uint32N(150), base+s.random.Uint32N(150))
	s.a.packer.emit(slot.UnixMilli(), rows)
}

// log emits a line in the slot of its minute, as the receiver does.
func (s *siteSource) log(_, due time.Time) {
	rows := s.logs[s.line%len(s.logs)]
	slot := schedule.Slot(due, time.Minute)
	rows.Sequence[0], rows.OffsetMs[0] = uint64(1)<<60+uint64(s.line), offsetOf(due, slot)
	rows.StampedMs[0] = due.UnixMilli()
	s.line++
	s.a.packer.emit(slot.UnixMilli(), rows)
}

func (s *siteSource) keyframe(device int, slot, due time.Time) {
	rows := &sample.Keyframes{}
	for port := range siteInterfaces {
		addZeroRow(rows)
		rows.Device[port], rows.Interface[port], rows.OffsetMs[port], rows.Width[port] = s.ids[device], s.parts[device][port], offsetOf(due, slot), 64
		rows.UptimeEnd[port] = uint32(due.Unix() % 1e7 * 100)
		for i, column := range rows.CounterColumns() {
			if port < s.active {
				(*column)[port] = (s.total[device][port] + 1<<40) / uint64(1+i*97)
			}
		}
	}
	s.a.packer.emit(slot.UnixMilli(), rows)
}

func (s *siteSource) voice(slot, _ time.Time) {
	rows := &sample.Voice{}
	addZeroRow(rows)
	rows.Path[0], rows.DurationMs[0], rows.Codec[0], rows.Sent[0], rows.Received[0] = 7, 60_000, "G.711", 3000, 3000
	rows.MinRTTUs[0], rows.SumRTTUs[0], rows.JitterUs[0] = 20_000, 61_000_000+s.random.Uint64N(1e6), 300+s.random.Uint32N(50)
	rows.Delays = sample.Lists{}
	var delays []uint32
	for bucket := range uint32(30) {
		delays = append(delays, 90+bucket, 50+s.random.Uint32N(100))
	}
	rows.Delays.Append(delays...)
	s.a.packer.emit(slot.UnixMilli(), rows)
}

// addZeroRow adds a row of zeros to all columns.
func addZeroRow(rows sample.Rows) { addZeros(reflect.ValueOf(rows).Elem()) }

func addZeros(columns reflect.Value) {
	for i := range columns.NumField() {
		switch column := columns.Field(i); {
		case column.Type() == reflect.TypeFor[sample.Lists]():
			column.Addr().Interface().(*sample.Lists).Append()
		case column.Kind() == reflect.Struct:
			addZeros(column)
		default:
			column.Set(reflect.Append(column, reflect.Zero(column.Type().Elem())))
		}
	}
}

// TestThreeDaysOfASiteFitIntoTheSpool measures what a site of 200 devices leaves on the
// appliance's disk while the centre is away, for an hour and so for 72, which must fit into
// the default max_bytes.
func TestThreeDaysOfASiteFitIntoTheSpool(t *testing.T) {
	const measured, wanted = time.Hour, 72 * time.Hour
	for _, test := range []struct {
		name   string
		active int
		limit  bool
	}{
		{"half of the interfaces idle", siteInterfaces / 2, true},
		{"all interfaces active", siteInterfaces, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			started := time.Now()
			synctest.Test(t, func(t *testing.T) {
				config := DefaultConfig()
				config.Spool.Directory = t.TempDir()
				registry := prometheus.NewRegistry()
				station := inventory.Station{ApplianceID: 0xabc, Appliance: inventory.Appliance{Name: "box"}}
				a, err := New(config, station, &fakeUplink{away: true}, slog.New(slog.DiscardHandler), registry)
				if err != nil {
					t.Fatal(err)
				}
				a.pollers = append(a.pollers, namedPoller{"site", pollerFunc(newSiteSource(a, test.active).run)})
				ctx, cancel := context.WithTimeout(t.Context(), measured)
				defer cancel()
				if err := a.Run(ctx); err != nil {
					t.Fatal(err)
				}
				const times = float64(wanted / measured)
				t.Logf("in 72 hours, %s:", test.name)
				for _, kind := range kindsPacked(t, registry) {
					t.Logf("%22s: %7.1f MB, %8.0f rows in %7.0f blocks, %5.1f bytes a row", kind.name, kind.bytes*times/1e6, kind.rows*times, kind.blocks*times, kind.bytes/kind.rows)
				}
				size := counted(t, registry, "mimamori_spool_disk_bytes") * times
				t.Logf("%22s: %7.1f MB on disk, %.0f %% of max_bytes", "all", size/1e6, 100*size/float64(config.Spool.MaxBytes))
				if test.limit && size > float64(config.Spool.MaxBytes) {
					t.Errorf("72 hours take %.0f bytes, max_bytes is %d", size, config.Spool.MaxBytes)
				}
			})
			t.Logf("measured in %s", time.Since(started).Round(time.Millisecond))
		})
	}
}

type packedKind struct {
	name                string
	rows, blocks, bytes float64
}

// kindsPacked is what was packed of each kind, the most bytes first.
func kindsPacked(t *testing.T, registry *prometheus.Registry) []packedKind {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]*packedKind{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if label.GetName() != "kind" {
					continue
				}
				kind := kinds[label.GetValue()]
				if kind == nil {
					kind = &packedKind{name: label.GetValue()}
					kinds[kind.name] = kind
				}
				switch family.GetName() {
				case "mimamori_ingest_rows_total":
					kind.rows = metric.GetCounter().GetValue()
				case "mimamori_ingest_blocks_total":
					kind.blocks = metric.GetCounter().GetValue()
				case "mimamori_ingest_block_bytes_total":
					kind.bytes = metric.GetCounter().GetValue()
				}
			}
		}
	}
	var all []packedKind
	for _, kind := range kinds {
		all = append(all, *kind)
	}
	slices.SortFunc(all, func(a, b packedKind) int { return cmp.Compare(b.bytes, a.bytes) })
	return all
}

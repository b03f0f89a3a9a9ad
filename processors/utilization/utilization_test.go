package utilization

import (
	"context"
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// line is one interface row under test; what it leaves out is zero.
type line struct {
	interval uint32
	speed    uint64
	width    uint8
	evidence sample.Evidence
	in, out  uint64
}

func batchOf(lines ...line) *storage.Batch {
	rows := new(sample.Interfaces)
	table := &storage.Table{Rows: rows}
	for i, l := range lines {
		table.Customer = append(table.Customer, 1)
		table.Site = append(table.Site, 2)
		table.Appliance = append(table.Appliance, 3)
		table.SlotMs = append(table.SlotMs, 1_000_000)
		table.Offset = append(table.Offset, int64(100+i))
		rows.Device = append(rows.Device, 4)
		rows.Interface = append(rows.Interface, sample.ID(10+i))
		rows.OffsetMs = append(rows.OffsetMs, 250)
		rows.IntervalMs = append(rows.IntervalMs, l.interval)
		rows.SpeedBps = append(rows.SpeedBps, l.speed)
		rows.AdminStatus = append(rows.AdminStatus, 1)
		rows.OperStatus = append(rows.OperStatus, 2)
		rows.Width = append(rows.Width, l.width)
		rows.Evidence = append(rows.Evidence, l.evidence)
		rows.UptimeStart = append(rows.UptimeStart, 0)
		rows.UptimeEnd = append(rows.UptimeEnd, 0)
		rows.InOctets = append(rows.InOctets, l.in)
		rows.OutOctets = append(rows.OutOctets, l.out)
		rows.InUcastPkts = append(rows.InUcastPkts, 1)
		rows.InMulticastPkts = append(rows.InMulticastPkts, 2)
		rows.InBroadcastPkts = append(rows.InBroadcastPkts, 4)
		rows.OutUcastPkts = append(rows.OutUcastPkts, 8)
		rows.OutMulticastPkts = append(rows.OutMulticastPkts, 16)
		rows.OutBroadcastPkts = append(rows.OutBroadcastPkts, 32)
		rows.InErrors = append(rows.InErrors, 64)
		rows.OutErrors = append(rows.OutErrors, 65)
		rows.InDiscards = append(rows.InDiscards, 66)
		rows.OutDiscards = append(rows.OutDiscards, 67)
	}
	return &storage.Batch{Tables: map[sample.Kind]*storage.Table{sample.KindInterfaces: table}}
}

func rulesOf(tb testing.TB, cfg Config) *Rules {
	tb.Helper()
	rules, err := NewRules(cfg, registry)
	if err != nil {
		tb.Fatal(err)
	}
	return rules
}

func process(t *testing.T, batch *storage.Batch) *storage.Derived {
	t.Helper()
	figure := New(rulesOf(t, DefaultConfig()))
	var derived storage.Derived
	if err := figure.Process(context.Background(), batch, &derived); err != nil {
		t.Fatal(err)
	}
	return &derived
}

func TestTraffic(t *testing.T) {
	got := process(t, batchOf(line{interval: 5000, speed: 1e9, width: 64, in: 1000, out: 2000})).Utilization
	if got.Customer[0] != 1 || got.Site[0] != 2 || got.Device[0] != 4 || got.Interface[0] != 10 || got.Offset[0] != 100 {
		t.Errorf("identity: %+v", got)
	}
	if got.AdminStatus[0] != 1 || got.OperStatus[0] != 2 {
		t.Errorf("what it said of itself: %+v", got)
	}
	if got.EndMs[0] != 1_000_250 || got.IntervalMs[0] != 5000 || got.SpeedBps[0] != 1e9 || got.Gap[0] != storage.GapNone {
		t.Errorf("time: %+v", got)
	}
	if got.InBits[0] != 8000 || got.OutBits[0] != 16000 || got.InPackets[0] != 7 || got.OutPackets[0] != 56 {
		t.Errorf("traffic: %+v", got)
	}
	if got.InMulticast[0] != 2 || got.InBroadcast[0] != 4 || got.OutMulticast[0] != 16 || got.OutBroadcast[0] != 32 {
		t.Errorf("broadcasts: %+v", got)
	}
	if got.InErrors[0] != 64 || got.OutErrors[0] != 65 || got.InDiscards[0] != 66 || got.OutDiscards[0] != 67 {
		t.Errorf("errors: %+v", got)
	}
}

func TestGaps(t *testing.T) {
	const second = 1e9 / 8 // octets a second at 1 Gbit/s
	for name, test := range map[string]struct {
		line line
		want storage.Gap
	}{
		"no interval":                     {line{speed: 1e9, width: 64, in: 1}, storage.GapNoInterval},
		"discontinuity":                   {line{interval: 1000, speed: 1e9, width: 64, evidence: sample.EvidenceDiscontinuity | sample.EvidenceUptimeReset}, storage.GapDiscontinuity},
		"device restart":                  {line{interval: 1000, speed: 1e9, width: 64, evidence: sample.EvidenceUptimeReset}, storage.GapReset},
		"counters fell":                   {line{interval: 1000, speed: 1e9, width: 64, evidence: sample.EvidenceCountersFell}, storage.GapReset},
		"agent restart, counters fell":    {line{interval: 1000, speed: 1e9, width: 64, evidence: sample.EvidenceAgentRestart | sample.EvidenceCountersFell}, storage.GapReset},
		"agent restart, counters went on": {line{interval: 1000, speed: 1e9, width: 64, evidence: sample.EvidenceAgentRestart | sample.EvidenceUptimeReset, in: 5}, storage.GapNone},
		"agent restart, 32 bits":          {line{interval: 1000, speed: 1e7, width: 32, evidence: sample.EvidenceAgentRestart, in: 5}, storage.GapReset},
		"line rate":                       {line{interval: 10_000, speed: 1e9, width: 64, in: 10 * second, out: 10 * second}, storage.GapNone},
		"line rate and 4 %":               {line{interval: 10_000, speed: 1e9, width: 64, in: 10.4 * second}, storage.GapNone},
		"line rate and 10 %":              {line{interval: 10_000, speed: 1e9, width: 64, in: 11 * second}, storage.GapImplausible},
		"ten times the line, out":         {line{interval: 10_000, speed: 1e9, width: 64, out: 100 * second}, storage.GapImplausible},
		"a second that was 1.2":           {line{interval: 1000, speed: 1e9, width: 64, in: 1.2 * second}, storage.GapNone},
		"32 bits, unknown speed, 5 min":   {line{interval: 300_000, width: 32, in: math.MaxUint32}, storage.GapNone},
		"32 bits, unknown speed, 30 min":  {line{interval: 1_800_000, width: 32, in: 1}, storage.GapAmbiguousWrap},
		"unknown speed":                   {line{interval: 1000, width: 64, in: math.MaxUint32 * 8}, storage.GapNone},
		"400 G for an hour":               {line{interval: 3_600_000, speed: 400e9, width: 64, in: 170e12}, storage.GapNone},
		"32 bits, 100 M, 5 s":             {line{interval: 5000, speed: 1e8, width: 32, in: 1}, storage.GapNone},
		"32 bits, 1 G, 60 s":              {line{interval: 60_000, speed: 1e9, width: 32, in: 1}, storage.GapAmbiguousWrap},
		"32 bits, 10 M, 50 min":           {line{interval: 3_000_000, speed: 1e7, width: 32, in: 1}, storage.GapNone},
		"32 bits, 10 M, 1 h":              {line{interval: 3_600_000, speed: 1e7, width: 32, in: 1}, storage.GapAmbiguousWrap},
	} {
		got := process(t, batchOf(test.line)).Utilization
		if got.Gap[0] != test.want {
			t.Errorf("%s: gap %q, want %q", name, got.Gap[0], test.want)
			continue
		}
		sum := got.InBits[0] + got.OutBits[0] + got.InBroadcast[0] + got.OutBroadcast[0] + got.InMulticast[0] + got.OutMulticast[0] + got.InPackets[0] + got.OutPackets[0] + got.InErrors[0] + got.OutErrors[0] + got.InDiscards[0] + got.OutDiscards[0]
		if test.want != storage.GapNone && sum != 0 {
			t.Errorf("%s: the row has a gap and numbers: %+v", name, got)
		}
	}
}

func TestAGapSpoilsNoOtherRow(t *testing.T) {
	usable := line{interval: 1000, speed: 1e9, width: 64, in: 3, out: 5}
	got := process(t, batchOf(usable, line{interval: 1000, evidence: sample.EvidenceCountersFell, in: 9}, usable)).Utilization
	for _, i := range []int{0, 2} {
		if got.InBits[i] != 24 || got.OutBits[i] != 40 || got.InErrors[i] != 64 || got.OutDiscards[i] != 67 {
			t.Errorf("row %d: %+v", i, got)
		}
	}
}

func readVectors(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil || len(records) < 2 {
		t.Fatalf("%s: %d records, %v", name, len(records), err)
	}
	return records[1:]
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestUtilizationAgainstVectors(t *testing.T) {
	for _, record := range readVectors(t, "utilization.csv") {
		before, errBefore := strconv.ParseUint(record[2], 10, 64)
		after, errAfter := strconv.ParseUint(record[3], 10, 64)
		if errBefore != nil || errAfter != nil {
			t.Fatal(errBefore, errAfter)
		}
		width := uint8(number(t, record[1]))
		difference := after - before
		if width == 32 {
			difference = uint64(uint32(difference))
		}
		seconds := number(t, record[4])
		got := process(t, batchOf(line{
			interval: uint32(seconds * 1000), speed: uint64(number(t, record[5])), width: width, in: difference,
		})).Utilization
		want := storage.GapNone
		if strings.Contains(record[0], "INVALID") {
			want = storage.GapAmbiguousWrap
		}
		if got.Gap[0] != want {
			t.Errorf("%s: gap %q, want %q", record[0], got.Gap[0], want)
		}
		if rate := float64(got.InBits[0]) / seconds; want == storage.GapNone && math.Abs(rate-number(t, record[7])) > 0.001 {
			t.Errorf("%s: %.3f bit/s, want %s", record[0], rate, record[7])
		}
	}
}

func TestWrapTimesAgainstVectors(t *testing.T) {
	for _, record := range readVectors(t, "counter_wrap.csv") {
		speed := uint64(number(t, record[0]))
		limit := number(t, record[2]) * 1000
		if speed <= narrowSpeed {
			limit = number(t, record[1]) * 1000
		}
		if ambiguous(speed, uint32(limit*0.999)) {
			t.Errorf("%d bit/s: %.0f ms are found ambiguous", speed, limit*0.999)
		}
		if !ambiguous(speed, uint32(limit*1.001+1)) {
			t.Errorf("%d bit/s: %.0f ms are not found ambiguous", speed, limit*1.001+1)
		}
	}
}

func TestLinks(t *testing.T) {
	rows := &sample.InterfaceIdentities{}
	table := &storage.Table{Rows: rows}
	names := [][2]string{{"Gi0/1", "WAN to provider"}, {"wan1", ""}, {"Gi0/2", "Uplink core"}, {"Gi0/3", "taiwan office"}, {"Gi0/4", ""}}
	for i, name := range names {
		table.Customer = append(table.Customer, 1)
		table.Site = append(table.Site, 2)
		table.SlotMs = append(table.SlotMs, 1000)
		table.Offset = append(table.Offset, 9)
		rows.Device = append(rows.Device, 4)
		rows.Interface = append(rows.Interface, sample.ID(i))
		rows.Name = append(rows.Name, name[0])
		rows.Alias = append(rows.Alias, name[1])
		rows.Description = append(rows.Description, "")
		rows.IfType = append(rows.IfType, 6)
		rows.SpeedBps = append(rows.SpeedBps, 1e9)
	}
	derived := process(t, &storage.Batch{Tables: map[sample.Kind]*storage.Table{sample.KindInterfaceIdentities: table}})
	for i, want := range []bool{true, true, false, false, false} {
		link := derived.Links[i]
		if (link.Kind == storage.LinkWAN) != want || link.Device != 4 || link.Customer != 1 || link.Site != 2 || link.Offset != 9 {
			t.Errorf("%v: %+v, want WAN %t", names[i], link, want)
		}
	}
}

func BenchmarkDerive(b *testing.B) {
	lines := make([]line, 100_000)
	for i := range lines {
		lines[i] = line{interval: 5000, speed: 1e9, width: 64, in: uint64(i), out: uint64(i)}
	}
	batch := batchOf(lines...)
	table := batch.Table(sample.KindInterfaces)
	rows := table.Rows.(*sample.Interfaces)
	figure := New(rulesOf(b, DefaultConfig()))
	var derived storage.Utilization
	b.ReportAllocs()
	for b.Loop() {
		reset(&derived)
		figure.derive(table, rows, &derived)
	}
	b.ReportMetric(float64(len(lines))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func reset(u *storage.Utilization) {
	u.Customer, u.Site, u.Device, u.Interface = u.Customer[:0], u.Site[:0], u.Device[:0], u.Interface[:0]
	u.EndMs, u.IntervalMs, u.SpeedBps, u.Gap, u.Offset = u.EndMs[:0], u.IntervalMs[:0], u.SpeedBps[:0], u.Gap[:0], u.Offset[:0]
	u.AdminStatus, u.OperStatus = u.AdminStatus[:0], u.OperStatus[:0]
	u.InBits, u.OutBits, u.InPackets, u.OutPackets = u.InBits[:0], u.OutBits[:0], u.InPackets[:0], u.OutPackets[:0]
	u.InBroadcast, u.OutBroadcast, u.InMulticast, u.OutMulticast = u.InBroadcast[:0], u.OutBroadcast[:0], u.InMulticast[:0], u.OutMulticast[:0]
	u.InErrors, u.OutErrors, u.InDiscards, u.OutDiscards = u.InErrors[:0], u.OutErrors[:0], u.InDiscards[:0], u.OutDiscards[:0]
}

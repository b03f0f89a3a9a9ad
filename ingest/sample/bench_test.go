package sample

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// realistic returns interface rows as a site has them: devices of 24 interfaces,
// most of them access ports with little traffic, a third without any, polled once a
// minute at a few milliseconds' difference.
func realistic(rows int, seed uint64) *Interfaces {
	random := rand.New(rand.NewPCG(7, seed))
	all := &Interfaces{}
	for row := range rows {
		number, port := int(seed)*100+row/24, row%24
		device := DeviceID("Contoso", "Tokyo", fmt.Sprint("switch-", number))
		speed, load := uint64(1e9), random.ExpFloat64()*2e6
		switch {
		case port < 2:
			speed, load = 10e9, 3e8*random.Float64()
		case port%3 == 0:
			load = 0
		}
		octets := func(share float64) uint64 { return uint64(load * share * 60 / 8 * (0.8 + 0.4*random.Float64())) }
		in, out := octets(1), octets(0.4)
		packets := func(octets uint64) uint64 { return octets / (400 + random.Uint64N(300)) }
		up := uint8(1)
		if load == 0 {
			up = 2
		}
		all.Device = append(all.Device, device)
		all.Interface = append(all.Interface, InterfaceID(device, fmt.Sprint("Gi1/0/", port)))
		all.OffsetMs = append(all.OffsetMs, uint32(number%60*1000+17+port/8*12))
		all.IntervalMs = append(all.IntervalMs, 59_990+random.Uint32N(20))
		all.SpeedBps = append(all.SpeedBps, speed)
		all.AdminStatus = append(all.AdminStatus, 1)
		all.OperStatus = append(all.OperStatus, up)
		all.Width = append(all.Width, 64)
		all.Evidence = append(all.Evidence, 0)
		all.UptimeStart = append(all.UptimeStart, uint32(number*7_777_777))
		all.UptimeEnd = append(all.UptimeEnd, uint32(number*7_777_777+6000))
		all.InOctets = append(all.InOctets, in)
		all.OutOctets = append(all.OutOctets, out)
		all.InUcastPkts = append(all.InUcastPkts, packets(in))
		all.OutUcastPkts = append(all.OutUcastPkts, packets(out))
		few := func(most uint64) uint64 {
			if load == 0 {
				return 0
			}
			return random.Uint64N(most)
		}
		all.InMulticastPkts = append(all.InMulticastPkts, few(20))
		all.OutMulticastPkts = append(all.OutMulticastPkts, few(200))
		all.InBroadcastPkts = append(all.InBroadcastPkts, few(5))
		all.OutBroadcastPkts = append(all.OutBroadcastPkts, few(300))
		errors := uint64(0)
		if random.IntN(200) == 0 {
			errors = random.Uint64N(50)
		}
		all.InErrors = append(all.InErrors, errors)
		all.OutErrors = append(all.OutErrors, 0)
		all.InDiscards = append(all.InDiscards, 0)
		all.OutDiscards = append(all.OutDiscards, errors/3)
	}
	return all
}

// benchmarkRows fill a block of the size an appliance makes. The benchmarks take
// turns with many blocks: a processor that has learnt one block by heart decodes it
// faster than it would any other.
const (
	benchmarkRows   = 1000
	benchmarkBlocks = 128
)

func BenchmarkEncodeInterfaces(b *testing.B) {
	var blocks [benchmarkBlocks]*Interfaces
	for i := range blocks {
		blocks[i] = realistic(benchmarkRows, uint64(i))
	}
	encoder, err := NewEncoder()
	if err != nil {
		b.Fatal(err)
	}
	var message []byte
	turn, bytes := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		if message, err = encoder.Encode(message[:0], testHeader, blocks[turn%benchmarkBlocks]); err != nil {
			b.Fatal(err)
		}
		turn++
		bytes += len(message)
	}
	reportRows(b, turn, bytes)
}

func BenchmarkDecodeInterfaces(b *testing.B) {
	var messages [benchmarkBlocks][]byte
	for i := range messages {
		messages[i] = encode(b, realistic(benchmarkRows, uint64(i)))
	}
	decoder, rows := newDecoder(b), &Interfaces{}
	turn, bytes := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		Truncate(rows, 0)
		message := messages[turn%benchmarkBlocks]
		if _, err := decoder.Decode(message, func(Header) Rows { return rows }); err != nil {
			b.Fatal(err)
		}
		turn++
		bytes += len(message)
	}
	reportRows(b, turn, bytes)
}

func reportRows(b *testing.B, blocks, bytes int) {
	b.Helper()
	b.ReportMetric(float64(blocks*benchmarkRows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(bytes)/float64(blocks*benchmarkRows), "bytes/row")
}

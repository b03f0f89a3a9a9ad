package snmp

import (
	"cmp"
	"fmt"
	"log/slog"
	"runtime"
	"syscall"
	"testing"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/replay"
)

func processorTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func benchmarkDevice(b *testing.B, interfaces int) (*worker, *device, *agent) {
	a := newAgent(b)
	a.tables(true, manyPorts(interfaces)...)
	p, err := New(DefaultConfig(), stationOf(a.port()), func(int64, sample.Rows) {}, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		b.Fatal(err)
	}
	w, d := &worker{Poller: p}, p.devices[0]
	for range 2 {
		w.poll(b.Context(), d, 0)
	}
	if d.result != resultOK {
		b.Fatalf("the poll ended %s", d.result)
	}
	a.change(func() { a.cacheAnswers = true })
	return w, d, a
}

// BenchmarkPoll polls a known device over UDP. The processor time includes what
// the agent needs to repeat its answers.
func BenchmarkPoll(b *testing.B) {
	for _, interfaces := range []int{2, 24, 500} {
		b.Run(fmt.Sprintf("interfaces=%d", interfaces), func(b *testing.B) {
			w, d, _ := benchmarkDevice(b, interfaces)
			oids := interfaces*len(d.columns) + len(clockOIDs)
			b.ReportAllocs()
			began := processorTime()
			for b.Loop() {
				w.poll(b.Context(), d, 0)
			}
			used := processorTime() - began
			b.ReportMetric(float64(oids)*float64(b.N)/used.Seconds(), "OIDs/cpu-s")
			b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-us/poll")
		})
	}
}

// BenchmarkAccount makes the rows of one poll of 24 interfaces from its answers.
func BenchmarkAccount(b *testing.B) {
	w, d, _ := benchmarkDevice(b, 24)
	rows, now := w.rows, d.clocks
	b.ReportAllocs()
	for b.Loop() {
		d.pass.number++
		w.account(d, rows, now, false, 0)
		sample.Truncate(&w.interfaces, 0)
	}
	b.ReportMetric(float64(len(rows)*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkPollVersions polls 24 interfaces of a replayed device by version 2c, and by
// version 3 with and without privacy. The processor time includes the agent's, which
// protects its answers likewise.
func BenchmarkPollVersions(b *testing.B) {
	authentic := noc
	authentic.Privacy, authentic.PrivacyPassword = "", ""
	for _, c := range []struct {
		name string
		snmp inventory.SNMP
	}{
		{"v2c", inventory.SNMP{Version: inventory.SNMPv2c, Community: "public"}},
		{"v3-SHA-256", inventory.SNMP{Version: inventory.SNMPv3, User: &authentic}},
		{"v3-SHA-256-AES-128", inventory.SNMP{Version: inventory.SNMPv3, User: &noc}},
	} {
		b.Run(c.name, func(b *testing.B) {
			agent, _ := runAgent(b, replay.Config{Walk: walkOf(b, 24), Users: []inventory.SNMPUser{*cmp.Or(c.snmp.User, &noc)}})
			p, err := New(DefaultConfig(), stationOf(agent.Addr().Port()), func(int64, sample.Rows) {}, slog.New(slog.DiscardHandler), nil)
			if err != nil {
				b.Fatal(err)
			}
			w, d := &worker{Poller: p}, p.devices[0]
			c.snmp.Port = agent.Addr().Port()
			d.inventory.SNMP = &c.snmp
			for range 2 {
				w.poll(b.Context(), d, 0)
			}
			if d.result != resultOK {
				b.Fatalf("the poll ended %s", d.result)
			}
			b.ReportAllocs()
			before, began := agent.Counts(), processorTime()
			for b.Loop() {
				w.poll(b.Context(), d, 0)
			}
			used, after := processorTime()-began, agent.Counts()
			b.ReportMetric(float64(after.Variables-before.Variables)/used.Seconds(), "OIDs/cpu-s")
			b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-us/poll")
		})
	}
}

// BenchmarkMemory polls many devices of 24 interfaces once and reports what is kept of
// each, its place in the inventory aside.
func BenchmarkMemory(b *testing.B) {
	for _, snmp := range []inventory.SNMP{
		{Version: inventory.SNMPv2c, Community: "public"}, {Version: inventory.SNMPv3, User: &noc},
	} {
		b.Run("v"+snmp.Version, func(b *testing.B) {
			const devices = 1000
			agent, _ := runAgent(b, replay.Config{Walk: walkOf(b, 24), Users: []inventory.SNMPUser{noc}})
			snmp.Port = agent.Addr().Port()
			station := stationOf(make([]uint16, devices)...)
			for i := range station.Devices {
				station.Devices[i].SNMP = &snmp
			}
			var kept float64
			for b.Loop() {
				before := heap()
				p, err := New(DefaultConfig(), station, func(int64, sample.Rows) {}, slog.New(slog.DiscardHandler), nil)
				if err != nil {
					b.Fatal(err)
				}
				for w, i := (&worker{Poller: p}), 0; i < devices; i++ {
					if w.poll(b.Context(), p.devices[i], 0); p.devices[i].result != resultOK {
						b.Fatalf("the poll ended %s", p.devices[i].result)
					}
				}
				kept = heap() - before
				runtime.KeepAlive(p)
			}
			b.ReportMetric(kept/devices, "B/device")
		})
	}
}

// heap returns how much of the heap is in use, octets.
func heap() float64 {
	runtime.GC()
	runtime.GC() // what finalizers held
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}

package site

import (
	"math"

	"mimamori/ingest/sample"
)

// port is what an interface does.
type port struct {
	id      sample.ID
	idle    bool
	octets  float64 // a second, into the device, on average; a third of it out
	packet  float64 // octets of an average packet
	spread  float64 // multicasts and broadcasts a second
	counted sample.Counters
}

// device is a device of the site.
type device struct {
	id      sample.ID
	address string
	name    string
	ports   []port
	bootMs  int64   // when it started, Unix milliseconds
	echoUs  float64 // its usual round trip
	ttl     uint8
	engine  bool // it tells snmpEngineTime
	polled  int64
}

// gained is what a port's counters gained in so many milliseconds, in the order of
// CounterColumns.
func (s *Site) gained(p *port, ms int64) (counters [12]uint64) {
	if p.idle {
		return counters
	}
	seconds := float64(ms) / 1000
	// Traffic of five minutes lies within a factor of two or so of its average.
	in := p.octets * seconds * math.Exp(s.random.NormFloat64()*0.4)
	out := p.octets / 3 * seconds * math.Exp(s.random.NormFloat64()*0.4)
	counters[0], counters[1] = uint64(in), uint64(out)
	counters[2], counters[3] = uint64(in/p.packet), uint64(out/p.packet)
	for column := 4; column < 8; column++ {
		counters[column] = uint64(max(0, p.spread*seconds+s.random.NormFloat64()*math.Sqrt(p.spread*seconds)))
	}
	if s.random.IntN(200) == 0 { // hardly anything has errors, and few discard
		counters[8+s.random.IntN(4)] = uint64(1 + s.random.IntN(40))
	}
	return counters
}

// poll is what a device answers to a poll, keyframes where they are due.
func (s *Site) poll(d *device, slot, at int64, keyframes bool) []sample.Rows {
	rows, absolute := &sample.Interfaces{}, &sample.Keyframes{}
	offset, measured := uint32(at-slot), at-d.polled
	end, start := uint32((at-d.bootMs)/10), uint32((d.polled-d.bootMs)/10)
	for i := range d.ports {
		p := &d.ports[i]
		gained := s.gained(p, measured)
		rows.Device, rows.Interface = append(rows.Device, d.id), append(rows.Interface, p.id)
		rows.OffsetMs, rows.IntervalMs = append(rows.OffsetMs, offset), append(rows.IntervalMs, uint32(measured))
		rows.SpeedBps, rows.AdminStatus = append(rows.SpeedBps, 1e9), append(rows.AdminStatus, 1)
		operational := uint8(1)
		if p.idle {
			operational = 2
		}
		rows.OperStatus = append(rows.OperStatus, operational)
		rows.Width, rows.Evidence = append(rows.Width, 64), append(rows.Evidence, 0)
		rows.UptimeStart, rows.UptimeEnd = append(rows.UptimeStart, start), append(rows.UptimeEnd, end)
		for column, values := range rows.CounterColumns() {
			*values = append(*values, gained[column])
		}
		for column, value := range p.counted.CounterColumns() {
			(*value)[0] += gained[column]
		}
		if keyframes {
			absolute.Device, absolute.Interface = append(absolute.Device, d.id), append(absolute.Interface, p.id)
			absolute.OffsetMs, absolute.Width, absolute.UptimeEnd = append(absolute.OffsetMs, offset), append(absolute.Width, 64), append(absolute.UptimeEnd, end)
			counted := p.counted.CounterColumns()
			for column, values := range absolute.CounterColumns() {
				*values = append(*values, (*counted[column])[0])
			}
		}
	}
	uptime := &sample.Uptimes{Device: []sample.ID{d.id}, OffsetMs: []uint32{offset}, SysUpTime: []uint32{end},
		HrSystemUptime: []uint32{0}, EngineTime: []uint32{0}, EngineBoots: []uint32{0}, Presence: []sample.UptimePresence{0}}
	if d.engine {
		uptime.EngineTime[0], uptime.EngineBoots[0], uptime.Presence[0] = end/100, 3, sample.HasEngineTime
	}
	d.polled = at
	if keyframes {
		return []sample.Rows{uptime, absolute, rows}
	}
	return []sample.Rows{uptime, rows}
}

// outcome is what an appliance says each hour of a device that answers.
func (s *Site) outcome(d *device, slot, at int64) *sample.Outcomes {
	return &sample.Outcomes{
		Device: []sample.ID{d.id}, OffsetMs: []uint32{uint32(at - slot)}, StartedMs: []int64{s.from}, IntervalMs: []uint32{pollMs}, HoldsMs: []uint32{hourMs},
		Asked: []sample.Asked{sample.AskedSNMP | sample.AskedPing}, Result: []sample.Outcome{sample.OutcomeOK}, SinceMs: []int64{s.from}, GoodMs: []int64{at},
		Interfaces: []uint32{uint32(len(d.ports))}, Sensors: []uint32{0}, Profile: []string{"cisco-ios"}, Version: []string{"2c"}, Notes: []string{""}, Detail: []string{""},
	}
}

// ping is a round of a device that answers; one packet in two thousand is lost.
func (s *Site) ping(d *device, slot, due int64) *sample.Pings {
	var times []uint32
	for range packets {
		if s.random.IntN(2000) > 0 {
			times = append(times, uint32(d.echoUs*math.Exp(s.random.NormFloat64()*0.15)))
		}
	}
	rows := &sample.Pings{
		Device: []sample.ID{d.id}, OffsetMs: []uint32{uint32(due - slot)}, IntervalMs: []uint32{pingMs}, Attempt: []uint8{1},
		Sent: []uint8{packets}, Received: []uint8{uint8(len(times))}, ICMPError: []uint8{0}, ICMPCode: []uint8{0}, ErrorFrom: []string{""},
		Duplicates: []uint8{0}, Reordered: []uint8{0}, ReplyTTL: []uint8{d.ttl},
	}
	rows.RTT.Append(times...)
	return rows
}

// voice is a minute of the site's one path: 50 packets a second.
func (s *Site) voice() *sample.Voice {
	const sent = 3000
	lost := uint32(s.random.IntN(4))
	rows := &sample.Voice{
		Path: []sample.ID{s.path}, DurationMs: []uint32{voiceMs}, Codec: []string{"G.711"}, Sent: []uint32{sent}, Received: []uint32{sent - lost},
		Duplicates: []uint32{0}, Reordered: []uint32{0}, LossRuns: []uint32{lost}, JitterUs: []uint32{uint32(300 + s.random.IntN(500))},
		Synchronised: []uint8{0}, SumForwardUs: []int64{0}, DSCPSent: []uint8{46}, DSCPReceived: []uint8{46},
		Bursts: []uint32{0}, BurstPackets: []uint32{0}, BurstLost: []uint32{0},
	}
	buckets := map[uint32]uint32{}
	least, sum := uint32(math.MaxUint32), uint64(0)
	for range sent - lost {
		delay := uint32(21_000 + 2_500*math.Abs(s.random.NormFloat64()))
		buckets[sample.DelayBucket(delay)]++
		least, sum = min(least, delay), sum+uint64(delay)
	}
	var delays []uint32
	for bucket := uint32(0); len(delays) < 2*len(buckets); bucket++ {
		if count := buckets[bucket]; count > 0 {
			delays = append(delays, bucket, count)
		}
	}
	rows.MinRTTUs, rows.SumRTTUs = []uint32{least}, []uint64{sum}
	rows.Delays.Append(delays...)
	if lost > 0 {
		rows.RunLengths.Append(1, lost)
	} else {
		rows.RunLengths.Append()
	}
	rows.AppendOperation(sample.Operation{})
	rows.AppendCondition(sample.Condition{TTLForward: 250, TTLBackward: 250, Stateful: 1})
	return rows
}

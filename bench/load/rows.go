package load

import (
	"time"

	"mimamori/ingest/sample"
)

// What chance is asked for.
const (
	forShare = iota + 1
	forTraffic
	forEcho
	forSensor
	forVoice
	forBoot
	forLevel
	forLine
)

// scratch are rows whose memory is used again.
type scratch struct {
	interfaces sample.Interfaces
	uptimes    sample.Uptimes
	pings      sample.Pings
	health     sample.Health
	log        sample.Syslog
}

// second makes the rows that the appliance has when a second of its time is over: those
// of one kind are of one slot and make a block. They are good until the next call.
func (s *site) second(at time.Time, to func(slotMs int64, rows sample.Rows) error) error {
	slot := at.Truncate(PollInterval)
	after := at.Sub(slot)
	first, end := s.due(PollInterval, after)
	made := []struct {
		slot time.Time
		rows sample.Rows
	}{
		{slot, s.interfaces(slot, first, end)}, {slot, s.uptimes(slot, first, end)}, {slot, s.health(slot, first, end)},
	}
	echo := at.Truncate(PingInterval)
	first, end = s.due(PingInterval, at.Sub(echo))
	made = append(made, struct {
		slot time.Time
		rows sample.Rows
	}{echo, s.pings(echo, first, end)}, struct {
		slot time.Time
		rows sample.Rows
	}{at, s.log(at)})
	for _, each := range made {
		if each.rows.Len() == 0 {
			continue
		}
		if err := to(each.slot.UnixMilli(), each.rows); err != nil {
			return err
		}
	}
	if after == 0 { // of the minute that is over
		if err := to(slot.Add(-PollInterval).UnixMilli(), s.voice(slot.Add(-PollInterval))); err != nil {
			return err
		}
	}
	if at.Truncate(BeatInterval).Equal(at) {
		return to(at.UnixMilli(), s.beat(at))
	}
	return nil
}

// interfaces is a poll of some devices in a slot.
func (s *site) interfaces(slot time.Time, first, end int) *sample.Interfaces {
	r := &s.scratch.interfaces
	sample.Truncate(r, 0)
	busy := busyness(slot)
	for device := first; device < end; device++ {
		offset := s.offset(device, PollInterval)
		at := slot.Add(time.Duration(offset) * time.Millisecond)
		if s.isDown(device, at) {
			continue
		}
		before := s.polledBefore(device, at)
		interval := at.Sub(before)
		uptime, uptimeBefore, evidence := s.uptime(device, at), s.uptime(device, before), sample.Evidence(0)
		if s.startedBetween(device, before, at) {
			evidence = sample.EvidenceUptimeReset
		}
		for port := range s.Interfaces {
			id := s.ports[device*s.Interfaces+port]
			in, out, status := uint64(0), uint64(0), uint8(2)
			if port%2 == 0 {
				status = 1
				// From 0.05 to 6.4 % of the line rate over a week and even in the logarithm, as a
				// fleet has many quiet interfaces and a few busy ones.
				share := s.chance(forShare, id)
				mean := uint64(busy*interval.Seconds()*lineRate/8/2000) << (share % 8)
				draw := s.chance(forTraffic, id, uint64(slot.UnixMilli()))
				in, out = mean*(900+draw%200)/1000, mean*(900+draw>>16%200)/4000
			}
			r.Device, r.Interface = append(r.Device, s.devices[device]), append(r.Interface, id)
			r.OffsetMs, r.IntervalMs = append(r.OffsetMs, offset), append(r.IntervalMs, uint32(interval.Milliseconds()))
			r.SpeedBps, r.AdminStatus, r.OperStatus = append(r.SpeedBps, lineRate), append(r.AdminStatus, 1), append(r.OperStatus, status)
			r.Width, r.Evidence = append(r.Width, 64), append(r.Evidence, evidence)
			r.UptimeStart, r.UptimeEnd = append(r.UptimeStart, uptimeBefore), append(r.UptimeEnd, uptime)
			r.InOctets, r.OutOctets = append(r.InOctets, in), append(r.OutOctets, out)
			r.InUcastPkts, r.OutUcastPkts = append(r.InUcastPkts, in/700), append(r.OutUcastPkts, out/300)
			r.InMulticastPkts, r.OutMulticastPkts = append(r.InMulticastPkts, in/50_000), append(r.OutMulticastPkts, out/80_000)
			r.InBroadcastPkts, r.OutBroadcastPkts = append(r.InBroadcastPkts, in/90_000), append(r.OutBroadcastPkts, out/120_000)
			r.InErrors, r.OutErrors = append(r.InErrors, in>>32), append(r.OutErrors, 0)
			r.InDiscards, r.OutDiscards = append(r.InDiscards, in>>30), append(r.OutDiscards, out>>28)
		}
	}
	return r
}

// uptime is a device's sysUpTime, hundredths of a second: since it was last started, at some time
// before the fleet began where the script does not say. It rolls over after 497 days.
func (s *site) uptime(device int, at time.Time) uint32 {
	if since, starts := s.started(device, at); starts > 0 {
		return uint32(since.Milliseconds() / 10)
	}
	return uint32(at.UnixMilli()/10) + uint32(s.chance(forBoot, s.devices[device]))
}

func (s *site) uptimes(slot time.Time, first, end int) *sample.Uptimes {
	r := &s.scratch.uptimes
	sample.Truncate(r, 0)
	for device := first; device < end; device++ {
		offset := s.offset(device, PollInterval)
		at := slot.Add(time.Duration(offset) * time.Millisecond)
		if s.isDown(device, at) {
			continue
		}
		uptime := s.uptime(device, at)
		_, starts := s.started(device, at)
		r.Device, r.OffsetMs, r.SysUpTime = append(r.Device, s.devices[device]), append(r.OffsetMs, offset), append(r.SysUpTime, uptime)
		r.HrSystemUptime, r.EngineTime = append(r.HrSystemUptime, 0), append(r.EngineTime, uptime/100)
		r.EngineBoots, r.Presence = append(r.EngineBoots, uint32(3+starts)), append(r.Presence, sample.HasEngineTime)
	}
	return r
}

// pings is a round of some devices in a slot. One that is down does not answer the repeat either.
func (s *site) pings(slot time.Time, first, end int) *sample.Pings {
	r := &s.scratch.pings
	sample.Truncate(r, 0)
	for device := first; device < end; device++ {
		offset := s.offset(device, PingInterval)
		draw := s.chance(forEcho, s.devices[device], uint64(slot.UnixMilli()))
		near := uint32(400 + s.chance(forEcho, s.devices[device])%20_000)
		received := uint8(3)
		if draw>>40%200 == 0 {
			received = 2
		}
		attempts := uint8(1)
		if s.isDown(device, slot.Add(time.Duration(offset)*time.Millisecond)) {
			received, attempts = 0, 2
		}
		for attempt := range attempts {
			r.Device, r.OffsetMs, r.IntervalMs = append(r.Device, s.devices[device]), append(r.OffsetMs, offset), append(r.IntervalMs, uint32(PingInterval.Milliseconds()))
			r.Attempt, r.Sent, r.Received = append(r.Attempt, attempt+1), append(r.Sent, 3), append(r.Received, received)
			var times [3]uint32
			for i := range times {
				times[i] = near + uint32(draw>>(8*i)%400)
			}
			r.RTT.Append(times[:received]...)
			r.ICMPError, r.ICMPCode, r.ErrorFrom = append(r.ICMPError, 0), append(r.ICMPCode, 0), append(r.ErrorFrom, "")
			r.Duplicates, r.Reordered, r.ReplyTTL = append(r.Duplicates, 0), append(r.Reordered, 0), append(r.ReplyTTL, 62)
		}
	}
	return r
}

func (s *site) health(slot time.Time, first, end int) *sample.Health {
	r := &s.scratch.health
	sample.Truncate(r, 0)
	for device := first; device < end; device++ {
		offset := s.offset(device, PollInterval)
		if s.isDown(device, slot.Add(time.Duration(offset)*time.Millisecond)) {
			continue
		}
		for i, sensor := range sensors {
			id := s.sensors[device*len(sensors)+i]
			r.Device, r.Sensor, r.OffsetMs = append(r.Device, s.devices[device]), append(r.Sensor, id), append(r.OffsetMs, offset)
			value, status, measured := sensor.milli+int64(s.chance(forSensor, id, uint64(slot.UnixMilli()))%10)*1000, sample.SensorOK, uint8(1)
			if s.script != nil {
				value, status, measured = s.reading(device, i, slot.Add(time.Duration(offset)*time.Millisecond))
			}
			r.SensorKind, r.Status, r.Measured = append(r.SensorKind, sensor.kind), append(r.Status, status), append(r.Measured, measured)
			r.ValueMilli = append(r.ValueMilli, value)
		}
	}
	return r
}

func (s *site) beat(at time.Time) *sample.Heartbeats {
	interval := uint32(BeatInterval.Milliseconds())
	return &sample.Heartbeats{
		OffsetMs: []uint32{0}, IntervalMs: []uint32{interval}, Sequence: []uint64{uint64(at.UnixMilli() / BeatInterval.Milliseconds())},
		BacklogBlocks: []uint32{0}, BacklogBytes: []uint64{0}, DroppedBlocks: []uint64{0},
		Version: []string{"bench"}, SentBytes: []uint64{20_000 + uint64(at.Unix()%1000)}, SentMs: []uint32{interval},
	}
}

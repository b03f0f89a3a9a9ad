package chaos

import (
	"fmt"

	"mimamori/ingest/sample"
)

// emit makes all rows of a slot, the same ones whenever it is asked.
func (s *site) emit(slot int, to func(slotMs int64, rows sample.Rows)) {
	at := s.at(slot)
	if slot == 0 {
		for _, rows := range s.names() {
			to(at, rows)
		}
	}
	to(at, s.interfaces(slot))
	if pings := s.pings(slot); pings.Len() > 0 {
		to(at, pings)
	}
	if uptimes := s.uptimes(slot); uptimes.Len() > 0 {
		to(at, uptimes)
	}
	if slot%voiceSlots == 0 {
		to(at, s.voice(slot))
	}
	to(at, s.log(slot))
}

func (s *site) names() []sample.Rows {
	devices, ports := &sample.Devices{}, &sample.InterfaceIdentities{}
	for i, id := range s.devices {
		behind := s.devices[0]
		if i == 0 {
			behind = 0
		}
		devices.Device, devices.Behind = append(devices.Device, id), append(devices.Behind, behind)
		devices.Name, devices.Address = append(devices.Name, deviceName(i)), append(devices.Address, fmt.Sprintf("192.0.2.%d", i+1))
		devices.SysObjectID, devices.SysName, devices.SysDescr = append(devices.SysObjectID, ""), append(devices.SysName, deviceName(i)), append(devices.SysDescr, "")
		for port := range s.Ports {
			ports.Device, ports.Interface = append(ports.Device, id), append(ports.Interface, s.ports[i*s.Ports+port])
			ports.IfIndex, ports.IfType, ports.MTU = append(ports.IfIndex, uint32(port+1)), append(ports.IfType, 6), append(ports.MTU, 1500)
			ports.Name, ports.Alias = append(ports.Name, portName(port)), append(ports.Alias, "")
			ports.Description, ports.PhysAddress = append(ports.Description, ""), append(ports.PhysAddress, "")
			ports.SpeedBps = append(ports.SpeedBps, lineRate)
		}
	}
	paths := &sample.Paths{Path: []sample.ID{s.path}, Name: []string{pathName}, Target: []string{"192.0.2.254:862"}, Codec: []string{"G.711"}}
	return []sample.Rows{devices, ports, paths}
}

// interfaces are the numbered rows: ifOutDiscards, which no judgement reads, is the row's
// number among all of its site.
func (s *site) interfaces(slot int) *sample.Interfaces {
	r := &sample.Interfaces{}
	for i, port := range s.ports {
		device := i / s.Ports
		draw := s.chance(forTraffic, uint64(s.number), uint64(slot), uint64(i))
		octets := draw % (lineRate / 8 * 8 / 10)
		evidence, uptime := sample.Evidence(0), uint32((s.at(slot)-s.bootedMs(device, slot))/10)
		if draw>>40%500 == 0 {
			evidence = sample.EvidenceDiscontinuity
		}
		r.Device, r.Interface = append(r.Device, s.devices[device]), append(r.Interface, port)
		r.OffsetMs, r.IntervalMs = append(r.OffsetMs, slotMs), append(r.IntervalMs, slotMs) // the whole slot: no report cuts a row in two
		r.SpeedBps, r.AdminStatus, r.OperStatus = append(r.SpeedBps, lineRate), append(r.AdminStatus, 1), append(r.OperStatus, 1)
		r.Width, r.Evidence = append(r.Width, 64), append(r.Evidence, evidence)
		r.UptimeStart, r.UptimeEnd = append(r.UptimeStart, uptime-min(uptime, slotMs/10)), append(r.UptimeEnd, uptime)
		for column, values := range r.CounterColumns() {
			gained := uint64(0)
			switch column {
			case 0:
				gained = octets
			case 1:
				gained = octets / 3
			case 2, 3:
				gained = octets / 700
			case 11:
				gained = uint64(slot*s.numbered() + i)
			}
			*values = append(*values, gained)
		}
	}
	return r
}

func (s *site) pings(slot int) *sample.Pings {
	r := &sample.Pings{}
	if slot%pingSlots != 0 {
		return r
	}
	for device, id := range s.devices {
		draw := s.chance(forEcho, uint64(s.number), uint64(slot), uint64(device))
		round := func(attempt, received uint8) {
			r.Device, r.OffsetMs = append(r.Device, id), append(r.OffsetMs, uint32(device*70))
			r.IntervalMs, r.Attempt = append(r.IntervalMs, pingSlots*slotMs), append(r.Attempt, attempt)
			r.Sent, r.Received, r.ICMPError = append(r.Sent, 3), append(r.Received, received), append(r.ICMPError, 0)
			var times [3]uint32
			for i := range times {
				times[i] = uint32(500 + draw>>(8*i)%4000)
			}
			r.RTT.Append(times[:received]...)
			r.ICMPCode, r.ErrorFrom = append(r.ICMPCode, 0), append(r.ErrorFrom, "")
			r.Duplicates, r.Reordered, r.ReplyTTL = append(r.Duplicates, 0), append(r.Reordered, 0), append(r.ReplyTTL, 60)
		}
		switch s.fate(device, slot) {
		case unseen:
		case dead, reboot:
			round(1, 0)
			round(2, 0)
		case poor:
			round(1, 1)
		default:
			switch draw >> 32 % 40 {
			case 0: // chance
				round(1, 0)
				round(2, 3)
			case 1:
				round(1, 1)
			default:
				round(1, 3)
			}
		}
	}
	return r
}

func (s *site) uptimes(slot int) *sample.Uptimes {
	r := &sample.Uptimes{}
	if slot%uptimeSlots != 0 {
		return r
	}
	for device, id := range s.devices {
		if what := s.fate(device, slot); what != calm && what != poor {
			continue
		}
		offset := int64(device * 30)
		up := uint32((s.at(slot) + offset - s.bootedMs(device, slot)) / 10)
		r.Device, r.OffsetMs = append(r.Device, id), append(r.OffsetMs, uint32(offset))
		r.SysUpTime, r.HrSystemUptime = append(r.SysUpTime, up), append(r.HrSystemUptime, up)
		r.EngineTime, r.EngineBoots = append(r.EngineTime, 0), append(r.EngineBoots, 0)
		r.Presence = append(r.Presence, sample.HasHrSystemUptime)
	}
	return r
}

// voice is a row of the site's path for the slots up to the next one.
func (s *site) voice(slot int) *sample.Voice {
	draw := s.chance(forVoice, uint64(s.number), uint64(slot))
	const sent = voiceSlots * 50
	lost := uint32(draw % 12)
	received := sent - lost
	delay := 18_000 + uint32(draw>>8%20_000)
	r := &sample.Voice{
		Path: []sample.ID{s.path}, DurationMs: []uint32{voiceSlots * slotMs}, Codec: []string{"G.711"},
		Sent: []uint32{sent}, Received: []uint32{received}, Duplicates: []uint32{0}, Reordered: []uint32{0}, LossRuns: []uint32{lost},
		MinRTTUs: []uint32{delay}, SumRTTUs: []uint64{uint64(received) * uint64(delay+500)}, JitterUs: []uint32{uint32(draw >> 24 % 3000)},
		Synchronised: []uint8{0}, SumForwardUs: []int64{0}, DSCPSent: []uint8{46}, DSCPReceived: []uint8{46},
		Bursts: []uint32{0}, BurstPackets: []uint32{0}, BurstLost: []uint32{0},
	}
	r.Delays.Append(sample.DelayBucket(delay), received)
	if lost > 0 {
		r.RunLengths.Append(1, lost)
	} else {
		r.RunLengths.Append()
	}
	r.AppendOperation(sample.Operation{})
	r.AppendCondition(sample.Condition{})
	return r
}

// log is what the site's devices say, numbered by the sequence.
func (s *site) log(slot int) *sample.Syslog {
	r := &sample.Syslog{}
	for i := range logLines {
		draw := s.chance(forLog, uint64(s.number), uint64(slot), uint64(i))
		device := int(draw % deviceCount)
		number := slot*logLines + i
		r.Device, r.OffsetMs, r.Sequence = append(r.Device, s.devices[device]), append(r.OffsetMs, uint32(i*90)), append(r.Sequence, uint64(number+1))
		r.Format, r.Facility, r.Severity = append(r.Format, sample.SyslogCisco), append(r.Facility, 23), append(r.Severity, uint8(draw>>8%8))
		r.StampedMs, r.Source = append(r.StampedMs, 0), append(r.Source, fmt.Sprintf("192.0.2.%d", device+1))
		r.Hostname, r.AppName, r.ProcessID, r.MessageID = append(r.Hostname, deviceName(device)), append(r.AppName, ""), append(r.ProcessID, ""), append(r.MessageID, "")
		r.Mnemonic = append(r.Mnemonic, "LINK-3-UPDOWN")
		r.Message = append(r.Message, fmt.Sprintf("line %d of %s", number, s.appliance))
		r.Raw, r.Complaint = append(r.Raw, ""), append(r.Complaint, "")
		r.Occurrences, r.Relayed = append(r.Occurrences, 1), append(r.Relayed, 0)
	}
	return r
}

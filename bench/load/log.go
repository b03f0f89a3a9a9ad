package load

import (
	"fmt"
	"slices"
	"time"

	"mimamori/bench/fleet"
	"mimamori/ingest/sample"
	"mimamori/ingest/syslog"
)

// lineEvery is how often each device says a line when nothing is wrong.
const lineEvery = 5 * time.Minute

// prepareLog finds out which devices say something when.
func (s *site) prepareLog() {
	s.noisy = nil
	s.speaking = [lineEvery / time.Second][]int{}
	for device, id := range s.devices {
		second := s.chance(forLine, id) % uint64(len(s.speaking))
		s.speaking[second] = append(s.speaking[second], device)
		if len(s.script.Log(s.first+device)) > 0 {
			s.noisy = append(s.noisy, device)
		}
	}
}

// said is how many lines a device says within a second, by what they say.
type said struct{ usual, chatter, storm int }

func (n said) all() int { return n.usual + n.chatter + n.storm }

// burst is what the script has a device say within a second: nothing where it is down then.
func (s *site) burst(device int, at time.Time) (lines said) {
	if s.isDown(device, at) {
		return lines
	}
	since := at.Sub(s.begins)
	lines.chatter, lines.storm = s.script.LinesBetween(s.first+device, since, since+time.Second)
	return lines
}

// log are the lines that all devices say within a second.
func (s *site) log(at time.Time) *sample.Syslog {
	r := &s.scratch.log
	sample.Truncate(r, 0)
	if s.script == nil {
		return r
	}
	for _, device := range s.speaking[at.Unix()%int64(len(s.speaking))] {
		if !s.isDown(device, at) {
			s.appendLines(r, device, at, said{usual: 1})
		}
	}
	for _, device := range s.noisy {
		s.appendLines(r, device, at, s.burst(device, at))
	}
	return r
}

// appendLines appends what a device says within a second as the receiver makes rows of it.
func (s *site) appendLines(r *sample.Syslog, device int, at time.Time, lines said) {
	all := lines.all()
	for n := range all {
		offset := uint32(n * 1000 / all)
		when := at.Add(time.Duration(offset) * time.Millisecond).UTC()
		// The lines of an appliance within a second bear numbers of that second.
		number := uint64(at.Unix())<<20 | uint64(r.Len())
		text := fmt.Sprintf("<189>%d: %s: %s", number%1_000_000, when.Format("Jan _2 15:04:05.000"), lineText(lines, n))
		parsed := syslog.ParseString(text, syslog.Receipt{At: when, Zone: time.UTC})
		r.Device, r.OffsetMs, r.Sequence = append(r.Device, s.devices[device]), append(r.OffsetMs, offset), append(r.Sequence, number)
		r.Format, r.Facility, r.Severity = append(r.Format, parsed.Format), append(r.Facility, parsed.Facility), append(r.Severity, parsed.Severity)
		r.StampedMs, r.Source = append(r.StampedMs, parsed.StampedMs), append(r.Source, s.addressOf(device))
		r.Hostname, r.AppName, r.ProcessID = append(r.Hostname, parsed.Hostname), append(r.AppName, parsed.AppName), append(r.ProcessID, parsed.ProcessID)
		r.MessageID, r.Mnemonic, r.Message = append(r.MessageID, parsed.MessageID), append(r.Mnemonic, parsed.Mnemonic), append(r.Message, parsed.Message)
		r.Raw, r.Complaint = append(r.Raw, parsed.Raw), append(r.Complaint, parsed.Complaint)
		r.Occurrences, r.Relayed = append(r.Occurrences, 1), append(r.Relayed, 0)
	}
}

// lineText is what the line with a number among those of a second says.
func lineText(lines said, number int) string {
	switch {
	case number < lines.usual:
		return "%SYS-5-CONFIG_I: Configured from console by admin on vty0 (192.0.2.10)"
	case number < lines.usual+lines.chatter:
		return fmt.Sprintf("%%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet1/0/7, changed state to %s", [...]string{"down", "up"}[number%2])
	}
	return fmt.Sprintf("%%SW_MATM-4-MACFLAP_NOTIF: Host 0200.0000.%04x in vlan 10 is flapping between port Gi1/0/1 and port Gi1/0/2", number)
}

// linesUntil are how many lines a device said in each minute up to a time.
func (s *site) linesUntil(device int, until time.Time) []fleet.LineCount {
	counts := map[time.Time]int{}
	begin := s.begins
	phase := int64(s.chance(forLine, s.devices[device]) % uint64(len(s.speaking)))
	wait := (phase - begin.Unix()%int64(len(s.speaking)) + int64(len(s.speaking))) % int64(len(s.speaking))
	for at := begin.Add(time.Duration(wait) * time.Second); at.Before(until); at = at.Add(lineEvery) {
		if !s.isDown(device, at) {
			counts[at.Truncate(time.Minute).UTC()]++
		}
	}
	counted := begin // of spans that overlap each second counts once
	for _, span := range s.script.Log(s.first + device) {
		from, to := begin.Add(span.From).Truncate(time.Second), begin.Add(span.To)
		if from.Before(counted) {
			from = counted
		}
		for ; from.Before(to) && from.Before(until); from = from.Add(time.Second) {
			if lines := s.burst(device, from).all(); lines > 0 {
				counts[from.Truncate(time.Minute).UTC()] += lines
			}
			counted = from.Add(time.Second)
		}
	}
	minutes := make([]fleet.LineCount, 0, len(counts))
	for minute, lines := range counts {
		minutes = append(minutes, fleet.LineCount{Minute: minute, Lines: lines})
	}
	slices.SortFunc(minutes, func(a, b fleet.LineCount) int { return a.Minute.Compare(b.Minute) })
	return minutes
}

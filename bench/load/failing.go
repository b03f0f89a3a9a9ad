package load

import (
	"time"

	"mimamori/bench/failures"
	"mimamori/bench/fleet"
)

// kinds are those of what hangs on an access switch, in order.
var kinds = [...]failures.DeviceKind{
	failures.Server, failures.Camera, failures.AccessPoint, failures.PBX, failures.AccessPoint, failures.Server, failures.Camera,
}

// The first devices of a site. What follows are access switches, each before what hangs on it.
const (
	edge = iota
	core
	firewall
	leaves
)

// kindOf is what a device of a site is, by its number there.
func kindOf(device int) failures.DeviceKind {
	switch {
	case device == edge:
		return failures.Router
	case device == firewall:
		return failures.Firewall
	case device == core || isAccess(device):
		return failures.Switch
	}
	return kinds[(device-leaves)%(len(kinds)+1)-1]
}

func isAccess(device int) bool { return device >= leaves && (device-leaves)%(len(kinds)+1) == 0 }

// behindOf is the number of the device of its site that a device is reached through, -1 for the router.
func behindOf(device int) int {
	switch {
	case device == edge:
		return -1
	case device < leaves:
		return edge
	case isAccess(device):
		return core
	}
	return device - (device-leaves)%(len(kinds)+1)
}

// Networks are the sites as what fails there is drawn from.
func (f *Fleet) Networks() []failures.Site {
	networks := make([]failures.Site, len(f.sites))
	for i, s := range f.sites {
		for device := range s.devices {
			behind := behindOf(device)
			if s.Flat {
				behind = -1
			}
			networks[i].Devices = append(networks[i].Devices, failures.Device{Kind: kindOf(device), Behind: behind})
		}
		networks[i].Paths = 1
	}
	return networks
}

// Follow has a script that was drawn from Networks happen from a time on. A device that is down answers neither pings nor
// polls; one that was started says so by its clock; an appliance that does not reach the centre keeps what it measures and
// sends it when it does. From then on the devices have a log as well.
func (f *Fleet) Follow(script *failures.Script, from time.Time) {
	for _, s := range f.sites {
		s.script, s.begins = script, from
		s.prepareSensors()
		s.prepareLog()
	}
}

func (s *site) isDown(device int, at time.Time) bool {
	if s.Down != nil && s.Down(s.first+device, at) {
		return true
	}
	return s.script != nil && s.script.IsDown(s.first+device, at.Sub(s.begins))
}

func (s *site) isSilent(at time.Time) bool {
	return s.script != nil && s.script.IsSilent(s.number, at.Sub(s.begins))
}

// silentWithin is how much of a stretch of time the appliance did not reach the centre.
func (s *site) silentWithin(from time.Time, length time.Duration) (silent time.Duration) {
	if s.script == nil {
		return 0
	}
	begin := from.Sub(s.begins)
	for _, span := range s.script.Silences(s.number) {
		silent += max(0, min(span.To, begin+length)-max(span.From, begin))
	}
	return silent
}

// started is how long before a time a device was started, and how often since the script began; 0 for never.
func (s *site) started(device int, at time.Time) (ago time.Duration, starts int) {
	if s.script == nil {
		return 0, 0
	}
	since := at.Sub(s.begins)
	last, starts := s.script.Started(s.first+device, since)
	return since - last, starts
}

func (s *site) startedBetween(device int, before, at time.Time) bool {
	ago, starts := s.started(device, at)
	return starts > 0 && at.Add(-ago).After(before)
}

// polledBefore is when a device answered a poll before the one at a time.
func (s *site) polledBefore(device int, at time.Time) time.Time {
	before := at.Add(-PollInterval)
	for s.script != nil && before.After(s.begins) && s.isDown(device, before) {
		before = before.Add(-PollInterval)
	}
	return before
}

// causes are those of the truth.
var causes = map[failures.Cause]fleet.Cause{
	failures.Unanswering: fleet.CauseDevice, failures.Restarted: fleet.CauseReboot, failures.Unreachable: fleet.CauseUnreachable,
}

// Truth is what happened to the devices and the appliances by the script that the fleet follows, up to a time, what work
// was announced, what the sensors read, how many lines the devices said, and what became of the packets of the voice
// paths. It says nothing of traffic.
func (f *Fleet) Truth(until time.Time) *fleet.Truth {
	truth := &fleet.Truth{Start: f.sites[0].begins.UTC(), End: until.UTC()}
	span := func(of failures.Span) (from, to time.Time, open bool) {
		from, to = truth.Start.Add(of.From), truth.Start.Add(of.To)
		return from, earlier(to, truth.End), to.After(truth.End)
	}
	for _, s := range f.sites {
		if s.script == nil {
			continue
		}
		for device, id := range s.devices {
			entry := fleet.DeviceTruth{
				ID: id, Customer: s.Customer, Site: s.Site, Name: deviceName(device),
				PollOffset: time.Duration(s.offset(device, PollInterval)) * time.Millisecond, Lines: s.linesUntil(device, truth.End),
			}
			if behind := behindOf(device); behind >= 0 && !s.Flat {
				entry.Behind = deviceName(behind)
			}
			for _, down := range s.script.Down(s.first + device) {
				from, to, open := span(down)
				if from.Before(truth.End) {
					entry.Down = append(entry.Down, fleet.Span{From: from, To: to, Cause: causes[down.Cause], Why: string(down.Why), Open: open})
				}
			}
			for _, burst := range s.script.Log(s.first + device) {
				if from, to, _ := span(burst); from.Before(truth.End) {
					entry.Bursts = append(entry.Bursts, fleet.Burst{From: from, To: to, Why: string(burst.Why)})
				}
			}
			truth.Devices = append(truth.Devices, entry)
			truth.Sensors = append(truth.Sensors, s.sensorTruths(device, truth.End)...)
		}
		truth.Paths = append(truth.Paths, s.pathTruth(truth.End))
		for _, silence := range s.script.Silences(s.number) {
			from, to, open := span(silence)
			if from.Before(truth.End) {
				truth.Silences = append(truth.Silences, fleet.Silence{Customer: s.Customer, Site: s.Site, Appliance: s.Appliance, From: from, To: to, Open: open})
			}
		}
	}
	if script := f.sites[0].script; script != nil {
		for _, window := range script.Windows {
			at := f.sites[window.Site]
			truth.Work = append(truth.Work, fleet.Work{Customer: at.Customer, Site: at.Site, From: truth.Start.Add(window.From), To: truth.Start.Add(window.To)})
		}
	}
	return truth
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

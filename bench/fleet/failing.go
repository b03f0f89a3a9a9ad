package fleet

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"mimamori/bench/failures"
	"mimamori/ingest/sample"
)

// failingFor is for how long what fails is drawn: a fleet that runs longer goes on unharmed.
const failingFor = 7 * 24 * time.Hour

func (c Config) failures() failures.Config {
	return failures.Config{Seed: c.Seed, For: failingFor, Times: c.Failures}
}

// failureKinds are what the roles are where failures are drawn.
var failureKinds = [...]failures.DeviceKind{
	roleEdge: failures.Router, roleCore: failures.Switch, roleFirewall: failures.Firewall, roleAccess: failures.Switch,
	roleAccessPoint: failures.AccessPoint, roleServer: failures.Server, rolePBX: failures.PBX, roleCamera: failures.Camera,
}

// networks are the sites as what fails there is drawn from.
func (p *Plan) networks() []failures.Site {
	networks := make([]failures.Site, len(p.Sites))
	for i := range p.Sites {
		for j := range p.Sites[i].Devices {
			device := &p.Sites[i].Devices[j]
			networks[i].Devices = append(networks[i].Devices, failures.Device{Kind: failureKinds[device.role], Behind: device.behind})
		}
		networks[i].Paths = len(p.Sites[i].Paths)
	}
	return networks
}

// Failing is what fails in the plan, in time since the script's start; nil where that is a script of incidents.
func (p *Plan) Failing() *failures.Script { return p.failing }

// sensorsOf are the sensors that tell of a trouble of their chassis.
var sensorsOf = map[failures.Kind]sample.SensorKind{
	failures.Heat: sample.SensorTemperature, failures.FanStop: sample.SensorFan, failures.FeedLoss: sample.SensorPower,
}

// troubleSensors lays out what the sensors read when something is wrong with their chassis: it comes by itself.
func (p *Plan) troubleSensors() {
	number := 0
	for i := range p.Sites {
		for j := range p.Sites[i].Devices {
			device := &p.Sites[i].Devices[j]
			for _, span := range p.failing.Chassis(number) {
				if sensor := device.sensorOf(sensorsOf[span.Why]); sensor >= 0 {
					level := &device.Sensors[sensor].Level
					*level = level.with(TroubleOf(span, p.Config.ScriptStart))
				}
			}
			number++
		}
	}
}

// subject is what a change is of.
type subject uint8

const (
	ofDevice    subject = iota // its outage
	ofAppliance                // its silence
	ofPath                     // its impairments
	ofLog                      // a burst of lines of a device
)

// change is the beginning or the end of something.
type change struct {
	at   time.Duration // since the fleet's start
	over bool
	of   subject
	item int // number of the device in the fleet, of the site, or of the path in the fleet
	span failures.Span
}

// changes are all changes in their order.
func (f *Fleet) changes() []change {
	script := f.plan.failing
	var all []change
	add := func(of subject, item int, spans []failures.Span) {
		for _, span := range spans {
			begin := f.plan.Config.ScriptStart
			all = append(all, change{begin + span.From, false, of, item, span}, change{begin + span.To, true, of, item, span})
		}
	}
	for site, members := range f.bySite {
		add(ofAppliance, site, script.Silences(site))
		for _, device := range members {
			add(ofDevice, device, script.Down(device))
			add(ofLog, device, script.Log(device))
		}
	}
	for number, path := range f.paths {
		add(ofPath, number, script.Path(path.site, path.index))
	}
	// What ends goes before what begins at once.
	slices.SortStableFunc(all, func(a, b change) int {
		if a.at == b.at && a.over != b.over {
			if a.over {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.at, b.at)
	})
	return all
}

// fail lets everything happen at its time until the context ends, and waits for the bursts under way.
func (f *Fleet) fail(ctx context.Context, start time.Time) {
	var bursts sync.WaitGroup
	defer bursts.Wait()
	happening := map[int]int{} // silences by site, as the journal numbers them
	for _, next := range f.changes() {
		if !pause(ctx, time.Until(start.Add(next.at))) {
			return
		}
		switch next.of {
		case ofDevice:
			if next.over {
				f.recover(next, start)
			} else {
				f.strike(next)
			}
		case ofAppliance:
			f.isolate(next, happening)
		case ofPath:
			f.impair(next)
		case ofLog:
			if !next.over {
				bursts.Go(func() { f.burst(ctx, start, next) })
			}
		}
	}
}

// isolate cuts an appliance off from its broker, or lets it reach that again.
func (f *Fleet) isolate(next change, happening map[int]int) {
	if len(f.relays) == 0 {
		return
	}
	if next.over {
		f.relays[next.item].restore()
		f.journal.over(happening[next.item], time.Now())
		return
	}
	site := &f.plan.Sites[next.item]
	f.relays[next.item].interrupt()
	happening[next.item] = f.journal.happens(Incident{Kind: ApplianceSilence, Customer: site.Customer, Site: site.Name, Entity: site.Appliance}, time.Now())
	f.logger.Info("begins: "+string(ApplianceSilence), "site", site.Name, "why", next.span.Why)
}

// impair has a voice path do to packets what it does from then on: what it always does, and all that is wrong with it.
func (f *Fleet) impair(next change) {
	path := f.paths[next.item]
	site := &f.plan.Sites[path.site]
	quality := site.Paths[path.index].Quality
	wrong := f.plan.failing.ImpairedAt(path.site, path.index, next.at-f.plan.Config.ScriptStart)
	quality.Delay += wrong.Delay
	quality.Jitter += wrong.Jitter
	if wrong.LossBegin > 0 {
		quality.LossBegin, quality.LossEnd = wrong.LossBegin, wrong.LossEnd
	}
	path.impair(quality)
	f.logger.Debug("a voice path changes", "site", site.Name, "path", site.Paths[path.index].Name, "why", next.span.Why, "over", next.over)
}

// burst has a device say its lines until the burst is over.
func (f *Fleet) burst(ctx context.Context, start time.Time, burst change) {
	begin := f.plan.Config.ScriptStart
	for step := burst.span.From; step < burst.span.To; step += burstStep {
		lines := burst.span.LinesBetween(step, min(step+burstStep, burst.span.To))
		if lines > 0 && !pause(ctx, time.Until(start.Add(begin+step))) {
			return
		}
		for range lines {
			f.chatter.say(ctx, burst.item)
		}
	}
}

// burstsOf are the bursts of a device that began before a time.
func (f *Fleet) burstsOf(device int, end time.Time) (bursts []Burst) {
	if f.plan.failing == nil {
		return nil
	}
	start := f.journal.start.Add(f.plan.Config.ScriptStart).UTC()
	for _, span := range f.plan.failing.Log(device) {
		if from := start.Add(span.From); from.Before(end) {
			bursts = append(bursts, Burst{From: from, To: start.Add(span.To), Why: string(span.Why)})
		}
	}
	return bursts
}

// episodesOf are the times in which a voice path was impaired that began before a time.
func (f *Fleet) episodesOf(path *voicePath, end time.Time) (episodes []Episode) {
	if f.plan.failing == nil {
		return nil
	}
	start := f.journal.start.Add(f.plan.Config.ScriptStart).UTC()
	for _, span := range f.plan.failing.Path(path.site, path.index) {
		if from := start.Add(span.From); from.Before(end) {
			episodes = append(episodes, Episode{From: from, To: start.Add(span.To), Why: string(span.Why)})
		}
	}
	return episodes
}

var causesOfFailures = map[failures.Cause]Cause{
	failures.Unanswering: CauseDevice, failures.Restarted: CauseReboot, failures.Unreachable: CauseUnreachable,
}

// strike makes a device answer nothing.
func (f *Fleet) strike(begins change) {
	now := time.Now()
	f.journal.mutex.Lock()
	f.devices[begins.item].reachable.Store(false)
	entry := &f.journal.devices[begins.item]
	entry.down = append(entry.down, Span{From: now.UTC(), Cause: causesOfFailures[begins.span.Cause], Open: true, Why: string(begins.span.Why)})
	f.journal.mutex.Unlock()
	f.logger.Debug("begins", "device", f.devices[begins.item].Name, "why", begins.span.Why)
	f.tellOfLink(begins.item, linkDown, now)
}

// recover makes a device answer again, as one that was started where it was.
func (f *Fleet) recover(ends change, start time.Time) {
	now := time.Now()
	device := f.devices[ends.item]
	if ends.span.Cause == failures.Restarted {
		booted, _ := f.plan.failing.Started(ends.item, ends.span.To)
		device.reboot((f.plan.Config.ScriptStart + booted).Seconds())
		f.noteReset(ends.item, now)
	}
	f.journal.mutex.Lock()
	entry := &f.journal.devices[ends.item]
	last := &entry.down[len(entry.down)-1]
	last.To, last.Open = now.UTC(), false
	device.reachable.Store(true)
	f.journal.mutex.Unlock()
	f.tellOfLink(ends.item, linkUp, now)
	if ends.span.Cause == failures.Restarted {
		f.chatter.tell(ends.item, coldStart, device.state.Load().uptime(since(start, now)), nil, 0)
	}
}

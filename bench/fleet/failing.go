package fleet

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mimamori/bench/failures"
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
	}
	return networks
}

// Failing is what fails in the plan, in time since the script's start; nil where that is a script of incidents.
func (p *Plan) Failing() *failures.Script { return p.failing }

// change is the beginning or the end of a device's outage or of an appliance's silence.
type change struct {
	at     time.Duration // since the fleet's start
	over   bool
	device int // number in the fleet; -1 where it is an appliance's
	site   int
	span   failures.Span
}

// changes are all changes in their order.
func (f *Fleet) changes() []change {
	script := f.plan.failing
	var all []change
	add := func(device, site int, spans []failures.Span) {
		for _, span := range spans {
			begin := f.plan.Config.ScriptStart
			all = append(all, change{begin + span.From, false, device, site, span}, change{begin + span.To, true, device, site, span})
		}
	}
	for site, members := range f.bySite {
		add(-1, site, script.Silences(site))
		for _, device := range members {
			add(device, site, script.Down(device))
		}
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

// fail lets everything happen at its time until the context ends.
func (f *Fleet) fail(ctx context.Context, start time.Time) {
	happening := map[int]int{} // silences by site, as the journal numbers them
	for _, next := range f.changes() {
		if !pause(ctx, time.Until(start.Add(next.at))) {
			return
		}
		switch {
		case next.device >= 0 && next.over:
			f.recover(next, start)
		case next.device >= 0:
			f.strike(next)
		case len(f.relays) == 0:
		case next.over:
			f.relays[next.site].restore()
			f.journal.over(happening[next.site], time.Now())
		default:
			site := &f.plan.Sites[next.site]
			f.relays[next.site].interrupt()
			happening[next.site] = f.journal.happens(Incident{Kind: ApplianceSilence, Customer: site.Customer, Site: site.Name, Entity: site.Appliance}, time.Now())
			f.logger.Info("begins: "+string(ApplianceSilence), "site", site.Name, "why", next.span.Why)
		}
	}
}

var causesOfFailures = map[failures.Cause]Cause{
	failures.Unanswering: CauseDevice, failures.Restarted: CauseReboot, failures.Unreachable: CauseUnreachable,
}

// strike makes a device answer nothing.
func (f *Fleet) strike(begins change) {
	now := time.Now()
	f.journal.mutex.Lock()
	f.devices[begins.device].reachable.Store(false)
	entry := &f.journal.devices[begins.device]
	entry.down = append(entry.down, Span{From: now.UTC(), Cause: causesOfFailures[begins.span.Cause], Open: true, Why: string(begins.span.Why)})
	f.journal.mutex.Unlock()
	f.logger.Debug("begins", "device", f.devices[begins.device].Name, "why", begins.span.Why)
	f.tellOfLink(begins.device, linkDown, now)
}

// recover makes a device answer again, as one that was started where it was.
func (f *Fleet) recover(ends change, start time.Time) {
	now := time.Now()
	device := f.devices[ends.device]
	if ends.span.Cause == failures.Restarted {
		booted, _ := f.plan.failing.Started(ends.device, ends.span.To)
		device.reboot((f.plan.Config.ScriptStart + booted).Seconds())
		f.noteReset(ends.device, now)
	}
	f.journal.mutex.Lock()
	entry := &f.journal.devices[ends.device]
	last := &entry.down[len(entry.down)-1]
	last.To, last.Open = now.UTC(), false
	device.reachable.Store(true)
	f.journal.mutex.Unlock()
	f.tellOfLink(ends.device, linkUp, now)
	if ends.span.Cause == failures.Restarted {
		f.chatter.tell(ends.device, coldStart, device.state.Load().uptime(since(start, now)), nil, 0)
	}
}

package fleet

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"mimamori/ingest/sample"
)

// Kind is the kind of an incident of the script.
type Kind string

// The incidents of the script. Each happens to a device, site, path or appliance
// that no other incident touches.
const (
	DeviceOutage     Kind = "device outage"         // a device answers nothing
	SiteOutage       Kind = "site outage"           // nothing at a site answers, the edge router first
	Reboot           Kind = "reboot"                // between two pings, or answered by the kernel meanwhile: only sysUpTime betrays it
	Flap             Kind = "flap"                  // a device answers nothing, twice for a short while
	SaturatedLink    Kind = "saturated WAN link"    // 98 % of the line rate come in
	CounterWrap      Kind = "32-bit wrap"           // ifInOctets runs over
	CounterReset     Kind = "counter reset"         // counters begin at 0, ifCounterDiscontinuityTime says so
	IndexReshuffle   Kind = "ifIndex reshuffle"     // interfaces swap their ifIndex
	UptimeRollover   Kind = "sysUpTime rolls over"  // after 497 days, with no reboot
	VoiceImpairment  Kind = "voice loss and jitter" // a path loses packets in bursts
	ApplianceSilence Kind = "silent appliance"      // an appliance is cut off from the broker, and goes on polling
	SyslogBurst      Kind = "syslog burst"          // one device sends many lines
	FanFailure       Kind = "fan failure"           // a fan stops, the other runs faster, it grows warm
)

// mends says whether an incident is over by itself when its time is over.
func (k Kind) mends(lasting bool) bool {
	switch k {
	case DeviceOutage, SiteOutage, SaturatedLink, VoiceImpairment, FanFailure, ApplianceSilence:
		return !lasting
	default:
		return true
	}
}

// Incident is an incident as planned, in time since the fleet's start. What really
// happened stands in the truth: an incident may wait for the right moment.
type Incident struct {
	Kind     Kind
	Customer string
	Site     string
	Entity   string // device, interface ("device interface"), path or appliance; the site itself for a site outage
	From, To time.Duration

	site, device, item int // item: index of the interface or path
}

// When the incidents begin and end, in seconds after the script's start. All are
// over 110 s after it, so that a run of two and a half minutes sees every recovery.
const (
	fanFrom, fanTo               = 2, 106 // longer than the interval between two readings of the sensors
	silenceFrom, silenceTo       = 3, 38
	outageFrom, outageTo         = 8, 28
	voiceFrom, voiceTo           = 10, 55
	saturationFrom, saturationTo = 12, 52
	burstFrom, burstTo           = 22, 27
	rebootAt                     = 32
	wrapAt                       = 40
	siteFrom, siteTo             = 45, 65
	rolloverAt                   = 58
	resetAt                      = 70
	reshuffleAt                  = 78
	flapFrom, flapTo             = 84, 102 // down, up and down again, for a third each
)

const (
	rebootDown       = 700 * time.Millisecond // below the ping interval of the demonstration
	burstLines       = 2000
	saturation       = 0.98
	rolloverInterval = time.Duration(1<<32) * 10 * time.Millisecond
)

// The path of the voice incident: about one packet in fifteen lost, in runs of
// three, and delays that vary by tens of milliseconds.
var voiceImpairment = Impairment{
	Delay: 70 * time.Millisecond, Jitter: 18 * time.Millisecond, LossBegin: 0.025, LossEnd: 0.35,
}

// target is a device by its place in the plan.
type target struct{ site, device int }

// targets are what the script will strike.
type targets struct {
	cutSite, silentSite                                        int
	outage, reboot, flap, wrap, reset, reshuffle, burst, rolls target
	saturated                                                  target // the edge router
	fan                                                        target

	places []int // sites that are neither cut nor silent
	taken  map[target]bool
}

// chooseTargets picks a device of its own for each incident, spread over the sites
// that are neither cut nor silent, and makes the devices ready for what will
// happen to them.
func (p *Plan) chooseTargets(random *rand.Rand) targets {
	var chosen targets
	order := random.Perm(len(p.Sites))
	chosen.cutSite, chosen.silentSite = order[0], order[1]
	places := order[2:]
	taken := map[target]bool{}
	chosen.places, chosen.taken = places, taken
	turn := 0
	choose := func(fits func(*Device) bool) target {
		for range len(places) {
			site := places[turn%len(places)]
			turn++
			for _, device := range random.Perm(len(p.Sites[site].Devices)) {
				candidate := target{site, device}
				if !taken[candidate] && fits(&p.Sites[site].Devices[device]) {
					taken[candidate] = true
					return candidate
				}
			}
		}
		// Validate's lower bound of devices leaves a choice for each of them.
		panic("fleet: a plan too small for its script")
	}
	leaf := func(d *Device) bool { return d.role > roleAccess && !d.Only32Bit }
	switched := func(d *Device) bool { return (d.role == roleCore || d.role == roleAccess) && d.EngineTime }
	chosen.saturated = choose(func(d *Device) bool { return d.role == roleEdge })
	chosen.reboot = choose(func(d *Device) bool { return d.role == roleServer })
	chosen.wrap = choose(func(d *Device) bool { return d.Only32Bit })
	chosen.reshuffle = choose(switched)
	chosen.reset = choose(func(d *Device) bool { return d.role == roleFirewall })
	chosen.outage = choose(leaf)
	chosen.flap = choose(leaf)
	chosen.burst = choose(func(d *Device) bool { return d.role != roleEdge })
	chosen.rolls = choose(func(d *Device) bool { return !d.HostUptime })
	chosen.fan = choose(func(d *Device) bool { return d.sensorOf(sample.SensorFan) >= 0 })

	start := p.Config.ScriptStart
	p.device(chosen.rolls).uptime = rolloverInterval - start - rolloverAt*time.Second
	wrapping := &p.device(chosen.wrap).Interfaces[0]
	// At least 2 Mb/s, so that the wrap falls within a second of its time.
	wrapping.In.Mean = max(wrapping.In.Mean, 250e3)
	before := wrapping.In.Octets((start + wrapAt*time.Second).Seconds())
	wrapping.counters.inOctets = 7<<32 - uint64(math.Round(before))
	return chosen
}

// lock leaves the inventory with a wrong community for one device that nothing happens
// to. Where nobody pings it would be seen by nobody, and none is locked.
func (p *Plan) lock(chosen targets) {
	if p.Config.NoPing {
		return
	}
	for _, site := range chosen.places {
		for i := len(p.Sites[site].Devices) - 1; i >= 0; i-- {
			device := &p.Sites[site].Devices[i]
			if device.role > roleAccess && !chosen.taken[target{site, i}] {
				device.Locked = true
				return
			}
		}
	}
}

func (p *Plan) device(t target) *Device { return &p.Sites[t.site].Devices[t.device] }

// script lists the incidents in the order they begin.
func (p *Plan) script(random *rand.Rand, chosen targets) []Incident {
	at := func(kind Kind, from, to float64, site int, entity string) Incident {
		second := float64(time.Second)
		return Incident{
			Kind: kind, Customer: p.Sites[site].Customer, Site: p.Sites[site].Name, Entity: entity, site: site,
			From: p.Config.ScriptStart + time.Duration(from*second), To: p.Config.ScriptStart + time.Duration(to*second),
		}
	}
	on := func(kind Kind, from, to float64, target target) Incident {
		incident := at(kind, from, to, target.site, p.device(target).Name)
		incident.device = target.device
		return incident
	}
	port := func(incident Incident) Incident {
		incident.Entity += " " + p.Sites[incident.site].Devices[incident.device].Interfaces[0].Name
		return incident
	}
	incidents := []Incident{
		on(FanFailure, fanFrom, fanTo, chosen.fan),
		at(ApplianceSilence, silenceFrom, silenceTo, chosen.silentSite, p.Sites[chosen.silentSite].Appliance),
		on(DeviceOutage, outageFrom, outageTo, chosen.outage),
	}
	if site, path, found := p.choosePath(random, chosen.silentSite); found {
		incident := at(VoiceImpairment, voiceFrom, voiceTo, site, p.Sites[site].Paths[path].Name)
		incident.item = path
		incidents = append(incidents, incident)
	}
	incidents = append(incidents,
		port(on(SaturatedLink, saturationFrom, saturationTo, chosen.saturated)),
		on(SyslogBurst, burstFrom, burstTo, chosen.burst),
		on(Reboot, rebootAt, rebootAt+rebootDown.Seconds(), chosen.reboot),
		port(on(CounterWrap, wrapAt, wrapAt, chosen.wrap)),
		at(SiteOutage, siteFrom, siteTo, chosen.cutSite, p.Sites[chosen.cutSite].Name),
		on(UptimeRollover, rolloverAt, rolloverAt, chosen.rolls),
		on(CounterReset, resetAt, resetAt, chosen.reset),
		on(IndexReshuffle, reshuffleAt, reshuffleAt, chosen.reshuffle),
		on(Flap, flapFrom, flapTo, chosen.flap),
	)
	return slices.DeleteFunc(incidents, func(incident Incident) bool { return slices.Contains(p.LeftOut(), incident.Kind) })
}

// LeftOut returns the incidents that the script does without. Where the kernel
// answers every ping, no device can keep silent.
func (p *Plan) LeftOut() []Kind {
	if !p.Config.Shared {
		return nil
	}
	return []Kind{DeviceOutage, SiteOutage, Flap}
}

// choosePath picks a voice path of a site other than the silent one.
func (p *Plan) choosePath(random *rand.Rand, silentSite int) (site, path int, found bool) {
	for _, site := range random.Perm(len(p.Sites)) {
		if site != silentSite && len(p.Sites[site].Paths) > 0 {
			return site, random.IntN(len(p.Sites[site].Paths)), true
		}
	}
	return 0, 0, false
}

// Script returns the incidents in the order they begin.
func (p *Plan) Script() []Incident { return p.Incidents }

package failures

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"mimamori/bench/chance"
)

// Config says of which time a script is.
type Config struct {
	Seed  uint64        // everything follows from it and the sites
	For   time.Duration // length of the period, 1 minute to 3 years
	Times float64       // how many times as often as in life things fail, 0.001 to 100,000
}

// Validate says what is wrong and what to do about it.
func (c Config) Validate() error {
	if c.For < time.Minute || c.For > 3*year {
		return fmt.Errorf("draw the failures of %s: use 1m to %s", c.For, 3*year)
	}
	if !(c.Times >= 0.001 && c.Times <= 100_000) {
		return fmt.Errorf("let things fail %g times as often as in life: use 0.001 to 100000", c.Times)
	}
	return nil
}

// Device is a device of a site.
type Device struct {
	Kind   DeviceKind
	Behind int // number, in the site, of the device it is reached through, which comes before it; -1 for none
}

// Site is a site. Its first device is the one through which its appliance reaches the centre.
type Site struct {
	Devices []Device
	Paths   int // voice paths that begin there
}

// Event is something that fails. It may last beyond the period.
type Event struct {
	Kind     Kind
	Site     int
	Item     int // number of the device in the site, or of the voice path; -1 for an event of the site
	From, To time.Duration
}

// Window is work at a site that was announced. It may have begun before the period, and may last beyond it.
type Window struct {
	Site     int
	From, To time.Duration
}

// What chance is asked for.
const (
	forWait = iota + 1
	forLength
	forFlap
	forWindow
	forWork
)

// kinds are those of all rates in the order they are drawn.
var kinds = [...]Kind{Cut, Flap, Failure, Reboot, LineOutage, PowerOutage, Heat, FanStop, FeedLoss, VoiceDelay, VoiceJitter, VoiceLoss, Chatter, LogStorm}

// drawing draws the events of one site after the other.
type drawing struct {
	Config
	events  []Event
	windows []Window
}

// uniform is evenly within (0, 1).
func (d *drawing) uniform(of ...uint64) float64 {
	return (float64(chance.Of(d.Seed, of...)>>11) + 0.5) / (1 << 53)
}

// length is how long something lasts: lognormal, as times to repair are, about its mean.
func (d *drawing) length(r rate, of ...uint64) time.Duration {
	const sigma = 0.8
	of = append([]uint64{forLength}, of...)
	normal := math.Sqrt(-2*math.Log(d.uniform(append(of, 1)...))) * math.Cos(2*math.Pi*d.uniform(append(of, 2)...))
	lasts := time.Duration(float64(r.lasts) * math.Exp(sigma*normal-sigma*sigma/2))
	return max(r.least, min(lasts, 8*r.lasts)).Round(time.Millisecond)
}

// site draws what happens at a site.
func (d *drawing) site(number int, site *Site) {
	for kind, drawn := range kinds {
		if r, happens := siteRates[drawn]; happens {
			d.each(drawn, r, number, -1, uint64(kind))
		}
	}
	for device := range site.Devices {
		of := site.Devices[device].Kind
		for kind, drawn := range kinds {
			if r, happens := deviceRates[of][drawn]; happens {
				d.each(drawn, r, number, device, uint64(kind))
			}
			if r, happens := chassisRates[drawn]; happens && hasChassis(of) {
				d.each(drawn, r, number, device, uint64(kind))
			}
			if r, happens := logRates[of][drawn]; happens {
				d.each(drawn, r, number, device, uint64(kind))
			}
		}
	}
	for path := range site.Paths {
		for kind, drawn := range kinds {
			if r, happens := pathRates[drawn]; happens {
				d.each(drawn, r, number, path, uint64(kind))
			}
		}
	}
	d.work(number, site)
}

// each draws one thing after the other of one kind: the time to the next is exponential.
func (d *drawing) each(kind Kind, r rate, site, item int, key uint64) {
	who := []uint64{key, uint64(site), uint64(item + 1)}
	at := time.Duration(0)
	for n := uint64(0); ; n++ {
		of := append(slices.Clip(who), n)
		wait := -math.Log(d.uniform(append([]uint64{forWait}, of...)...)) * float64(r.every) / d.Times
		if wait >= float64(d.For-at) {
			return
		}
		at = (at + time.Duration(wait)).Round(time.Millisecond)
		if kind == Flap {
			at = d.flap(r, site, item, at, of)
			continue
		}
		until := at + d.length(r, of...)
		d.events = append(d.events, Event{kind, site, item, at, until})
		at = until
	}
}

// flap draws several short cuts and returns when the last is over.
func (d *drawing) flap(r rate, site, device int, at time.Duration, of []uint64) time.Duration {
	cuts := flapFewest + int(d.uniform(append([]uint64{forFlap}, of...)...)*(flapMost-flapFewest+1))
	for cut := range cuts {
		until := at + d.length(r, append(of, uint64(cut))...)
		d.events = append(d.events, Event{Flap, site, device, at, until})
		if cut == cuts-1 {
			return until
		}
		between := d.uniform(append([]uint64{forFlap, uint64(cut)}, of...)...)
		at = (until + flapShortest + time.Duration(between*float64(flapLongest-flapShortest))).Round(time.Millisecond)
	}
	return at
}

// work draws the windows of a site and what is restarted in them, one device after the other.
func (d *drawing) work(number int, site *Site) {
	every := time.Duration(float64(workEvery) / d.Times)
	every = max(every, 2*workLasts)
	// One may be under way when the period begins.
	at := (time.Duration(d.uniform(forWindow, uint64(number))*float64(every)) - every).Truncate(time.Minute)
	for n := uint64(0); at < d.For; n, at = n+1, (at + every).Truncate(time.Minute) {
		window := Window{number, at, at + workLasts}
		if window.To <= 0 {
			continue
		}
		d.windows = append(d.windows, window)
		turn := at + time.Minute
		for device := range site.Devices {
			of := []uint64{forWork, uint64(number), uint64(device), n}
			if chance.Of(d.Seed, of...)%workOneIn != 0 {
				continue
			}
			until := turn + d.length(plannedRestart, of...)
			if until > window.To {
				break // what does not fit is left for the next window
			}
			if turn >= 0 && turn < d.For {
				d.events = append(d.events, Event{Planned, number, device, turn, until})
			}
			turn = until
		}
	}
}

// Draw draws what fails at the sites. Equal arguments give equal scripts.
func Draw(config Config, sites []Site) (*Script, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	script := newScript(config)
	d := &drawing{Config: config}
	first := 0
	for number := range sites {
		site := &sites[number]
		for device := range site.Devices {
			if behind := site.Devices[device].Behind; behind >= device || behind < -1 || site.Devices[device].Kind >= deviceKinds {
				return nil, fmt.Errorf("draw the failures of site %d: device %d is of kind %d and behind device %d, which must come before it", number, device, site.Devices[device].Kind, behind)
			}
		}
		d.events = d.events[:0]
		d.site(number, site)
		slices.SortFunc(d.events, func(a, b Event) int {
			return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Item, b.Item), cmp.Compare(a.Kind, b.Kind))
		})
		script.suffer(first, number, site, d.events)
		script.trouble(first, number, d.events)
		script.Events = append(script.Events, d.events...)
		first += len(site.Devices)
	}
	slices.SortStableFunc(script.Events, func(a, b Event) int { return cmp.Compare(a.From, b.From) })
	script.Windows = d.windows
	slices.SortStableFunc(script.Windows, func(a, b Window) int { return cmp.Compare(a.From, b.From) })
	return script, nil
}

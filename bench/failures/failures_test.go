package failures

import (
	"math"
	"reflect"
	"runtime"
	"testing"
	"time"
)

// branch is a site as the fleets have it: a router, a switch and a firewall behind it, and the rest behind the switch.
func branch(devices int) Site {
	site := Site{Paths: 1, Devices: []Device{{Router, -1}, {Switch, 0}, {Firewall, 0}}}
	for i := 3; i < devices; i++ {
		site.Devices = append(site.Devices, Device{Server + DeviceKind(i%3), 1})
	}
	return site
}

func branches(sites, devices int) []Site {
	all := make([]Site, sites)
	for i := range all {
		all[i] = branch(devices)
	}
	return all
}

func drawn(t testing.TB, config Config, sites []Site) *Script {
	t.Helper()
	script, err := Draw(config, sites)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

func TestAScriptFollowsFromItsSeed(t *testing.T) {
	config := Config{Seed: 1, For: 30 * day, Times: 1}
	one, same := drawn(t, config, branches(10, 50)), drawn(t, config, branches(10, 50))
	if !reflect.DeepEqual(one, same) || len(one.Events) == 0 {
		t.Errorf("two scripts of one seed, with %d and %d events, differ", len(one.Events), len(same.Events))
	}
	config.Seed = 2
	if reflect.DeepEqual(one.Events, drawn(t, config, branches(10, 50)).Events) {
		t.Error("scripts of two seeds are the same")
	}
}

// TestThingsFailAtTheirRate counts and times what was drawn for a thousand years of devices and holds it against the table.
func TestThingsFailAtTheirRate(t *testing.T) {
	const sites, devices = 300, 40
	script := drawn(t, Config{Seed: 3, For: 2 * year, Times: 1}, branches(sites, devices))
	counts, lasted := map[Kind]int{}, map[Kind]time.Duration{}
	site := branch(devices)
	for _, event := range script.Events {
		if event.Item < 0 || event.Item >= 3 && site.Devices[event.Item].Kind == Server {
			counts[event.Kind]++
			lasted[event.Kind] += event.To - event.From
		}
	}
	servers := 0
	for _, device := range branch(devices).Devices {
		if device.Kind == Server {
			servers++
		}
	}
	for kind, things := range map[Kind]int{Reboot: sites * servers, Failure: sites * servers, LineOutage: sites} {
		r := deviceRates[Server][kind]
		if kind == LineOutage {
			r = siteRates[kind]
		}
		expected := float64(things) * float64(2*year) / float64(r.every+r.lasts)
		if n := float64(counts[kind]); math.Abs(n-expected) > 4*math.Sqrt(expected) {
			t.Errorf("%s happened %.0f times, by its rate %.0f", kind, n, expected)
		}
		if mean := lasted[kind] / time.Duration(counts[kind]); math.Abs(float64(mean-r.lasts)) > 0.1*float64(r.lasts) {
			t.Errorf("%s lasts %s on average, by its rate %s", kind, mean, r.lasts)
		}
	}
	windows := float64(sites) * float64(2*year) / float64(workEvery)
	if n := float64(len(script.Windows)); math.Abs(n-windows) > 0.05*windows {
		t.Errorf("%.0f windows, expected are %.0f", n, windows)
	}
}

func TestOftenerIsNotLonger(t *testing.T) {
	often := drawn(t, Config{Seed: 4, For: 6 * time.Hour, Times: 500}, branches(20, 50))
	rare := drawn(t, Config{Seed: 4, For: 6 * time.Hour, Times: 1}, branches(20, 50))
	if len(often.Events) < 100*max(1, len(rare.Events))/2 {
		t.Errorf("%d events 500 times as often as %d", len(often.Events), len(rare.Events))
	}
	total, count := time.Duration(0), 0
	for _, event := range often.Events {
		if event.Kind == LineOutage {
			total, count = total+event.To-event.From, count+1
		}
	}
	if mean := total / time.Duration(count); mean < time.Hour || mean > 2*time.Hour {
		t.Errorf("a line is away for %s on average", mean)
	}
}

// TestWhatFollowsFromAnEvent plays single events at a site and looks at each device.
func TestWhatFollowsFromAnEvent(t *testing.T) {
	const minute = time.Minute
	site := branch(5)
	play := func(events ...Event) *Script {
		s := newScript(Config{})
		s.suffer(100, 7, &site, events)
		return s
	}
	span := func(from, to time.Duration, cause Cause, why Kind) []Span { return []Span{{from, to, cause, why}} }
	for name, c := range map[string]struct {
		script  *Script
		down    [5][]Span
		silent  []Span
		started [5]time.Duration
	}{
		"a cable": {play(Event{Cut, 7, 4, minute, 3 * minute}), [5][]Span{4: span(minute, 3*minute, Unanswering, Cut)}, nil, [5]time.Duration{}},
		"a switch that is restarted": {
			play(Event{Reboot, 7, 1, minute, 4 * minute}),
			[5][]Span{1: span(minute, 4*minute, Restarted, Reboot), 3: span(minute, 4*minute, Unreachable, Reboot), 4: span(minute, 4*minute, Unreachable, Reboot)},
			nil, [5]time.Duration{1: 4 * minute},
		},
		"the line": {play(Event{LineOutage, 7, -1, minute, 9 * minute}), [5][]Span{}, span(minute, 9*minute, None, LineOutage), [5]time.Duration{}},
		"the router": {
			play(Event{Failure, 7, 0, minute, 9 * minute}),
			[5][]Span{
				span(minute, 9*minute, Restarted, Failure), span(minute, 9*minute, Unreachable, Failure), span(minute, 9*minute, Unreachable, Failure),
				span(minute, 9*minute, Unreachable, Failure), span(minute, 9*minute, Unreachable, Failure),
			},
			span(minute, 9*minute, None, Failure), [5]time.Duration{9 * minute},
		},
		"the power": {
			play(Event{PowerOutage, 7, -1, minute, 9 * minute}),
			[5][]Span{
				span(minute, 9*minute, Restarted, PowerOutage), span(minute, 9*minute, Restarted, PowerOutage), span(minute, 9*minute, Restarted, PowerOutage),
				span(minute, 9*minute, Restarted, PowerOutage), span(minute, 9*minute, Restarted, PowerOutage),
			},
			span(minute, 9*minute, None, PowerOutage), [5]time.Duration{9 * minute, 9 * minute, 9 * minute, 9 * minute, 9 * minute},
		},
		"a server behind a switch, both at once": {
			play(Event{Cut, 7, 1, 2 * minute, 6 * minute}, Event{Reboot, 7, 4, minute, 3 * minute}),
			[5][]Span{1: span(2*minute, 6*minute, Unanswering, Cut), 3: span(2*minute, 6*minute, Unreachable, Cut), 4: span(minute, 6*minute, Restarted, Reboot)},
			nil, [5]time.Duration{4: 3 * minute},
		},
		"two cuts with little between them": {
			play(Event{Cut, 7, 4, minute, 2 * minute}, Event{Flap, 7, 4, 2*minute + settling - 1, 4 * minute}),
			[5][]Span{4: span(minute, 4*minute, Unanswering, Cut)}, nil, [5]time.Duration{},
		},
	} {
		for device := range c.down {
			if found := c.script.Down(100 + device); !reflect.DeepEqual(found, c.down[device]) {
				t.Errorf("%s: device %d is down in %v, want %v", name, device, found, c.down[device])
			}
			if last, _ := c.script.Started(100+device, time.Hour); last != c.started[device] {
				t.Errorf("%s: device %d was started at %s, want %s", name, device, last, c.started[device])
			}
		}
		if found := c.script.Silences(7); !reflect.DeepEqual(found, c.silent) {
			t.Errorf("%s: the appliance is silent in %v, want %v", name, found, c.silent)
		}
	}
}

func TestAMomentIsWithinItsSpan(t *testing.T) {
	script := drawn(t, Config{Seed: 5, For: 30 * day, Times: 20}, branches(5, 40))
	looked := 0
	for device := range 5 * 40 {
		for i, span := range script.Down(device) {
			looked++
			for at, want := range map[time.Duration]bool{span.From - 1: false, span.From: true, span.To - 1: true, span.To: false} {
				if script.IsDown(device, at) != want {
					t.Fatalf("device %d is down from %s to %s; at %s it says %t", device, span.From, span.To, at, !want)
				}
			}
			if i > 0 && span.From-script.Down(device)[i-1].To < settling {
				t.Fatalf("device %d is down in %v", device, script.Down(device))
			}
			last, starts := script.Started(device, span.To)
			if restarted := starts > 0 && last > span.From; restarted != (span.Cause == Restarted) {
				t.Fatalf("device %d, down in %+v, was started at %s", device, span, last)
			}
		}
	}
	if looked < 1000 {
		t.Errorf("only %d spans", looked)
	}
}

func TestWorkIsDoneWithinItsWindow(t *testing.T) {
	script := drawn(t, Config{Seed: 6, For: 60 * day, Times: 1}, branches(10, 300))
	planned := 0
	for _, event := range script.Events {
		if event.Kind != Planned {
			continue
		}
		planned++
		inside := false
		for _, window := range script.Windows {
			inside = inside || window.Site == event.Site && window.From <= event.From && event.To <= window.To
		}
		if !inside {
			t.Errorf("%+v is in no window", event)
		}
	}
	if planned < 100 {
		t.Errorf("%d devices were restarted", planned)
	}
}

func TestValidate(t *testing.T) {
	for _, config := range []Config{{For: time.Second, Times: 1}, {For: 10 * year, Times: 1}, {For: day}, {For: day, Times: math.NaN()}} {
		if _, err := Draw(config, nil); err == nil {
			t.Errorf("%+v is taken", config)
		}
	}
	if _, err := Draw(Config{For: day, Times: 1}, []Site{{Devices: []Device{{Router, 0}}}}); err == nil {
		t.Error("a device behind itself is taken")
	}
}

// BenchmarkDraw draws what fails in a month of 100,000 devices.
func BenchmarkDraw(b *testing.B) {
	sites := branches(500, 200)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var script *Script
	for b.Loop() {
		script = drawn(b, Config{Seed: 1, For: 30 * day, Times: 1}, sites)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(len(script.Events)), "events")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-kept")
	runtime.KeepAlive(script)
}

// TestTroublesComeAtTheirRate counts and times what goes wrong with what goes on answering, for years of many sites.
func TestTroublesComeAtTheirRate(t *testing.T) {
	const sites, devices = 100, 20
	script := drawn(t, Config{Seed: 3, For: 2 * year, Times: 1}, branches(sites, devices))
	counts, lasted, overDevices := map[Kind]int{}, map[Kind]time.Duration{}, map[Kind]int{}
	for _, event := range script.Events {
		if event.Kind == LogStorm && event.Item == 1 {
			continue // a switch's; those of servers and firewalls have one rate
		}
		counts[event.Kind]++
		lasted[event.Kind] += event.To - event.From
	}
	for _, device := range branch(devices).Devices {
		if hasChassis(device.Kind) {
			overDevices[Heat] += sites
			overDevices[FanStop] += sites
			overDevices[FeedLoss] += sites
		}
		if device.Kind == Server || device.Kind == Firewall {
			overDevices[LogStorm] += sites
		}
	}
	for kind, things := range map[Kind]int{
		Heat: overDevices[Heat], FanStop: overDevices[FanStop], FeedLoss: overDevices[FeedLoss], LogStorm: overDevices[LogStorm],
		VoiceDelay: sites, VoiceJitter: sites, VoiceLoss: sites,
	} {
		r, found := chassisRates[kind]
		if !found {
			r, found = pathRates[kind]
		}
		if !found {
			r = logRates[Server][kind]
		}
		expected := float64(things) * float64(2*year) / float64(r.every+r.lasts)
		if n := float64(counts[kind]); math.Abs(n-expected) > 4*math.Sqrt(expected) {
			t.Errorf("%s happened %.0f times, by its rate %.0f", kind, n, expected)
		}
		if mean := lasted[kind] / time.Duration(max(1, counts[kind])); math.Abs(float64(mean-r.lasts)) > 0.15*float64(r.lasts) {
			t.Errorf("%s lasts %s on average, by its rate %s", kind, mean, r.lasts)
		}
	}
}

// TestTroublesKeepNothingFromAnswering plays one trouble of each kind.
func TestTroublesKeepNothingFromAnswering(t *testing.T) {
	const minute = time.Minute
	s := newScript(Config{})
	site := branch(5)
	events := []Event{
		{Heat, 7, 1, minute, 9 * minute}, {VoiceLoss, 7, 0, minute, 5 * minute}, {VoiceDelay, 7, 0, 2 * minute, 3 * minute},
		{Chatter, 7, 1, minute, 3 * minute}, {LogStorm, 7, 1, 2 * minute, 4 * minute},
	}
	s.suffer(100, 7, &site, events)
	s.trouble(100, 7, events)
	if len(s.devices) > 0 || len(s.silences) > 0 {
		t.Errorf("devices are down in %v, appliances silent in %v", s.devices, s.silences)
	}
	if !reflect.DeepEqual(s.Chassis(101), []Span{{minute, 9 * minute, None, Heat}}) || s.Chassis(100) != nil {
		t.Errorf("the chassis of the switch: %v, of the router: %v", s.Chassis(101), s.Chassis(100))
	}
	for at, want := range map[time.Duration]Impairment{
		minute - 1: {}, minute: impairments[VoiceLoss], 3 * minute: impairments[VoiceLoss], 5 * minute: {},
		2 * minute: {Delay: impairments[VoiceDelay].Delay, LossBegin: impairments[VoiceLoss].LossBegin, LossEnd: impairments[VoiceLoss].LossEnd},
	} {
		if found := s.ImpairedAt(7, 0, at); found != want {
			t.Errorf("at %s the path has %+v, want %+v", at, found, want)
		}
	}
	chatter, storm := s.LinesBetween(101, 0, time.Hour)
	if chatter != 80 || storm != 2*60*stormLines {
		t.Errorf("the switch says %d and %d lines", chatter, storm)
	}
	for second := range 300 { // each line is in one second
		from := time.Duration(second) * time.Second
		some, more := s.LinesBetween(101, from, from+time.Second)
		chatter, storm = chatter-some, storm-more
	}
	if chatter != 0 || storm != 0 {
		t.Errorf("%d and %d lines are in no second", chatter, storm)
	}
}

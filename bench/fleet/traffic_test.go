package fleet

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"mimamori/ingest/sample"
)

// rate is the derivative of what Octets integrates, written down a second time.
func rate(flow *Flow, at float64) float64 {
	for _, change := range flow.Changes {
		if at >= change.From && at < change.To {
			return change.Rate
		}
	}
	const dayLong = 86_400
	return flow.Mean * (1 + flow.Amplitude*math.Sin(2*math.Pi*at/flow.Period+flow.Phase) +
		flow.Day*math.Sin(2*math.Pi*at/dayLong+flow.DayPhase) + flow.Week*math.Sin(2*math.Pi*at/(7*dayLong)+flow.WeekPhase))
}

func TestOctetsAreTheIntegralOfTheRate(t *testing.T) {
	flow := Flow{Mean: 1e6, Amplitude: 0.05, Period: 300, Phase: 1,
		Changes: []Change{{From: 20, To: 60, Rate: 12e6}, {From: 100, To: math.Inf(1), Rate: 3e5}}}
	const step = 0.01
	sum := 0.0
	for i := range 20_000 {
		at := float64(i) * step
		if got := flow.Octets(at); math.Abs(got-sum) > 1e-5*sum+2e5 {
			t.Fatalf("at %.2f s %.0f octets, added up %.0f", at, got, sum)
		}
		sum += step * rate(&flow, at+step/2)
	}
}

// TestTrafficFollowsTheHours looks at an hour of several days of a week, whenever the fleet began.
func TestTrafficFollowsTheHours(t *testing.T) {
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Add(-zone)
	for _, start := range []time.Time{monday, monday.Add(77 * time.Hour), monday.Add(-1000 * time.Hour)} {
		flow := newFlow(rand.New(rand.NewPCG(1, 2)), 1e9, 0.1, 0.1).atHours(start)
		hour := func(day, hour int) float64 {
			at := since(start, monday.Add(14*24*time.Hour+time.Duration(24*day+hour)*time.Hour))
			passed := flow.Octets(at+1800) - flow.Octets(at-1800)
			if added := 3600 * rate(&flow, at); math.Abs(passed-added) > 0.06*added {
				t.Errorf("%.0f octets in an hour, by the rate %.0f", passed, added)
			}
			return passed
		}
		if noon, night, sunday := hour(2, 14), hour(2, 2), hour(6, 14); noon < 1.8*night || noon < 1.15*sunday || night < 0.2*flow.Mean*3600 {
			t.Errorf("from %s on: on Wednesday %.0f by day and %.0f by night, on Sunday %.0f by day", start, noon, night, sunday)
		}
	}
}

// A poller that could not poll for 30 s spreads what passed evenly over the gap.
func TestSpreadingAGapErrsLittle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		flow := newFlow(random, 1e9, 0.001, 0.1)
		begin := 600 * random.Float64()
		// A minute whose last 15 s lie in the gap.
		minute := flow.Octets(begin+60) - flow.Octets(begin)
		gap := flow.Octets(begin+75) - flow.Octets(begin+45)
		spread := flow.Octets(begin+45) - flow.Octets(begin) + gap/2
		if wrong := math.Abs(spread-minute) / minute; wrong > 0.003 {
			t.Fatalf("%+v errs by %.2f %%", flow, 100*wrong)
		}
	}
}

func TestCountersAreTheTruthsBits(t *testing.T) {
	plan := mustPlan(t, DefaultConfig())
	device := newRuntimeDevice(&plan.Sites[0], 0, 0)
	device.saturate(30)
	device.relieve(70)
	state := device.state.Load()
	begin := time.Unix(1_000_000, 0)
	for i := range device.Interfaces {
		truth := InterfaceTruth{In: state.interfaces[i].in, Out: state.interfaces[i].out}
		for _, from := range []float64{0, 25, 69.5} {
			to := from + 33.25
			before, after := state.interfaces[i].counters(from), state.interfaces[i].counters(to)
			in, out := truth.Bits(begin, begin.Add(seconds(from)), begin.Add(seconds(to)))
			if math.Abs(in-8*float64(after.inOctets-before.inOctets)) > 16 || math.Abs(out-8*float64(after.outOctets-before.outOctets)) > 16 {
				t.Errorf("interface %d: truth %.0f and %.0f bits, counters %d and %d octets", i, in, out,
					after.inOctets-before.inOctets, after.outOctets-before.outOctets)
			}
		}
	}
	peak := float64(state.interfaces[0].counters(60).inOctets-state.interfaces[0].counters(40).inOctets) * 8 / 20
	if math.Abs(peak/1e8-saturation) > 0.001 {
		t.Errorf("the saturated link carries %.0f bit/s", peak)
	}
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func TestRebootAndReset(t *testing.T) {
	plan := mustPlan(t, DefaultConfig())
	device := newRuntimeDevice(&plan.Sites[0], 0, 1)
	device.resetCounters(10)
	state := device.state.Load()
	if counters := state.interfaces[2].counters(10); counters != (counterSet{}) {
		t.Errorf("after the reset %+v", counters)
	}
	if got := state.interfaces[2].discontinuity; got != state.uptime(10) || got == 0 {
		t.Errorf("ifCounterDiscontinuityTime %d, sysUpTime then %d", got, state.uptime(10))
	}
	device.reboot(20)
	state = device.state.Load()
	if state.uptime(20) != 0 || state.uptime(21.5) != 150 || state.interfaces[0].discontinuity != 0 {
		t.Errorf("after the reboot: sysUpTime %d", state.uptime(21.5))
	}
	flow := device.Interfaces[0].In
	if got, want := state.interfaces[0].counters(50).inOctets, flow.Octets(50)-flow.Octets(20); math.Abs(float64(got)-want) > 1 {
		t.Errorf("after the reboot %d octets, %.0f passed", got, want)
	}
}

func TestReshuffleKeepsNamesAndCounters(t *testing.T) {
	plan := mustPlan(t, DefaultConfig())
	device := newRuntimeDevice(&plan.Sites[0], 0, 1)
	read := func() map[string]counterSet {
		var m moment
		m.become(device, 5)
		found := map[string]counterSet{}
		for row := range m.state.rows {
			found[m.planned(row).Name] = *m.set(row)
		}
		return found
	}
	before, index := read(), device.state.Load().rows[0]
	device.state.Store(device.state.Load().shuffled(5))
	if after := read(); !reflect.DeepEqual(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
	if device.state.Load().rows[0] == index || device.state.Load().tableChange == 0 {
		t.Error("nothing was shuffled")
	}
}

func TestIncidentsKeepClearOfTheMinute(t *testing.T) {
	for second := range 600 {
		now := time.Unix(1_700_000_000, 0).Add(time.Duration(second) * 100 * time.Millisecond)
		delay := delayClearOfMinutes(now, 40*time.Second)
		if delay > 15*time.Second {
			t.Errorf("at second %v it waits %s", float64(second)/10, delay)
		}
		for _, edge := range []time.Time{now.Add(delay), now.Add(delay + 40*time.Second)} {
			if distance := edge.Sub(edge.Round(time.Minute)).Abs(); distance < clearOfMinute {
				t.Errorf("an edge %s from the minute", distance)
			}
		}
	}
}

func TestTruthIsWrittenAndRead(t *testing.T) {
	begin := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	device := sample.DeviceID("c", "s", "d")
	truth := &Truth{
		Start: begin, End: begin.Add(time.Minute),
		Devices:    []DeviceTruth{{ID: device, Name: "d", Down: []Span{{begin, begin.Add(time.Second), CauseReboot, false, "power"}}, Syslog: []SyslogLine{{"ab", begin, 1}}}},
		Interfaces: []InterfaceTruth{{ID: sample.InterfaceID(device, "e"), Device: device, In: newFlow(rand.New(rand.NewPCG(1, 1)), 1e9, 0.1, 0.2), Out: Flow{Mean: 1, Period: 1, Changes: []Change{{1, 2, 3}}}}},
	}
	truth.index()
	path := filepath.Join(t.TempDir(), "truth")
	if err := WriteTruth(path, truth); err != nil {
		t.Fatal(err)
	}
	read, err := ReadTruth(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, truth) {
		t.Errorf("read %+v, wrote %+v", read, truth)
	}
	if in, _ := read.Bits(device, sample.InterfaceID(device, "e"), begin, read.End); in <= 0 {
		t.Errorf("%g bits", in)
	}
	if err := WriteTruth(filepath.Join(t.TempDir(), "missing", "truth"), truth); err == nil {
		t.Error("written into no directory")
	}
	if leftovers, _ := filepath.Glob(path + ".*"); len(leftovers) > 0 {
		t.Errorf("left behind: %v", leftovers)
	}
}

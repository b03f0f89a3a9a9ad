package fleet

import (
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/bench/failures"
	"mimamori/ingest/sample"
)

// TestSensorsReadWhatIsWrong looks at each chassis before, in and after each of its troubles.
func TestSensorsReadWhatIsWrong(t *testing.T) {
	plan := failingPlan(t)
	script := plan.Failing()
	number, looked := 0, map[failures.Kind]int{}
	for i := range plan.Sites {
		for j := range plan.Sites[i].Devices {
			device := &plan.Sites[i].Devices[j]
			for _, span := range script.Chassis(number) {
				sensor := device.sensorOf(sensorsOf[span.Why])
				if sensor < 0 {
					t.Fatalf("%s has no sensor that tells of %s", device.Name, span.Why)
				}
				looked[span.Why]++
				level := device.Sensors[sensor].Level
				begin, end := (plan.Config.ScriptStart + span.From).Seconds(), (plan.Config.ScriptStart + span.To).Seconds()
				for at, wrong := range map[float64]bool{begin - 1: false, end - 1: true, end + 1: false} {
					value, works := level.At(at)
					if works == (wrong && span.Why != failures.Heat) || span.Why == failures.Heat && wrong != (value > failures.HotAbove) {
						t.Errorf("%s of %s, wrong for %s from %.0f to %.0f s, reads %.1f at %.0f s and works: %t", device.Sensors[sensor].Name, device.Name, span.Why, begin, end, value, at, works)
					}
				}
			}
			number++
		}
	}
	for _, kind := range []failures.Kind{failures.Heat, failures.FanStop, failures.FeedLoss} {
		if looked[kind] == 0 {
			t.Errorf("there is no %s: %v", kind, looked)
		}
	}
	if plan.Sites[0].Devices[0].sensorOf(sample.SensorPower) < 0 {
		t.Error("a router says nothing of its power supply")
	}
}

// TestAPathIsImpairedAndMended plays the changes of every path.
func TestAPathIsImpairedAndMended(t *testing.T) {
	plan := failingPlan(t)
	fleet, err := New(plan, RunConfig{}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	fleet.journal.begin()
	played := 0
	for _, next := range fleet.changes() {
		if next.of != ofPath {
			continue
		}
		played++
		fleet.impair(next)
		path := fleet.paths[next.item]
		usual := plan.Sites[path.site].Paths[path.index].Quality
		if wrong := plan.Failing().ImpairedAt(path.site, path.index, next.at-plan.Config.ScriptStart); (wrong != failures.Impairment{}) != (path.quality != usual) {
			t.Fatalf("after %+v the path has %+v, at other times %+v", next, path.quality, usual)
		}
	}
	for _, path := range fleet.paths {
		if path.quality != plan.Sites[path.site].Paths[path.index].Quality {
			t.Errorf("a path stays impaired: %+v", path.quality)
		}
	}
	if played < 20 {
		t.Errorf("%d changes of paths", played)
	}
	if episodes := fleet.Truth().Paths[0].Episodes; len(episodes) > 0 && episodes[0].From.After(time.Now()) {
		t.Errorf("the truth tells of what is to come: %v", episodes[0])
	}
}

// TestABurstIsSaid has a device say a storm of the past where nobody listens, and counts.
func TestABurstIsSaid(t *testing.T) {
	registry := prometheus.NewRegistry()
	fleet, err := New(failingPlan(t), RunConfig{}, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		t.Fatal(err)
	}
	said := func() (lines int) {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			if family.GetName() == "mimamori_fleet_syslog_lines_total" {
				for _, metric := range family.GetMetric() {
					lines += int(metric.GetCounter().GetValue())
				}
			}
		}
		return lines
	}
	for _, next := range fleet.changes() {
		if next.of != ofLog || next.over || next.span.Why != failures.LogStorm {
			continue
		}
		fleet.burst(t.Context(), time.Now().Add(-2*failingFor), next)
		if got, want := said(), next.span.LinesBetween(next.span.From, next.span.To); got != want || want < 1000 {
			t.Errorf("%d lines are said, the script has %d", got, want)
		}
		return
	}
	t.Error("there is no storm")
}

package fleet

import (
	"fmt"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
)

func TestALevelReturnsToItselfAfterTrouble(t *testing.T) {
	level := Level{Mean: 30, Amplitude: 2, Period: 240, Phase: 1}
	undisturbed := func(at float64) float64 { return 30 + 2*math.Sin(2*math.Pi*at/240+1) }
	warm := level.with(Trouble{From: 10, Add: 18, Over: 20})
	for at, add := range map[float64]float64{0: 0, 10: 0, 20: 9, 30: 18, 500: 18} {
		if got, ok := warm.At(at); !ok || math.Abs(got-undisturbed(at)-add) > 1e-9 {
			t.Errorf("at %v s it reads %v, want %v more than %v", at, got, add, undisturbed(at))
		}
	}
	mended := warm.until(40)
	if got, ok := mended.At(40); !ok || math.Abs(got-undisturbed(40)) > 1e-9 {
		t.Errorf("after its trouble it reads %v, want %v", got, undisturbed(40))
	}
	failed := level.with(Trouble{From: 10, Failed: true})
	if _, ok := failed.At(11); ok {
		t.Error("a failed sensor reads something")
	}
	if len(level.Troubles) != 0 {
		t.Error("the level itself was changed")
	}
}

// readInteger returns an integer of an agent, by gosnmp's decoding.
func readInteger(t *testing.T, agents *agents, device *device, oid string) int {
	t.Helper()
	answer := ask(t, agents, device, gosnmp.SnmpPacket{PDUType: gosnmp.GetRequest, Variables: nulls(oid)})
	value, ok := answer.Variables[0].Value.(int)
	if !ok {
		t.Fatalf("%s is %v", oid, answer.Variables[0])
	}
	return value
}

// TestAFanThatFails holds the agent of a chassis against the levels that its truth
// consists of, before, during and after the failure. ask is at second 1.
func TestAFanThatFails(t *testing.T) {
	const sensor = ".1.3.6.1.2.1.99.1.1.1."
	agents, device := agentOf(t, mustPlan(t, DefaultConfig()), roleCore)
	check := func(when string, working bool, warmer float64) {
		t.Helper()
		levels := device.state.Load().sensors
		for i, planned := range device.Sensors {
			reading, ok := levels[i].At(1)
			if status := readInteger(t, agents, device, fmt.Sprint(sensor, "5.", planned.index)); (status == 1) != ok {
				t.Errorf("%s: %s has status %d, it works: %t", when, planned.Name, status, ok)
			}
			value := float64(readInteger(t, agents, device, fmt.Sprint(sensor, "4.", planned.index)))
			value /= math.Pow10(readInteger(t, agents, device, fmt.Sprint(sensor, "3.", planned.index)))
			if math.Abs(value-reading) > 0.5 {
				t.Errorf("%s: %s shows %v, its level is %v", when, planned.Name, value, reading)
			}
		}
		fan, temperature := device.sensorOf(sample.SensorFan), device.sensorOf(sample.SensorTemperature)
		if _, ok := levels[fan].At(1); ok != working {
			t.Errorf("%s: the fan works: %t", when, ok)
		}
		usual, _ := device.Sensors[temperature].Level.At(1)
		if reading, _ := levels[temperature].At(1); math.Abs(reading-usual-warmer) > 1e-9 {
			t.Errorf("%s: it is %v degrees, want %v more than %v", when, reading, warmer, usual)
		}
	}
	check("before", true, 0)
	device.failFan(1 - fanFailureWarmsOver/2)
	check("during", false, fanFailureWarms/2)
	device.mendFan(0.5)
	check("after", true, 0)
}

func TestTheTruthHasEverySensor(t *testing.T) {
	plan := mustPlan(t, DefaultConfig())
	fleet, err := New(plan, RunConfig{}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	fleet.journal.begin()
	truth := fleet.Truth()
	kinds, failures := map[sample.SensorKind]int{}, 0
	for _, sensor := range truth.Sensors {
		kinds[sensor.Kind]++
		if reading, ok := sensor.Reading(truth.Start, truth.Start.Add(time.Second)); !ok || reading <= 0 {
			t.Errorf("%s of %s reads %v", sensor.Name, sensor.Host, reading)
		}
	}
	for _, kind := range []sample.SensorKind{sample.SensorCPU, sample.SensorMemory, sample.SensorStorage, sample.SensorTemperature, sample.SensorFan, sample.SensorPower} {
		if kinds[kind] < 10 {
			t.Errorf("%d sensors of kind %d", kinds[kind], kind)
		}
	}
	for _, incident := range plan.Script() {
		if incident.Kind == FanFailure {
			failures++
			if lasts := incident.To - incident.From; lasts < 100*time.Second {
				t.Errorf("a fan fails for %s, which may fall between two readings", lasts)
			}
		}
	}
	if failures != 1 {
		t.Errorf("%d fans fail", failures)
	}
}

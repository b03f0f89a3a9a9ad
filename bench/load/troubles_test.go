package load

import (
	"testing"
	"time"

	"mimamori/bench/failures"
	"mimamori/ingest/sample"
	"mimamori/processors/voice"
)

// TestSensorsTellOfTheirChassis holds what a day's readings say against the script.
func TestSensorsTellOfTheirChassis(t *testing.T) {
	fleet, script := following(t, failures.Config{Seed: 4, For: 24 * time.Hour, Times: 1000})
	s := fleet.sites[0]
	seen, numbers := map[failures.Kind]int{}, numbersOf(s)
	quiet := 0
	for slot := begin.Add(PollInterval); slot.Before(begin.Add(24 * time.Hour)); slot = slot.Add(30 * PollInterval) {
		rows := s.health(slot, 0, len(s.devices))
		for i, id := range rows.Device {
			sensor, device := sensors[i%len(sensors)], numbers[id]
			at := slot.Add(time.Duration(rows.OffsetMs[i]) * time.Millisecond).Sub(begin)
			wrong, whole := false, false
			for _, span := range script.Chassis(s.first + device) {
				if span.Why == sensor.fails && at >= span.From && at < span.To {
					wrong, whole = true, at >= span.From+failures.HeatTakes
				}
			}
			switch status := rows.Status[i]; {
			case !wrong && (status != sample.SensorOK || rows.Measured[i] != 1):
				t.Fatalf("%s of device %d at %s has the status %d", sensor.name, device, at, status)
			case !wrong:
				quiet++
			case sensor.fails == failures.Heat && whole && (status != sample.SensorWarning || rows.ValueMilli[i] <= failures.HotAbove*1000):
				t.Fatalf("%s of device %d at %s reads %d with the status %d", sensor.name, device, at, rows.ValueMilli[i], status)
			case sensor.fails != failures.Heat && (status != sample.SensorCritical || rows.Measured[i] != 0):
				t.Fatalf("%s of device %d at %s reads %d with the status %d", sensor.name, device, at, rows.ValueMilli[i], status)
			default:
				seen[sensor.fails]++
			}
		}
	}
	if seen[failures.Heat] == 0 || seen[failures.FanStop] == 0 || seen[failures.FeedLoss] == 0 || quiet < 1000 {
		t.Errorf("%v readings tell of trouble, %d of none", seen, quiet)
	}
}

func numbersOf(s *site) map[sample.ID]int {
	numbers := map[sample.ID]int{}
	for device, id := range s.devices {
		numbers[id] = device
	}
	return numbers
}

// TestLinesAreCountedAsTheyAreSaid adds up the lines of some hours by device and minute, and holds them against the truth.
func TestLinesAreCountedAsTheyAreSaid(t *testing.T) {
	const period = time.Hour
	fleet, _ := following(t, failures.Config{Seed: 5, For: period, Times: 2000})
	said := map[sample.ID]map[int64]int{}
	sequences := map[uint64]bool{}
	s := fleet.sites[0]
	numbers := numbersOf(s)
	for at := begin; at.Before(begin.Add(period)); at = at.Add(time.Second) {
		rows := s.log(at)
		for i, id := range rows.Device {
			if said[id] == nil {
				said[id] = map[int64]int{}
			}
			said[id][at.Truncate(time.Minute).Unix()]++
			if sequences[rows.Sequence[i]] || rows.Raw[i] != "" || rows.Mnemonic[i] == "" || s.isDown(numbers[id], at) {
				t.Fatalf("a line at %s: %q, %q, sequence %d", at, rows.Message[i], rows.Complaint[i], rows.Sequence[i])
			}
			sequences[rows.Sequence[i]] = true
		}
	}
	busiest := 0
	for _, device := range fleet.Truth(begin.Add(period)).Devices {
		counts := said[device.ID]
		for _, minute := range device.Lines {
			if device.Site == s.Site && counts[minute.Minute.Unix()] != minute.Lines {
				t.Fatalf("%s said %d lines in the minute %s, the truth has %d", device.Name, counts[minute.Minute.Unix()], minute.Minute, minute.Lines)
			}
			busiest = max(busiest, minute.Lines)
			delete(counts, minute.Minute.Unix())
		}
		if len(counts) > 0 {
			t.Fatalf("the truth of %s lacks %v", device.Name, counts)
		}
	}
	if len(sequences) < 5_000 || busiest < 2000 {
		t.Errorf("%d lines, at most %d in a minute", len(sequences), busiest)
	}
}

// TestAnImpairedPathSoundsBad rates each minute of a path as the processors do: those in an episode can be told from those
// outside.
func TestAnImpairedPathSoundsBad(t *testing.T) {
	fleet, script := following(t, failures.Config{Seed: 6, For: 12 * time.Hour, Times: 500})
	s := fleet.sites[1]
	rated := map[failures.Kind]int{}
	for slot := begin; slot.Before(begin.Add(12 * time.Hour)); slot = slot.Add(PollInterval) {
		why, touched := failures.Kind(""), s.silentWithin(slot, PollInterval) > 0
		for _, span := range script.Path(s.number, 0) {
			from, to := slot.Sub(begin), slot.Sub(begin)+PollInterval
			if span.From <= from && span.To >= to {
				why = span.Why
			}
			touched = touched || span.From < to && span.To > from
		}
		rows := s.voice(slot)
		var inputs voice.Inputs
		inputs.Add(rows, 0)
		mos := voice.Quality(voice.DefaultConfig(), inputs).MOS
		switch {
		case why != "" && mos >= failures.ImpairedMOS:
			t.Fatalf("at %s, with %s, MOS is %.2f", slot, why, mos)
		case why != "":
			rated[why]++
		case !touched && mos < failures.GoodMOS:
			t.Fatalf("at %s, with nothing wrong, MOS is %.2f", slot, mos)
		case !touched:
			rated[""]++
		}
	}
	for _, kind := range []failures.Kind{"", failures.VoiceDelay, failures.VoiceJitter, failures.VoiceLoss} {
		if rated[kind] == 0 {
			t.Errorf("no minute with %q: %v", kind, rated)
		}
	}
}

package verify

import (
	"context"
	"testing"
	"time"

	"mimamori/bench/fleet"
	"mimamori/ingest/sample"
	"mimamori/processors/voice"
	"mimamori/storage"
)

// failing is a device with a fan that stops and a burst of lines, and a path that is impaired, up to ten minutes; and a store
// that agrees.
func failing() (*fleet.Truth, *answers) {
	const polled = 5 * time.Second
	begin := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	minute := func(n int) time.Time { return begin.Add(time.Duration(n) * time.Minute) }
	truth := &fleet.Truth{
		Start: begin, End: minute(20),
		Devices: []fleet.DeviceTruth{{
			Customer: device.Customer, Site: device.Site, Name: device.Device, PollOffset: polled,
			Down:  []fleet.Span{{From: minute(8), To: minute(9), Cause: fleet.CauseDevice}},
			Lines: []fleet.LineCount{{Minute: minute(1), Lines: 1}, {Minute: minute(3), Lines: 2400}, {Minute: minute(6), Lines: 1}},
		}},
		Sensors: []fleet.SensorTruth{{
			ID: 9, Customer: device.Customer, Site: device.Site, Host: device.Device, Name: "fan 1", Kind: sample.SensorFan,
			Level: fleet.Level{Mean: 4000, Period: 300, Troubles: []fleet.Trouble{{From: 120, To: 300, Failed: true}}},
		}, {
			ID: 10, Customer: device.Customer, Site: device.Site, Host: device.Device, Name: "inlet", Kind: sample.SensorTemperature, Limit: 45,
			Level: fleet.Level{Mean: 30, Period: 300, Troubles: []fleet.Trouble{{From: 120, To: 300, Add: 24}}},
		}},
		Paths: []fleet.PathTruth{{
			Customer: device.Customer, Site: device.Site, Name: "to Osaka",
			Episodes: []fleet.Episode{{From: minute(4).Add(-30 * time.Second), To: minute(6).Add(30 * time.Second), Why: "voice loss"}},
		}},
	}
	store := &answers{}
	path := &truth.Paths[0]
	for n := range 10 {
		done := fleet.VoiceMinute{
			Minute: minute(n), Seen: 3000, Dropped: 2, Runs: 1, RunLengths: []uint32{2, 1}, Delays: []uint32{100, 2998}, SumDelayUs: 2998 * 30_000, MinDelayUs: 30_000,
		}
		if n >= 3 && n <= 6 {
			done.Dropped, done.Runs, done.RunLengths, done.Delays, done.SumDelayUs = 300, 150, []uint32{2, 150}, []uint32{100, 2700}, 2700*30_000
		}
		path.Minutes = append(path.Minutes, done)
		quality := voice.Quality(voice.DefaultConfig(), voice.Inputs{Codec: "G.711", Sent: 3000, Received: uint64(3000 - done.Dropped), RunLengths: bars(done.RunLengths),
			Delays: bars(done.Delays), SumRTTUs: done.SumDelayUs, MinRTTUs: done.MinDelayUs})
		store.voice = append(store.voice, storage.PathVoice{Entity: storage.Entity{Customer: device.Customer, Site: device.Site, Name: path.Name},
			VoiceMinute: storage.VoiceMinute{MinuteMs: done.Minute.UnixMilli(), MOS: quality.MOS}})
		if n == 8 {
			continue // it is down
		}
		for i := range truth.Sensors {
			sensor, at := &truth.Sensors[i], minute(n).Add(polled)
			value, works := sensor.Reading(begin, at)
			reading := storage.SensorHealth{Entity: device, Start: minute(n), At: at, Status: 1, Readings: 1, Measured: 1, LastMeasured: true, Last: value}
			reading.ID, reading.Name = sensor.ID, sensor.Name
			switch {
			case !works:
				reading.Status, reading.Measured, reading.LastMeasured, reading.Last = 3, 0, false, 0
			case value > 45 && sensor.Limit > 0:
				reading.Status = 2
			}
			store.health = append(store.health, reading)
		}
	}
	for _, each := range truth.Devices[0].Lines {
		store.rates = append(store.rates, storage.SyslogRate{LogSubject: storage.LogSubject{Entity: device}, Start: each.Minute, Messages: uint64(each.Lines)})
	}
	return truth, store
}

// TestTroublesAreHeldAgainstWhatIsStored changes one thing at a time that the store says of a fleet in which much goes wrong.
func TestTroublesAreHeldAgainstWhatIsStored(t *testing.T) {
	other := device
	other.Device = "sw-9"
	for name, lie := range map[string]struct {
		check string // that fails; empty for none
		tell  func(*fleet.Truth, *answers)
	}{
		"nothing":           {"", func(*fleet.Truth, *answers) {}},
		"a reading too few": {"sensors", func(_ *fleet.Truth, s *answers) { s.health = s.health[1:] }},
		"a reading of a device that is down": {"sensors", func(f *fleet.Truth, s *answers) {
			extra := s.health[0]
			extra.Start, extra.At = f.Start.Add(8*time.Minute), f.Start.Add(8*time.Minute+5*time.Second)
			s.health = append(s.health, extra)
		}},
		"two readings in one":         {"sensors", func(_ *fleet.Truth, s *answers) { s.health[0].Readings = 2 }},
		"a reading of another moment": {"sensors", func(_ *fleet.Truth, s *answers) { s.health[0].At = s.health[0].At.Add(time.Second) }},
		"a fan that stands and turns": {"sensors", func(_ *fleet.Truth, s *answers) { s.health[4].Status = 1 }},
		"a fan that turns and stands": {"sensors", func(_ *fleet.Truth, s *answers) { s.health[0].Status = 3 }},
		"a heat that nobody warns of": {"sensors", func(_ *fleet.Truth, s *answers) { s.health[5].Status = 1 }},
		"another temperature":         {"sensors", func(_ *fleet.Truth, s *answers) { s.health[1].Last++ }},
		"a sensor that there is not":  {"sensors", func(_ *fleet.Truth, s *answers) { s.health[1].ID = 77 }},
		"a device that there is not": {"sensors", func(_ *fleet.Truth, s *answers) {
			extra := s.health[0]
			extra.Entity, extra.ID = other, 78
			s.health = append(s.health, extra)
		}},
		"a line too few":                 {"lines", func(_ *fleet.Truth, s *answers) { s.rates[1].Messages-- }},
		"a line too many":                {"lines", func(_ *fleet.Truth, s *answers) { s.rates[0].Messages++ }},
		"a burst in another minute":      {"lines", func(_ *fleet.Truth, s *answers) { s.rates[1].Start = s.rates[1].Start.Add(time.Minute) }},
		"no burst":                       {"lines", func(_ *fleet.Truth, s *answers) { s.rates = s.rates[:1] }},
		"a burst of another":             {"lines", func(_ *fleet.Truth, s *answers) { s.rates[1].Entity = other }},
		"a better minute in an episode":  {"voice quality", func(_ *fleet.Truth, s *answers) { s.voice[4].MOS += 0.1 }},
		"a minute of an episode missing": {"voice quality", func(_ *fleet.Truth, s *answers) { s.voice = append(s.voice[:5:5], s.voice[6:]...) }},
		"an episode nobody hears": {"voice episodes", func(f *fleet.Truth, s *answers) {
			f.Paths[0].Minutes[4], s.voice[4].MOS = f.Paths[0].Minutes[1], s.voice[1].MOS
			f.Paths[0].Minutes[4].Minute = f.Start.Add(4 * time.Minute)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			truth, store := failing()
			lie.tell(truth, store)
			for _, compare := range []comparisonOf{Readings, Lines, Voice} {
				checks, err := compare(t.Context(), store, truth, tenMinutes, truth.Start.Add(10*time.Minute))
				if err != nil {
					t.Fatal(err)
				}
				agree, about := true, false
				for _, check := range checks {
					about = about || check.Name == lie.check
					agree = agree && (check.OK || check.Name != lie.check)
					if !check.OK && check.Name != lie.check {
						t.Errorf("%s: expected %v, found %v", check.Name, check.Expected, check.Found)
					}
				}
				if about && agree {
					t.Error("the lie was believed")
				}
			}
		})
	}
}

type comparisonOf func(context.Context, Store, *fleet.Truth, Options, time.Time) ([]Check, error)

var tenMinutes = Options{PingInterval: 20 * time.Second, PollInterval: time.Minute, Voice: voice.DefaultConfig()}

// TestWhatAnApplianceKeepsIsNotMissed has the appliance be away from the fifth minute on: nothing that is later may be stored.
func TestWhatAnApplianceKeepsIsNotMissed(t *testing.T) {
	for later, agree := range map[bool]bool{false: true, true: false} {
		truth, store := failing()
		truth.Silences = []fleet.Silence{{Customer: device.Customer, Site: device.Site, From: truth.Start.Add(5 * time.Minute), To: truth.End, Open: true}}
		if !later {
			store.health, store.rates, store.voice = store.health[:10], store.rates[:2], store.voice[:4]
		}
		to := truth.Start.Add(10 * time.Minute)
		for _, compare := range []comparisonOf{Readings, Lines, Voice} {
			checks, err := compare(t.Context(), store, truth, tenMinutes, to)
			if err != nil {
				t.Fatal(err)
			}
			for _, check := range checks {
				if check.OK != agree && check.Name != "voice quality" && check.Name != "voice episodes" || !check.OK && agree {
					t.Errorf("%s of %s, with what came later %t: expected %v, found %v", check.Name, check.Entity, later, check.Expected, check.Found)
				}
			}
		}
	}
}

// TestAFailingFleetIsCompared runs all checks of a fleet in which much fails, of which each line is known.
func TestAFailingFleetIsCompared(t *testing.T) {
	for name, c := range map[string]struct {
		tell  func(*fleet.Truth, *answers)
		check string // that fails; empty for none
	}{
		"as it was":             {func(*fleet.Truth, *answers) {}, ""},
		"a burst counted short": {func(_ *fleet.Truth, s *answers) { s.rates[0].Messages = 7 }, "lines"},
		"a burst counted twice": {func(_ *fleet.Truth, s *answers) { s.rates[0].Messages = 16 }, "lines"},
		"a line of it lost":     {func(_ *fleet.Truth, s *answers) { s.syslog = s.syslog[:1] }, "syslog"},
		"traffic, which no one knows": {func(_ *fleet.Truth, s *answers) {
			s.utilization = func(storage.Query) []storage.LinkUtilization { return nil }
		}, ""},
		"lines that its appliance keeps": {func(f *fleet.Truth, s *answers) {
			f.Silences = append(f.Silences, fleet.Silence{Customer: device.Customer, Site: device.Site, From: second(39), To: ended, Open: true})
			s.syslog, s.rates = s.syslog[:1], nil
		}, "other"},
	} {
		t.Run(name, func(t *testing.T) {
			truth, store, watcher := happened()
			truth.Devices[0].Bursts = []fleet.Burst{{From: second(15), To: second(45), Why: "log storm"}}
			store.rates = []storage.SyslogRate{{LogSubject: storage.LogSubject{Entity: device}, Start: truth.Start, Messages: 8}}
			c.tell(truth, store)
			failing := options
			failing.Failing = true
			result, err := Run(t.Context(), store, truth, watcher, failing)
			if err != nil {
				t.Fatal(err)
			}
			for _, check := range result.Checks {
				if log := check.Name == "syslog" || check.Name == "lines"; c.check == "other" && !log {
					continue // the outages are others then
				}
				if check.OK == (check.Name == c.check) {
					t.Errorf("%s of %s is %t: expected %v, found %v", check.Name, check.Entity, check.OK, check.Expected, check.Found)
				}
			}
		})
	}
}

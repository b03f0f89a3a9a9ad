package verify

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/bench/fleet"
	"mimamori/ingest/sample"
	"mimamori/processors/voice"
	"mimamori/storage"
)

// answers is a store that gives prepared answers.
type answers struct {
	devices      []storage.DeviceStatus
	availability []storage.Availability
	utilization  func(storage.Query) []storage.LinkUtilization
	voice        []storage.PathVoice
	syslog       []storage.SyslogLine
	rates        []storage.SyslogRate
	traps        []storage.Notification
	health       []storage.SensorHealth
	blind        storage.BlindSpots
}

var wan = storage.LinkProfile{Kind: storage.LinkWAN}

func (a *answers) Devices(context.Context, storage.Query) ([]storage.DeviceStatus, error) {
	return a.devices, nil
}

func (a *answers) Availability(context.Context, storage.Query) ([]storage.Availability, error) {
	return a.availability, nil
}

func (a *answers) Utilization(_ context.Context, query storage.Query) ([]storage.LinkUtilization, error) {
	return a.utilization(query), nil
}

func (a *answers) Voice(context.Context, storage.Query) ([]storage.PathVoice, error) {
	return a.voice, nil
}

func (a *answers) Syslog(context.Context, storage.Query) ([]storage.SyslogLine, error) {
	return a.syslog, nil
}

func (a *answers) SyslogRates(_ context.Context, query storage.SyslogRatesQuery) (storage.SyslogRates, error) {
	var rates storage.SyslogRates
	for _, rate := range a.rates {
		if !rate.Start.Before(query.From) && rate.Start.Before(query.To) {
			rates.Rates = append(rates.Rates, rate)
		}
	}
	return rates, nil
}

func (a *answers) Notifications(context.Context, storage.Query) ([]storage.Notification, error) {
	return a.traps, nil
}

func (a *answers) Health(context.Context, storage.Query) ([]storage.SensorHealth, error) {
	return a.health, nil
}

func (a *answers) BlindSpots(context.Context, storage.Query, bool) (storage.BlindSpots, error) {
	return a.blind, nil
}

func (a *answers) RawRows(context.Context) (uint64, error) { return 42, nil }

var (
	began   = time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC)
	ended   = began.Add(150 * time.Second)
	device  = storage.Entity{Customer: "Aoba", Site: "Sendai", Device: "sw-1"}
	options = Options{PingInterval: 2 * time.Second, PollInterval: 5 * time.Second, HealthInterval: time.Minute, SilentAfter: 6 * time.Second, Voice: voice.DefaultConfig()}
)

func second(n float64) time.Time { return began.Add(time.Duration(n * float64(time.Second))) }

// happened is a small fleet's truth, and the answers of a store that agrees with it.
func happened() (*fleet.Truth, *answers, *Watcher) {
	path := fleet.VoiceMinute{
		Minute: began.Add(time.Minute), Seen: 3000, Dropped: 60, Runs: 30, RunLengths: []uint32{2, 30},
		Delays: []uint32{100, 2940}, SumDelayUs: 2940 * 30_000, MinDelayUs: 30_000,
	}
	truth := &fleet.Truth{
		Start: began, End: ended,
		Devices: []fleet.DeviceTruth{{
			Customer: device.Customer, Site: device.Site, Name: device.Device,
			Down:   []fleet.Span{{From: second(30.5), To: second(50.2), Cause: fleet.CauseDevice}},
			Syslog: []fleet.SyslogLine{{Token: "a1", Sent: second(20), Occurrences: 1}, {Token: "b2", Sent: second(40), Occurrences: 7}},
			Traps:  []fleet.TrapSent{{Token: "d4", Name: "linkDown", Interface: "Gi0/0", Sent: second(30.5)}, {Token: "e5", Name: "coldStart", Sent: second(60)}},
		}},
		Interfaces: []fleet.InterfaceTruth{{
			ID: 7, Customer: device.Customer, Site: device.Site, Host: device.Device, Name: "Gi0/0", WAN: true,
			In: fleet.Flow{Mean: 1e6, Period: 300}, Out: fleet.Flow{Mean: 5e5, Period: 300},
		}},
		Sensors: []fleet.SensorTruth{{
			ID: 9, Customer: device.Customer, Site: device.Site, Host: device.Device, Name: "Fan 1", Kind: sample.SensorFan,
			Level: fleet.Level{Mean: 4000, Period: 300, Troubles: []fleet.Trouble{{From: 70, To: 110, Failed: true}}},
		}},
		Paths:    []fleet.PathTruth{{Customer: "Aoba", Site: "Sendai", Name: "to Osaka", Minutes: []fleet.VoiceMinute{path}}},
		Silences: []fleet.Silence{{Customer: "Aoba", Site: "Sendai", Appliance: "s-1", From: second(60), To: second(90)}},
	}
	quality := voice.Quality(options.Voice, voice.Inputs{Codec: "G.711", Sent: 3000, Received: 2940, RunLengths: bars(path.RunLengths),
		Delays: bars(path.Delays), SumRTTUs: path.SumDelayUs, MinRTTUs: path.MinDelayUs})
	port := device
	port.Name = "Gi0/0"
	store := &answers{
		availability: []storage.Availability{{Entity: device, Outages: []storage.Outage{
			{From: second(32), To: second(51), State: storage.StateDown, Cause: storage.CauseNoAnswer},
		}}},
		utilization: func(query storage.Query) []storage.LinkUtilization {
			length := query.Step
			if length == 0 {
				length = query.To.Sub(query.From)
			}
			var buckets []storage.LinkUtilization
			for at := query.From; at.Before(query.To); at = at.Add(length) {
				link := storage.LinkUtilization{Entity: device, LinkProfile: wan, Start: at, CoveredMs: length.Milliseconds(),
					InBits: 8e6 * length.Seconds(), OutBits: 4e6 * length.Seconds()}
				link.ID, link.Name = 7, "Gi0/0"
				buckets = append(buckets, link)
			}
			return buckets
		},
		voice: []storage.PathVoice{{Entity: storage.Entity{Customer: "Aoba", Site: "Sendai", Name: "to Osaka"},
			VoiceMinute: storage.VoiceMinute{MinuteMs: path.Minute.UnixMilli(), MOS: quality.MOS + 0.03}}},
		syslog: []storage.SyslogLine{{Entity: device, Message: "link id=a1 up", Occurrences: 1}, {Entity: device, Message: "id=b2", Occurrences: 7}},
		traps:  []storage.Notification{{Entity: port, What: "linkDown", Variables: "1.3=id=d4"}, {Entity: device, What: "coldStart", Variables: "1.3=id=e5"}},
	}
	for at, status := range map[float64]storage.SensorStatus{20: 1, 80: 3, 138: 1} {
		reading := storage.SensorHealth{Entity: device, Kind: storage.SensorKind(sample.SensorFan), At: second(at), Status: status, Readings: 1}
		if reading.ID, reading.Name = 9, "Fan 1"; status == 1 {
			reading.Last, reading.LastMeasured, reading.Measured = 4001, true, 1
		}
		store.health = append(store.health, reading)
	}
	store.blind.Devices = 1
	slices.SortFunc(store.health, func(a, b storage.SensorHealth) int { return a.At.Compare(b.At) })
	watcher := NewWatcher(store)
	watcher.note(second(10), []storage.DeviceStatus{{Entity: device, State: storage.StateUp}}, nil)
	watcher.note(second(68), []storage.DeviceStatus{{Entity: device, State: storage.StateUnknown}}, nil)
	watcher.note(second(95), []storage.DeviceStatus{{Entity: device, State: storage.StateUp}}, nil)
	return truth, store, watcher
}

func TestAStoreThatAgreesPasses(t *testing.T) {
	truth, store, watcher := happened()
	result, err := Run(t.Context(), store, truth, watcher, options)
	if err != nil {
		t.Fatal(err)
	}
	if !result.OK || len(result.Checks) != 8 || result.Devices != 1 || result.Rows != 42 {
		t.Fatalf("%+v", result)
	}
	var summary bytes.Buffer
	result.Print(&summary)
	if strings.Contains(summary.String(), "MISMATCH") || !strings.Contains(summary.String(), "outages") {
		t.Fatalf("summary:\n%s", summary.String())
	}
}

func TestALockedDeviceIsABlindSpot(t *testing.T) {
	truth, store, watcher := happened()
	truth.Devices[0].Locked = true
	store.blind.Spots = []storage.BlindSpot{{Entity: device, What: storage.BlindSNMP, Reason: storage.BlindTimeout}}
	if result, err := Run(t.Context(), store, truth, watcher, options); err != nil || !result.OK {
		t.Fatalf("%+v, %v", result, err)
	}
}

// TestEveryLieIsFound changes one thing at a time that the store says, or that the
// watcher saw, and wants exactly the check of that figure to fail.
func TestEveryLieIsFound(t *testing.T) {
	lies := map[string]struct {
		check string
		tell  func(*fleet.Truth, *answers, *Watcher)
	}{
		"an outage that begins too late": {"outages", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			s.availability[0].Outages[0].From = second(32.6)
		}},
		"an outage that ends too late": {"outages", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			s.availability[0].Outages[0].To = second(52.3)
		}},
		"a missing outage": {"outages", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.availability[0].Outages = nil }},
		"an outage that did not happen": {"outages", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			s.availability[0].Outages = append(s.availability[0].Outages, storage.Outage{From: second(100), To: second(101), State: storage.StateDown})
		}},
		"unknown time that was never corrected": {"outages", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			s.availability[0].Outages = append(s.availability[0].Outages, storage.Outage{From: second(60), To: second(90), State: storage.StateUnknown})
		}},
		"a wrong cause": {"outages", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			s.availability[0].Outages[0].Cause = storage.CauseUnreachable
		}},
		"a device that is not stored": {"outages", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.availability = nil }},
		"down while silent": {"unknown while silent", func(_ *fleet.Truth, _ *answers, w *Watcher) {
			name := entity(device.Customer, device.Site, device.Device)
			w.observations[name][1].state = storage.StateDown
		}},
		"up while silent": {"unknown while silent", func(_ *fleet.Truth, _ *answers, w *Watcher) {
			name := entity(device.Customer, device.Site, device.Device)
			w.observations[name] = w.observations[name][:1]
		}},
		"two percent too many bits": {"traffic", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			alter(s, func(link *storage.LinkUtilization, _ storage.Query) { link.InBits *= 1.02 })
		}},
		"bits in the wrong minute": {"traffic", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			alter(s, func(link *storage.LinkUtilization, query storage.Query) {
				if query.Step > 0 {
					link.OutBits *= 0.98
				}
			})
		}},
		"a gap nothing explains": {"traffic", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			alter(s, func(link *storage.LinkUtilization, _ storage.Query) { link.CoveredMs -= 5000 })
		}},
		"a LAN link for a WAN link": {"traffic", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			alter(s, func(link *storage.LinkUtilization, _ storage.Query) { link.Kind = storage.LinkLAN })
		}},
		"no traffic at all": {"traffic", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			s.utilization = func(storage.Query) []storage.LinkUtilization { return nil }
		}},
		"a better voice":               {"voice quality", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.voice[0].MOS += 0.05 }},
		"no voice minute":              {"voice quality", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.voice = nil }},
		"a lost line":                  {"syslog", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.syslog = s.syslog[:1] }},
		"a line twice":                 {"syslog", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.syslog = append(s.syslog, s.syslog[0]) }},
		"a repeat that is not counted": {"syslog", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.syslog[1].Occurrences = 1 }},
		"a line of nobody's": {"syslog", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			s.syslog = append(s.syslog, storage.SyslogLine{Entity: device, Message: "id=c3"})
		}},
		"a lost trap":                 {"notifications", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.traps = s.traps[1:] }},
		"a trap twice":                {"notifications", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.traps = append(s.traps, s.traps[0]) }},
		"another trap":                {"notifications", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.traps[0].What = "linkUp" }},
		"a trap of another link":      {"notifications", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.traps[0].Name = "Gi0/1" }},
		"a trap under another's name": {"notifications", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.traps[0].Device = "sw-2" }},
		"a trap of nobody's": {"notifications", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			s.traps = append(s.traps, storage.Notification{Entity: device, What: "linkUp"})
		}},
		"a fan that runs though it failed": {"health", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			s.health[1] = s.health[0]
			s.health[1].At = second(80)
		}},
		"a fan that failed though it runs": {"health", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.health[0].Status = 3 }},
		"a fan that is too slow":           {"health", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.health[2].Last = 3990 }},
		"a value of a failed fan":          {"health", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.health[1].LastMeasured = true }},
		"a missing reading":                {"health", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.health = slices.Delete(s.health, 1, 2) }},
		"no reading at all":                {"health", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.health = nil }},
		"a device that is not watched":     {"blind spots", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.blind.Devices = 0 }},
		"a blind spot that is not listed":  {"blind spots", func(f *fleet.Truth, _ *answers, _ *Watcher) { f.Devices[0].Locked = true }},
		"a blind spot that is none": {"blind spots", func(_ *fleet.Truth, s *answers, _ *Watcher) {
			s.blind.Spots = []storage.BlindSpot{{Entity: device, What: storage.BlindSNMP, Reason: storage.BlindTimeout}}
		}},
		"a line under another's name": {"syslog", func(_ *fleet.Truth, s *answers, _ *Watcher) { s.syslog[0].Device = "sw-2" }},
	}
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			truth, store, watcher := happened()
			lie.tell(truth, store, watcher)
			result, err := Run(t.Context(), store, truth, watcher, options)
			if err != nil {
				t.Fatal(err)
			}
			if result.OK {
				t.Fatal("the lie was believed")
			}
			for _, check := range result.Checks {
				if check.OK == (check.Name == lie.check) {
					t.Errorf("%s is %t: expected %v, found %v", check.Name, check.OK, check.Expected, check.Found)
				}
			}
		})
	}
}

func TestAResetExcusesOnlyItsOwnGap(t *testing.T) {
	truth, store, watcher := happened()
	truth.Interfaces[0].Unmeasurable = []time.Time{second(70)}
	alter(store, func(link *storage.LinkUtilization, query storage.Query) {
		length := query.Step
		if length == 0 {
			length = query.To.Sub(query.From)
		}
		if link.Start.After(second(70)) || link.Start.Add(length).Before(second(70)) {
			return
		}
		link.CoveredMs -= 5000
		link.InBits -= 8e6 * 5
		link.OutBits -= 4e6 * 5
	})
	result, err := Run(t.Context(), store, truth, watcher, options)
	if err != nil {
		t.Fatal(err)
	}
	if !result.OK {
		t.Fatalf("a gap around a reset was not excused: %+v", result.Checks)
	}
}

// What passed near a change of rate is spread by the polls around it: neither the
// whole time begins or ends there, nor is a minute compared that does.
func TestEdgesAreKeptClearOfChanges(t *testing.T) {
	for name, change := range map[string]struct {
		at      fleet.Change
		blurred func(storage.Query, time.Time) bool // whether the answer would be blurred
	}{
		"near the beginning": {fleet.Change{From: 22, To: 45, Rate: 9e6}, func(query storage.Query, _ time.Time) bool {
			return query.Step == 0 && query.From.Before(second(27))
		}},
		"near the end": {fleet.Change{From: 80, To: 128, Rate: 9e6}, func(query storage.Query, _ time.Time) bool {
			return query.Step == 0 && query.To.After(second(123))
		}},
		"near the turn of a minute": {fleet.Change{From: 58, To: 90, Rate: 9e6}, func(query storage.Query, at time.Time) bool {
			return query.Step > 0 && at.Equal(second(60))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			truth, store, watcher := happened()
			link := &truth.Interfaces[0]
			link.In.Changes = []fleet.Change{change.at}
			blur := 1.0
			store.utilization = func(query storage.Query) []storage.LinkUtilization {
				length := cmp.Or(query.Step, query.To.Sub(query.From))
				var buckets []storage.LinkUtilization
				for at := query.From; at.Before(query.To); at = at.Add(length) {
					in, out := link.Bits(truth.Start, at, at.Add(length))
					if change.blurred(query, at) {
						in *= blur
					}
					bucket := storage.LinkUtilization{Entity: device, LinkProfile: wan, Start: at, CoveredMs: length.Milliseconds(), InBits: in, OutBits: out}
					bucket.ID, bucket.Name = 7, "Gi0/0"
					buckets = append(buckets, bucket)
				}
				return buckets
			}
			for _, blur = range []float64{1, 1.1} {
				result, err := Run(t.Context(), store, truth, watcher, options)
				if err != nil {
					t.Fatal(err)
				}
				for _, check := range result.Checks {
					if check.Name == "traffic" && !check.OK {
						t.Errorf("expected %v, found %v", check.Expected, check.Found)
					}
				}
			}
		})
	}
}

func TestAJournalThatIsNotWholeIsAnError(t *testing.T) {
	truth, store, watcher := happened()
	truth.End = began.Add(10 * time.Second)
	if _, err := Run(t.Context(), store, truth, watcher, options); err == nil {
		t.Fatal("a run of ten seconds was held to be verified")
	}
}

// alter changes every answer about traffic.
func alter(store *answers, change func(*storage.LinkUtilization, storage.Query)) {
	honest := store.utilization
	store.utilization = func(query storage.Query) []storage.LinkUtilization {
		links := honest(query)
		for i := range links {
			change(&links[i], query)
		}
		return links
	}
}

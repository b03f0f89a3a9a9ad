package load

import (
	"slices"
	"testing"
	"time"

	"mimamori/bench/failures"
	"mimamori/ingest/sample"
)

// following is a fleet in which much fails from begin on.
func following(t *testing.T, config failures.Config) (*Fleet, *failures.Script) {
	t.Helper()
	fleet := newFleet(t, Config{Devices: 200, Interfaces: 2, Seed: 1, Partitions: 2})
	script, err := failures.Draw(config, fleet.Networks())
	if err != nil {
		t.Fatal(err)
	}
	fleet.Follow(script, begin)
	return fleet, script
}

// TestASiteIsATree looks at a site's devices: a router, what is behind it, and switches with what hangs on them.
func TestASiteIsATree(t *testing.T) {
	fleet := newFleet(t, Config{Devices: 100, Interfaces: 1, Partitions: 1})
	site := fleet.Networks()[0].Devices
	for device, want := range map[int]failures.Device{
		0: {Kind: failures.Router, Behind: -1}, 1: {Kind: failures.Switch, Behind: 0}, 2: {Kind: failures.Firewall, Behind: 0}, 3: {Kind: failures.Switch, Behind: 1},
		4: {Kind: failures.Server, Behind: 3}, 10: {Kind: failures.Camera, Behind: 3}, 11: {Kind: failures.Switch, Behind: 1}, 12: {Kind: failures.Server, Behind: 11},
	} {
		if site[device] != want {
			t.Errorf("device %d is %+v, want %+v", device, site[device], want)
		}
	}
	named := fleet.sites[0].deviceNames()
	if named.Behind[0] != 0 || named.Behind[10] != named.Device[3] || named.Behind[2] != named.Device[0] {
		t.Errorf("the names say another tree: %v", named.Behind[:12])
	}
}

// TestWhatFailsSaysNothing holds every row of an hour against the script: none is of a device that was down, and of the
// others none is missing.
func TestWhatFailsSaysNothing(t *testing.T) {
	fleet, script := following(t, failures.Config{Seed: 2, For: time.Hour, Times: 2000})
	s := fleet.sites[0]
	polled, unpolled, reset, longer := 0, 0, 0, 0
	for slot := begin; slot.Before(begin.Add(time.Hour)); slot = slot.Add(PollInterval) {
		up := map[sample.ID]bool{}
		rows := s.interfaces(slot, 0, len(s.devices))
		uptimes := s.uptimes(slot, 0, len(s.devices))
		for i, device := range rows.Device {
			up[device] = true
			if rows.Evidence[i]&sample.EvidenceUptimeReset != 0 {
				reset++
				if rows.UptimeEnd[i] > uint32(time.Hour/(10*time.Millisecond)) {
					t.Errorf("a device that was started says it has run for %d hundredths of a second", rows.UptimeEnd[i])
				}
			} else if gained := rows.UptimeEnd[i] - rows.UptimeStart[i]; gained != rows.IntervalMs[i]/10 {
				t.Fatalf("the clock of a device that ran on gained %d in %d ms", gained, rows.IntervalMs[i])
			}
			if rows.IntervalMs[i] > uint32(PollInterval.Milliseconds()) {
				longer++
			}
		}
		for device, id := range s.devices {
			at := slot.Add(time.Duration(s.offset(device, PollInterval)) * time.Millisecond)
			if down := script.IsDown(s.first+device, at.Sub(begin)); down == up[id] || down == slices.Contains(uptimes.Device, id) {
				t.Fatalf("device %d is down: %t; it is polled: %t", device, down, up[id])
			} else if down {
				unpolled++
			} else {
				polled++
			}
		}
	}
	if polled < 1000 || unpolled < 100 || reset < 20 || longer < 20 {
		t.Errorf("%d polls are answered, %d are not, %d after a start, %d after a longer time", polled, unpolled, reset, longer)
	}
}

// TestAnApplianceKeepsWhatItMeasures compares what reaches the centre with what a fleet says in which nothing fails but
// lines: it is all there, later.
func TestAnApplianceKeepsWhatItMeasures(t *testing.T) {
	fleet, script := following(t, failures.Config{Seed: 3, For: 6 * time.Hour, Times: 3000})
	site, silent := -1, failures.Span{}
	for number := range fleet.sites {
		for _, span := range script.Silences(number) {
			if span.Why == failures.LineOutage && span.From > time.Minute && (site < 0 || span.To < silent.To) {
				site, silent = number, span
			}
		}
	}
	if site < 0 {
		t.Fatal("no line fails")
	}
	s := fleet.sites[site]
	count := func(from, to time.Duration) (pings int) {
		messages, counts, err := fleet.Messages(begin.Add(from.Truncate(time.Second)), begin.Add(to.Truncate(time.Second)))
		if err != nil {
			t.Fatal(err)
		}
		said := uint64(0)
		for _, times := range decoded(t, messages) {
			said += uint64(len(times))
		}
		if said != counts.Rows() {
			t.Errorf("%d rows reach the centre, %d are counted", said, counts.Rows())
		}
		for _, message := range messages {
			if header, err := sample.ReadHeader(message.Value); err != nil {
				t.Fatal(err)
			} else if header.Appliance == s.appliance && header.Kind == sample.KindPings {
				pings++
			}
		}
		return pings
	}
	first := silent.From.Truncate(time.Second) + time.Second
	if during := count(first, silent.To); during != 0 {
		t.Errorf("%d blocks reach the centre from an appliance that does not", during)
	}
	// A block of pings each second, and all that waited with the first.
	after := silent.To.Truncate(time.Second)
	if got, want := count(after, after+2*time.Second), int((after-first)/time.Second)+2; got < want {
		t.Errorf("%d blocks come when it does again, want %d", got, want)
	}
}

func TestTrafficFollowsTheWeek(t *testing.T) {
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Add(-zone)
	sum := 0.0
	for hour := range 7 * 24 * 60 {
		sum += busyness(monday.Add(time.Duration(hour) * time.Minute))
	}
	if mean := sum / (7 * 24 * 60); mean < 0.999 || mean > 1.001 {
		t.Errorf("the mean of a week is %f", mean)
	}
	day, night, sunday := busyness(monday.Add(10*time.Hour)), busyness(monday.Add(4*time.Hour)), busyness(monday.Add((6*24+10)*time.Hour))
	if day < 3*night || sunday > day/2 {
		t.Errorf("%f by day, %f by night, %f on a Sunday", day, night, sunday)
	}
}

package clickhouse

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// measuredWorld is what was measured of a few interfaces, voice paths and appliances, kept
// beside the store to be looked through row by row.
type measuredWorld struct {
	polls   []poll
	minutes []storage.VoiceMinute
	beats   map[sample.ID][]int64 // by appliance
	ports   []poll                // a device and a port each
	paths   []sample.ID
}

func newMeasuredWorld(random *rand.Rand) *measuredWorld {
	w := &measuredWorld{beats: map[sample.ID][]int64{}}
	for i, device := range []sample.ID{router, toggle, zenRouter, router} {
		w.ports = append(w.ports, poll{device: device, port: sample.InterfaceID(device, fmt.Sprint(i))})
		w.paths = append(w.paths, sample.PathID("acme", "tokyo", fmt.Sprint(i)))
	}
	offset := int64(100)
	for minute := range 40 {
		for i, port := range w.ports {
			if i == 3 && minute > 15 {
				continue // it was taken away
			}
			offset++
			row := poll{device: port.device, port: port.port, end: time.Duration(minute)*time.Minute + 20*time.Second, length: time.Minute, in: 1 + random.Uint64N(5000), offset: offset}
			if random.IntN(4) == 0 {
				row.gap, row.in = storage.GapReset, 0
			}
			w.polls = append(w.polls, row)
			if random.IntN(8) == 0 {
				row.offset += 10_000 // it came twice
				w.polls = append(w.polls, row)
			}
		}
		for i, path := range w.paths {
			if i == 3 && minute > 15 {
				continue
			}
			offset++
			row := storage.VoiceMinute{Customer: acme, Site: acmeTokyo, Path: path, MinuteMs: at(time.Duration(minute) * time.Minute), CoveredMs: 60_000,
				Sent: 10, Received: 10, MOS: 1 + float64(random.IntN(35))/10, R: 60, Scale: "nb", Version: storage.Version{Offset: offset}}
			switch random.IntN(6) {
			case 0:
				row.Sent, row.Received, row.MOS = 0, 0, 0
			case 1:
				row.MOS = 0 // no rating
			}
			w.minutes = append(w.minutes, row)
			if random.IntN(5) == 0 { // it is corrected
				row.Epoch, row.Deleted, row.MOS = 1, random.IntN(2) == 0, 2.5
				w.minutes = append(w.minutes, row)
			}
		}
		if minute%6 != 0 {
			continue
		}
		w.beats[acmeBox] = append(w.beats[acmeBox], at(time.Duration(minute)*time.Minute))
		if minute < 20 {
			w.beats[zenBox] = append(w.beats[zenBox], at(time.Duration(minute)*time.Minute))
		}
	}
	return w
}

// write writes it in batches, as they come in any order, some of them twice.
func (w *measuredWorld) write(t *testing.T, store *Store, random *rand.Rand) {
	t.Helper()
	derived := &storage.Derived{}
	for _, port := range w.ports {
		customer, site := acme, acmeTokyo
		if port.device == zenRouter {
			customer, site = zen, zenOsaka
		}
		derived.Links = append(derived.Links, storage.Link{Customer: customer, Site: site, Device: port.device, Interface: port.port, LinkProfile: storage.LinkProfile{Kind: storage.LinkWAN}, Version: storage.Version{Offset: 3}})
		identity := &sample.InterfaceIdentities{Device: []sample.ID{port.device}, Interface: []sample.ID{port.port}, IfIndex: []uint32{1}, IfType: []uint32{6}, MTU: []uint32{1500},
			Name: []string{"Gi0/0"}, Alias: []string{""}, Description: []string{""}, PhysAddress: []string{""}, SpeedBps: []uint64{100}}
		write(t, store, int64(port.port%1000), int64(port.port%1000), table(identity, at(0), 2, customer))
	}
	paths := &sample.Paths{}
	for i, path := range w.paths {
		paths.Path, paths.Name = append(paths.Path, path), append(paths.Name, fmt.Sprint(i))
		paths.Target, paths.Codec = append(paths.Target, "192.0.2.1:862"), append(paths.Codec, "G.711")
	}
	write(t, store, 2, 2, table(paths, at(0), 2, acme))
	derive(t, store, 3, 3, derived)
	batch := int64(1000)
	each := func(rows int, send func(list []int)) {
		order := random.Perm(rows)
		for len(order) > 0 {
			n := min(len(order), 1+random.IntN(60))
			send(order[:n])
			if random.IntN(5) == 0 {
				send(order[:n])
			}
			order = order[n:]
		}
	}
	each(len(w.polls), func(list []int) {
		var some []poll
		for _, at := range list {
			some = append(some, w.polls[at])
		}
		batch++
		rows := polls(some...)
		for i := range rows.SpeedBps {
			rows.SpeedBps[i] = 100
		}
		derive(t, store, batch, batch, &storage.Derived{Utilization: rows})
	})
	each(len(w.minutes), func(list []int) {
		var some []storage.VoiceMinute
		for _, at := range list {
			some = append(some, w.minutes[at])
		}
		batch++
		derive(t, store, batch, batch, &storage.Derived{VoiceMinutes: some})
	})
	for box, customer := range map[sample.ID]sample.ID{acmeBox: acme, zenBox: zen} {
		each(len(w.beats[box]), func(list []int) {
			for _, at := range list {
				batch++
				write(t, store, batch, batch, table(heartbeat(uint64(at)), w.beats[box][at], batch, customer))
			}
		})
	}
}

// lastPoll is the last poll with traffic that ends in (fromMs, toMs].
func (w *measuredWorld) lastPoll(port sample.ID, fromMs, toMs int64) (last poll, found bool) {
	for _, p := range w.polls {
		if p.port == port && p.gap == storage.GapNone && at(p.end) > fromMs && at(p.end) <= toMs && (!found || p.end > last.end) {
			last, found = p, true
		}
	}
	return last, found
}

// lastMinute is the last minute as it counts that begins in [fromMs, toMs) and fulfils a condition.
func (w *measuredWorld) lastMinute(path sample.ID, fromMs, toMs int64, counts func(storage.VoiceMinute) bool) (last storage.VoiceMinute, found bool) {
	final := map[int64]storage.VoiceMinute{}
	for _, m := range w.minutes {
		if known, ok := final[m.MinuteMs]; m.Path == path && (!ok || m.Epoch > known.Epoch) {
			final[m.MinuteMs] = m
		}
	}
	for _, m := range final {
		if !m.Deleted && m.MinuteMs >= fromMs && m.MinuteMs < toMs && counts(m) && (!found || m.MinuteMs > last.MinuteMs) {
			last, found = m, true
		}
	}
	return last, found
}

// testCurrent holds what is answered from the rows of what was last against all that was
// measured: for the present, for the past, after corrections and repeats, whatever came
// first, and where the migration filled the tables.
func testCurrent(t *testing.T, config Config) {
	random := rand.New(rand.NewPCG(5, 7))
	store := open(t, config)
	populate(t, store)
	world := newMeasuredWorld(random)
	world.write(t, store, random)
	check := func(how string) {
		for _, to := range []time.Duration{5 * time.Minute, 16 * time.Minute, 25*time.Minute + time.Second, 39 * time.Minute, 39*time.Minute + 30*time.Second, 41 * time.Minute, 47 * time.Minute, time.Hour} {
			world.check(t, store, how, to)
		}
	}
	check("as written")
	refill(t, store, "0027_current.sql", "interface_current", "voice_current", "appliance_current")
	check("as the migration fills it")
}

func (w *measuredWorld) check(t *testing.T, store *Store, how string, to time.Duration) {
	t.Helper()
	query := ask()
	query.To = noon.Add(to)
	toMs, recentMs := at(to), at(to)-storage.Recently.Milliseconds()
	sites, err := store.Sites(t.Context(), query)
	if err != nil || len(sites) != 2 {
		t.Fatalf("%s, %s: %+v, error %v", how, to, sites, err)
	}
	want := map[string]*storage.Standing{"tokyo": {}, "osaka": {}}
	for _, path := range w.paths {
		rated := func(m storage.VoiceMinute) bool { return m.Sent > 0 && m.MOS > 0 }
		if last, ok := w.lastMinute(path, recentMs+1, toMs+1, rated); ok {
			if at := want["tokyo"]; !at.Rated || last.MOS < at.MOS {
				at.MOS, at.Rated = last.MOS, true
			}
		}
	}
	for _, port := range w.ports {
		at := want["tokyo"]
		if port.device == zenRouter {
			at = want["osaka"]
		}
		last, ok := w.lastPoll(port.port, recentMs, toMs)
		if percent := float64(2*last.in) * 1000 / 60_000; ok && (!at.Measured || percent > at.Utilization) {
			at.Utilization, at.Measured = percent, true
		}
	}
	for _, site := range sites {
		if at := want[site.Site]; site.MOS != at.MOS || site.Rated != at.Rated || site.Measured != at.Measured || max(site.Utilization-at.Utilization, at.Utilization-site.Utilization) > 1e-9 {
			t.Errorf("%s, %s: %s has MOS %v (%v) and %v %% (%v), want MOS %v (%v) and %v %% (%v)", how, to, site.Site,
				site.MOS, site.Rated, site.Utilization, site.Measured, at.MOS, at.Rated, at.Utilization, at.Measured)
		}
	}

	paths, err := store.Paths(t.Context(), query)
	if err != nil || len(paths) != len(w.paths) {
		t.Fatalf("%s, %s: %+v, error %v", how, to, paths, err)
	}
	for _, path := range paths {
		last, ok := w.lastMinute(path.ID, at(0), toMs, func(m storage.VoiceMinute) bool { return m.Sent > 0 })
		if path.Measured != ok || path.Latest.MinuteMs != last.MinuteMs || path.Latest.MOS != last.MOS || path.Latest.Epoch != last.Epoch {
			t.Errorf("%s, %s: path %s ends with %+v, want %+v", how, to, path.Name, path.Latest, last)
		}
	}

	ports, err := store.Interfaces(t.Context(), query, storage.InterfaceChoice{})
	if err != nil || len(ports.Interfaces) != len(w.ports) {
		t.Fatalf("%s, %s: %+v, error %v", how, to, ports, err)
	}
	for _, port := range ports.Interfaces {
		last, ok := w.lastPoll(port.ID, 0, toMs)
		if ok == port.Polled.IsZero() || ok && (port.Polled.UnixMilli() != at(last.end) || port.LastInBps != float64(last.in)*1000/60_000) {
			t.Errorf("%s, %s: an interface was polled at %s with %v bit/s, want %+v", how, to, port.Polled, port.LastInBps, last)
		}
	}

	appliances, err := store.Appliances(t.Context(), query)
	if err != nil || len(appliances) != 2 {
		t.Fatalf("%s, %s: %+v, error %v", how, to, appliances, err)
	}
	for _, appliance := range appliances {
		newest := int64(0)
		for _, beat := range w.beats[appliance.ID] {
			if beat <= toMs {
				newest = max(newest, beat)
			}
		}
		if appliance.LastHeartbeat.UnixMilli() != newest {
			t.Errorf("%s, %s: the box of %s was last heard at %s, want %s", how, to, appliance.Customer, appliance.LastHeartbeat, instant(newest))
		}
	}
}

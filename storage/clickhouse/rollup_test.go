package clickhouse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// TestRollUps holds the rollups against the figures they are made of.
func TestRollUps(t *testing.T) {
	for server, config := range servers(t) {
		config.Database = fmt.Sprintf("rollup_%d", os.Getpid())
		store := open(t, config)
		for name, run := range map[string]func(*testing.T, *Store){
			"utilization": testRollUpUtilization, "voice": testRollUpVoice, "availability": testRollUpAvailability,
			"dirty": testRollUpDirty, "sites": testRolledSites, "days of the last months": testRecentDays, "samples that are kept": testKeptSamples,
			"partitions at the same time": testSharedRollUps,
		} {
			t.Run(server+"/"+name, func(t *testing.T) {
				empty(t, store)
				store.bucketsAtOnce = bucketsAtOnce
				populate(t, store)
				run(t, store)
			})
		}
	}
}

// midnight begins the first of the four days that the tests fill; the last is today.
var midnight = noon.Truncate(24*time.Hour).AddDate(0, 0, -1)

const filledDays = 4

// rollUpAll adds everything up and says so.
func rollUpAll(t *testing.T, store *Store, offset int64) {
	t.Helper()
	for customer, site := range map[sample.ID]sample.ID{acme: acmeTokyo, zen: zenOsaka} {
		all := storage.RollUp{Customer: customer, Sites: []sample.ID{site, 12345}, FromMs: midnight.UnixMilli(), ToMs: midnight.AddDate(0, 0, filledDays).UnixMilli()}
		// Availability has no hours.
		if mine := fmt.Sprintf(" WHERE customer_id = %d", customer); store.count(t, "utilization"+mine)+store.count(t, "voice_minutes"+mine) > 0 {
			if err := store.RollUpHours(t.Context(), all); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.RollUpDays(t.Context(), all); err != nil {
			t.Fatal(err)
		}
	}
	derive(t, store, offset, offset, &storage.Derived{RolledSites: []storage.RolledSite{
		{Customer: acme, Site: acmeTokyo, Offset: offset}, {Customer: zen, Site: zenOsaka, Offset: offset},
	}})
}

// times to ask about: whole, on edges and off them, with every kind of step.
func questions(random *rand.Rand) []storage.Query {
	var all []storage.Query
	for _, step := range []time.Duration{0, 24 * time.Hour, 6 * time.Hour, time.Hour, 90 * time.Minute, 5 * time.Minute} {
		for i := range 4 {
			from := midnight.Add(time.Duration(random.Int64N(int64(48 * time.Hour)))).Truncate(time.Millisecond)
			to := from.Add(time.Duration(random.Int64N(int64(40 * time.Hour)))).Truncate(time.Millisecond).Add(time.Second)
			switch i {
			case 0:
				from, to = midnight, midnight.AddDate(0, 0, 3)
			case 1:
				from, to = from.Truncate(time.Hour), to.Truncate(24*time.Hour).AddDate(0, 0, 1)
			}
			all = append(all, storage.Query{Scope: storage.EveryCustomer(), From: from, To: to, Step: step})
		}
	}
	return all
}

// randomPolls are two days and a half of polls of uneven length, some with gaps, one of
// a day and a half, and one that was stored twice.
func randomPolls(random *rand.Rand) storage.Utilization {
	var all []poll
	start := midnight.Sub(noon)
	for i, device := range []sample.ID{router, toggle, zenRouter} {
		for port := range 2 {
			id := sample.InterfaceID(device, fmt.Sprint(port))
			at := start - time.Hour
			for at < start+60*time.Hour {
				length := time.Duration(random.IntN(40*60)+1) * time.Second
				switch {
				case random.IntN(200) == 0:
					length = 36 * time.Hour
				case random.IntN(20) == 0:
					at += time.Duration(random.IntN(3*60)) * time.Minute // nobody polled
				}
				at += length
				p := poll{device: device, port: id, end: at, length: length, in: random.Uint64N(1 << 36), offset: int64(100 + i)}
				if random.IntN(10) == 0 {
					p.gap, p.in = storage.Gap(1+random.IntN(4)), 0
				}
				all = append(all, p)
			}
		}
	}
	return polls(append(all, all[7])...)
}

func sameFloat(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b)) }

// sameRow compares two rows whose fractions were added up in another order.
func sameRow(a, b any) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		if x.Field(i).Kind() == reflect.Float64 {
			if !sameFloat(x.Field(i).Float(), y.Field(i).Float()) {
				return false
			}
			continue
		}
		if !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
			return false
		}
	}
	return true
}

func same[T any](t *testing.T, what string, got, want []T) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%s: %d rows, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if !sameRow(got[i], want[i]) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", what, got[i], want[i])
			return
		}
	}
}

func askAll[T any](t *testing.T, question func(storage.Query) ([]T, error), queries []storage.Query) [][]T {
	t.Helper()
	answers := make([][]T, len(queries))
	asks := make([]func(context.Context) error, len(queries))
	for i, query := range queries {
		asks[i] = func(context.Context) (err error) { answers[i], err = question(query); return err }
	}
	if err := together(t.Context(), asks...); err != nil {
		t.Fatal(err)
	}
	return answers
}

// held asks the same questions before and after everything was added up, and after it
// was once more, a few hours at a time, and hours all over the days are marked.
func held[T any](t *testing.T, store *Store, question func(storage.Query) ([]T, error)) {
	t.Helper()
	queries := questions(rand.New(rand.NewPCG(3, 4)))
	want := askAll(t, question, queries)
	for round := range int64(2) {
		rollUpAll(t, store, 1000+round)
		if round == 0 {
			store.bucketsAtOnce = 1000
		} else {
			markHours(t, store)
		}
		for i, got := range askAll(t, question, queries) {
			q := queries[i]
			same(t, fmt.Sprintf("round %d, %s to %s by %s", round, q.From, q.To, q.Step), got, want[i])
		}
	}
}

// markHours marks some hours, and their days, as those of which rows came late.
func markHours(t *testing.T, store *Store) {
	t.Helper()
	var dirty []storage.DirtyRange
	mark := func(figure string, at time.Time, length time.Duration) {
		dirty = append(dirty, storage.DirtyRange{Customer: acme, Site: acmeTokyo, Figure: figure, Entity: acmeTokyo, FromMs: at.UnixMilli(), ToMs: at.Add(length).UnixMilli(),
			Partition: 3, Version: storage.Version{Offset: 2000}})
	}
	for _, day := range []int{0, 1} {
		mark(storage.RollUpDays, midnight.AddDate(0, 0, day), 24*time.Hour)
	}
	for _, hour := range []int{0, 3, 4, 7, 13, 15, 24, 33, 47} {
		mark(storage.RollUpHours, midnight.Add(time.Duration(hour)*time.Hour), time.Hour)
	}
	derive(t, store, 2000, 2000, &storage.Derived{Dirty: dirty})
}

func testRollUpUtilization(t *testing.T, store *Store) {
	derive(t, store, 100, 200, &storage.Derived{Utilization: randomPolls(rand.New(rand.NewPCG(1, 2)))})
	question := func(q storage.Query) ([]storage.LinkUtilization, error) { return store.Utilization(t.Context(), q) }
	held(t, store, question)
	if n := store.count(t, "utilization_5m FINAL"); n < 1000 {
		t.Errorf("%d buckets of 5 minutes", n)
	}
	// It is the rollups that answer: without the polls the days are still there.
	if err := store.execute(t.Context(), "TRUNCATE TABLE utilization"); err != nil {
		t.Fatal(err)
	}
	got, err := question(storage.Query{Scope: storage.EveryCustomer(), From: midnight, To: midnight.AddDate(0, 0, 2), Step: 24 * time.Hour})
	if err != nil || len(got) != 12 {
		t.Errorf("%d days of 6 interfaces, want 12, error %v", len(got), err)
	}
}

// holdVoiceTotals compares what is put together from rows with what the store adds up.
func holdVoiceTotals(t *testing.T, store *Store) {
	t.Helper()
	type adding = func(customer, site sample.ID, period storage.VoicePeriod)
	for _, q := range questions(rand.New(rand.NewPCG(7, 8))) {
		q.Step = 0
		answer := func(ask func([]leg, adding) error) (all []storage.VoicePeriod) {
			t.Helper()
			legs, err := store.legs(t.Context(), q, voiceRollups)
			if err == nil {
				err = ask(legs, func(_, _ sample.ID, period storage.VoicePeriod) { all = append(all, period) })
			}
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(all, func(a, b storage.VoicePeriod) int {
				return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Scale, b.Scale))
			})
			return all
		}
		want := answer(func(legs []leg, add adding) error { return store.voicePeriods(t.Context(), q, legs, voiceNames{}, add) })
		got := answer(func(legs []leg, add adding) error { return store.voiceTotals(t.Context(), q, legs, add) })
		same(t, fmt.Sprintf("totals of %s to %s", q.From, q.To), got, want)
	}
}

func testRollUpVoice(t *testing.T, store *Store) {
	random := rand.New(rand.NewPCG(5, 6))
	var minutes []storage.VoiceMinute
	for path := range sample.ID(3) {
		for at := midnight; at.Before(midnight.AddDate(0, 0, 3)); at = at.Add(time.Duration(1+random.IntN(9)) * time.Minute) {
			m := storage.VoiceMinute{Customer: acme, Site: acmeTokyo, Path: 1 + path, MinuteMs: at.UnixMilli(), CoveredMs: 60000, Scale: []string{"nb", "wb"}[random.IntN(2)]}
			if random.IntN(5) > 0 {
				m.Sent, m.Received, m.Lost, m.Late = 3000, 2900, 100, uint32(random.IntN(9))
				m.R, m.MOS, m.MOSLQ = 50+50*random.Float64(), 1+3*random.Float64(), 1+3*random.Float64()
				if random.IntN(2) > 0 {
					m.Origin, m.ReportedMOS, m.ReportedICPIF = sample.OriginIPSLA, float64(random.IntN(2))*(1+4*random.Float64()), 40*random.Float64()
				}
				m.DelayMs, m.JitterMs, m.RTTMeanMs, m.LossPct = 200*random.Float64(), 9*random.Float64(), 50*random.Float64(), 3*random.Float64()
			}
			minutes = append(minutes, m)
		}
	}
	// Path 5 has no codec; a router measured it, and reports a MOS in one minute.
	for i, mos := range []float64{4.25, 0} {
		minutes = append(minutes, storage.VoiceMinute{
			Customer: acme, Site: acmeTokyo, Path: 5, MinuteMs: midnight.UnixMilli() + int64(i)*60_000, CoveredMs: 60_000,
			Sent: 1000, Received: 1000, Origin: sample.OriginIPSLA, ReportedMOS: mos, ReportedICPIF: 3,
		})
	}
	// On path 4 nothing came back in the second minute.
	for i, heard := range []uint32{3000, 0} {
		minutes = append(minutes, storage.VoiceMinute{
			Customer: acme, Site: acmeTokyo, Path: 4, MinuteMs: midnight.UnixMilli() + int64(i)*60_000, CoveredMs: 60_000, Scale: "nb",
			Sent: 3000, Received: heard, Lost: 3000 - heard, R: 80, MOS: 4, DelayMs: 60 + float64(heard)/50, JitterMs: float64(heard) / 1000, RTTMeanMs: float64(heard) / 100,
		})
	}
	derive(t, store, 100, 200, &storage.Derived{VoiceMinutes: minutes})
	question := func(q storage.Query) ([]storage.VoicePeriod, error) { return store.VoicePeriods(t.Context(), q) }
	held(t, store, question)
	holdVoiceTotals(t, store)
	periods, err := question(storage.Query{Scope: storage.EveryCustomer(), From: midnight, To: midnight.AddDate(0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	unrated := periods[len(periods)-1]
	if unrated.Scale != "" || unrated.Minutes != 2 || unrated.PoorMinutes != 0 || unrated.MOS != 0 ||
		unrated.IPSLAMinutes != 2 || unrated.ReportedMinutes != 1 || unrated.ReportedMOS != 4.25 || unrated.ReportedICPIF != 3 {
		t.Errorf("the path without a codec is %+v", unrated)
	}
	last := periods[len(periods)-2]
	if last.Minutes != 2 || last.DelayMs != 120 || last.DelayMaxMs != 120 || last.JitterMs != 3 || last.RTTMs != 30 {
		t.Errorf("delays of the minute that was heard are %+v", last)
	}
	// Minutes that no longer follow leave the rollups.
	for i := range minutes {
		minutes[i].Deleted, minutes[i].Epoch = true, 1
	}
	derive(t, store, 201, 202, &storage.Derived{VoiceMinutes: minutes})
	rollUpAll(t, store, 2000)
	for _, table := range voiceRollups {
		if n := store.count(t, table.name+" FINAL"); n != 0 {
			t.Errorf("%d rows of %s are left", n, table.name)
		}
	}
}

// randomIntervals are stretches that were not up: disjoint ones, and where overlaps is
// set some that overlap. The last ones of long outages are days long.
func randomIntervals(random *rand.Rand, device sample.ID, overlaps bool) []storage.Interval {
	var all []storage.Interval
	at := midnight.Sub(noon) - 30*time.Hour
	for at < 60*time.Hour {
		at += time.Duration(1 + random.Int64N(int64(6*time.Hour)))
		at = at.Truncate(time.Millisecond)
		length := time.Duration(1 + random.Int64N(int64(2*time.Hour))).Truncate(time.Millisecond)
		if random.IntN(8) == 0 {
			length = time.Duration(random.Int64N(int64(50 * time.Hour))).Truncate(time.Millisecond)
		}
		state := []storage.State{storage.StateDown, storage.StateDown, storage.StateDegraded, storage.StateUnknown}[random.IntN(4)]
		all = append(all, interval(device, at, at+length, state, storage.Version{Offset: 2}))
		if !overlaps || random.IntN(3) > 0 {
			at += length
		}
	}
	return all
}

func testRollUpAvailability(t *testing.T, store *Store) {
	config := store.config
	config.Remember = time.Nanosecond // nothing but what days add up to
	remembers := openOnly(t, config)
	random := rand.New(rand.NewPCG(7, 8))
	for round := range int64(3) {
		overlaps := round == 2
		derived := &storage.Derived{}
		for i, device := range []sample.ID{router, toggle, zenRouter} {
			changed := state(device, []storage.State{storage.StateUp, storage.StateDown, storage.StateDegraded}[(i+int(round))%3],
				time.Duration(random.Int64N(int64(60*time.Hour))).Truncate(time.Millisecond), 10*round+3)
			changed.FirstSeenMs = midnight.Add(time.Duration(i) * 17 * time.Hour).UnixMilli()
			derived.DeviceStates = append(derived.DeviceStates, changed)
			for _, made := range randomIntervals(random, device, overlaps) {
				made.Offset = 10*round + 2
				made.Cause = []storage.Cause{storage.CauseUnreachable, storage.CauseNone}[random.IntN(2)]
				derived.Intervals = append(derived.Intervals, made)
				switch random.IntN(8) {
				case 0: // none after all
					made.Epoch, made.Deleted = 1, true
					derived.Intervals = append(derived.Intervals, made)
				case 1: // shorter
					made.Epoch, made.ToMs = 1, made.FromMs+(made.ToMs-made.FromMs)/2
					derived.Intervals = append(derived.Intervals, made)
				}
			}
		}
		if round > 0 { // what was made before is no more
			if err := store.execute(t.Context(), "TRUNCATE TABLE intervals"); err != nil {
				t.Fatal(err)
			}
		}
		derive(t, store, 10*round+1, 10*round+9, derived)
		rollUpAll(t, store, 10*round+9)
		// Two of the four days are read from intervals in half of the rounds.
		for _, dirty := range []bool{false, true} {
			if dirty {
				day := midnight.AddDate(0, 0, 1).UnixMilli()
				derive(t, store, 10*round+10, 10*round+10, &storage.Derived{Dirty: []storage.DirtyRange{{Customer: acme, Site: acmeTokyo, Figure: storage.RollUpDays,
					Entity: acmeTokyo, FromMs: day, ToMs: day + dayMs, Partition: 3, Version: storage.Version{Offset: 10*round + 10}}}})
			}
			var asks []func(context.Context) error
			for _, query := range questions(random) {
				asks = append(asks, func(context.Context) error {
					return errors.Join(holdTotals(t, store, query, overlaps), holdTotals(t, remembers, query, overlaps))
				})
			}
			if err := together(t.Context(), asks...); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.execute(t.Context(), "TRUNCATE TABLE dirty_ranges"); err != nil {
			t.Fatal(err)
		}
	}
}

// holdTotals compares the totals with the outages they stand for.
func holdTotals(t *testing.T, store *Store, query storage.Query, overlaps bool) error {
	want, err := store.Availability(t.Context(), query)
	if err != nil {
		return err
	}
	got, err := store.AvailabilityTotals(t.Context(), query, true)
	if err != nil {
		return err
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d rows, want %d", len(got), len(want))
	}
	nameless, err := store.AvailabilityTotals(t.Context(), query, false)
	if err != nil {
		return err
	}
	if len(nameless) != len(got) {
		return fmt.Errorf("%d rows without names, want %d", len(nameless), len(got))
	}
	for _, total := range got {
		total.Device = ""
		if !slices.ContainsFunc(nameless, func(other storage.AvailabilityTotal) bool { return reflect.DeepEqual(other, total) }) {
			return fmt.Errorf("%s to %s: without names there is no %+v", query.From, query.To, total)
		}
	}
	for i, device := range want {
		downs, longest, unreachable := 0, int64(0), int64(0)
		for _, outage := range device.Outages {
			if outage.State == storage.StateDown {
				downs++
				if outage.Cause == storage.CauseUnreachable {
					unreachable += outage.To.Sub(outage.From).Milliseconds()
				}
				longest = max(longest, outage.To.Sub(outage.From).Milliseconds())
			}
		}
		device.Outages = nil
		total := storage.AvailabilityTotal{Availability: device, UnreachableMs: unreachable, Downs: downs, LongestMs: longest}
		if overlaps { // outages are taken for disjoint there
			total.LongestMs = got[i].LongestMs
		}
		if !reflect.DeepEqual(got[i], total) {
			return fmt.Errorf("%s to %s:\ngot  %+v\nwant %+v", query.From, query.To, got[i], total)
		}
	}
	return nil
}

// testRollUpDirty holds that what came late is never missing from an answer, added up
// or not.
func testRollUpDirty(t *testing.T, store *Store) {
	hour := midnight.Add(7 * time.Hour)
	traffic := func(minute int, in uint64, offset int64) storage.Utilization {
		return polls(poll{device: router, port: 5, end: hour.Sub(noon) + time.Duration(minute)*time.Minute, length: time.Minute, in: in, offset: offset})
	}
	question := func(want float64) {
		t.Helper()
		for _, step := range []time.Duration{0, time.Hour, 24 * time.Hour} {
			got, err := store.Utilization(t.Context(), storage.Query{Scope: storage.OnlyCustomers(acme), From: midnight, To: midnight.AddDate(0, 0, 1), Step: step})
			if err != nil || len(got) != 1 || got[0].InBits != want {
				t.Errorf("%+v, want %v bits, error %v", got, want, err)
			}
		}
	}
	mark := func(figure string, from time.Time, length time.Duration, offset int64, done bool) storage.DirtyRange {
		return storage.DirtyRange{Customer: acme, Site: acmeTokyo, Figure: figure, Entity: acmeTokyo, FromMs: from.UnixMilli(), ToMs: from.Add(length).UnixMilli(),
			Partition: 3, Version: storage.Version{Offset: offset, Deleted: done}}
	}
	derive(t, store, 10, 10, &storage.Derived{Utilization: traffic(10, 1000, 10)})
	question(1000)
	rollUpAll(t, store, 11)
	question(1000)
	derive(t, store, 20, 20, &storage.Derived{Utilization: traffic(20, 500, 20),
		Dirty: []storage.DirtyRange{mark(storage.RollUpHours, hour, time.Hour, 20, false), mark(storage.RollUpDays, midnight, 24*time.Hour, 20, false)}})
	question(1500)
	one := storage.RollUp{Customer: acme, Sites: []sample.ID{acmeTokyo}, FromMs: hour.UnixMilli(), ToMs: hour.Add(time.Hour).UnixMilli()}
	if err := store.RollUpHours(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	derive(t, store, 30, 30, &storage.Derived{Dirty: []storage.DirtyRange{mark(storage.RollUpHours, hour, time.Hour, 30, true)}})
	question(1500)
	one.FromMs, one.ToMs = midnight.UnixMilli(), midnight.AddDate(0, 0, 1).UnixMilli()
	if err := store.RollUpDays(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	derive(t, store, 40, 40, &storage.Derived{Dirty: []storage.DirtyRange{mark(storage.RollUpDays, midnight, 24*time.Hour, 40, true)}})
	question(1500)
	if err := store.execute(t.Context(), "TRUNCATE TABLE utilization"); err != nil {
		t.Fatal(err)
	}
	question(1500)
}

func testRolledSites(t *testing.T, store *Store) {
	got, err := store.RolledSites(t.Context(), 3, 100)
	never := []storage.RolledSite{
		{Customer: acme, Site: acmeTokyo, SinceMs: storage.NotRolled, Partition: 3, Offset: -1},
		{Customer: zen, Site: zenOsaka, SinceMs: storage.NotRolled, Partition: 3, Offset: -1},
	}
	if acme > zen {
		never[0], never[1] = never[1], never[0]
	}
	if err != nil || !reflect.DeepEqual(got, never) {
		t.Errorf("%+v, want %+v, error %v", got, never, err)
	}
	for offset, since := range map[int64]time.Time{5: midnight.AddDate(0, 0, 1), 7: midnight} {
		derive(t, store, offset, offset, &storage.Derived{RolledSites: []storage.RolledSite{{Customer: acme, Site: acmeTokyo, SinceMs: since.UnixMilli(), Offset: offset}}})
	}
	for before, since := range map[int64]int64{6: midnight.AddDate(0, 0, 1).UnixMilli(), 7: midnight.AddDate(0, 0, 1).UnixMilli(), 8: midnight.UnixMilli()} {
		got, err := store.RolledSites(t.Context(), 3, before)
		if err != nil || len(got) != 2 || max(got[0].SinceMs, got[1].SinceMs) != storage.NotRolled || min(got[0].SinceMs, got[1].SinceMs) != since {
			t.Errorf("before %d: %+v, want since %d, error %v", before, got, since, err)
		}
	}
	if got, err := store.RolledSites(t.Context(), 4, 100); err != nil || len(got) != 0 {
		t.Errorf("another partition has %+v, error %v", got, err)
	}
}

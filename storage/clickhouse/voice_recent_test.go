package clickhouse

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testVoiceRecent holds what voice_recent adds up against what voice_minutes does: over
// any short stretch, with corrections, tombstones, repeats and what came late.
func testVoiceRecent(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	random := rand.New(rand.NewPCG(3, 9))
	now := time.Now().UTC()
	newest := now.Truncate(time.Minute)
	var minutes []storage.VoiceMinute
	for back := range 200 {
		for i := range 4 {
			customer, site := acme, acmeTokyo
			if i == 3 {
				customer, site = zen, zenOsaka
			}
			row := storage.VoiceMinute{
				Customer: customer, Site: site, Path: sample.PathID("acme", "tokyo", fmt.Sprint(i)), MinuteMs: newest.Add(-time.Duration(back) * time.Minute).UnixMilli(),
				CoveredMs: 60_000, Sent: 100, Received: 90 + random.Uint32N(10), Lost: random.Uint32N(9), Late: random.Uint32N(3), Duplicates: random.Uint32N(2), Reordered: random.Uint32N(2),
				DelayMs: float64(random.IntN(80)) / 2, JitterMs: float64(random.IntN(20)) / 4, RTTMeanMs: float64(random.IntN(90)) / 2, LossPct: float64(random.IntN(40)) / 4,
				R: float64(random.IntN(180)) / 2, MOS: float64(random.IntN(18)) / 4, MOSLQ: float64(random.IntN(18)) / 4, Scale: []string{"nb", "wb"}[random.IntN(2)],
				Origin: uint8(random.IntN(2)), ReportedMOS: float64(random.IntN(3)), ReportedICPIF: float64(random.IntN(20)), Version: storage.Version{Offset: int64(1000 - back)},
			}
			if random.IntN(6) == 0 {
				row.Sent, row.Received = 0, 0
			}
			minutes = append(minutes, row)
			if random.IntN(5) == 0 { // it is corrected
				row.Epoch, row.Deleted, row.MOS, row.Scale = 1, random.IntN(2) == 0, 2.5, "nb"
				minutes = append(minutes, row)
			}
		}
	}
	minutes = append(minutes, storage.VoiceMinute{Customer: acme, Site: acmeTokyo, Path: sample.PathID("acme", "tokyo", "0"),
		MinuteMs: newest.Add(-40 * 24 * time.Hour).UnixMilli(), CoveredMs: 60_000, Sent: 1, Received: 1, Scale: "nb", Version: storage.Version{Offset: 2000}}) // out of a spool
	for batch, order := int64(1), random.Perm(len(minutes)); len(order) > 0; batch++ {
		n := min(len(order), 1+random.IntN(150))
		var some []storage.VoiceMinute
		for _, at := range order[:n] {
			some = append(some, minutes[at])
		}
		for range 1 + random.IntN(2) { // some come twice
			derive(t, store, batch, batch, &storage.Derived{VoiceMinutes: some})
		}
		order = order[n:]
	}
	added := func(where string, legs []leg) (rows []string) {
		t.Helper()
		var row string
		if err := store.query(t.Context(), "test", "SELECT toString(tuple(*)) FROM ("+voiceSource(where, legs, buckets{stepMs: 7 * 60_000})+")", nil, []any{&row}, func() { rows = append(rows, row) }); err != nil {
			t.Fatal(err)
		}
		slices.Sort(rows)
		return rows
	}
	check := func(how string) {
		t.Helper()
		for _, where := range []string{"1", fmt.Sprintf("customer_id = %d", zen)} {
			for _, asked := range [][2]time.Duration{{time.Minute, 0}, {15 * time.Minute, -time.Minute}, {30*time.Minute + time.Second, 20*time.Minute - time.Second}, {119 * time.Minute, -time.Minute}, {190 * time.Minute, 100 * time.Minute}} {
				legs := []leg{{span: span{newest.Add(-asked[0]).UnixMilli(), newest.Add(-asked[1]).UnixMilli()}}}
				want := added(where, legs)
				recentMinutes(legs, now)
				if got := added(where, legs); legs[0].table != voiceRecent || len(want) == 0 || !slices.Equal(got, want) {
					t.Fatalf("%s, %s from %s: read from %q, %d rows:\n%s\nwant %d:\n%s", how, where, asked, legs[0].table, len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
				}
			}
		}
	}
	check("as written")
	refill(t, store, "0032_voice_recent.sql", voiceRecent)
	check("as filled")
}

// TestRecentMinutes says which stretches are read from voice_recent.
func TestRecentMinutes(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	ago := func(back, length time.Duration) leg {
		return leg{span: span{now.Add(-back).UnixMilli(), now.Add(length - back).UnixMilli()}}
	}
	for _, test := range []struct {
		leg  leg
		want string
	}{
		{ago(15*time.Minute, 15*time.Minute), voiceRecent},
		{ago(48*time.Hour, 2*time.Hour), voiceRecent},
		{ago(48*time.Hour+time.Millisecond, time.Hour), ""}, // it may have been forgotten soon
		{ago(12*time.Hour, 2*time.Hour+time.Millisecond), ""},
		{leg{"voice_1h", span{now.Add(-time.Hour).UnixMilli(), now.UnixMilli()}}, "voice_1h"},
	} {
		legs := []leg{test.leg}
		if recentMinutes(legs, now); legs[0].table != test.want {
			t.Errorf("%+v is read from %q, want %q", test.leg, legs[0].table, test.want)
		}
	}
}

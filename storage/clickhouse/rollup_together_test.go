package clickhouse

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	dto "github.com/prometheus/client_model/go"
	"golang.org/x/sync/errgroup"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

func TestJoined(t *testing.T) {
	got := joined([]storage.RollUp{
		{Customer: 1, Sites: []sample.ID{5}, FromMs: 0, ToMs: hourMs}, {Customer: 2, Sites: []sample.ID{7}, FromMs: 0, ToMs: hourMs},
		{Customer: 1, Sites: []sample.ID{4, 5}, FromMs: 0, ToMs: hourMs}, {Customer: 1, Sites: []sample.ID{6}, FromMs: 0, ToMs: 2 * hourMs},
		{Customer: 1, Sites: []sample.ID{8}, FromMs: 0, ToMs: hourMs, AvailabilityOnly: true},
	})
	want := []string{"1 [4 5] 0-3600000 false", "2 [7] 0-3600000 false", "1 [6] 0-7200000 false", "1 [8] 0-3600000 true"}
	var said []string
	for _, one := range got {
		said = append(said, fmt.Sprintf("%d %v %d-%d %t", one.Customer, one.Sites, one.FromMs, one.ToMs, one.AvailabilityOnly))
	}
	if !slices.Equal(said, want) {
		t.Errorf("%q, want %q", said, want)
	}
}

func TestBundles(t *testing.T) {
	links := map[sample.ID]uint64{1: 10_000, 2: 20_000, 3: 1, 4: 50_000, 5: 1000}
	var got []string
	for sites := range bundles([]sample.ID{1, 2, 3, 4, 5, 6}, links) {
		got = append(got, fmt.Sprint(sites))
	}
	if want := []string{"[1 2]", "[3]", "[4]", "[5 6]"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for sites := range bundles(nil, nil) {
		t.Errorf("%v of no sites", sites)
	}
}

// testSharedRollUps has three partitions ask for the hours of a site of one customer each, at the same time.
func testSharedRollUps(t *testing.T, store *Store) {
	sites := []sample.ID{acmeTokyo, 12345, 12346}
	for n, site := range sites {
		polls := randomPolls(rand.New(rand.NewPCG(1, uint64(n))))
		for i := range polls.Device {
			polls.Customer[i], polls.Site[i] = acme, site
			polls.Device[i] += sample.ID(n) // others of their own
		}
		derive(t, store, int64(100*n), int64(100*n+99), &storage.Derived{Utilization: polls})
	}
	of := func(sites ...sample.ID) storage.RollUp {
		return storage.RollUp{Customer: acme, Sites: sites, FromMs: midnight.UnixMilli(), ToMs: midnight.AddDate(0, 0, filledDays).UnixMilli()}
	}
	statements := func() uint64 {
		var asked dto.Metric
		if err := store.metrics.querySeconds.WithLabelValues("roll_up_hour").(interface{ Write(*dto.Metric) error }).Write(&asked); err != nil {
			t.Fatal(err)
		}
		return asked.GetHistogram().GetSampleCount()
	}
	hours := func() (sums []uint64) {
		var site, hash uint64
		err := store.query(t.Context(), "hours", "SELECT site_id, sum(cityHash64(device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, speed_bps, gaps)) FROM utilization_1h FINAL WHERE customer_id = {customer:UInt64} GROUP BY site_id ORDER BY site_id",
			[]any{clickhouse.Named("customer", acme)}, []any{&site, &hash}, func() { sums = append(sums, site, hash) })
		if err != nil {
			t.Fatal(err)
		}
		return sums
	}
	before := statements()
	if err := store.RollUpHours(t.Context(), of(sites[0])); err != nil {
		t.Fatal(err)
	}
	alone := statements() - before
	for _, site := range sites[1:] {
		if err := store.RollUpHours(t.Context(), of(site)); err != nil {
			t.Fatal(err)
		}
	}
	want := hours()
	if err := store.execute(t.Context(), "TRUNCATE TABLE utilization_1h"); err != nil {
		t.Fatal(err)
	}
	store.hourly.expected, store.hourly.took = len(sites), time.Minute
	var group errgroup.Group
	before = statements()
	for _, site := range sites {
		group.Go(func() error { return store.RollUpHours(t.Context(), of(site)) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if made := statements() - before; made != alone {
		t.Errorf("%d statements for three sites at the same time, and %d for one", made, alone)
	}
	if got := hours(); len(got) != 2*len(sites) || !slices.Equal(got, want) {
		t.Errorf("hours by site %v, want %v", got, want)
	}
}

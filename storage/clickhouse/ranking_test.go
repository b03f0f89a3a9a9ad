package clickhouse

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

const rankedPorts = 36

// rankedPolls are two days and a half of polls of links whose loads differ much: steady ones,
// some that are busy for an hour a day, bursts, gaps, a speed that is not known at all or at
// times and one that changes, and one poll of a day and a half.
func rankedPolls(random *rand.Rand) storage.Utilization {
	var u storage.Utilization
	start := midnight.Sub(noon)
	for n := range rankedPorts {
		level := uint64(1+n*n) * 20
		length := time.Duration(3+random.IntN(9)) * time.Minute
		var all []poll
		for at := start - time.Hour; at < start+60*time.Hour; {
			each := length
			if random.IntN(400) == 0 {
				each = time.Duration(1+random.IntN(200)) * time.Minute
			}
			if n == 7 && len(all) == 50 {
				each = 36 * time.Hour
			}
			at += each
			rate := level/2 + random.Uint64N(level)
			if hour := (at / time.Hour) % 24; n%5 == 0 && hour == 3 || random.IntN(100) == 0 {
				rate *= 20
			}
			p := poll{device: []sample.ID{router, toggle, zenRouter}[n%3], port: rankedPort(n), end: at, length: each, in: rate * uint64(each/time.Second), offset: 100}
			if random.IntN(30) == 0 {
				p.gap, p.in = storage.Gap(1+random.IntN(4)), 0
			}
			all = append(all, p)
			if random.IntN(10) == 0 {
				all = append(all, p) // it came twice
			}
		}
		some := polls(all...)
		for i := range some.SpeedBps {
			some.SpeedBps[i] = 100_000
			switch {
			case n%11 == 3, n%11 == 4 && random.IntN(50) == 0, some.Gap[i] != storage.GapNone && n%2 == 0:
				some.SpeedBps[i] = 0
			case n%11 == 5 && i > len(some.SpeedBps)/3:
				some.SpeedBps[i] = 10_000_000
			}
		}
		u = join(u, some)
	}
	return u
}

func rankedPort(n int) sample.ID {
	return sample.InterfaceID([]sample.ID{router, toggle, zenRouter}[n%3], fmt.Sprint(n))
}

func rankedLinks() (links []storage.Link) {
	for n := range rankedPorts {
		link := storage.Link{Customer: acme, Site: acmeTokyo, Device: []sample.ID{router, toggle, zenRouter}[n%3], Interface: rankedPort(n), Version: storage.Version{Offset: 5}}
		if link.Device == zenRouter {
			link.Customer, link.Site = zen, zenOsaka
		}
		switch n % 6 {
		case 0:
			link.Kind = storage.LinkWAN
		case 1:
			link.Kind, link.HalfDuplex = storage.LinkWAN, true
		case 2:
			link.TxBps, link.RxBps = 50_000, 20_000
		case 3:
			link.RxBps = 30_000
		case 4:
			continue // no rule was ever asked
		}
		if n == 13 {
			link.Kind = storage.LinkIgnored
		}
		links = append(links, link)
	}
	return links
}

// TestTopLinks holds the top links against those of all that are asked: from the polls, from
// the rollups, and after polls came late and were added up again.
func TestTopLinks(t *testing.T) {
	for server, config := range servers(t) {
		t.Run(server, func(t *testing.T) {
			config.Database = fmt.Sprintf("ranking_%d", os.Getpid())
			store := open(t, config)
			populate(t, store)
			random := rand.New(rand.NewPCG(11, 12))
			derive(t, store, 100, 200, &storage.Derived{Utilization: rankedPolls(random), Links: rankedLinks()})
			holdTops(t, store, "polls", random)
			rollUpAll(t, store, 1000)
			derive(t, store, 300, 400, &storage.Derived{Utilization: rankedPolls(rand.New(rand.NewPCG(13, 14)))})
			rollUpAll(t, store, 1001)
			holdTops(t, store, "rollups once more", random)
		})
	}
}

func holdTops(t *testing.T, store *Store, what string, random *rand.Rand) {
	t.Helper()
	short := map[string]bool{} // that links were left out
	defer func() {
		for _, order := range storage.Orders {
			if !short["traffic by "+order] || !short["capacity by "+order] {
				t.Errorf("%s by %s: the answers were always of all links: %v", what, order, short)
			}
		}
	}()
	from := midnight.Add(time.Duration(random.Int64N(int64(24 * time.Hour)))).Truncate(time.Second)
	for i, asked := range []span{
		{midnight.UnixMilli(), midnight.AddDate(0, 0, 2).UnixMilli()},
		{from.UnixMilli(), from.Add(24 * time.Hour).UnixMilli()},
		{from.UnixMilli(), from.Add(36 * time.Hour).UnixMilli()},
		{from.Truncate(time.Hour).UnixMilli(), from.Truncate(time.Hour).Add(20 * time.Minute).UnixMilli()},
	} {
		for j, change := range []func(*storage.Query){
			func(*storage.Query) {}, func(q *storage.Query) { q.Kind = "wan" }, func(q *storage.Query) { q.Kind = "lan" },
			func(q *storage.Query) { q.Customer = "acme"; q.Step = time.Hour }, func(q *storage.Query) { q.Device = "router"; q.Location = tokyo(t) },
		} {
			if (i+j)%5 != 0 {
				continue
			}
			query := storage.Query{Scope: storage.EveryCustomer(), From: instant(asked.from), To: instant(asked.to)}
			change(&query)
			var all []storage.LinkUtilization
			var full []storage.LinkCapacity
			type top struct {
				storage.Query
				links    []storage.LinkUtilization
				capacity []storage.LinkCapacity
			}
			var tops []*top
			asks := []func(context.Context) error{
				func(ctx context.Context) (err error) { all, err = store.Utilization(ctx, query); return err },
				func(ctx context.Context) (err error) { full, err = store.Capacity(ctx, query); return err },
			}
			for _, order := range storage.Orders {
				for _, n := range [][]int{{1, 100}, {4}}[i%2] {
					one := &top{Query: query}
					one.Top, one.Order = n, order
					tops = append(tops, one)
					asks = append(asks,
						func(ctx context.Context) (err error) { one.links, err = store.Utilization(ctx, one.Query); return err },
						func(ctx context.Context) (err error) { one.capacity, err = store.Capacity(ctx, one.Query); return err })
				}
			}
			if err := together(t.Context(), asks...); err != nil {
				t.Fatal(err)
			}
			if asked.from%fiveMinutesMs == 0 && asked.to%fiveMinutesMs == 0 { // they are made of the same polls, by other tables
				bits := map[storage.Entity]float64{}
				for i := range all {
					bits[all[i].Entity] += all[i].InBits
				}
				for _, link := range full {
					if !sameFloat(bits[link.Entity], link.InBits) {
						t.Errorf("%s, from %s to %s: %v has %g bits by its samples, %g by its traffic", what, query.From, query.To, link.Entity, link.InBits, bits[link.Entity])
					}
				}
			}
			for _, one := range tops {
				n, order := one.Top, one.Order
				name := fmt.Sprintf("%s: %d by %s of %q %q %q from %s to %s by %s", what, n, order, query.Kind, query.Customer, query.Device, query.From, query.To, query.Step)
				short["traffic by "+order] = short["traffic by "+order] || len(one.links) < len(all)
				same(t, name, storage.TopLinks(one.links, order, n), storage.TopLinks(all, order, n))
				short["capacity by "+order] = short["capacity by "+order] || len(one.capacity) < len(full)
				sameLinks(t, name, storage.TopCapacity(one.capacity, order, n), storage.TopCapacity(full, order, n))
			}
		}
	}
}

func tokyo(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// sameLinks holds the links and what they are ordered by; the sums come in another order.
func sameLinks(t *testing.T, what string, got, want []storage.LinkCapacity) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d links, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		a, b := got[i], want[i]
		if a.Entity != b.Entity || a.LinkProfile != b.LinkProfile || a.Samples != b.Samples || !sameFloat(a.P95.Percent, b.P95.Percent) || !sameFloat(a.InBits, b.InBits) || !reflect.DeepEqual(a.NoTrend, b.NoTrend) {
			t.Errorf("%s: number %d\ngot  %+v\nwant %+v", what, i, a, b)
			return
		}
	}
}

// TestPlaces holds that buckets of a month are told from each other.
func TestPlaces(t *testing.T) {
	hours := func(from, to int64) span { return span{from * hourMs, to * hourMs} }
	for name, test := range map[string]struct {
		arm  rankArm
		want int64
	}{
		"a day":                  {rankArm{spans: []span{hours(100, 124)}}, 64},
		"a day, cut":             {rankArm{spans: []span{hours(100, 123)}, cut: []span{hours(99, 100), hours(99, 100)}}, 64},
		"the ends of a month":    {rankArm{spans: []span{hours(9, 24), hours(720, 730)}}, 63},
		"more than there are of": {rankArm{spans: []span{hours(0, 65)}}, 64},
	} {
		if got := test.arm.places(hourMs); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

// TestForemost holds that the rest is left out only where nothing of it can be among the first.
func TestForemost(t *testing.T) {
	var links []ranked
	for i := range 100 {
		links = append(links, ranked{linkKey{1, 1, sample.ID(i)}, float64(200 - i)})
	}
	looked := 0
	ask := func(share float64) func([]linkKey) ([]float64, error) {
		looked = 0
		return func(ports []linkKey) (figures []float64, err error) {
			looked += len(ports)
			for _, port := range ports {
				figures = append(figures, share*float64(200-port.port))
			}
			return figures, nil
		}
	}
	for _, c := range []struct {
		share  float64
		all    bool
		looked int
		enough bool
	}{{1, false, 7, true}, {0.95, false, 11, true}, {0.9, false, 21, true}, {0.4, false, 100, false}, {0.4, true, 100, true}} {
		if enough, err := foremost(links, c.all, 2, ask(c.share)); err != nil || enough != c.enough || looked != c.looked {
			t.Errorf("%+v: looked at %d, enough %v, error %v", c, looked, enough, err)
		}
	}
}

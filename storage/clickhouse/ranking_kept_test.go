package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"mimamori/storage"
)

func TestRankingsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := newRankings(true, slog.New(slog.DiscardHandler))
		defer kept.Close()
		day := span{0, dayMs}
		made := 0
		again := func(context.Context) error {
			time.Sleep(time.Second)
			made++
			kept.keep("a", keptLinks, keptRanking{first: []linkKey{{port: 2}}, at: time.Now()})
			return nil
		}
		first := func() (of []linkKey) {
			if one, known := kept.first("a", day, again); known {
				of = one.first
			}
			return of
		}
		if first() != nil {
			t.Fatal("there is a ranking that nobody made")
		}
		kept.keep("a", keptLinks-1, keptRanking{first: []linkKey{{port: 1}}, at: time.Now()})
		if first() != nil {
			t.Error("a ranking of few links is kept")
		}
		kept.keep("a", keptLinks, keptRanking{first: []linkKey{{port: 1}}, at: time.Now()})
		time.Sleep(59 * time.Second)
		if got := first(); !reflect.DeepEqual(got, []linkKey{{port: 1}}) || made != 0 {
			t.Errorf("within a minute: %v, made anew %d times", got, made)
		}
		time.Sleep(time.Second)
		for range 3 { // it is taken, and made anew once
			if got := first(); !reflect.DeepEqual(got, []linkKey{{port: 1}}) {
				t.Errorf("after a minute: %v", got)
			}
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := first(); !reflect.DeepEqual(got, []linkKey{{port: 2}}) || made != 1 {
			t.Errorf("made anew: %v, %d times", got, made)
		}
		time.Sleep(5 * time.Minute)
		if got := first(); got != nil {
			t.Errorf("five minutes later: %v", got)
		}
		for n := range 2 * mostRankings {
			kept.keep(strconv.Itoa(n), keptLinks, keptRanking{at: time.Now()})
			time.Sleep(time.Millisecond)
		}
		if _, known := kept.first(strconv.Itoa(2*mostRankings-1), day, again); len(kept.kept) != mostRankings || !known {
			t.Errorf("%d rankings are kept, the last of them %v", len(kept.kept), known)
		}
	})
}

// What is made anew ends with the store, also where a turn is waited for, and what fails leaves the earlier ranking.
func TestRankingsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := newRankings(true, slog.New(slog.DiscardHandler))
		for _, name := range []string{"a", "b"} {
			kept.keep(name, keptLinks, keptRanking{first: []linkKey{{port: 1}}, at: time.Now().Add(-2 * time.Minute)})
		}
		ended := 0
		forever := func(ctx context.Context) error { <-ctx.Done(); ended++; return ctx.Err() }
		for _, name := range []string{"a", "b"} {
			kept.first(name, span{0, dayMs}, forever)
			synctest.Wait()
		}
		kept.Close()
		if ended != 1 {
			t.Errorf("%d ended, want the one whose turn it was", ended)
		}
		if _, known := kept.first("a", span{0, dayMs}, forever); !known {
			t.Error("the earlier ranking is gone")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		kept := newRankings(true, slog.New(slog.DiscardHandler))
		defer kept.Close()
		kept.keep("a", keptLinks, keptRanking{first: []linkKey{{port: 1}}, at: time.Now().Add(-2 * time.Minute)})
		failed := 0
		for range 2 {
			if one, known := kept.first("a", span{0, dayMs}, func(context.Context) error { failed++; return errors.New("the store is away") }); !known || len(one.first) != 1 {
				t.Error("the earlier ranking is gone")
			}
			synctest.Wait()
		}
		if failed != 2 {
			t.Errorf("tried %d times", failed)
		}
	})
}

func TestRankingOf(t *testing.T) {
	now := noon
	query := func(from, to time.Duration) storage.Query {
		return storage.Query{Scope: storage.EveryCustomer(), From: now.Add(-from), To: now.Add(-to), Top: 10, Order: "percent"}
	}
	base := rankingOf("capacity", query(24*time.Hour, 0), now)
	if later := rankingOf("capacity", storage.Query{Scope: storage.EveryCustomer(), From: now.Add(-23*time.Hour - 50*time.Minute), To: now.Add(5 * time.Minute), Top: 10, Order: "percent"}, now.Add(9*time.Minute)); later != base {
		t.Errorf("nine minutes later %q, before %q", later, base)
	}
	other := query(24*time.Hour, 0)
	other.Kind = "wan"
	scoped := query(24*time.Hour, 0)
	scoped.Scope = storage.OnlyCustomers(acme)
	elsewhere := query(24*time.Hour, 0)
	elsewhere.Site = "osaka"
	ordered := query(24*time.Hour, 0)
	ordered.Order = "bits"
	more := query(24*time.Hour, 0)
	more.Top = 11
	for _, one := range []storage.Query{other, scoped, elsewhere, ordered, more, query(12*time.Hour, 0), query(48*time.Hour, 24*time.Hour)} {
		if name := rankingOf("capacity", one, now); name == base {
			t.Errorf("%+v has the ranking of another question", one)
		}
	}
	if rankingOf("traffic", query(24*time.Hour, 0), now) == base {
		t.Error("two figures have one ranking")
	}
}

// TestKeptRankingsOfAStore holds that a kept ranking says which links are first and no more: their figures are
// of now, and a link that came to be first is shown once the ranking has been made anew.
func TestKeptRankingsOfAStore(t *testing.T) {
	for server, config := range servers(t) {
		t.Run(server, func(t *testing.T) {
			config.Database = fmt.Sprintf("kept_ranking_%d", os.Getpid())
			config.Remember = time.Nanosecond
			store := open(t, config)
			store.rankings.atLeast = 1
			populate(t, store)
			derive(t, store, 100, 200, &storage.Derived{Utilization: rankedPolls(rand.New(rand.NewPCG(11, 12))), Links: rankedLinks()})
			rollUpAll(t, store, 1000)
			from := midnight.Add(100 * time.Minute)
			query := storage.Query{Scope: storage.EveryCustomer(), From: from, To: from.Add(24 * time.Hour), Top: 3, Order: "bits"}
			type figures map[string]float64 // bits by the link's name
			bits := func(all figures, link *storage.LinkUtilization) {
				all[link.Customer+link.Device+link.Name] = link.InBits
			}
			asks := map[string]func() (figures, error){
				"traffic": func() (figures, error) {
					all := figures{}
					links, err := store.Utilization(t.Context(), query)
					for i := range links {
						bits(all, &links[i])
					}
					return all, err
				},
				"capacity": func() (figures, error) {
					all := figures{}
					links, err := store.Capacity(t.Context(), query)
					for _, link := range storage.TopCapacity(links, query.Order, query.Top) {
						all[link.Customer+link.Device+link.Name] = link.InBits
					}
					return all, err
				},
				"busiest": func() (figures, error) {
					all, page := figures{}, query
					page.Limit = 3
					links, err := store.Interfaces(t.Context(), page, storage.InterfaceChoice{Busiest: true})
					for i := range links.Interfaces {
						bits(all, &links.Interfaces[i].LinkUtilization)
					}
					return all, err
				},
			}
			before := map[string]figures{}
			for what, ask := range asks {
				answer, err := ask()
				if err != nil || len(answer) != 3 {
					t.Fatalf("%s: %v, error %v", what, answer, err)
				}
				before[what] = answer
			}
			// Every link carries more, and the least of all by far the most.
			more := rankedPolls(rand.New(rand.NewPCG(11, 12)))
			for i := range more.InBits {
				more.EndMs[i]++
				if more.Interface[i] == rankedPort(1) {
					more.InBits[i] *= 1_000_000
				}
			}
			derive(t, store, 300, 400, &storage.Derived{Utilization: more})
			rollUpAll(t, store, 1001)
			for what, ask := range asks {
				answer, err := ask()
				for name, bits := range before[what] {
					if answer[name] < 1.5*bits {
						t.Errorf("%s: %s has %g bits now and had %g; error %v", what, name, answer[name], bits, err)
					}
				}
			}
			store.rankings.age = func(span) (fresh, most time.Duration) { return 0, time.Hour }
			for what, ask := range asks {
				for { // the first asks take the earlier ranking
					answer, err := ask()
					if err != nil {
						t.Fatalf("%s: %v", what, err)
					}
					if !reflect.DeepEqual(slices.Sorted(maps.Keys(answer)), slices.Sorted(maps.Keys(before[what]))) {
						break
					}
				}
			}
		})
	}
}

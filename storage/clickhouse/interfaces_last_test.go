package clickhouse

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testLastPolls holds the interfaces with much in their last poll to the polls themselves: now, and as of times that
// newer polls came after; links with rules of their own, of unknown speed, and such that fell silent.
func testLastPolls(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	random := rand.New(rand.NewPCG(15, 16))
	u := rankedPolls(random)
	for i := range u.InErrors {
		u.InErrors[i], u.OutErrors[i] = random.Uint64N(1+u.InPackets[i]), random.Uint64N(1+u.OutPackets[i]/7)
		if i > 0 && u.Interface[i] == u.Interface[i-1] && u.EndMs[i] == u.EndMs[i-1] { // it came twice
			u.InErrors[i], u.OutErrors[i] = u.InErrors[i-1], u.OutErrors[i-1]
		}
	}
	links := rankedLinks()
	derive(t, store, 100, 200, &storage.Derived{Utilization: u, Links: links})
	for n := range rankedPorts {
		customer, site := acme, acmeTokyo
		device := []sample.ID{router, toggle, zenRouter}[n%3]
		if device == zenRouter {
			customer, site = zen, zenOsaka
		}
		err := store.execute(t.Context(), fmt.Sprintf(`INSERT INTO raw_interface_identities (customer_id, site_id, device_id, interface_id, slot, name, kafka_offset) VALUES (%d, %d, %d, %d, fromUnixTimestamp64Milli(%d), '%d', 1)`,
			customer, site, device, rankedPort(n), at(-48*time.Hour), n))
		if err != nil {
			t.Fatal(err)
		}
	}
	rules := map[sample.ID]storage.LinkProfile{}
	for _, link := range links {
		rules[link.Interface] = link.LinkProfile
	}
	newest := slices.Max(u.EndMs)
	found, silent := 0, 0
	for range 40 {
		to := time.UnixMilli(newest - random.Int64N(3*24*3_600_000)).UTC()
		if random.IntN(3) == 0 {
			to = time.UnixMilli(newest + random.Int64N(600_000)).UTC()
		}
		query := storage.Query{Scope: storage.EveryCustomer(), From: to.Add(-10 * time.Minute), To: to, Kind: []string{"", "", "wan", "lan"}[random.IntN(4)]}
		if random.IntN(3) == 0 {
			query.Customer = "acme"
		}
		choice := storage.InterfaceChoice{Order: storage.InterfacesByLoad, LastAtLeast: 1 + 120*random.Float64()*random.Float64()}
		if random.IntN(3) == 0 {
			choice.Order, choice.LastAtLeast = storage.InterfacesByErrors, 50*random.Float64()
		}
		want, late := lastOf(u, rules, query, choice)
		found, silent = found+len(want), silent+late
		answer, err := store.Interfaces(t.Context(), query, choice)
		if err != nil {
			t.Fatal(err)
		}
		var got []sample.ID
		for i := range answer.Interfaces {
			got = append(got, answer.Interfaces[i].ID)
		}
		if !slices.Equal(got, want) || answer.Total != len(want) {
			t.Errorf("until %s %+v by %+v: %d of %d, want %d\n got %v\nwant %v", to, query, choice, len(got), answer.Total, len(want), got, want)
		}
		choice.Text, choice.Offset, query.Limit = "1", 1, 2
		want = slices.DeleteFunc(want, func(id sample.ID) bool {
			return !slices.ContainsFunc(answer.Interfaces, func(its storage.InterfaceStatus) bool { return its.ID == id && slices.Contains([]byte(its.Name), '1') })
		})
		if answer, err = store.Interfaces(t.Context(), query, choice); err != nil || answer.Total != len(want) {
			t.Fatalf("with a 1 in their names: %d, want %d, error %v", answer.Total, len(want), err)
		}
		for i := range answer.Interfaces {
			if answer.Interfaces[i].ID != want[1+i] {
				t.Errorf("with a 1 in its name number %d is %s", 1+i, answer.Interfaces[i].Name)
			}
		}
	}
	if found < 100 || silent < 10 {
		t.Errorf("the questions found %d links and %d that were silent: ask others", found, silent)
	}
	for _, choice := range []storage.InterfaceChoice{{LastAtLeast: 1}, {LastAtLeast: 1, Busiest: true, Order: storage.InterfacesByLoad}} {
		if _, err := store.Interfaces(t.Context(), ask(), choice); err == nil {
			t.Errorf("%+v is answered", choice)
		}
	}
}

// lastOf are the interfaces that a choice picks out of polls, and how many had none in the time asked for.
func lastOf(u storage.Utilization, rules map[sample.ID]storage.LinkProfile, query storage.Query, choice storage.InterfaceChoice) (picked []sample.ID, silent int) {
	last := map[sample.ID]int{}
	for i, port := range u.Interface {
		if u.Gap[i] != storage.GapNone || u.EndMs[i] > query.To.UnixMilli() || query.Customer != "" && u.Customer[i] != sample.CustomerID(query.Customer) {
			continue
		}
		if at, ok := last[port]; !ok || u.EndMs[i] > u.EndMs[at] {
			last[port] = i
		}
	}
	figures := map[sample.ID]float64{}
	for port, i := range last {
		if u.EndMs[i] <= query.From.UnixMilli() {
			silent++
			continue
		}
		kind := rules[port].Kind
		if query.Kind == "" && kind == storage.LinkIgnored || query.Kind != "" && kind.String() != query.Kind {
			continue
		}
		seconds := float64(u.IntervalMs[i]) / 1000
		figure, known := rules[port].Percent(float64(u.InBits[i])/seconds, float64(u.OutBits[i])/seconds, u.SpeedBps[i])
		if choice.Order == storage.InterfacesByErrors {
			in, out := float64(u.InErrors[i]), float64(u.OutErrors[i])
			figure, known = 100*max(in/(in+float64(u.InPackets[i])), out/(out+float64(u.OutPackets[i]))), true
		}
		if known && figure >= choice.LastAtLeast {
			figures[port] = figure
			picked = append(picked, port)
		}
	}
	slices.SortFunc(picked, func(a, b sample.ID) int {
		return cmp.Or(cmp.Compare(figures[b], figures[a]), cmp.Compare(a, b))
	})
	return picked, silent
}

package clickhouse

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// trafficKey is a bucket of an interface.
type trafficKey struct {
	linkKey
	bucket int64 // its beginning, Unix milliseconds
}

// traffic is what was measured in a bucket.
type traffic struct {
	trafficKey
	site sample.ID
	storage.LinkUtilization
	newestMs int64 // of the newest speed that is known
	gaps     uint32
}

// add adds what another leg says of the same bucket.
func (t *traffic) add(other *traffic) {
	t.CoveredMs += other.CoveredMs
	sums, more := t.sums(), other.sums()
	for i := range sums {
		*sums[i] += *more[i]
	}
	t.InPeakBps, t.OutPeakBps = max(t.InPeakBps, other.InPeakBps), max(t.OutPeakBps, other.OutPeakBps)
	if cmp.Or(cmp.Compare(other.newestMs, t.newestMs), cmp.Compare(other.SpeedBps, t.SpeedBps)) > 0 {
		t.newestMs, t.SpeedBps = other.newestMs, other.SpeedBps
	}
	t.gaps |= other.gaps
}

// sums are the figures of utilizationSums.
func (t *traffic) sums() []*float64 {
	return []*float64{
		&t.InBits, &t.OutBits, &t.InPackets, &t.OutPackets, &t.InBroadcast, &t.OutBroadcast, &t.InMulticast, &t.OutMulticast,
		&t.InErrors, &t.OutErrors, &t.InDiscard, &t.OutDiscard,
	}
}

// legTraffic reads the traffic of few interfaces, by interface and bucket: what utilizationSource says, with a
// statement for each table, and the polls put into their buckets here. In one statement the store takes
// longer to plan it than to answer all of these.
func (s *Store) legTraffic(ctx context.Context, query storage.Query, ports []linkKey, legs []leg) ([]traffic, error) {
	tables := tablesOf(legs)
	found := make([][]traffic, len(tables))
	parts := make([]func(context.Context) error, len(tables))
	for i, table := range tables {
		its := spansOf(legs, table)
		parts[i] = func(ctx context.Context) (err error) {
			switch {
			case table == "":
				found[i], err = s.polledTraffic(ctx, query, ofPorts(ports), its)
			case len(ports)*its.bucketsIn(table) <= mostAddedHere:
				found[i], err = s.rolledTraffic(ctx, query, ofPorts(ports), table, its)
			default:
				found[i], err = s.summedTraffic(ctx, query, ofPorts(ports), table, its)
			}
			return err
		}
	}
	if err := together(ctx, parts...); err != nil {
		return nil, err
	}
	return added(slices.Concat(found...)), nil
}

// added adds up the rows of each bucket.
func added(rows []traffic) []traffic {
	where := map[trafficKey]int{}
	var all []traffic
	for i := range rows {
		if at, ok := where[rows[i].trafficKey]; ok {
			all[at].add(&rows[i])
			continue
		}
		where[rows[i].trafficKey] = len(all)
		all = append(all, rows[i])
	}
	return all
}

// mostAddedHere is how many rows of a roll-up are read to be added up here. The store takes longer to plan a statement
// that does it than to send as many.
const mostAddedHere = 20_000

// rolledTraffic reads what is added up already, and adds up here what falls into one bucket. Of rows of the same
// hour or day the newest counts, as FINAL would have it.
func (s *Store) rolledTraffic(ctx context.Context, query storage.Query, where, table string, within spans) ([]traffic, error) {
	type version struct {
		traffic
		of      uint64
		deleted bool
	}
	newest := map[trafficKey]*version{}
	var row version
	targets := []any{&row.customer, &row.site, &row.device, &row.port, &row.bucket, &row.CoveredMs, &row.InPeakBps, &row.OutPeakBps, &row.newestMs, &row.SpeedBps, &row.gaps, &row.of, &row.deleted}
	for _, sum := range row.sums() {
		targets = append(targets, sum)
	}
	err := s.query(ctx, "traffic", `SELECT customer_id, site_id, device_id, interface_id, toUnixTimestamp64Milli(start_ts), covered_ms, in_peak_bps, out_peak_bps, toUnixTimestamp64Milli(last_ts), speed_bps, gaps, ver, is_deleted, `+each(utilizationSums, "%[1]s")+`
FROM `+table+` WHERE `+where+` AND `+within.contain("start_ts"), parameters(query), targets, func() {
		if known := newest[row.trafficKey]; known == nil {
			one := row
			newest[row.trafficKey] = &one
		} else if known.of <= row.of {
			*known = row
		}
	})
	byTime := slices.SortedFunc(maps.Values(newest), func(a, b *version) int { return cmp.Compare(a.bucket, b.bucket) })
	b := bucketsOf(query)
	all := make([]traffic, 0, len(byTime))
	for _, one := range byTime {
		if one.deleted {
			continue
		}
		if one.SpeedBps == 0 {
			one.newestMs = 0
		}
		one.bucket = b.at(one.bucket)
		all = append(all, one.traffic)
	}
	return added(all), err
}

// summedTraffic is rolledTraffic of many rows, which the store adds up.
func (s *Store) summedTraffic(ctx context.Context, query storage.Query, where, table string, within spans) ([]traffic, error) {
	var all []traffic
	var row traffic
	targets := []any{&row.customer, &row.site, &row.device, &row.port, &row.bucket, &row.CoveredMs, &row.InPeakBps, &row.OutPeakBps, &row.newestMs, &row.SpeedBps, &row.gaps}
	for _, sum := range row.sums() {
		targets = append(targets, sum)
	}
	err := s.query(ctx, "traffic", `SELECT customer_id, site, device_id, interface_id, toInt64(bucket), covered, in_peak, out_peak, toInt64(newest.1), newest.2, gap_set, `+each(utilizationSums, "sum_%[1]s")+`
FROM (`+utilizationArm("", where, table, within, bucketsOf(query))+`)`, parameters(query), targets, func() { all = append(all, row) })
	return all, err
}

// polledTraffic reads polls and puts them into the buckets, as pollsOf does.
func (s *Store) polledTraffic(ctx context.Context, query storage.Query, where string, within spans) ([]traffic, error) {
	polls, err := s.polls(ctx, "traffic_polls", where, within, utilizationSums)
	var all []traffic
	b := bucketsOf(query)
	for i := range polls {
		poll := &polls[i]
		one := traffic{trafficKey: trafficKey{linkKey: poll.linkKey}, site: poll.site, gaps: 1 << poll.gap}
		if one.SpeedBps = poll.speed; poll.speed > 0 {
			one.newestMs = poll.endMs
		}
		one.InPeakBps, one.OutPeakBps = float64(poll.counts[0])*1000/float64(poll.length()), float64(poll.counts[1])*1000/float64(poll.length())
		within.spread(b, poll.endMs, poll.length(), func(bucket int64, its pollPart) {
			part := one
			part.bucket = bucket
			if storage.Gap(poll.gap) == storage.GapNone {
				part.CoveredMs = its.time()
				for i, sum := range part.sums() {
					*sum = its.of(poll.counts[i])
				}
			}
			all = append(all, part)
		})
	}
	return added(all), err
}

// utilizationOf is Utilization of few interfaces.
func (s *Store) utilizationOf(ctx context.Context, query storage.Query, few listedLinks, legs []leg) ([]storage.LinkUtilization, error) {
	if len(few.keys) == 0 {
		return nil, nil
	}
	rows, err := s.legTraffic(ctx, query, few.keys, legs)
	if err != nil {
		return nil, err
	}
	if query.Top > 0 {
		if figures := figuresOf(rows, few.names.rules, query.Order); len(figures) >= query.Top {
			rows = topRows(rows, figures, query.Top)
		}
	}
	return called(query, rows, few.names), nil
}

// trafficAndNames reads the traffic of some links and what they are called.
func (s *Store) trafficAndNames(ctx context.Context, query storage.Query, links []linkKey, legs []leg) (rows []traffic, its *linkNames, err error) {
	err = together(ctx,
		func(ctx context.Context) (err error) {
			rows, err = s.legTraffic(ctx, query, links, legs)
			return err
		},
		func(ctx context.Context) (err error) { its, err = s.linkNames(ctx, query, links); return err },
	)
	return rows, its, err
}

// namedTraffic is the answer of rows whose names are not read yet.
func (s *Store) namedTraffic(ctx context.Context, query storage.Query, rows []traffic) ([]storage.LinkUtilization, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	seen := map[linkKey]bool{}
	for i := range rows {
		seen[rows[i].linkKey] = true
	}
	its, err := s.linkNames(ctx, query, slices.Collect(maps.Keys(seen)))
	if err != nil {
		return nil, err
	}
	return called(query, rows, its), nil
}

// called is the answer of rows whose names are known, in its order.
func called(query storage.Query, rows []traffic, its *linkNames) []storage.LinkUtilization {
	slices.SortFunc(rows, func(a, b traffic) int {
		return cmp.Or(its.compare(a.linkKey, a.site, b.linkKey, b.site), cmp.Compare(a.bucket, b.bucket))
	})
	rows = limited(rows, query)
	answer := make([]storage.LinkUtilization, len(rows))
	for i := range rows {
		row := &rows[i]
		one := row.LinkUtilization
		one.Entity, one.LinkProfile, one.Alias = its.of(row.linkKey, row.site)
		one.Start, one.Gaps = instant(row.bucket), gapNames(row.gaps)
		answer[i] = one
	}
	return answer
}

// linkNames are what links are called and what the rules say of them.
type linkNames struct {
	places  placeNames
	devices map[ownedID]string
	ports   map[ownedID]namedPort
	rules   map[ownedID]storage.LinkProfile
}

func newLinkNames() *linkNames {
	return &linkNames{devices: map[ownedID]string{}, ports: map[ownedID]namedPort{}, rules: map[ownedID]storage.LinkProfile{}}
}

// namedPort is what an interface last said of itself.
type namedPort struct {
	site        sample.ID
	name, alias string
	index       uint32 // ifIndex
}

// compare orders links, each at a site, by customer, site, device and name.
func (n *linkNames) compare(a linkKey, siteOfA sample.ID, b linkKey, siteOfB sample.ID) int {
	return cmp.Or(n.places.byPlace(place{a.customer, siteOfA}, place{b.customer, siteOfB}), cmp.Compare(n.devices[ownedID{a.customer, a.device}], n.devices[ownedID{b.customer, b.device}]),
		cmp.Compare(n.ports[ownedID{a.customer, a.port}].name, n.ports[ownedID{b.customer, b.port}].name), cmp.Compare(a.port, b.port))
}

// of returns what a link at a site is called, what the rules say of it, and its alias.
func (n *linkNames) of(link linkKey, site sample.ID) (storage.Entity, storage.LinkProfile, string) {
	key := ownedID{link.customer, link.port}
	entity := deviceEntity(link.port, link.customer, site, n.places.customers[link.customer], n.places.sites[site], named(n.devices[ownedID{link.customer, link.device}], link.device))
	entity.Name = named(n.ports[key].name, link.port)
	return entity, n.rules[key], n.ports[key].alias
}

// linkNames reads the names of some links. They are everybody's and not to be changed.
func (s *Store) linkNames(ctx context.Context, query storage.Query, links []linkKey) (*linkNames, error) {
	rows := nameRowsOfPorts(links)
	return s.named.ask(ctx, s.config.Remember, inScope(query.Scope)+rows.links, func(ctx context.Context) (*linkNames, error) {
		return s.linkNamesNow(ctx, query, rows)
	})
}

// linkNamesNow is linkNames, asked of the store.
func (s *Store) linkNamesNow(ctx context.Context, query storage.Query, rows nameRows) (*linkNames, error) {
	its := newLinkNames()
	err := together(ctx,
		func(ctx context.Context) (err error) { its.places, err = s.placeNames(ctx, query); return err },
		func(ctx context.Context) error { return s.deviceNames(ctx, rows.devices, nil, its.devices) },
		func(ctx context.Context) error {
			return s.portNames(ctx, rows.links, nil, func(link linkKey, port namedPort) { its.ports[ownedID{link.customer, link.port}] = port })
		},
		func(ctx context.Context) error { return s.linkRules(ctx, rows.links, its.rules) },
	)
	return its, err
}

// portNames reads what the interfaces that a condition selects last said of themselves.
func (s *Store) portNames(ctx context.Context, where string, arguments []any, one func(linkKey, namedPort)) error {
	var link linkKey
	var port namedPort
	return s.query(ctx, "link_names", "SELECT customer_id, any(device_id), interface_id, argMax(site_id, slot), argMax(name, slot), argMax(alias, slot), argMax(if_index, slot) FROM raw_interface_identities WHERE "+where+" GROUP BY customer_id, interface_id", arguments,
		[]any{&link.customer, &link.device, &link.port, &port.site, &port.name, &port.alias, &port.index}, func() { one(link, port) })
}

// linkRules reads what the rules say of the links that a condition selects.
func (s *Store) linkRules(ctx context.Context, where string, into map[ownedID]storage.LinkProfile) error {
	return s.linkRulesAsked(ctx, where, nil, into)
}

func (s *Store) linkRulesAsked(ctx context.Context, where string, arguments []any, into map[ownedID]storage.LinkProfile) error {
	var key ownedID
	var kind, half uint8
	var rule storage.LinkProfile
	return s.query(ctx, "link_rules", "SELECT customer_id, interface_id, kind, half_duplex, tx_bps, rx_bps, rule FROM links FINAL WHERE "+where, arguments,
		[]any{&key.customer, &key.id, &kind, &half, &rule.TxBps, &rule.RxBps, &rule.Rule}, func() {
			rule.Kind, rule.HalfDuplex = storage.LinkKind(kind), half != 0
			into[key] = rule
		})
}

package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/storage"
)

// lastAtLeast chooses the interfaces of which the last poll in the time asked for has as much as the choice says of what
// it is ordered by, those with most first, with their names, and says how many they are. The store leaves out what
// certainly has less, for few links are full: what is left is reckoned here, as everywhere.
func (s *Store) lastAtLeast(ctx context.Context, query storage.Query, choice storage.InterfaceChoice) (page listedLinks, total int, err error) {
	rules := map[ownedID]storage.LinkProfile{}
	var polls []portPoll
	err = together(ctx,
		func(ctx context.Context) error { return s.specialLinks(ctx, query, rules) },
		func(ctx context.Context) (err error) { polls, err = s.pollsAtLeast(ctx, query, choice); return err },
	)
	if err != nil || len(polls) == 0 {
		return listedLinks{}, 0, err
	}
	figures := map[ownedID]float64{}
	for i := range polls {
		poll := &polls[i]
		key := ownedID{poll.customer, poll.port}
		figure, known := poll.figure(choice.Order, rules[key])
		if known && figure >= choice.LastAtLeast && kindWanted(query.Kind)(rules[key].Kind) {
			figures[key] = figure
			page.keys = append(page.keys, poll.linkKey)
		}
	}
	if len(page.keys) == 0 {
		return listedLinks{}, 0, nil
	}
	slices.SortFunc(page.keys, func(a, b linkKey) int {
		return cmp.Or(cmp.Compare(figures[ownedID{b.customer, b.port}], figures[ownedID{a.customer, a.port}]), cmp.Compare(a.port, b.port), cmp.Compare(a.customer, b.customer))
	})
	if choice.Text == "" {
		total = len(page.keys)
		page.keys = pageOf(page.keys, choice.Offset, query.Limit)
		return page, total, nil
	}
	if page.names, err = s.linkNames(ctx, query, page.keys); err != nil {
		return listedLinks{}, 0, err
	}
	page, total = page.containing(choice, query.Limit)
	return page, total, nil
}

// portPoll is what a poll of an interface said of its traffic.
type portPoll struct {
	linkKey
	inBits, outBits, speedBps                  uint64
	lengthMs                                   uint32
	inErrors, outErrors, inPackets, outPackets uint64
}

// figure is what interfaces are ordered by, percent; false where it is not known.
func (p *portPoll) figure(order storage.InterfaceOrder, profile storage.LinkProfile) (float64, bool) {
	if order == storage.InterfacesByErrors {
		errors := max(shareOf(p.inErrors, p.inPackets), shareOf(p.outErrors, p.outPackets))
		return errors, p.inErrors+p.inPackets+p.outErrors+p.outPackets > 0
	}
	perSecond := func(bits uint64) float64 { return float64(bits) * 1000 / float64(p.lengthMs) }
	return profile.Percent(perSecond(p.inBits), perSecond(p.outBits), p.speedBps)
}

// shareOf returns the errors in percent of all packets, 0 where there were none.
func shareOf(errors, packets uint64) float64 {
	if errors == 0 {
		return 0
	}
	return 100 * float64(errors) / float64(errors+packets)
}

// pollsAtLeast reads the last polls in the time asked for that may have as much as a choice says: those in
// interface_current, and of the interfaces polled since then those among the polls.
func (s *Store) pollsAtLeast(ctx context.Context, query storage.Query, choice storage.InterfaceChoice) (polls []portPoll, err error) {
	const keys = "customer_id, device_id, interface_id"
	const told = "in_bits, out_bits, speed_bps, interval_ms, in_errors, out_errors, in_packets, out_packets"
	const after, until = "end_ts > fromUnixTimestamp64Milli({from:Int64})", "end_ts <= fromUnixTimestamp64Milli({to:Int64})"
	where, err := rankedOf(query)
	if query.Interface != "" {
		where = conditions(query, entityInterface)
	}
	if err != nil {
		return nil, err
	}
	enough := atLeast(query, choice.Order)
	var poll portPoll
	var newer uint8
	left := false
	read := func(sql string) error {
		return s.query(ctx, "interfaces_last", sql, append(parameters(query), clickhouse.Named("least", choice.LastAtLeast)),
			[]any{&poll.customer, &poll.device, &poll.port, &poll.inBits, &poll.outBits, &poll.speedBps, &poll.lengthMs,
				&poll.inErrors, &poll.outErrors, &poll.inPackets, &poll.outPackets, &newer}, func() {
				if newer == 0 {
					polls = append(polls, poll)
				}
				left = left || newer != 0
			})
	}
	// Of those polled since then a single row tells that there are such.
	err = read("SELECT " + keys + ", " + told + ", NOT " + until + " AS newer FROM interface_current FINAL WHERE " + where + " AND " + after + " AND (newer OR " + enough + ") LIMIT 1 BY if(newer, 0, interface_id)")
	if err != nil || !left {
		return polls, err
	}
	return polls, read("SELECT " + keys + ", " + told + ", 0 FROM (" +
		"\nSELECT " + keys + ", " + told + " FROM utilization PREWHERE " + after + " AND " + until + " WHERE " + where + " AND gap = 0 AND interval_ms > 0" +
		"\n  AND (" + keys + ") IN (SELECT " + keys + " FROM interface_current FINAL WHERE " + where + " AND NOT " + until + ")" +
		"\nORDER BY end_ts DESC LIMIT 1 BY customer_id, interface_id) WHERE " + enough)
}

// atLeast is a condition that leaves out polls with certainly less than {least:Float64} percent of what interfaces are
// ordered by, with a thousandth of leeway for how it is rounded: both directions of a link together are never less than the
// busier one. Of links whose capacity a rule says all are left.
func atLeast(query storage.Query, order storage.InterfaceOrder) string {
	if order == storage.InterfacesByErrors {
		return "(in_errors > 0 AND in_errors * 100.1 >= {least:Float64} * (in_errors + in_packets) OR out_errors > 0 AND out_errors * 100.1 >= {least:Float64} * (out_errors + out_packets))"
	}
	query.Site = ""
	return fmt.Sprintf("(speed_bps > 0 AND (in_bits + out_bits) * 100100. >= {least:Float64} * interval_ms * speed_bps OR interface_id IN (SELECT interface_id FROM links WHERE %s AND (tx_bps > 0 OR rx_bps > 0)))", conditions(query, entityDevice))
}

// containing is the page of those with a choice's text in their name or alias, and how many there are.
func (l listedLinks) containing(choice storage.InterfaceChoice, limit int) (listedLinks, int) {
	text := strings.ToLower(choice.Text)
	has := func(name string) bool { return strings.Contains(strings.ToLower(name), text) }
	keys := slices.DeleteFunc(slices.Clone(l.keys), func(link linkKey) bool {
		port := l.names.ports[ownedID{link.customer, link.port}]
		return !has(port.name) && !has(port.alias)
	})
	return listedLinks{keys: pageOf(keys, choice.Offset, limit), names: l.names}, len(keys)
}

// pageOf are so many of all, 0 for all, from an offset on.
func pageOf(all []linkKey, offset, limit int) []linkKey {
	all = all[min(offset, len(all)):]
	if limit > 0 {
		all = all[:min(limit, len(all))]
	}
	return all
}

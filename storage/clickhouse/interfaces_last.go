package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/storage"
)

// lastAtLeast chooses the interfaces of which the last poll in the time asked for has as much as the choice says of what
// it is ordered by, those with most first, with their names, and says how many they are. The store leaves out what
// certainly has less, for few links are full: what is left is reckoned here, as everywhere.
func (s *Store) lastAtLeast(ctx context.Context, query storage.Query, choice storage.InterfaceChoice) (page listedLinks, total int, err error) {
	rules := map[ownedID]storage.LinkProfile{}
	var polls []lastPortPoll
	err = together(ctx,
		func(ctx context.Context) error { return s.specialLinks(ctx, query, rules) },
		func(ctx context.Context) (err error) { polls, err = s.pollsAtLeast(ctx, query, choice); return err },
	)
	if err != nil {
		return listedLinks{}, 0, err
	}
	wanted := kindWanted(query.Kind)
	var figures []linkFigure
	for i := range polls {
		poll := &polls[i]
		poll.status.LinkProfile = rules[ownedID{poll.customer, poll.port}]
		figure := poll.status.LastPercent
		if choice.Order == storage.InterfacesByErrors {
			figure = poll.status.LastErrorPercent
		}
		if percent, known := figure(); known && percent >= choice.LastAtLeast && wanted(poll.status.Kind) {
			figures = append(figures, linkFigure{poll.linkKey, percent})
		}
	}
	page.keys = highestFirst(figures)
	if choice.Text == "" || len(page.keys) == 0 {
		total = len(page.keys)
		page.keys = limited(page.keys[min(choice.Offset, total):], query)
		return page, total, nil
	}
	if page.names, err = s.linkNames(ctx, query, page.keys); err != nil {
		return listedLinks{}, 0, err
	}
	page, total = page.containing(choice, query)
	return page, total, nil
}

// linkFigure is an interface with what it is ordered by, percent.
type linkFigure struct {
	linkKey
	percent float64
}

// highestFirst puts interfaces into the order of their figures.
func highestFirst(figures []linkFigure) []linkKey {
	slices.SortFunc(figures, func(a, b linkFigure) int {
		return cmp.Or(cmp.Compare(b.percent, a.percent), cmp.Compare(a.port, b.port), cmp.Compare(a.customer, b.customer))
	})
	keys := make([]linkKey, len(figures))
	for i := range figures {
		keys[i] = figures[i].linkKey
	}
	return keys
}

// toldByPoll is what a poll of an interface said of its traffic.
type toldByPoll struct {
	inBits, outBits, speedBps                  uint64
	lengthMs                                   uint32
	inErrors, outErrors, inPackets, outPackets uint64
}

// toldColumns are those of a poll, as toldByPoll.columns takes them.
const toldColumns = "in_bits, out_bits, interval_ms, speed_bps, in_errors, out_errors, in_packets, out_packets"

func (t *toldByPoll) columns() []any {
	return []any{&t.inBits, &t.outBits, &t.lengthMs, &t.speedBps, &t.inErrors, &t.outErrors, &t.inPackets, &t.outPackets}
}

// fill makes it the last poll of an interface, which ended at a time.
func (t *toldByPoll) fill(status *storage.InterfaceStatus, end time.Time) {
	status.Polled, status.SpeedBps = end, t.speedBps
	status.LastInBps, status.LastOutBps = pollRate(t.inBits, t.lengthMs), pollRate(t.outBits, t.lengthMs)
	status.LastInErrors, status.LastOutErrors, status.LastInPackets, status.LastOutPackets = t.inErrors, t.outErrors, t.inPackets, t.outPackets
}

// pollRate is the mean rate over a poll, bit/s.
func pollRate(bits uint64, lengthMs uint32) float64 { return float64(bits) * 1000 / float64(lengthMs) }

// lastPortPoll is the last poll of an interface.
type lastPortPoll struct {
	linkKey
	status storage.InterfaceStatus // what the poll said and no more
}

// pollsAtLeast reads the last polls in the time asked for that may have as much as a choice says: those in
// interface_current, and of the interfaces polled since then those among the polls.
func (s *Store) pollsAtLeast(ctx context.Context, query storage.Query, choice storage.InterfaceChoice) (polls []lastPortPoll, err error) {
	const keys = "customer_id, device_id, interface_id"
	const ended = "toInt64(toUnixTimestamp64Milli(end_ts))"
	const after, until = "end_ts > fromUnixTimestamp64Milli({from:Int64})", "end_ts <= fromUnixTimestamp64Milli({to:Int64})"
	where := conditions(query, entityInterface)
	if query.Interface == "" {
		if where, err = rankedOf(query); err != nil {
			return nil, err
		}
	}
	enough := atLeast(query, choice.Order)
	var key linkKey
	var end int64
	var told toldByPoll
	var newer uint8
	left := false
	read := func(sql string) error {
		return s.query(ctx, "interfaces_last", sql, append(parameters(query), clickhouse.Named("least", choice.LastAtLeast)),
			slices.Concat([]any{&key.customer, &key.device, &key.port, &end}, told.columns(), []any{&newer}), func() {
				if left = left || newer != 0; newer != 0 {
					return
				}
				polls = append(polls, lastPortPoll{linkKey: key})
				told.fill(&polls[len(polls)-1].status, instant(end))
			})
	}
	// Of those polled since then a single row tells that there are such.
	err = read("SELECT " + keys + ", " + ended + ", " + toldColumns + ", NOT " + until + " AS newer FROM interface_current FINAL WHERE " + where + " AND " + after + " AND (newer OR " + enough + ") LIMIT 1 BY if(newer, 0, interface_id)")
	if err != nil || !left {
		return polls, err
	}
	return polls, read("SELECT " + keys + ", " + ended + ", " + toldColumns + ", 0 FROM (" +
		"\nSELECT " + keys + ", end_ts, " + toldColumns + " FROM utilization PREWHERE " + after + " AND " + until + " WHERE " + where + " AND gap = 0 AND interval_ms > 0" +
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
func (l listedLinks) containing(choice storage.InterfaceChoice, query storage.Query) (listedLinks, int) {
	text := strings.ToLower(choice.Text)
	has := func(name string) bool { return strings.Contains(strings.ToLower(name), text) }
	keys := slices.DeleteFunc(slices.Clone(l.keys), func(link linkKey) bool {
		port := l.names.ports[ownedID{link.customer, link.port}]
		return !has(port.name) && !has(port.alias)
	})
	return listedLinks{keys: limited(keys[min(choice.Offset, len(keys)):], query), names: l.names}, len(keys)
}

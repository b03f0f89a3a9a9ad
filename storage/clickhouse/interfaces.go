package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Interfaces returns a page of the interfaces that a query selects: by customer, site,
// device and name, or the busiest over the time asked for first, of which those without any traffic measured or without a
// speed are left out, or those with much in their last poll. Query.Limit is the length of the page.
func (s *Store) Interfaces(ctx context.Context, query storage.Query, choice storage.InterfaceChoice) (storage.InterfaceStatuses, error) {
	if err := query.Validate(); err != nil {
		return storage.InterfaceStatuses{}, err
	}
	if choice.Offset < 0 {
		return storage.InterfaceStatuses{}, fmt.Errorf("offset %d is negative: begin with 0", choice.Offset)
	}
	if choice.LastAtLeast != 0 && (choice.Busiest || rankedBy(choice.Order) == "") {
		return storage.InterfaceStatuses{}, fmt.Errorf("at least %g percent in the last poll is asked for of no figure: order by load or by errors, and leave busiest out", choice.LastAtLeast)
	}
	query.Step = 0
	legs, page, total, err := s.choosePage(ctx, query, choice)
	if err != nil || len(page.keys) == 0 {
		return storage.InterfaceStatuses{Total: total}, err
	}
	ports := newPortPage(page.keys)
	err = together(ctx,
		func(ctx context.Context) error { return s.addNames(ctx, query, ports, page.names) },
		func(ctx context.Context) error { return s.addLastPolls(ctx, query, ports) },
		func(ctx context.Context) error { return s.addTraffic(ctx, query, ports, legs) },
	)
	if err != nil {
		return storage.InterfaceStatuses{}, err
	}
	ports.settle()
	if choice.Busiest { // they were chosen before repeats were taken out
		slices.SortStableFunc(ports.rows, func(a, b storage.InterfaceStatus) int {
			left, _ := a.Percent()
			right, _ := b.Percent()
			return cmp.Compare(right, left)
		})
	}
	return storage.InterfaceStatuses{Interfaces: ports.rows, Total: total}, nil
}

// choosePage says which interfaces are on the page, with their names where these were read for it, and how many there are
// in all, and from where their traffic is read. What is ordered by name need not wait for the legs.
func (s *Store) choosePage(ctx context.Context, query storage.Query, choice storage.InterfaceChoice) (legs []leg, page listedLinks, total int, err error) {
	if choice.LastAtLeast == 0 && (choice.Busiest || rankedBy(choice.Order) != "") {
		if legs, err = s.legs(ctx, query, utilizationRollups); err != nil {
			return nil, listedLinks{}, 0, err
		}
		if choice.Busiest && choice.Text == "" && query.Interface == "" {
			page.keys, total, err = s.busiest(ctx, query, choice.Offset, legs)
		} else {
			page.keys, total, err = s.choose(ctx, query, choice, legs)
		}
		return legs, page, total, err
	}
	err = together(ctx,
		func(ctx context.Context) (err error) { legs, err = s.legs(ctx, query, utilizationRollups); return err },
		func(ctx context.Context) (err error) {
			switch {
			case choice.LastAtLeast != 0:
				page, total, err = s.lastAtLeast(ctx, query, choice)
			case listable(query):
				page, total, err = s.listedPage(ctx, query, choice)
			default:
				page.keys, total, err = s.chooseByName(ctx, query, choice)
			}
			return err
		},
	)
	return legs, page, total, err
}

// listedPage is the page of choose where the links are listed.
func (s *Store) listedPage(ctx context.Context, query storage.Query, choice storage.InterfaceChoice) (page listedLinks, total int, err error) {
	if page, err = s.listLinks(ctx, query); err != nil {
		return listedLinks{}, 0, err
	}
	page, total = page.containing(choice, query)
	return page, total, nil
}

// linkKey is an interface with whose it is.
type linkKey struct{ customer, device, port sample.ID }

// portPage is a page while it is filled, by several at once: each has columns of its own.
type portPage struct {
	where   map[ownedID]int
	keys    []linkKey
	rows    []storage.InterfaceStatus
	traffic map[int]storage.LinkUtilization // of rows, without what others add
}

func newPortPage(keys []linkKey) *portPage {
	page := &portPage{where: map[ownedID]int{}, keys: keys, rows: make([]storage.InterfaceStatus, len(keys)), traffic: map[int]storage.LinkUtilization{}}
	for i, key := range keys {
		page.where[ownedID{key.customer, key.port}] = i
	}
	return page
}

// settle puts the traffic into the rows when all is there.
func (p *portPage) settle() {
	for at, traffic := range p.traffic {
		row := &p.rows[at]
		traffic.Entity, traffic.LinkProfile, traffic.Alias = row.Entity, row.LinkProfile, row.Alias
		traffic.SpeedBps = cmp.Or(traffic.SpeedBps, row.SpeedBps)
		row.LinkUtilization = traffic
	}
}

// condition selects the rows of the page, by the order of the tables.
func (p *portPage) condition() string { return ofPorts(p.keys) }

// row returns the row of an interface, nil for one that is not on the page.
func (p *portPage) row(customer, port sample.ID) *storage.InterfaceStatus {
	if at, ok := p.where[ownedID{customer, port}]; ok {
		return &p.rows[at]
	}
	return nil
}

// chosenPage are the interfaces on a page, and how many there are in all.
type chosenPage struct {
	keys  []linkKey
	total int
}

// chooseByName is choose in the order of names.
func (s *Store) chooseByName(ctx context.Context, query storage.Query, choice storage.InterfaceChoice) ([]linkKey, int, error) {
	question := fmt.Sprintf("%s of %q, %d from %d", conditions(query, entityInterface), []string{query.Site, query.Device, query.Interface, choice.Text}, query.Limit, choice.Offset)
	page, err := s.chosen.ask(ctx, s.config.Remember, question, func(ctx context.Context) (page chosenPage, err error) {
		page.keys, page.total, err = s.choose(ctx, query, choice, nil)
		return page, err
	})
	return page.keys, page.total, err
}

// choose says which interfaces are on the page, and how many there are in all.
func (s *Store) choose(ctx context.Context, query storage.Query, choice storage.InterfaceChoice, legs []leg) ([]linkKey, int, error) {
	where := conditions(query, entityInterface)
	arguments := append(parameters(query), clickhouse.Named("text", choice.Text))
	found := `SELECT customer_id, argMax(site_id, slot) AS site, argMax(device_id, slot) AS device, interface_id, argMax(name, slot) AS interface_name, argMax(alias, slot) AS interface_alias
  FROM raw_interface_identities WHERE ` + where + ` GROUP BY customer_id, interface_id
  HAVING {text:String} = '' OR positionCaseInsensitiveUTF8(interface_name, {text:String}) > 0 OR positionCaseInsensitiveUTF8(interface_alias, {text:String}) > 0`
	paging := ""
	if query.Limit > 0 {
		paging = fmt.Sprintf(" LIMIT %d OFFSET %d", query.Limit, choice.Offset)
	} else if choice.Offset > 0 {
		paging = fmt.Sprintf(" OFFSET %d", choice.Offset)
	}
	ranks, first := "", ""
	if figure := rankedBy(choice.Order); figure != "" {
		first = "f.figure DESC NULLS LAST, "
		ranks = `
LEFT JOIN (SELECT u.customer_id AS customer_id, u.interface_id AS interface_id, ` + figure + ` AS ranked, if(isFinite(ranked), ranked, NULL) AS figure
  FROM (` + rankedTraffic(where, legs, choice.Order) + `) AS u` + joinRules(query.Scope) + `) AS f ON f.customer_id = t.customer_id AND f.interface_id = t.interface_id`
	}
	sql := `SELECT t.customer_id, t.device_id, t.interface_id, count() OVER () FROM (SELECT *, site AS site_id, device AS device_id FROM (` + found + `)) AS t
` + joinOwners(query.Scope, "t") + `
` + joinDevices(query.Scope, "t") + ranks + `
ORDER BY ` + first + `c.customer_name, s.site_name, d.device_name, t.interface_name, t.interface_id`
	all := found
	if choice.Busiest {
		if choice.Text != "" {
			where += " AND (customer_id, interface_id) IN (SELECT customer_id, interface_id FROM (" + found + "))"
		}
		all = `SELECT u.customer_id AS customer_id, u.device_id AS device_id, u.interface_id AS interface_id, ` + rankedBy(storage.InterfacesByLoad) + ` AS percent
FROM (` + rankedTraffic(where, legs, storage.InterfacesByLoad) + `) AS u` + joinRules(query.Scope) + `
WHERE u.covered > 0 AND isFinite(percent)`
		sql = "SELECT customer_id, device_id, interface_id, count() OVER () FROM (" + all + ") ORDER BY percent DESC, interface_id"
	}
	var page []linkKey
	var key linkKey
	var total uint64
	err := s.query(ctx, "interfaces", sql+paging, arguments, []any{&key.customer, &key.device, &key.port, &total}, func() { page = append(page, key) })
	if err != nil || len(page) > 0 || choice.Offset == 0 {
		return page, int(total), err
	}
	err = s.query(ctx, "interfaces_total", "SELECT count() FROM ("+all+")", arguments, []any{&total}, func() {})
	return page, int(total), err
}

// rankedBy is the figure that interfaces are ordered by, of a row of rankedTraffic with the alias u
// and one of links with the alias l: not finite where there is none. It is empty for the order of names.
func rankedBy(order storage.InterfaceOrder) string {
	switch order {
	case storage.InterfacesByLoad:
		return linkPercent("u.in_sum * 1000 / u.covered", "u.out_sum * 1000 / u.covered", "u.newest.2")
	case storage.InterfacesByErrors:
		return "greatest(u.in_lost / (u.in_lost + u.in_kept), u.out_lost / (u.out_lost + u.out_kept))"
	case storage.InterfacesByName:
	}
	return ""
}

// joinRules joins what the rules say of interfaces as l to rows with the alias u.
func joinRules(scope storage.Scope) string {
	return `
LEFT JOIN (SELECT customer_id, interface_id, half_duplex, tx_bps, rx_bps FROM links FINAL WHERE ` + inScope(scope) + `) AS l ON l.customer_id = u.customer_id AND l.interface_id = u.interface_id`
}

// rankedTraffic is what interfaces are ranked by in an order, and no more: the bits in the legs' time, the time they
// were measured in and the newest speed, or the packets in error and the others. Repeats and
// replaced rows stay in it, for they change both alike; a poll counts where it ends.
func rankedTraffic(where string, legs []leg, order storage.InterfaceOrder) string {
	// An interface's id is made of its device's: grouping by both takes twice the time.
	const key = "customer_id, interface_id"
	byErrors := order == storage.InterfacesByErrors
	arms := make([]string, len(legs))
	for i, leg := range legs {
		table, within, covered, newest := leg.table, leg.contains("start_ts")+" AND is_deleted = 0", "covered_ms", "last_ts"
		if table == "" {
			table, within, covered, newest = "utilization", (span{leg.from + 1, leg.to + 1}).contains("end_ts")+" AND gap = 0", "interval_ms", "end_ts"
		}
		switch {
		case byErrors:
		case table == "utilization_1h":
			table = recentHours(leg.from, time.Now())
		case leg.table == "":
			table = recentPolls(leg.from, time.Now())
		}
		sums := "toInt64(sum(" + covered + ")) AS covered, toFloat64(sum(in_bits)) AS in_sum, toFloat64(sum(out_bits)) AS out_sum, " + newestOf("toUnixTimestamp64Milli("+newest+")") + " AS newest"
		if byErrors {
			sums = "toFloat64(sum(in_errors)) AS in_lost, toFloat64(sum(out_errors)) AS out_lost, toFloat64(sum(in_packets)) AS in_kept, toFloat64(sum(out_packets)) AS out_kept"
		}
		arms[i] = "SELECT " + key + ", any(device_id) AS device, " + sums + " FROM " + table + " WHERE " + where + " AND " + within + " GROUP BY " + key
	}
	all := "sum(covered) AS covered, sum(in_sum) AS in_sum, sum(out_sum) AS out_sum, max(newest) AS newest"
	if byErrors {
		all = "sum(in_lost) AS in_lost, sum(out_lost) AS out_lost, sum(in_kept) AS in_kept, sum(out_kept) AS out_kept"
	}
	return "SELECT " + key + ", any(device) AS device_id, " + all + "\nFROM (" + strings.Join(arms, " UNION ALL ") + ") GROUP BY " + key
}

// addNames adds what the interfaces are called and what the rules say of them, where that is not known yet.
func (s *Store) addNames(ctx context.Context, query storage.Query, page *portPage, its *linkNames) (err error) {
	if its == nil {
		if its, err = s.linkNames(ctx, query, page.keys); err != nil {
			return err
		}
	}
	for i, key := range page.keys {
		port := its.ports[ownedID{key.customer, key.port}]
		row := &page.rows[i]
		row.Entity, row.LinkProfile, row.Alias = its.of(key, port.site)
		row.IfIndex = port.index
	}
	return nil
}

// addTraffic adds the traffic over the time asked for.
func (s *Store) addTraffic(ctx context.Context, query storage.Query, page *portPage, legs []leg) error {
	rows, err := s.legTraffic(ctx, query, page.keys, legs)
	for i := range rows {
		if at, ok := page.where[ownedID{rows[i].customer, rows[i].port}]; ok {
			its := rows[i].LinkUtilization
			its.Start, its.Gaps = query.From, gapNames(rows[i].gaps)
			page.traffic[at] = its
		}
	}
	return err
}

// portRecently is how far back the last poll of an interface is looked for.
const portRecently = 24 * time.Hour

// addLastPolls adds the last poll with traffic and what the interface said of itself then, as far as it is of the last
// day: that in interface_current, and where that is newer than the time asked for one of the polls.
func (s *Store) addLastPolls(ctx context.Context, query storage.Query, page *portPage) error {
	var customer, port sample.ID
	var end int64
	var told toldByPoll
	var admin, oper uint8
	toMs := query.To.UnixMilli()
	untold, stateless := map[ownedID]linkKey{}, map[ownedID]linkKey{}
	for _, key := range page.keys {
		untold[ownedID{key.customer, key.port}], stateless[ownedID{key.customer, key.port}] = key, key
	}
	read := func(ctx context.Context, sql string) error {
		return s.query(ctx, "interface_polls", sql, []any{clickhouse.Named("to", toMs)},
			slices.Concat([]any{&customer, &port, &end}, told.columns(), []any{&admin, &oper}), func() {
				to, key := page.row(customer, port), ownedID{customer, port}
				if to == nil || end > toMs {
					return
				}
				delete(untold, key)
				if end <= toMs-portRecently.Milliseconds() {
					return
				}
				told.fill(to, instant(end))
				if oper != 0 && toMs-end < pollsSilent*int64(told.lengthMs) {
					to.AdminStatus, to.OperStatus = admin, oper
					delete(stateless, key)
				}
			})
	}
	if err := read(ctx, "SELECT customer_id, interface_id, toInt64(toUnixTimestamp64Milli(end_ts)), "+toldColumns+", admin_status, oper_status FROM interface_current FINAL WHERE "+page.condition()); err != nil {
		return err
	}
	return together(ctx,
		func(ctx context.Context) error {
			if len(untold) == 0 {
				return nil
			}
			return read(ctx, `SELECT customer_id, interface_id, end_ms, last.1, last.2, last.3, last.4, last.5, last.6, last.7, last.8, 0, 0 FROM (
SELECT customer_id, interface_id, toInt64(max(toUnixTimestamp64Milli(end_ts))) AS end_ms, argMax((`+toldColumns+`), end_ts) AS last
FROM utilization WHERE `+ofPorts(slices.Collect(maps.Values(untold)))+` AND gap = 0 AND interval_ms > 0
  AND end_ts > fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(portRecently)+`) AND end_ts <= fromUnixTimestamp64Milli({to:Int64})
GROUP BY customer_id, interface_id)`)
		},
		func(ctx context.Context) error {
			return s.addPortStates(ctx, query, page, slices.Collect(maps.Values(stateless)))
		},
	)
}

// pollsSilent is how many intervals after a poll its successor must have come: where none with traffic did, the
// interface may have said something else of itself in one without.
const pollsSilent = 2

// addPortStates adds what some interfaces last said of themselves, in the last day.
func (s *Store) addPortStates(ctx context.Context, query storage.Query, page *portPage, some []linkKey) error {
	if len(some) == 0 {
		return nil
	}
	var customer, port sample.ID
	var admin, oper uint8
	return s.query(ctx, "interface_states", `SELECT customer_id, interface_id, argMax(admin_status, slot), argMax(oper_status, slot) FROM raw_interfaces
WHERE `+ofPorts(some)+` AND slot > fromUnixTimestamp64Milli({to:Int64} - `+milliseconds(portRecently)+`) AND slot <= fromUnixTimestamp64Milli({to:Int64})
GROUP BY customer_id, interface_id`, []any{clickhouse.Named("to", query.To.UnixMilli())}, []any{&customer, &port, &admin, &oper}, func() {
		if to := page.row(customer, port); to != nil {
			to.AdminStatus, to.OperStatus = admin, oper
		}
	})
}

package clickhouse

import (
	"context"
	"fmt"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Utilization returns for each interface and bucket the traffic of its polls, by
// customer, site, device, interface and time. A poll counts in each bucket by the
// share of its time in it, in whole bits and packets, and only by its time between query.From and query.To; one
// with a gap gives its reason and no traffic. What is added up already is read from
// the rollups. Start is the bucket's beginning, a multiple of
// the step since 1970 (it may lie before query.From), or query.From without a step.
// Buckets without any poll are left out.
func (s *Store) Utilization(ctx context.Context, query storage.Query) ([]storage.LinkUtilization, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	var dirty holding
	var few listedLinks
	var known bool
	err := together(ctx,
		func(ctx context.Context) (err error) {
			if query.Top > 0 || !tooShort(query, utilizationRollups) {
				dirty, err = s.holding(ctx, query)
			}
			return err
		},
		func(ctx context.Context) (err error) { few, known, err = s.fewLinks(ctx, query); return err },
	)
	if err != nil {
		return nil, err
	}
	legs := plan(asked(query), query.Step.Milliseconds(), utilizationRollups, dirty)
	if known {
		return s.utilizationOf(ctx, query, few, legs)
	}
	if query.Top > 0 {
		if answer, found, err := s.topTraffic(ctx, query, dirty); err != nil || found {
			return answer, err
		}
	}
	where := conditions(query, entityInterface)
	var answer []storage.LinkUtilization
	var row storage.LinkUtilization
	var customerID, siteID, device, port sample.ID
	var customer, site, deviceName, name string
	var kind, half uint8
	var start int64
	var gaps uint32 // bit n: a poll with gap n
	err = s.query(ctx, "utilization", utilizationSQL(query, where, nameRowsOf(query), legs), parameters(query),
		[]any{&customerID, &siteID, &device, &port, &customer, &site, &deviceName, &name, &row.Alias,
			&kind, &half, &row.TxBps, &row.RxBps, &row.Rule, &start,
			&row.CoveredMs, &row.InPeakBps, &row.OutPeakBps, &row.SpeedBps, &gaps,
			&row.InBits, &row.OutBits, &row.InPackets, &row.OutPackets, &row.InBroadcast, &row.OutBroadcast, &row.InMulticast, &row.OutMulticast,
			&row.InErrors, &row.OutErrors, &row.InDiscard, &row.OutDiscard},
		func() {
			bucket := row
			bucket.Entity = deviceEntity(port, customerID, siteID, customer, site, named(deviceName, device))
			bucket.Name = named(name, port)
			bucket.Kind, bucket.HalfDuplex = storage.LinkKind(kind), half != 0
			bucket.Start = time.UnixMilli(start).UTC()
			bucket.Gaps = gapNames(gaps)
			answer = append(answer, bucket)
		})
	return answer, err
}

// utilizationSQL joins the names to the traffic of the legs.
func utilizationSQL(query storage.Query, where string, names nameRows, legs []leg) string {
	return `SELECT u.customer_id, u.site_id, u.device_id, u.interface_id,
  c.customer_name, s.site_name, d.device_name, i.interface_name, i.interface_alias,
  l.kind, l.half_duplex, l.tx_bps, l.rx_bps, l.rule, u.bucket,
  u.covered, u.in_peak, u.out_peak, u.newest.2, u.gap_set, ` + each(utilizationSums, "u.sum_%[1]s") + `
FROM (SELECT *, site AS site_id FROM (` + utilizationSource(where, legs, bucketsOf(query)) + `)) AS u
` + joinOwners(query.Scope, "u") + `
` + names.joinDevices("u") + `
` + names.joinLinks("u") + `
ORDER BY c.customer_name, s.site_name, d.device_name, i.interface_name, u.interface_id, u.bucket` + limit(query)
}

// nameRows are conditions on the rows that may name what a question is about, so that no more
// are looked at.
type nameRows struct{ devices, links string }

// nameRowsOf are the names of what the query's customer and device have, or all in its scope.
func nameRowsOf(query storage.Query) nameRows {
	owner := storage.Query{Scope: query.Scope, Customer: query.Customer, Device: query.Device}
	where := conditions(owner, entityDevice)
	return nameRows{where, where}
}

// nameRowsOfPorts are the names of some links.
func nameRowsOfPorts(ports []linkKey) nameRows {
	devices := make(ownedIDs, len(ports))
	for i, p := range ports {
		devices[i] = ownedID{p.customer, p.device}
	}
	return nameRows{"(customer_id, device_id) IN (" + devices.list() + ")", ofPorts(ports)}
}

// joinDevices joins the latest names of devices.
func (n nameRows) joinDevices(rows string) string {
	return fmt.Sprintf(`LEFT JOIN (SELECT customer_id, device_id, argMax(name, slot) AS device_name
  FROM raw_devices WHERE %[1]s GROUP BY customer_id, device_id) AS d ON d.customer_id = %[2]s.customer_id AND d.device_id = %[2]s.device_id`, n.devices, rows)
}

// joinLinks joins the latest names of interfaces and what the rules say of them.
func (n nameRows) joinLinks(rows string) string {
	return fmt.Sprintf(`LEFT JOIN (SELECT customer_id, interface_id, argMax(name, slot) AS interface_name, argMax(alias, slot) AS interface_alias
  FROM raw_interface_identities WHERE %[1]s GROUP BY customer_id, interface_id) AS i ON i.customer_id = %[2]s.customer_id AND i.interface_id = %[2]s.interface_id
LEFT JOIN (SELECT customer_id, interface_id, kind, half_duplex, tx_bps, rx_bps, rule FROM links FINAL WHERE %[1]s) AS l ON l.customer_id = %[2]s.customer_id AND l.interface_id = %[2]s.interface_id`,
		n.links, rows)
}

// gapNames returns the reasons in words. Bit n of the set stands for gap n.
func gapNames(gaps uint32) []string {
	var names []string
	for gap := storage.GapNone + 1; gaps>>gap != 0; gap++ {
		if gaps>>gap&1 == 1 {
			names = append(names, gap.String())
		}
	}
	return names
}

package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// logRollup is the rollup of the log.
var logRollup = []rollupTable{{"syslog_1h", hourMs}}

// RollUpLog adds up anew the lines of the log of the hours. Doing it again changes
// nothing. An hour whose lines are given up by now stands as it is.
func (s *Store) RollUpLog(ctx context.Context, hours storage.RollUp) error {
	for from := hours.FromMs; from < hours.ToMs; from = floor(from, dayMs) + dayMs { // one INSERT a table partition
		part := span{from, min(hours.ToMs, floor(from, dayMs)+dayMs)}
		err := s.rollUp(ctx, "roll_up_log", fmt.Sprintf(`INSERT INTO syslog_1h (customer_id, site_id, device_id, start_ts, severity, mnemonic, app_name, messages, ver)
SELECT customer_id, site_id, device_id, toStartOfHour(ts), severity, mnemonic, if(mnemonic = '', app_name, ''), sum(toUInt64(greatest(occurrences, 1))), count()
FROM raw_syslog FINAL WHERE %s AND %s
GROUP BY ALL`, rolledFrom(hours), part.contains("ts")))
		if err != nil {
			return err
		}
	}
	return nil
}

// mostRates bounds the counts of one question.
const mostRates = 1_000_000

// SyslogRates returns how many messages were logged, and how many in as much time one
// bucket before, by what the query says. Start is the bucket's beginning, a multiple of
// the step since 1970 (it may lie before query.From, what it counts does not), or
// query.From without a step. What was logged only before is not in the answer. More
// than a million counts are storage.ErrTooMuch.
func (s *Store) SyslogRates(ctx context.Context, query storage.SyslogRatesQuery) (storage.SyslogRates, error) {
	answer := storage.SyslogRates{Messages: map[time.Time]uint64{}, Before: map[time.Time]uint64{}}
	if err := query.Validate(); err != nil {
		return answer, err
	}
	length := query.Step
	if length == 0 {
		length = query.To.Sub(query.From)
	}
	before := query
	before.From, before.To = query.From.Add(-length), query.To.Add(-length)
	var listed []listedRate
	var names placeNames
	devices, earlier := map[ownedID]string{}, map[rateKey]uint64{}
	err := together(ctx,
		func(ctx context.Context) error {
			return s.rates(ctx, query, func(key rateKey, messages uint64) {
				listed = append(listed, listedRate{rateKey: key, messages: messages})
			})
		},
		func(ctx context.Context) error {
			return s.rates(ctx, before, func(key rateKey, messages uint64) {
				key.bucket += length.Milliseconds()
				earlier[key] = messages
			})
		},
		func(ctx context.Context) (err error) { names, err = s.placeNames(ctx, query.Query); return err },
		func(ctx context.Context) error {
			if !slices.Contains(query.By, storage.ByDevice) {
				return nil
			}
			return s.deviceNames(ctx, conditions(query.Query, entityDevice), parameters(query.Query), devices)
		},
	)
	if err != nil {
		return answer, err
	}
	for i := range listed {
		listed[i].deviceName = devices[ownedID{listed[i].customer, listed[i].device}]
	}
	slices.SortFunc(listed, func(a, b listedRate) int { return a.compare(&b, names) })
	answer.Rates = slices.Grow(answer.Rates, len(listed))
	for i := range listed {
		one := &listed[i]
		start := instant(one.bucket)
		answer.Rates = append(answer.Rates, storage.SyslogRate{LogSubject: one.subject(names), Start: start, Messages: one.messages, Before: earlier[one.rateKey]})
		answer.Messages[start] += one.messages
	}
	for key, messages := range earlier {
		answer.Before[instant(key.bucket)] += messages
	}
	return answer, nil
}

// rateKey tells a count from all others of an answer.
type rateKey struct {
	customer, site, device sample.ID
	severity               uint8
	mnemonic, app          string
	source, host           string
	bucket                 int64
}

// listedRate is a count with the name of its device, empty where that was not told.
type listedRate struct {
	rateKey
	deviceName string
	messages   uint64
}

// compare orders counts: those of a bucket together, the most messages first.
func (r *listedRate) compare(other *listedRate, names placeNames) int {
	return cmp.Or(cmp.Compare(r.bucket, other.bucket), cmp.Compare(other.messages, r.messages),
		names.byPlace(place{r.customer, r.site}, place{other.customer, other.site}), cmp.Compare(r.deviceName, other.deviceName),
		cmp.Compare(r.severity, other.severity), cmp.Compare(r.mnemonic, other.mnemonic), cmp.Compare(r.app, other.app),
		cmp.Compare(r.source, other.source), cmp.Compare(r.host, other.host),
		cmp.Compare(r.customer, other.customer), cmp.Compare(r.site, other.site), cmp.Compare(r.device, other.device))
}

// subject is what the messages are about.
func (r *listedRate) subject(names placeNames) storage.LogSubject {
	return storage.LogSubject{
		Entity:   deviceEntity(r.device, r.customer, r.site, names.customers[r.customer], names.sites[r.site], r.deviceName),
		Severity: r.severity, Mnemonic: r.mnemonic, AppName: r.app, Source: r.source, Hostname: r.host,
	}
}

// rates calls row for each count of a query, in no order.
func (s *Store) rates(ctx context.Context, query storage.SyslogRatesQuery, row func(key rateKey, messages uint64)) error {
	legs, err := s.logLegs(ctx, query)
	if err != nil {
		return err
	}
	where, values := logConditions(query.Log)
	where = conditions(query.Query, entityDevice) + where
	arms := make([]string, len(legs))
	for i, leg := range legs {
		arms[i] = ratesLeg(where, leg, bucketsOf(query.Query), query.By)
	}
	const groups = "by_customer, by_site, by_device, by_severity, by_mnemonic, by_app, by_source, by_host, bucket"
	all := arms[0]
	if len(arms) > 1 {
		all = "SELECT " + groups + ", sum(counted) AS counted FROM (" + strings.Join(arms, " UNION ALL ") + ") GROUP BY " + groups
	}
	var key rateKey
	var messages uint64
	rows := 0
	err = s.query(ctx, "syslog_rates", "SELECT "+groups+", counted FROM ("+all+") LIMIT "+fmt.Sprint(mostRates+1), append(parameters(query.Query), values...),
		[]any{&key.customer, &key.site, &key.device, &key.severity, &key.mnemonic, &key.app, &key.source, &key.host, &key.bucket, &messages},
		func() {
			rows++
			row(key, messages)
		})
	if err == nil && rows > mostRates {
		return fmt.Errorf("%w: there are more than %d counts of messages: ask for less time, a longer step or fewer groups", storage.ErrTooMuch, mostRates)
	}
	return err
}

// ratesLeg counts the messages of a leg by bucket and groups. What they are not counted
// by is 0, empty or unknown. A device is told with its site, a site with its customer.
func ratesLeg(where string, leg leg, b buckets, by []storage.LogGroup) string {
	grouped := func(column, otherwise string, groups ...storage.LogGroup) string {
		for _, group := range groups {
			if slices.Contains(by, group) {
				return column
			}
		}
		return otherwise
	}
	table, at, messages, app := leg.table+" FINAL", "start_ts", "messages", "app_name"
	if leg.table == "" {
		table, at, messages, app = "raw_syslog FINAL", "ts", "toUInt64(greatest(occurrences, 1))", "if(mnemonic = '', app_name, '')"
	}
	return fmt.Sprintf(`SELECT %s AS by_customer, %s AS by_site, %s AS by_device, %s AS by_severity, %s AS by_mnemonic, %s AS by_app, %s AS by_source, %s AS by_host, %s AS bucket, sum(%s) AS counted
FROM %s WHERE %s AND %s
GROUP BY by_customer, by_site, by_device, by_severity, by_mnemonic, by_app, by_source, by_host, bucket`,
		grouped("customer_id", "toUInt64(0)", storage.ByCustomer, storage.BySite, storage.ByDevice),
		grouped("site_id", "toUInt64(0)", storage.BySite, storage.ByDevice),
		grouped("device_id", "toUInt64(0)", storage.ByDevice),
		grouped("severity", "toUInt8(255)", storage.BySeverity),
		grouped("toString(mnemonic)", "''", storage.ByMnemonic),
		grouped("toString("+app+")", "''", storage.ByMnemonic),
		grouped("toString(source)", "''", storage.BySource),
		grouped("lower(hostname)", "''", storage.ByHost),
		b.of("toUnixTimestamp64Milli("+at+")"), messages, table, where, leg.contains(at))
}

// logLegs says from which tables the log is counted: hours that are not added up yet,
// or not with all their lines, are counted line by line, and so is what only lines tell.
func (s *Store) logLegs(ctx context.Context, query storage.SyslogRatesQuery) ([]leg, error) {
	all := asked(query.Query)
	if query.LineByLine() {
		return []leg{{span: all}}, nil
	}
	if fitting := plan(all, query.Step.Milliseconds(), logRollup, holding{}); len(fitting) == 1 && fitting[0].table == "" {
		return fitting, nil
	}
	sites := query.Query
	sites.Device, sites.Path = "", "" // the log is of no path
	hours := span{floor(all.from, hourMs), ceil(all.to, hourMs)}
	var dirty []span
	var from int64
	err := s.query(ctx, "rollups_dirty", `SELECT DISTINCT from_ts FROM (
  SELECT from_ts FROM dirty_ranges WHERE figure = '`+storage.RollUpLog+`' AND `+hours.contains("from_ts")+` AND `+conditions(sites, entityPath)+`
  GROUP BY customer_id, entity_id, part, from_ts HAVING argMax(is_deleted, (kafka_offset, epoch, is_deleted)) = 0)`,
		parameters(sites), []any{&from}, func() { dirty = append(dirty, span{from, from + hourMs}) })
	if err != nil {
		return nil, err
	}
	dirty = union(dirty)
	return plan(all, query.Step.Milliseconds(), logRollup, holding{days: dirty, hours: dirty}), nil
}

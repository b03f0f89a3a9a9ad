package clickhouse

import (
	"context"
	"fmt"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// newestSpans are the lengths of time, milliseconds, that the newest lines are looked
// for in, one behind the other, before all the rest: a day's lines are stored by device,
// so that those of all devices cannot be read from the newest on.
var newestSpans = []int64{dayMs, 7 * dayMs}

// Syslog returns the lines received in the time asked for that the query's filter
// selects: by the time received, appliance and sequence, or the newest first where the
// query has a limit.
func (s *Store) Syslog(ctx context.Context, query storage.Query) ([]storage.SyslogLine, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	all := asked(query)
	if before := query.Log.Before; before != nil {
		all.to = min(all.to, before.ReceivedMs+1)
	}
	if query.Limit == 0 {
		return s.lines(ctx, query, all)
	}
	var answer []storage.SyslogLine
	for i := 0; all.from < all.to && query.Limit > 0; i++ {
		part := all
		if i < len(newestSpans) {
			part.from = max(all.from, all.to-newestSpans[i])
		}
		lines, err := s.lines(ctx, query, part)
		if err != nil {
			return nil, err
		}
		answer = append(answer, lines...)
		query.Limit -= len(lines)
		all.to = part.from
	}
	return answer, nil
}

// lines returns the lines of a span, by time or the newest first.
func (s *Store) lines(ctx context.Context, query storage.Query, within span) ([]storage.SyslogLine, error) {
	direction := ""
	if query.Limit > 0 {
		direction = " DESC"
	}
	order := func(rows string) string {
		return " ORDER BY " + each([]string{"ts", "appliance_id", "sequence"}, rows+"%[1]s"+direction)
	}
	chosen, values := logConditions(query.Log)
	if before := query.Log.Before; before != nil {
		chosen += fmt.Sprintf(" AND (ts, appliance_id, sequence) < (fromUnixTimestamp64Milli(toInt64(%d)), toUInt64(%d), toUInt64(%d))",
			before.ReceivedMs, before.Appliance, before.Sequence)
	}
	var answer []storage.SyslogLine
	var line storage.SyslogLine
	var customerID, siteID, device sample.ID
	var customer, site, name string
	var received, stamped int64
	var relayed uint8
	err := s.query(ctx, "syslog", `SELECT m.customer_id, m.site_id, m.device_id, c.customer_name, s.site_name, d.device_name,
  m.ts, m.stamped, m.facility, m.severity, m.source, m.hostname, m.app_name, m.process_id, m.message_id, m.mnemonic, m.message, m.raw, m.complaint,
  greatest(m.occurrences, 1), m.relayed, m.appliance_id, m.sequence
FROM (
  SELECT customer_id, site_id, device_id, appliance_id, sequence, ts, stamped, facility, severity, source, hostname, app_name, process_id, message_id, mnemonic, message, raw, complaint, occurrences, relayed
  FROM raw_syslog FINAL WHERE `+conditions(query, entityDevice)+` AND `+within.contains("ts")+chosen+order("")+limit(query)+`
) AS m
`+joinOwners(query.Scope, "m")+`
`+joinDevices(query.Scope, "m")+order("m."),
		append(parameters(query), values...),
		[]any{&customerID, &siteID, &device, &customer, &site, &name, &received, &stamped,
			&line.Facility, &line.Severity, &line.Source, &line.Hostname, &line.AppName, &line.ProcessID, &line.MessageID, &line.Mnemonic, &line.Message, &line.Raw, &line.Complaint,
			&line.Occurrences, &relayed, &line.Appliance, &line.Sequence},
		func() {
			line.Entity = deviceEntity(device, customerID, siteID, customer, site, name)
			line.Received, line.Stamped, line.Relayed = instant(received), momentOrZero(stamped), relayed != 0
			answer = append(answer, line)
		})
	return answer, err
}

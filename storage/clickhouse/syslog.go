package clickhouse

import (
	"context"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Syslog returns the lines received in the time asked for: by time, or the newest
// first where the query has a limit.
func (s *Store) Syslog(ctx context.Context, query storage.Query) ([]storage.SyslogLine, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	direction := ""
	if query.Limit > 0 {
		direction = " DESC"
	}
	var answer []storage.SyslogLine
	var line storage.SyslogLine
	var customerID, siteID, device sample.ID
	var customer, site, name string
	var received, stamped int64
	err := s.query(ctx, "syslog", `SELECT m.customer_id, m.site_id, m.device_id, c.customer_name, s.site_name, d.device_name,
  m.ts, m.stamped, m.facility, m.severity, m.source, m.hostname, m.app_name, m.mnemonic, m.message, m.raw
FROM (
  SELECT customer_id, site_id, device_id, appliance_id, sequence, ts, stamped, facility, severity, source, hostname, app_name, mnemonic, message, raw
  FROM raw_syslog FINAL WHERE `+conditions(query, entityDevice)+`
    AND ts >= fromUnixTimestamp64Milli({from:Int64}) AND ts < fromUnixTimestamp64Milli({to:Int64})
  ORDER BY ts`+direction+`, appliance_id`+direction+`, sequence`+direction+limit(query)+`
) AS m
`+joinOwners(query.Scope, "m")+`
`+joinDevices(query.Scope, "m")+`
ORDER BY m.ts`+direction+`, m.appliance_id`+direction+`, m.sequence`+direction,
		parameters(query),
		[]any{&customerID, &siteID, &device, &customer, &site, &name, &received, &stamped,
			&line.Facility, &line.Severity, &line.Source, &line.Hostname, &line.AppName, &line.Mnemonic, &line.Message, &line.Raw},
		func() {
			line.Entity = deviceEntity(device, customerID, siteID, customer, site, name)
			line.Received, line.Stamped = instant(received), momentOrZero(stamped)
			answer = append(answer, line)
		})
	return answer, err
}

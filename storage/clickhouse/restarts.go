package clickhouse

import (
	"context"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Restarts returns the restarts of devices and of their agents in the time asked for, the
// latest first.
func (s *Store) Restarts(ctx context.Context, query storage.Query) ([]storage.RebootEvent, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	var answer []storage.RebootEvent
	var row storage.RebootEvent
	var device, customerID, siteID sample.ID
	var customer, site, name string
	var kind uint8
	var epoch uint32
	var at int64
	err := s.query(ctx, "restarts", `SELECT t.customer_id, t.site_id, t.device_id, c.customer_name, s.site_name, d.device_name, t.at_ts, t.kind, t.evidence, t.epoch
FROM (SELECT * FROM reboots FINAL WHERE `+conditions(query, entityDevice)+`
  AND at_ts >= fromUnixTimestamp64Milli({from:Int64}) AND at_ts < fromUnixTimestamp64Milli({to:Int64})) AS t
`+joinOwners(query.Scope, "t")+`
`+joinDevices(query.Scope, "t")+`
ORDER BY t.at_ts DESC, c.customer_name, s.site_name, d.device_name, t.device_id`+limit(query), parameters(query),
		[]any{&customerID, &siteID, &device, &customer, &site, &name, &at, &kind, &row.Evidence, &epoch}, func() {
			one := row
			one.Entity = deviceEntity(device, customerID, siteID, customer, site, name)
			one.At, one.Kind, one.Corrected = instant(at), storage.RebootKind(kind), epoch > 0
			answer = append(answer, one)
		})
	return answer, err
}

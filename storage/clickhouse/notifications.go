package clickhouse

import (
	"context"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// snmpVersions are the versions of SNMP as they are stored, in words.
var snmpVersions = [...]string{"", "1", "2c", "3"}

// Notifications returns the SNMP notifications received in the time asked for: by
// time, or the newest first where the query has a limit. Query.Notification is a name
// or an OID.
func (s *Store) Notifications(ctx context.Context, query storage.Query) ([]storage.Notification, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	direction, called := "", ""
	if query.Limit > 0 {
		direction = " DESC"
	}
	if query.Notification != "" {
		called = " AND (name = {notification:String} OR trap_oid = {notification:String})"
	}
	var answer []storage.Notification
	var one storage.Notification
	var customerID, siteID, device sample.ID
	var customer, site, deviceName, port string
	var received int64
	var ticks uint32
	var version, inform uint8
	err := s.query(ctx, "notifications", `SELECT m.customer_id, m.site_id, m.device_id, c.customer_name, s.site_name, d.device_name,
  m.ts, m.name, m.trap_oid, m.severity, m.if_index, m.interface_name, m.sys_uptime, m.version, m.inform, m.source, m.agent, m.enterprise, m.variables, m.complaint
FROM (
  SELECT customer_id, site_id, device_id, appliance_id, sequence, ts, name, trap_oid, severity, if_index, interface_name, sys_uptime, version, inform, source, agent, enterprise, variables, complaint
  FROM raw_notifications FINAL WHERE `+conditions(query, entityDevice)+called+`
    AND ts >= fromUnixTimestamp64Milli({from:Int64}) AND ts < fromUnixTimestamp64Milli({to:Int64})
  ORDER BY ts`+direction+`, appliance_id`+direction+`, sequence`+direction+limit(query)+`
) AS m
`+joinOwners(query.Scope, "m")+`
`+joinDevices(query.Scope, "m")+`
ORDER BY m.ts`+direction+`, m.appliance_id`+direction+`, m.sequence`+direction,
		parameters(query),
		[]any{&customerID, &siteID, &device, &customer, &site, &deviceName, &received, &one.What, &one.TrapOID, &one.Severity,
			&one.IfIndex, &port, &ticks, &version, &inform, &one.Source, &one.Agent, &one.Enterprise, &one.Variables, &one.Complaint},
		func() {
			one.Entity = deviceEntity(device, customerID, siteID, customer, site, deviceName)
			one.Name = port
			one.Received, one.Uptime, one.Inform = instant(received), time.Duration(ticks)*10*time.Millisecond, inform != 0
			if one.Version = ""; int(version) < len(snmpVersions) {
				one.Version = snmpVersions[version]
			}
			answer = append(answer, one)
		})
	return answer, err
}

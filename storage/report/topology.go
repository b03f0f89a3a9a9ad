package report

import "mimamori/storage"

// Topology has a row for each device with what it is behind.
func Topology(query storage.Query, nodes []storage.Node) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "device", "address", "state", "cause", "since", "last_seen",
		"behind", "appliance", "model", "interfaces", "booted", "uptime_s", "reboots", "maintenance", "system_name", "sys_object_id"}}
	answer.Rows = make([][]any, 0, len(nodes))
	for i := range nodes {
		n := &nodes[i]
		var uptime any
		if running, ok := n.Uptime(query.To); ok {
			uptime = running.Seconds()
		}
		answer.Rows = append(answer.Rows, []any{n.Customer, n.Site, n.Device, n.Address, n.State.String(), n.Cause.String(), moment(n.Since), moment(n.LastSeen),
			n.Behind, n.Appliance, n.Model, n.Interfaces, moment(n.Booted), uptime, n.Reboots, n.Maintenance, n.SystemName, n.ObjectID})
	}
	return answer
}

// Appliances has a row for each appliance with how it stands.
func Appliances(query storage.Query, appliances []storage.ApplianceStatus) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "appliance", "last_heartbeat", "silent", "silent_since", "interval_s",
		"backlog_bytes", "backlog_blocks", "backlog_oldest", "dropped_blocks", "clock_offset_ms", "clock_refused", "version", "uplink_bytes", "uplink_bps", "devices", "unknown"},
		Brief: []string{"customer", "site", "appliance", "last_heartbeat", "silent", "silent_since", "backlog_bytes", "backlog_oldest", "uplink_bps", "clock_offset_ms", "devices", "unknown"}}
	for i := range appliances {
		a := &appliances[i]
		heard := !a.LastHeartbeat.IsZero()
		answer.Rows = append(answer.Rows, []any{a.Customer, a.Site, a.Name, moment(a.LastHeartbeat), a.Silent, moment(a.SilentSince),
			Optional(a.Interval.Seconds(), heard), optional(a.BacklogBytes, heard), optional(a.BacklogBlocks, heard), moment(a.BacklogOldest),
			optional(a.DroppedBlocks, heard), optional(a.ClockOffset.Milliseconds(), a.ClockKnown), optional(a.ClockRefused, a.ClockKnown),
			optional(a.Version, a.Version != ""), optional(a.UplinkBytes, a.UplinkKnown), Optional(a.UplinkBps, a.UplinkKnown), a.Devices, a.Unknown})
	}
	return answer
}

package report

import (
	"mimamori/storage"
)

// Notifications has a row for each notification.
func Notifications(query storage.Query, notifications []storage.Notification) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "device",
		"received", "notification", "severity", "interface", "if_index", "uptime_s", "version", "inform",
		"source", "agent", "trap_oid", "enterprise", "variables", "complaint"},
		Brief: []string{"customer", "site", "device", "received", "notification", "severity", "interface", "source", "complaint"},
		Empty: "no notification of this selection was received in this time"}
	for i := range notifications {
		one := &notifications[i]
		answer.Rows = append(answer.Rows, []any{one.Customer, one.Site, one.Device, one.Received, one.What,
			known(one.Severity), one.Name, index(one.IfIndex), one.Uptime.Seconds(), one.Version, one.Inform,
			one.Source, one.Agent, one.TrapOID, one.Enterprise, one.Variables, one.Complaint})
	}
	return answer
}

// index is an ifIndex as a cell, nil for none.
func index(number uint32) any {
	if number == 0 {
		return nil
	}
	return number
}

package report

import "mimamori/storage"

// Alarms has a row for each raising of an alarm. Who sees to it, and why, is told the partner alone.
func Alarms(query storage.Query, raised []storage.RaisedAlarm) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 5, Columns: []string{"customer", "site", "device", "id", "raised",
		"cleared", "seconds", "open", "severity", "alert", "alarm_kind", "entity", "name", "since", "devices_affected", "maintenance", "flapping", "events", "value",
		"owner", "acknowledged_until", "acknowledged_why", "acknowledged_by", "summary"},
		Brief: []string{"customer", "site", "raised", "cleared", "severity", "alert", "entity", "owner", "summary"},
		Empty: "no alarm of this selection was raised in this time"}
	for i := range raised {
		a := &raised[i]
		open := a.Cleared.IsZero() || !a.Cleared.Before(query.To)
		end := a.Cleared
		if open {
			end = query.To
		}
		answer.Rows = append(answer.Rows, []any{a.Customer, a.Site, a.Device, a.AlarmID, a.Raised,
			moment(a.Cleared), max(0, end.Sub(a.Raised).Seconds()), open, a.Severity, a.Rule, a.Kind, a.About, a.Name, a.Since, a.Devices, a.Muted, a.Flapping, a.Events, a.Value,
			a.Acknowledged.Owner, moment(a.Acknowledged.Until), a.Acknowledged.Reason, a.Acknowledged.By, a.Summary})
	}
	return answer
}

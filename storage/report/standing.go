package report

import "mimamori/storage"

// standingColumns are those of Customers and Sites behind the names.
var standingColumns = []string{"urgency", "state", "devices", "up", "down", "unreachable", "degraded", "unknown", "maintenance",
	"appliances", "appliances_silent", "worst", "worst_name", "worst_value", "affected", "since", "mos", "utilization_pct", "as_of"}

// standingBrief are those of them that a table shows.
var standingBrief = []string{"state", "devices", "down", "unreachable", "unknown", "maintenance", "appliances_silent",
	"worst", "worst_name", "worst_value", "since", "mos", "utilization_pct", "as_of"}

// Customers has a row for each customer with how it stands, the most urgent first.
func Customers(query storage.Query, standings []storage.Standing) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 1, Columns: append([]string{"customer"}, standingColumns...),
		Brief: append([]string{"customer"}, standingBrief...)}
	for i := range standings {
		answer.Rows = append(answer.Rows, append([]any{standings[i].Customer}, standingCells(&standings[i])...))
	}
	return answer
}

// Sites has a row for each site with how it stands, the most urgent first.
func Sites(query storage.Query, standings []storage.Standing) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 2, Columns: append([]string{"customer", "site"}, append(standingColumns, "contact", "contact_phone", "contact_mail", "contact_hours", "runbook")...),
		Brief: append([]string{"customer", "site"}, standingBrief...)}
	for i := range standings {
		row := append([]any{standings[i].Customer, standings[i].Site}, standingCells(&standings[i])...)
		call := standings[i].Contact
		answer.Rows = append(answer.Rows, append(row, optional(call.Name, call.Name != ""), optional(call.Phone, call.Phone != ""),
			optional(call.Mail, call.Mail != ""), optional(call.Hours, call.Hours != ""), optional(standings[i].Runbook, standings[i].Runbook != "")))
	}
	return answer
}

func standingCells(s *storage.Standing) []any {
	var worst any
	if s.Worst != "" {
		worst = s.Worst
	}
	concerned := s.Concern != storage.ConcernNone && s.Concern != storage.ConcernEmpty
	return []any{s.Urgency(), s.State(), s.Devices, s.Up, s.Down, s.Unreachable, s.Degraded, s.Unknown, s.Maintenance,
		s.Appliances, s.Silent, s.Concern.String(), worst, Optional(s.WorstValue, concerned), s.Affected, moment(s.Since),
		Optional(s.MOS, s.Rated), Optional(s.Utilization, s.Measured), moment(s.AsOf)}
}

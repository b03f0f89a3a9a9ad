package report

import (
	"fmt"
	"math"
	"strings"

	"mimamori/storage/sla"
)

// ServiceLevels has a row for each device, site, customer or group of an answer, with
// the outages behind the figure, what was corrected of it and, for sites and
// customers, the devices behind the downtime.
func ServiceLevels(answer sla.Answer) Sheet {
	keys := serviceKeys(answer.By)
	sheet := Sheet{
		From: answer.From, To: answer.To, Keys: len(keys), Notes: append(silences(answer), answer.Notes...),
		Columns: append(keys, "availability_pct", "pessimistic_pct", "target_pct", "met", "nines",
			"scheduled_s", "up_s", "degraded_s", "down_s", "unknown_s", "excluded_s", "outage_count",
			"mtbf_s", "mttr_s", "longest_s", "allowed_down_s", "expected_pct", "calendar",
			"corrected_at", "corrected_by", "corrected_why", "availability_before_pct", "state"),
		Brief: briefly(answer),
	}
	for i := range answer.Rows {
		sheet.Rows = append(sheet.Rows, serviceRow(answer.By, &answer.Rows[i]))
	}
	if !answer.FiguresOnly {
		sheet.Details = append(sheet.Details, outageDetails(answer))
	}
	sheet.Details = append(sheet.Details, correctionDetails(answer))
	if (answer.Contributors || !answer.FiguresOnly) && (answer.By == sla.BySite || answer.By == sla.ByCustomer) {
		sheet.Details = append(sheet.Details, contributorDetails(answer))
	}
	return sheet
}

// briefly are the columns that fit a terminal.
func briefly(answer sla.Answer) []string {
	shown := append(serviceKeys(answer.By), "availability_pct", "pessimistic_pct")
	if answer.By == sla.ByGroup {
		shown = append(shown, "expected_pct")
	}
	if promised(answer) {
		shown = append(shown, "target_pct", "met")
	} else {
		shown = append(shown, "unknown_s")
	}
	return append(shown, "down_s", "outage_count", "state")
}

// serviceKeys are the columns that say what a row is about.
func serviceKeys(by sla.By) []string {
	switch by {
	case sla.BySite:
		return []string{"customer", "site"}
	case sla.ByCustomer:
		return []string{"customer"}
	case sla.ByGroup:
		return []string{"customer", "group"}
	default:
		return []string{"customer", "site", "device"}
	}
}

func serviceName(by sla.By, row *sla.Row) []any {
	switch by {
	case sla.BySite:
		return []any{row.Customer, row.Site}
	case sla.ByCustomer:
		return []any{row.Customer}
	case sla.ByGroup:
		return []any{row.Customer, row.Name}
	default:
		return []any{row.Customer, row.Site, row.Device}
	}
}

func serviceRow(by sla.By, row *sla.Row) []any {
	var target, met, allowed, expected, at, who, why, before, state any
	if row.TargetPct > 0 {
		target = row.TargetPct
		if kept, ok := row.Met(row.TargetPct); ok {
			met, allowed = "no", Seconds(row.AllowedMs(row.TargetPct))
			if kept {
				met = "yes"
			}
		}
	}
	if row.ExpectedPct != nil {
		expected = *row.ExpectedPct
	}
	if len(row.Corrections) > 0 {
		last := row.Corrections[0]
		at, who, why, before = last.At, last.By, last.Why, Optional(last.Before.Percent())
	}
	if by == sla.ByDevice || by == sla.ByGroup {
		state = row.State.String()
	}
	return append(serviceName(by, row), Optional(row.Percent()), Optional(row.PessimisticPercent()),
		target, met, Optional(row.Nines()),
		Seconds(row.ScheduledMs), Seconds(row.UpMs), Seconds(row.DegradedMs), Seconds(row.DownMs),
		Seconds(row.UnknownMs), Seconds(row.ExcludedMs), row.Figure.Outages,
		optionalSeconds(row.MTBF()), optionalSeconds(row.MTTR()), Seconds(row.LongestMs),
		allowed, expected, row.Calendar, at, who, why, before, state)
}

func optionalSeconds(milliseconds float64, ok bool) any {
	if !ok {
		return nil
	}
	return math.Round(milliseconds) / 1000
}

func promised(answer sla.Answer) bool {
	for i := range answer.Rows {
		if answer.Rows[i].TargetPct > 0 {
			return true
		}
	}
	return false
}

// outageDetails are the stretches that were not up.
func outageDetails(answer sla.Answer) Details {
	whose := outageKeys(answer.By)
	details := Details{
		Name: "outages", Heading: "not up", Empty: "nothing of this selection was down, degraded or unknown in this time",
		Columns: append(outageKeys(answer.By), "from", "to", "seconds", "counted_s", "excluded_s", "excluded_why",
			"state", "cause", "ongoing", "corrected", "ticket", "evidence"),
		Brief: append(whose, "from", "to", "counted_s", "cause", "excluded_why"),
	}
	for i := range answer.Rows {
		rows := [][]any{}
		for _, outage := range answer.Rows[i].Outages {
			rows = append(rows, append(outageOf(answer.By, outage), outage.From, outage.To,
				Seconds(outage.CountedMs+outage.ExcludedMs), Seconds(outage.CountedMs), Seconds(outage.ExcludedMs),
				excludedWhy(outage), outage.State.String(), outage.Cause.String(), outage.Ongoing, outage.Corrected,
				outage.Ticket, outage.Evidence))
		}
		details.Rows = append(details.Rows, rows)
	}
	return details
}

func outageKeys(by sla.By) []string {
	switch by {
	case sla.BySite:
		return []string{"device"}
	case sla.ByCustomer:
		return []string{"site", "device"}
	case sla.ByGroup:
		return []string{"members"}
	default:
		return nil
	}
}

func outageOf(by sla.By, outage sla.Outage) []any {
	switch by {
	case sla.BySite:
		return []any{outage.Device}
	case sla.ByCustomer:
		return []any{outage.Site, outage.Device}
	case sla.ByGroup:
		return []any{strings.Join(outage.Members, "; ")}
	default:
		return nil
	}
}

// excludedWhy names the reasons for which time of an outage does not count; where
// there are several, each with its seconds.
func excludedWhy(outage sla.Outage) string {
	reasons := make([]string, len(outage.Excluded))
	for i, each := range outage.Excluded {
		reasons[i] = each.Why
		if len(outage.Excluded) > 1 {
			reasons[i] += fmt.Sprintf(" %g s", Seconds(each.Ms))
		}
	}
	return strings.Join(reasons, "; ")
}

// correctionDetails are the figures before they were corrected.
func correctionDetails(answer sla.Answer) Details {
	details := Details{
		Name: "corrections", Heading: "corrected", Empty: "nothing of this selection was corrected after the fact",
		Columns: []string{"at", "by", "why", "from", "to", "availability_before_pct"},
		Brief:   []string{"at", "by", "why", "availability_before_pct"},

		SlightWhy: "corrections that made no availability another: --rows corrections lists them too",
	}
	for i := range answer.Rows {
		rows, slight := [][]any{}, []bool{}
		after := Optional(answer.Rows[i].Percent())
		for _, each := range answer.Rows[i].Corrections {
			before := Optional(each.Before.Percent())
			rows, slight = append(rows, []any{each.At, each.By, each.Why, each.From, each.To, before}), append(slight, before == after)
			after = before
		}
		details.Rows, details.Slight = append(details.Rows, rows), append(details.Slight, slight)
	}
	return details
}

// contributorDetails are the devices with the largest part in the downtime.
func contributorDetails(answer sla.Answer) Details {
	details := Details{
		Name: "contributors", Heading: "share of downtime", Empty: "no device of this selection was down in this time",
		Columns: []string{"site", "device", "down_s", "share_pct", "cumulative_pct"},
	}
	if answer.By == sla.BySite {
		details.Columns = details.Columns[1:]
	}
	for i := range answer.Rows {
		rows := [][]any{}
		for _, each := range answer.Rows[i].Contributors {
			row := []any{each.Site, each.Device, Seconds(each.DownMs), each.SharePct, each.CumulativePct}
			if answer.By == sla.BySite {
				row = row[1:]
			}
			rows = append(rows, row)
		}
		details.Rows = append(details.Rows, rows)
	}
	return details
}

// silences say why rows have no percentage.
func silences(answer sla.Answer) []string {
	counts := map[string]int{}
	for i := range answer.Rows {
		counts[silence(answer, &answer.Rows[i])]++
	}
	var notes []string
	for _, why := range []string{unseen, unscheduled, maintained} {
		if counts[why] > 0 {
			notes = append(notes, fmt.Sprintf("%d of %d without a percentage: %s", counts[why], len(answer.Rows), why))
		}
	}
	return notes
}

const (
	unseen      = "nothing is known of the time asked for"
	unscheduled = "nothing was scheduled in the time asked for"
	maintained  = "all that was scheduled was under maintenance"
)

func silence(answer sla.Answer, row *sla.Row) string {
	if _, ok := row.Percent(); ok {
		return ""
	}
	switch {
	case !row.Since.Before(answer.To):
		return unseen
	case row.ScheduledMs == 0:
		return unscheduled
	case row.ScheduledMs == row.ExcludedMs:
		return maintained
	}
	return unseen
}

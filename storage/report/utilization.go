package report

import (
	"strings"

	"mimamori/storage"
)

// Utilization has a row for each interface and bucket.
func Utilization(query storage.Query, links []storage.LinkUtilization) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 4, Columns: []string{"customer", "site", "device", "interface",
		"alias", "kind", "start", "in_bps", "out_bps", "utilization_pct", "in_peak_bps", "out_peak_bps", "in_bits", "out_bits",
		"speed_bps", "measured_s", "in_errors", "out_errors", "in_discards", "out_discards", "gaps"}}
	for i := range links {
		link := &links[i]
		answer.Rows = append(answer.Rows, []any{link.Customer, link.Site, link.Device, link.Name, link.Alias, link.Kind.String(), link.Start,
			Optional(link.InBps()), Optional(link.OutBps()), Optional(link.Percent()), link.InPeakBps, link.OutPeakBps,
			link.InBits, link.OutBits, link.SpeedBps, Seconds(link.CoveredMs),
			link.InErrors, link.OutErrors, link.InDiscard, link.OutDiscard, strings.Join(link.Gaps, "; ")})
	}
	return answer
}

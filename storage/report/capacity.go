package report

import (
	"fmt"
	"slices"
	"strings"

	"mimamori/storage"
)

// Capacity has a row for each interface: how full it was, when it is busy, and in how
// many days it will be as full as fullAt, in percent.
func Capacity(query storage.Query, links []storage.LinkCapacity, fullAt float64) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 4, Columns: []string{"customer", "site", "device", "interface",
		"alias", "kind", "duplex", "in_capacity_bps", "out_capacity_bps",
		"p95_in_bps", "p95_out_bps", "p95_max_of_both_bps", "p95_of_max_bps", "p95_pct",
		"in_bps", "out_bps", "utilization_pct", "in_peak_bps", "out_peak_bps", "in_bits", "out_bits",
		"busy_hour", "busy_hour_bps", "busiest_hour", "busiest_hour_bps",
		"growth_pct_per_day", "full_at_pct", "days_until_full", "samples", "missing_samples", "remarks"},
		Brief: []string{"customer", "site", "device", "interface", "alias", "p95_in_bps", "p95_out_bps", "p95_pct",
			"utilization_pct", "busy_hour", "days_until_full", "missing_samples", "remarks"}}
	for i := range links {
		link := &links[i]
		inCapacity, outCapacity := link.Capacity(link.SpeedBps)
		measured, p95, growing := link.CoveredMs > 0, link.NoP95 == "", link.NoTrend == ""
		var busyHour, busiest any
		if link.BusyHour >= 0 {
			busyHour = fmt.Sprintf("%02d:00", link.BusyHour)
		}
		if !link.Busiest.IsZero() {
			busiest = link.Busiest
		}
		days, why := link.DaysUntil(fullAt)
		remarks := slices.DeleteFunc([]string{link.NoP95, why}, func(remark string) bool { return remark == "" })
		answer.Rows = append(answer.Rows, []any{link.Customer, link.Site, link.Device, link.Name,
			link.Alias, link.Kind.String(), duplex(link.LinkProfile), capacity(inCapacity), capacity(outCapacity),
			Optional(link.P95.InBps, p95), Optional(link.P95.OutBps, p95), Optional(link.P95.MaxOfBothBps, p95), Optional(link.P95.OfMaxBps, p95),
			Optional(link.P95.Percent, link.P95.HasPercent),
			Optional(link.InBps()), Optional(link.OutBps()), Optional(link.Percent()),
			Optional(link.InPeakBps, measured), Optional(link.OutPeakBps, measured), Optional(link.InBits, measured), Optional(link.OutBits, measured),
			busyHour, Optional(link.BusyHourBps, busyHour != nil), busiest, Optional(link.BusiestBps, busiest != nil),
			Optional(link.Trend.PerDay, growing), fullAt, Optional(days, why == ""),
			link.Samples, link.Expected - link.Samples, strings.Join(remarks, "; ")})
	}
	return answer
}

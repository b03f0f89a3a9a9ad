package report

import (
	"strings"

	"mimamori/storage"
)

// Utilization has a row for each interface and bucket.
func Utilization(query storage.Query, links []storage.LinkUtilization) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 4, Columns: []string{"customer", "site", "device", "interface",
		"alias", "kind", "start", "in_bps", "out_bps", "utilization_pct", "in_peak_bps", "out_peak_bps", "in_bits", "out_bits",
		"speed_bps", "duplex", "in_capacity_bps", "out_capacity_bps", "measured_s", "in_packets", "out_packets",
		"in_error_pct", "out_error_pct", "in_discard_pct", "out_discard_pct", "in_broadcast_pct", "out_broadcast_pct",
		"in_errors", "out_errors", "in_discards", "out_discards", "rule", "gaps"},
		Brief: linksBriefly(query, links)}
	for i := range links {
		link := &links[i]
		inCapacity, outCapacity := link.Capacity(link.SpeedBps)
		answer.Rows = append(answer.Rows, []any{link.Customer, link.Site, link.Device, link.Name, link.Alias, link.Kind.String(), link.Start,
			Optional(link.InBps()), Optional(link.OutBps()), Optional(link.Percent()), link.InPeakBps, link.OutPeakBps,
			link.InBits, link.OutBits, link.SpeedBps, duplex(link.LinkProfile), capacity(inCapacity), capacity(outCapacity),
			Seconds(link.CoveredMs), link.InPackets, link.OutPackets,
			Optional(storage.LostPercent(link.InErrors, link.InPackets)), Optional(storage.LostPercent(link.OutErrors, link.OutPackets)),
			Optional(storage.LostPercent(link.InDiscard, link.InPackets)), Optional(storage.LostPercent(link.OutDiscard, link.OutPackets)),
			Optional(storage.BroadcastPercent(link.InBroadcast, link.InPackets)), Optional(storage.BroadcastPercent(link.OutBroadcast, link.OutPackets)),
			link.InErrors, link.OutErrors, link.InDiscard, link.OutDiscard, link.Rule, strings.Join(link.Gaps, "; ")})
	}
	return answer
}

// linksBriefly are the columns that say how busy links are and what is wrong with them:
// errors and discards where there are any to be seen, the beginning where there are buckets.
func linksBriefly(query storage.Query, links []storage.LinkUtilization) []string {
	shown := []string{"customer", "site", "device", "interface", "alias"}
	if query.Step > 0 {
		shown = append(shown, "start")
	}
	shown = append(shown, "in_bps", "out_bps", "utilization_pct", "in_peak_bps", "out_peak_bps")
	var errors, discards bool
	for i := range links {
		link := &links[i]
		errors = errors || shows(link.InErrors, link.InPackets) || shows(link.OutErrors, link.OutPackets)
		discards = discards || shows(link.InDiscard, link.InPackets) || shows(link.OutDiscard, link.OutPackets)
	}
	if errors {
		shown = append(shown, "in_error_pct", "out_error_pct")
	}
	if discards {
		shown = append(shown, "in_discard_pct", "out_discard_pct")
	}
	return append(shown, "gaps")
}

// shows reports whether a share of packets is more than the 0.000 of a table.
func shows(lost, packets float64) bool {
	percent, ok := storage.LostPercent(lost, packets)
	return ok && percent >= 0.0005
}

func duplex(profile storage.LinkProfile) string {
	if profile.HalfDuplex {
		return "half"
	}
	return "full"
}

// capacity is bits a second as a cell, blank where it is not known.
func capacity(bps uint64) any {
	if bps == 0 {
		return nil
	}
	return bps
}

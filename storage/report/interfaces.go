package report

import (
	"time"

	"mimamori/storage"
)

// Interfaces has a row for each interface with its traffic over the time asked for and
// what its last poll said.
func Interfaces(query storage.Query, found storage.InterfaceStatuses) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 4, Columns: []string{"customer", "site", "device", "interface", "alias", "kind", "if_index",
		"oper_state", "speed_bps", "in_capacity_bps", "out_capacity_bps", "in_bps", "out_bps", "utilization_pct", "in_peak_bps", "out_peak_bps", "in_error_pct", "out_error_pct",
		"last_measured", "last_in_bps", "last_out_bps", "last_utilization_pct", "last_in_error_pct", "last_out_error_pct"},
		Brief: []string{"customer", "site", "device", "interface", "alias", "kind", "oper_state", "in_bps", "out_bps", "utilization_pct", "last_measured", "last_utilization_pct"}}
	for i := range found.Interfaces {
		port := &found.Interfaces[i]
		inCapacity, outCapacity := port.Capacity(port.SpeedBps)
		measured, polled := port.CoveredMs > 0, !port.Polled.IsZero()
		var lastIn, lastOut any
		if polled {
			lastIn = Optional(storage.LostPercent(float64(port.LastInErrors), float64(port.LastInPackets)))
			lastOut = Optional(storage.LostPercent(float64(port.LastOutErrors), float64(port.LastOutPackets)))
		}
		answer.Rows = append(answer.Rows, []any{port.Customer, port.Site, port.Device, port.Name, port.Alias, port.Kind.String(), index(port.IfIndex),
			port.OperState(), capacity(port.SpeedBps), capacity(inCapacity), capacity(outCapacity),
			Optional(port.InBps()), Optional(port.OutBps()), Optional(port.Percent()), Optional(port.InPeakBps, measured), Optional(port.OutPeakBps, measured),
			Optional(storage.LostPercent(port.InErrors, port.InPackets)), Optional(storage.LostPercent(port.OutErrors, port.OutPackets)),
			moment(port.Polled), Optional(port.LastInBps, polled), Optional(port.LastOutBps, polled), Optional(port.LastPercent()), lastIn, lastOut})
	}
	return answer
}

// Paths has a row for each voice path with its latest minute and its means over the time
// asked for.
func Paths(query storage.Query, paths []storage.PathStatus) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "path", "target", "codec", "minute", "mos", "r", "scale", "band",
		"loss_pct", "delay_ms", "jitter_ms", "pdv99_ms", "mean_mos", "min_mos", "mean_loss_pct", "mean_delay_ms", "mean_jitter_ms", "minutes", "poor_minutes"}}
	for i := range paths {
		p := &paths[i]
		latest, mean := &p.Latest, &p.Mean
		rated, heard := p.Measured && latest.Rated(), p.Measured && latest.Received > 0
		var minute, loss any
		if p.Measured {
			minute = time.UnixMilli(latest.MinuteMs)
		}
		if mean.Sent > 0 {
			loss = 100 * float64(mean.Lost+mean.Late) / float64(mean.Sent)
		}
		answer.Rows = append(answer.Rows, []any{p.Customer, p.Site, p.Name, p.Target, p.Codec, minute, Optional(latest.MOS, rated), Optional(latest.R, rated),
			optional(latest.Scale, rated), optional(latest.Band, rated), Optional(latest.LossPct, p.Measured && latest.Sent > 0), Optional(latest.DelayMs, heard),
			Optional(latest.JitterMs, heard), Optional(latest.PDV99Ms, heard),
			Optional(mean.MOS, mean.MOS > 0), Optional(mean.MOSMin, mean.MOS > 0), loss, Optional(mean.DelayMs, mean.Received > 0), Optional(mean.JitterMs, mean.Received > 0),
			mean.Minutes, mean.PoorMinutes})
	}
	return answer
}

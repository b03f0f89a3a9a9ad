package report

import "mimamori/storage"

// VoicePeriods has a row for each path, bucket and scale of R.
func VoicePeriods(query storage.Query, periods []storage.VoicePeriod) Sheet {
	answer := Sheet{
		From: query.From, To: query.To, Keys: 3,
		Columns: []string{"customer", "site", "path", "start", "scale", "minutes", "poor_minutes",
			"mos", "mos_min", "mos_lq", "r", "r_min", "loss_pct", "loss_max_pct", "delay_ms", "delay_max_ms",
			"jitter_ms", "jitter_max_ms", "rtt_ms", "sent", "received", "lost", "late", "measured_s", "source", "reported_mos", "reported_icpif"},
		Brief: []string{"customer", "site", "path", "start", "scale", "minutes", "poor_minutes", "mos", "mos_min", "r", "loss_pct", "delay_ms", "source", "reported_mos"},
	}
	for i := range periods {
		period := &periods[i]
		sent, rated, heard, reported := period.Minutes > 0, period.MOS > 0, period.Received > 0, period.ReportedMinutes > 0
		var loss any
		if period.Sent > 0 {
			loss = 100 * float64(period.Lost+period.Late) / float64(period.Sent)
		}
		answer.Rows = append(answer.Rows, []any{period.Customer, period.Site, period.Name, period.Start, period.Scale,
			period.Minutes, period.PoorMinutes,
			Optional(period.MOS, rated), Optional(period.MOSMin, rated), Optional(period.MOSLQ, rated && period.MOSLQ > 0),
			Optional(period.R, rated), Optional(period.RMin, rated), loss, Optional(period.LossPctMax, sent),
			Optional(period.DelayMs, heard), Optional(period.DelayMaxMs, heard), Optional(period.JitterMs, heard), Optional(period.JitterMaxMs, heard),
			Optional(period.RTTMs, heard), period.Sent, period.Received, period.Lost, period.Late, float64(period.CoveredMs) / 1000,
			voiceSource(period.IPSLAMinutes > 0), Optional(period.ReportedMOS, reported), Optional(period.ReportedICPIF, reported)})
	}
	return answer
}

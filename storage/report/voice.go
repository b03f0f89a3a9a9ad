package report

import (
	"time"

	"mimamori/storage"
)

// Voice has a row for each path and minute.
func Voice(query storage.Query, minutes []storage.PathVoice) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "path", "minute",
		"mos", "mos_lq", "r", "scale", "band", "loss_pct", "delay_ms", "one_way", "jitter_ms", "pdv99_ms", "jitter_buffer_ms",
		"burst_r", "bursts", "burst_density_pct", "gap_density_pct", "burst_mean_ms", "sent", "lost", "late",
		"codec", "ie", "bpl", "itu", "model"},
		Brief: []string{"customer", "site", "path", "minute", "mos", "band", "loss_pct", "delay_ms", "jitter_ms", "bursts", "sent", "codec"}}
	for i := range minutes {
		minute := &minutes[i]
		rated := minute.Sent > 0
		kept := rated && minute.Bpl > 0 // no codec has 0: minutes made before inputs were kept
		bursts, heard := minute.Bursts > 0, minute.Received > 0
		var oneWay any
		if heard {
			oneWay = minute.OneWay
		}
		answer.Rows = append(answer.Rows, []any{minute.Entity.Customer, minute.Entity.Site, minute.Name, time.UnixMilli(minute.MinuteMs),
			Optional(minute.MOS, rated), Optional(minute.MOSLQ, kept), Optional(minute.R, rated), minute.Scale, minute.Band,
			Optional(minute.LossPct, rated), Optional(minute.DelayMs, heard), oneWay, Optional(minute.JitterMs, heard), Optional(minute.PDV99Ms, heard),
			Optional(minute.JitterBufferMs, kept), Optional(minute.BurstR, rated), minute.Bursts, Optional(minute.BurstDensityPct, bursts), Optional(minute.GapDensityPct, bursts),
			Optional(minute.BurstMeanMs, bursts), minute.Sent, minute.Lost, minute.Late,
			minute.Codec, Optional(minute.Ie, kept), Optional(minute.Bpl, kept), minute.ITU, minute.Model})
	}
	return answer
}

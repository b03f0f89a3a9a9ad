package report

import (
	"time"

	"mimamori/storage"
)

// Voice has a row for each path and minute.
func Voice(query storage.Query, minutes []storage.PathVoice) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "path", "minute",
		"mos", "r", "loss_pct", "delay_ms", "one_way", "jitter_ms", "pdv99_ms", "burst_r", "sent", "lost", "late", "codec", "model"}}
	for i := range minutes {
		minute := &minutes[i]
		var mos, r any
		if minute.Sent > 0 {
			mos, r = minute.MOS, minute.R
		}
		answer.Rows = append(answer.Rows, []any{minute.Entity.Customer, minute.Entity.Site, minute.Name,
			time.UnixMilli(minute.MinuteMs), mos, r, minute.LossPct, minute.DelayMs, minute.OneWay,
			minute.JitterMs, minute.PDV99Ms, minute.BurstR, minute.Sent, minute.Lost, minute.Late, minute.Codec, minute.Model})
	}
	return answer
}

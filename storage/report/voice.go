package report

import (
	"fmt"
	"strings"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Voice has a row for each path and minute.
func Voice(query storage.Query, minutes []storage.PathVoice) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "path", "minute",
		"mos", "mos_lq", "r", "scale", "band", "loss_pct", "delay_ms", "one_way", "jitter_ms", "pdv99_ms", "jitter_buffer_ms",
		"burst_r", "bursts", "burst_density_pct", "gap_density_pct", "burst_mean_ms", "sent", "lost", "late",
		"codec", "ie", "bpl", "itu", "model", "source", "reported_mos", "reported_icpif", "lost_forward", "lost_backward",
		"duplicates", "reordered", "dscp_sent", "dscp_received", "ttl_forward", "ttl_backward", "clock_error_ms", "notes"},
		Brief: []string{"customer", "site", "path", "minute", "mos", "band", "loss_pct", "delay_ms", "jitter_ms", "bursts", "sent", "codec", "source", "reported_mos", "notes"}}
	foreign := map[string]bool{}
	for i := range minutes {
		minute := &minutes[i]
		sent, rated := minute.Sent > 0, minute.Rated()
		kept := rated && minute.Bpl > 0 // no codec has 0: minutes made before inputs were kept
		operation := minute.Origin == sample.OriginIPSLA
		if kept && !minute.ITU && !foreign[minute.Codec] {
			foreign[minute.Codec] = true
			answer.Notes = append(answer.Notes, fmt.Sprintf("%s is rated by ie %g and bpl %g, which are not both the ITU's.", minute.Codec, minute.Ie, minute.Bpl))
		}
		marked := !operation && (minute.DSCPSent > 0 || minute.TTLForward > 0 || minute.TTLBackward > 0) // else made before it was kept
		bursts, heard := minute.Bursts > 0, minute.Received > 0
		var oneWay any
		var counted any = minute.Bursts
		if operation {
			counted = nil
		}
		if heard {
			oneWay = minute.OneWay
		}
		answer.Rows = append(answer.Rows, []any{minute.Entity.Customer, minute.Entity.Site, minute.Name, time.UnixMilli(minute.MinuteMs),
			Optional(minute.MOS, rated), Optional(minute.MOSLQ, kept), Optional(minute.R, rated), minute.Scale, minute.Band,
			Optional(minute.LossPct, sent), Optional(minute.DelayMs, heard), oneWay, Optional(minute.JitterMs, heard), Optional(minute.PDV99Ms, heard && !operation),
			Optional(minute.JitterBufferMs, kept), Optional(minute.BurstR, rated), counted, Optional(minute.BurstDensityPct, bursts), Optional(minute.GapDensityPct, bursts),
			Optional(minute.BurstMeanMs, bursts), minute.Sent, minute.Lost, minute.Late,
			minute.Codec, Optional(minute.Ie, kept), Optional(minute.Bpl, kept), optional(minute.ITU, rated), minute.Model,
			voiceSource(operation), Optional(minute.ReportedMOS, minute.ReportedMOS > 0), Optional(minute.ReportedICPIF, minute.ReportedMOS > 0),
			optional(minute.LostForward, operation || minute.Directional), optional(minute.LostBackward, operation || minute.Directional),
			minute.Duplicates, minute.Reordered, optional(minute.DSCPSent, marked), optional(minute.DSCPReceived, marked && heard),
			optional(minute.TTLForward, minute.TTLForward > 0), optional(minute.TTLBackward, minute.TTLBackward > 0),
			Optional(minute.ClockErrorMs, minute.ClockErrorMs > 0), strings.Join(minute.NoteWords(), "; ")})
	}
	return answer
}

// voiceSource says in words who measured a voice path.
func voiceSource(operation bool) string {
	if operation {
		return "IP SLA"
	}
	return "probe"
}

// optional is a cell that is blank where its value is not known.
func optional[T any](value T, known bool) any {
	if !known {
		return nil
	}
	return value
}

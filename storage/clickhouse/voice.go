package clickhouse

import (
	"context"

	"mimamori/storage"
)

// voiceMinutes are the columns of the table voice_minutes.
type voiceMinutes struct {
	owner                                owners
	minute                               []int64
	covered                              []uint32
	codec, model, scale, band            []string
	sent, received, lost, lossRuns, late []uint32
	duplicates, reordered                []uint32
	bursts, burstPackets, burstLost      []uint32
	oneWay, itu, adaptive, echoFree      []uint8
	delay, rttMean, rttMin, pdv99        []float64
	jitter, loss, burstR, ieEff, r, mos  []float64
	burstDensity, gapDensity, burstMean  []float64
	buffer, packet, ie, bpl, id, mosLQ   []float64
	origin                               []uint8
	lostForward, lostBackward            []uint32
	reportedMOS, reportedICPIF           []float64
	condition                            voiceConditions
	version                              versions
}

func (v *voiceMinutes) add(m storage.VoiceMinute) error {
	v.owner.add(m.Customer, m.Site, m.Path)
	v.minute = append(v.minute, m.MinuteMs)
	v.covered = append(v.covered, m.CoveredMs)
	v.codec = append(v.codec, m.Codec)
	v.model = append(v.model, m.Model)
	v.sent = append(v.sent, m.Sent)
	v.received = append(v.received, m.Received)
	v.lost = append(v.lost, m.Lost)
	v.lossRuns = append(v.lossRuns, m.LossRuns)
	v.late = append(v.late, m.Late)
	v.duplicates = append(v.duplicates, m.Duplicates)
	v.reordered = append(v.reordered, m.Reordered)
	v.bursts = append(v.bursts, m.Bursts)
	v.burstPackets = append(v.burstPackets, m.BurstPackets)
	v.burstLost = append(v.burstLost, m.BurstLost)
	v.burstDensity = append(v.burstDensity, m.BurstDensityPct)
	v.gapDensity = append(v.gapDensity, m.GapDensityPct)
	v.burstMean = append(v.burstMean, m.BurstMeanMs)
	v.oneWay = append(v.oneWay, bit(m.OneWay))
	v.itu = append(v.itu, bit(m.ITU))
	v.delay = append(v.delay, m.DelayMs)
	v.rttMean = append(v.rttMean, m.RTTMeanMs)
	v.rttMin = append(v.rttMin, m.RTTMinMs)
	v.pdv99 = append(v.pdv99, m.PDV99Ms)
	v.jitter = append(v.jitter, m.JitterMs)
	v.buffer = append(v.buffer, m.JitterBufferMs)
	v.adaptive = append(v.adaptive, bit(m.Adaptive))
	v.packet = append(v.packet, m.PacketMs)
	v.echoFree = append(v.echoFree, bit(m.EchoFree))
	v.ie = append(v.ie, m.Ie)
	v.bpl = append(v.bpl, m.Bpl)
	v.id = append(v.id, m.DelayImpairment)
	v.scale = append(v.scale, m.Scale)
	v.mosLQ = append(v.mosLQ, m.MOSLQ)
	v.band = append(v.band, m.Band)
	v.loss = append(v.loss, m.LossPct)
	v.burstR = append(v.burstR, m.BurstR)
	v.ieEff = append(v.ieEff, m.IeEff)
	v.r = append(v.r, m.R)
	v.mos = append(v.mos, m.MOS)
	v.origin = append(v.origin, m.Origin)
	v.lostForward = append(v.lostForward, m.LostForward)
	v.lostBackward = append(v.lostBackward, m.LostBackward)
	v.reportedMOS = append(v.reportedMOS, m.ReportedMOS)
	v.reportedICPIF = append(v.reportedICPIF, m.ReportedICPIF)
	v.condition.add(&m)
	return v.version.add(m.Version)
}

// columns are all but the version's.
func (v *voiceMinutes) columns() []column {
	return append(append(v.owner.columns("path_id"),
		times("minute_ts", &v.minute), of("covered_ms", &v.covered), of("codec", &v.codec),
		of("sent", &v.sent), of("received", &v.received), of("lost", &v.lost), of("loss_runs", &v.lossRuns),
		of("late", &v.late), of("duplicates", &v.duplicates), of("reordered", &v.reordered),
		of("delay_ms", &v.delay), of("one_way", &v.oneWay), of("rtt_mean_ms", &v.rttMean), of("rtt_min_ms", &v.rttMin),
		of("pdv99_ms", &v.pdv99), of("jitter_ms", &v.jitter), of("loss_pct", &v.loss), of("burst_r", &v.burstR),
		of("ie_eff", &v.ieEff), of("r", &v.r), of("mos", &v.mos), of("itu", &v.itu), of("model", &v.model),
		of("scale", &v.scale), of("band", &v.band), of("mos_lq", &v.mosLQ), of("delay_impairment", &v.id),
		of("ie", &v.ie), of("bpl", &v.bpl), of("jitter_buffer_ms", &v.buffer), of("adaptive", &v.adaptive),
		of("packet_ms", &v.packet), of("echo_free", &v.echoFree),
		of("bursts", &v.bursts), of("burst_packets", &v.burstPackets), of("burst_lost", &v.burstLost),
		of("burst_density_pct", &v.burstDensity), of("gap_density_pct", &v.gapDensity), of("burst_mean_ms", &v.burstMean),
		of("origin", &v.origin), of("lost_forward", &v.lostForward), of("lost_backward", &v.lostBackward),
		of("reported_mos", &v.reportedMOS), of("reported_icpif", &v.reportedICPIF)),
		v.condition.columns()...)
}

func (v *voiceMinutes) row(i int) storage.VoiceMinute {
	minute := storage.VoiceMinute{
		Customer: v.owner.customer[i], Site: v.owner.site[i], Path: v.owner.entity[i],
		MinuteMs: v.minute[i], CoveredMs: v.covered[i], Codec: v.codec[i],
		Sent: v.sent[i], Received: v.received[i], Lost: v.lost[i], LossRuns: v.lossRuns[i],
		Late: v.late[i], Duplicates: v.duplicates[i], Reordered: v.reordered[i],
		DelayMs: v.delay[i], OneWay: v.oneWay[i] != 0, RTTMeanMs: v.rttMean[i], RTTMinMs: v.rttMin[i],
		PDV99Ms: v.pdv99[i], JitterMs: v.jitter[i], LossPct: v.loss[i], BurstR: v.burstR[i], IeEff: v.ieEff[i],
		R: v.r[i], MOS: v.mos[i], ITU: v.itu[i] != 0, Model: v.model[i],
		Scale: v.scale[i], Band: v.band[i], MOSLQ: v.mosLQ[i], DelayImpairment: v.id[i], Ie: v.ie[i], Bpl: v.bpl[i],
		JitterBufferMs: v.buffer[i], Adaptive: v.adaptive[i] != 0, PacketMs: v.packet[i], EchoFree: v.echoFree[i] != 0,
		Bursts: v.bursts[i], BurstPackets: v.burstPackets[i], BurstLost: v.burstLost[i],
		BurstDensityPct: v.burstDensity[i], GapDensityPct: v.gapDensity[i], BurstMeanMs: v.burstMean[i],
		Origin: v.origin[i], LostForward: v.lostForward[i], LostBackward: v.lostBackward[i],
		ReportedMOS: v.reportedMOS[i], ReportedICPIF: v.reportedICPIF[i],
		Version: storage.Version{Epoch: v.version.epoch[i], Offset: v.version.offset[i]},
	}
	v.condition.fill(&minute, i)
	return minute
}

// voiceInsertions returns the minutes, those by time, and the last of each path.
func voiceInsertions(minutes []storage.VoiceMinute) ([]insertion, error) {
	var rows voiceMinutes
	for _, minute := range minutes {
		if err := rows.add(minute); err != nil {
			return nil, err
		}
	}
	all := append(rows.columns(), rows.version.columns()...)
	return []insertion{{"voice_minutes", all, byMonth(rows.minute)}, voiceRecentInsertion(all, rows.minute), voiceCurrentInsertion(minutes, &rows)}, nil
}

// Voice returns one row for each voice path and minute that begins in the time asked
// for, by customer, site, path and time. The step is not used: rows are minutes.
func (s *Store) Voice(ctx context.Context, query storage.Query) ([]storage.PathVoice, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	query = ofCustomer(query)
	var minutes voiceMinutes
	var customer, site, path string
	columns := append(minutes.columns(), minutes.version.columns()[:2]...)
	names, targets := selected("v.", columns)
	sql := `SELECT ` + names + `, c.customer_name, s.site_name, p.path_name
FROM (SELECT * FROM voice_minutes FINAL WHERE ` + conditions(query, entityPath) + `
  AND minute_ts >= fromUnixTimestamp64Milli({from:Int64}) AND minute_ts < fromUnixTimestamp64Milli({to:Int64})) AS v
` + joinOwners(query.Scope, "v") + `
LEFT JOIN (SELECT customer_id, path_id, argMax(name, slot) AS path_name FROM raw_paths WHERE ` + inScope(query.Scope) + ` GROUP BY customer_id, path_id) AS p ON p.customer_id = v.customer_id AND p.path_id = v.path_id
ORDER BY c.customer_name, s.site_name, p.path_name, v.path_id, v.minute_ts` + limit(query)
	var answer []storage.PathVoice
	targets = append(targets, &customer, &site, &path)
	err := s.query(ctx, "voice", sql, parameters(query), targets, func() {
		keep(columns)
		minute := minutes.row(len(answer))
		answer = append(answer, storage.PathVoice{
			Entity:      entity(minute.Path, customer, site, "", named(path, minute.Path)),
			VoiceMinute: minute,
		})
	})
	return answer, err
}

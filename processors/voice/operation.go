package voice

import (
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// operation is what a minute's rows say that came from a router's IP SLA operation: the
// router's own judgement, which is kept beside ours and never mixed with it. The ways on
// which packets were lost are known of probes too, where the reflector counts for itself.
type operation struct {
	origin                    sample.Origin
	lostForward, lostBackward uint64
	reports                   uint64 // results with a MOS of the router's own
	mosHundredths, icpif      uint64 // sums over these
}

func (o *operation) add(rows *sample.Operations, i int) {
	o.origin = max(o.origin, rows.Origin[i])
	o.lostForward += uint64(rows.LossForward[i])
	o.lostBackward += uint64(rows.LossBackward[i])
	if rows.ReportedMOSHundredths[i] > 0 {
		o.reports++
		o.mosHundredths += uint64(rows.ReportedMOSHundredths[i])
		o.icpif += uint64(rows.ReportedICPIF[i])
	}
}

func (o *operation) fill(row *storage.VoiceMinute) {
	row.Origin = o.origin
	row.LostForward, row.LostBackward = saturate(o.lostForward), saturate(o.lostBackward)
	if o.reports > 0 {
		row.ReportedMOS = float64(o.mosHundredths) / float64(o.reports) / 100
		row.ReportedICPIF = float64(o.icpif) / float64(o.reports)
	}
}

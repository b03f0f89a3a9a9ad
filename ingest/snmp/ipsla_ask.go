package snmp

import (
	"slices"
	"strings"

	"mimamori/ingest/sample"
)

// Operation is an IP SLA jitter operation of a router with its latest result, where that
// is of the last hour. What the router does not say is null.
type Operation struct {
	Name          string   `json:"name"`   // its tag, or its target; a voice path bears it behind the device's name
	Target        string   `json:"target"` // host:port
	Codec         string   `json:"codec"`  // empty where it has none
	Sent          *uint32  `json:"sent"`   // packets; null without a result
	Lost          *uint32  `json:"lost"`   // of these, never answered
	Late          *uint32  `json:"late"`   // of these, answered after the operation's timeout
	RTTMs         *float64 `json:"rtt_ms"` // mean
	JitterMs      *float64 `json:"jitter_ms"`
	ForwardMs     *float64 `json:"forward_ms"` // mean one-way delay, of synchronised clocks
	ReportedMOS   *float64 `json:"reported_mos"`
	ReportedICPIF *uint32  `json:"reported_icpif"`
}

// takeOperations takes over a device's operations and the rows of their results.
func (a *Answer) takeOperations(d *device, rows *sample.Voice) {
	for _, each := range d.operations.all {
		found := Operation{Name: strings.TrimPrefix(each.name, d.inventory.Name+" "), Target: each.target, Codec: each.codec}
		if i := slices.Index(rows.Path, each.id); i >= 0 {
			found.take(rows, i)
		}
		a.Operations = append(a.Operations, found)
	}
}

func (o *Operation) take(rows *sample.Voice, i int) {
	missing := rows.Sent[i] - rows.Received[i] - rows.LateArrivals[i]
	o.Sent, o.Lost, o.Late = &rows.Sent[i], &missing, &rows.LateArrivals[i]
	milliseconds := func(sum float64, n uint32) *float64 {
		mean := sum / float64(n) / 1000
		return &mean
	}
	if received := rows.Received[i]; received > 0 {
		o.RTTMs, o.JitterMs = milliseconds(float64(rows.SumRTTUs[i]), received), milliseconds(float64(rows.JitterUs[i]), 1)
	}
	if rows.Synchronised[i] == 1 {
		o.ForwardMs = milliseconds(float64(rows.SumForwardUs[i]), rows.OneWay[i])
	}
	if hundredths := rows.ReportedMOSHundredths[i]; hundredths > 0 {
		mos := float64(hundredths) / 100
		o.ReportedMOS, o.ReportedICPIF = &mos, &rows.ReportedICPIF[i]
	}
}

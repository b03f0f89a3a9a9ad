package sla

import (
	"cmp"
	"slices"
)

// Contributor is a device's part in the downtime of a site or a customer.
type Contributor struct {
	Site, Device  string
	DownMs        int64   // counted, without the time in which it was unreachable
	SharePct      float64 // of such downtime of all
	CumulativePct float64 // of this and those before it
}

// contributors orders devices by their part in the downtime. The time in which a
// device was merely unreachable is nobody's own.
func contributors(members []*ledger) []Contributor {
	var answer []Contributor
	total := int64(0)
	for _, member := range members {
		figure := member.now.figure
		if down := figure.DownMs - figure.UnreachableMs; down > 0 {
			answer = append(answer, Contributor{Site: member.device.Site, Device: member.device.Device, DownMs: down})
			total += down
		}
	}
	slices.SortFunc(answer, func(a, b Contributor) int {
		return cmp.Or(cmp.Compare(b.DownMs, a.DownMs), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Device, b.Device))
	})
	down := int64(0)
	for i := range answer {
		down += answer[i].DownMs
		answer[i].SharePct, _ = share(answer[i].DownMs, total)
		answer[i].CumulativePct, _ = share(down, total)
	}
	return answer
}

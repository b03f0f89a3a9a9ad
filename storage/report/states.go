package report

import (
	"fmt"
	"time"

	"mimamori/storage"
)

// States has a row for each stretch of time in which a device was in one state.
func States(query storage.Query, found storage.StateStretches) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3,
		Columns: []string{"customer", "site", "device", "from", "to", "state", "cause", "evidence", "corrected", "maintenance", "merged"}}
	answer.Rows = make([][]any, 0, len(found.Stretches))
	merged := false
	for i := range found.Stretches {
		s := &found.Stretches[i]
		merged = merged || s.Merged > 1
		answer.Rows = append(answer.Rows, []any{s.Customer, s.Site, s.Device, s.From, s.To, s.State.String(), s.Cause.String(), s.Evidence,
			s.Corrected, s.Maintenance, max(s.Merged, 1)})
	}
	if merged {
		answer.Notes = append(answer.Notes, fmt.Sprintf("Stretches that lie within %s are shown as one, with the state of the worst; merged says how many.", found.Slice.Round(time.Second)))
	}
	return answer
}

// Reboots has a row for each restart of a device or of its agent, the latest first.
func Reboots(query storage.Query, reboots []storage.RebootEvent) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "device", "at", "kind", "evidence", "corrected"}}
	for i := range reboots {
		r := &reboots[i]
		answer.Rows = append(answer.Rows, []any{r.Customer, r.Site, r.Device, r.At, r.Kind.String(), r.Evidence, r.Corrected})
	}
	return answer
}

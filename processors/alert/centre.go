package alert

import (
	"context"
	"time"
)

// centreSilent is the alarm of the centre's own failure.
const centreSilent = "CentreSilent"

var centreKey = Key{Rule: centreSilent, Customer: "", Entity: "centre"}

// stalled raises the one alarm that stands for all while nothing can be known.
func (e *Engine) stalled(ctx context.Context, at, since time.Time, reason string) error {
	return e.change(ctx, at, func(found *changes) {
		rule := &Rule{Alert: centreSilent, Kind: centreSilent, Severity: Critical}
		a := e.alarms[centreSilent][centreKey]
		if a == nil {
			a = e.begin(rule, centreKey)
		}
		if a.State != Raised {
			a.begin(rule)
			a.Since, a.Name, a.Details = since, "centre", map[string]string{"reason": reason, "newest": since.UTC().Format(time.RFC3339)}
			a.raise(at, Flapping{})
			e.note(rule, a, Pending, found)
		}
		a.At = at
	})
}

// recovered clears the centre's alarm: something arrived.
func (e *Engine) recovered(at time.Time, found *changes) {
	if a := e.alarms[centreSilent][centreKey]; a != nil && a.State == Raised {
		a.clear(at)
		e.note(&Rule{Alert: centreSilent, Kind: centreSilent}, a, Raised, found)
	}
}

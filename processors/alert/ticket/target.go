package ticket

import (
	"fmt"
	"time"
)

// target is when something is due; the zero target is never.
type target struct {
	within          time.Duration // of the time that counts
	nextBusinessDay bool
}

func parseTarget(text string) (target, error) {
	switch text {
	case "":
		return target{}, nil
	case NextBusinessDay:
		return target{nextBusinessDay: true}, nil
	}
	within, err := time.ParseDuration(text)
	if err != nil {
		return target{}, fmt.Errorf("%q is no target: write a time such as 15m or 24h, or %s", text, NextBusinessDay)
	}
	if within < time.Minute || within > longest {
		return target{}, fmt.Errorf("is %s: use 1m to %s", text, longest)
	}
	return target{within: within}, nil
}

// parse returns the targets as they are used. They were found right.
func (t Targets) parse() (bySeverity[target], error) {
	parsed := bySeverity[target]{}
	for severity, text := range t.bySeverity() {
		var err error
		if parsed[severity], err = parseTarget(text); err != nil {
			return nil, fmt.Errorf("read the target of %s: %w", severity, err)
		}
	}
	return parsed, nil
}

func (t Targets) bySeverity() bySeverity[string] { return perSeverity(t.S1, t.S2, t.S3, t.S4) }

func (t Texts) bySeverity() bySeverity[string] { return perSeverity(t.S1, t.S2, t.S3, t.S4) }

func (e Escalations) bySeverity() bySeverity[Chain] { return perSeverity(e.S1, e.S2, e.S3, e.S4) }

// due returns when the target that began at a moment is reached, counting the given
// hours; the next business day is one of the desk's in any case. Zero is never.
func (t target) due(from time.Time, counting, business hours, zone *time.Location) time.Time {
	switch {
	case t.nextBusinessDay:
		return business.endOfNextDay(from, zone)
	case t.within > 0:
		return counting.after(from, t.within)
	}
	return time.Time{}
}

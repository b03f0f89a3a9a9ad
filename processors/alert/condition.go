package alert

import "time"

// State is where an alarm is in its life.
type State string

// The states.
const (
	Pending State = "pending" // so, but not for long enough
	Raised  State = "raised"
	Cleared State = "cleared"
)

// Alarm is one alarm with all that is known of it.
type Alarm struct {
	Key
	ID       string   `json:"id"` // Key.String
	State    State    `json:"state"`
	Kind     string   `json:"kind"`
	Severity Severity `json:"severity"`
	Name     string   `json:"name"`
	Device   string   `json:"device,omitempty"` // whose the entity is; empty where it is of none

	Since   time.Time `json:"since"`              // since when it is so, by the measurements
	Raised  time.Time `json:"raised_at,omitzero"` // when the alarm was raised, the same clock
	Cleared time.Time `json:"cleared_at,omitzero"`
	// First is Raised as it was until the alarm cleared, where the clock was put back meanwhile.
	First time.Time `json:"first_raised_at,omitzero"`
	At    time.Time `json:"at"` // of the latest measurement that said so

	Value   float64           `json:"value,omitempty"`
	Summary string            `json:"summary"`
	Details map[string]string `json:"details,omitempty"`
	Impact  Impact            `json:"impact,omitzero"`
	Runbook string            `json:"runbook,omitempty"`

	Events    int  `json:"events,omitempty"`    // of what happens: how often, while it was raised
	Flapping  bool `json:"flapping,omitempty"`  // it comes and goes: held until all is quiet
	Swallowed int  `json:"swallowed,omitempty"` // changes that were not told for that
	Muted     bool `json:"muted,omitempty"`     // a maintenance window covers it

	Acknowledged Acknowledgement `json:"acknowledged,omitzero"`

	// FineSince is since when it is well again, where it may clear soon.
	FineSince time.Time `json:"fine_since,omitzero"`
	// Freed is since when it is counted under nothing else; zero where it never was.
	Freed time.Time `json:"freed,omitzero"`
	// Raises are when it was raised of late, of flapping.
	Raises []time.Time `json:"raises,omitempty"`

	counted bool // under something else, as of the last look
	before  bool // it was raised before this time, so that it is kept as it was then
}

// Acknowledgement is somebody's word that he sees to an alarm.
type Acknowledgement struct {
	Owner  string    `json:"owner"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"`
}

// InForce says whether it stands at a moment.
func (a Acknowledgement) InForce(at time.Time) bool { return a.Owner != "" && at.Before(a.Until) }

// observe takes what a rule read of an entity; nil where it is well. It says whether the alarm changed
// in a way that has to be kept. The alarm is no longer of use where it is Cleared, or was never raised
// and is well.
func (a *Alarm) observe(rule *Rule, reading *Reading, at time.Time, flapping Flapping) (changed bool) {
	switch {
	case reading == nil:
		return a.fine(rule, at, flapping)
	case reading.level == bad:
		return a.bad(rule, reading, flapping)
	case a.State == Pending && reading.level == between:
		return a.fine(rule, at, flapping)
	}
	// Nobody knows, or it is between the thresholds: what began to be well has to begin anew.
	changed = !a.FineSince.IsZero()
	a.FineSince = time.Time{}
	return changed
}

func (a *Alarm) bad(rule *Rule, reading *Reading, flapping Flapping) (changed bool) {
	changed = a.tell(reading)
	a.counted = reading.Under != (subject{})
	if a.counted {
		a.Freed = reading.At
	}
	if !a.FineSince.IsZero() {
		a.FineSince, changed = time.Time{}, true
		if a.Flapping {
			a.Swallowed++
		}
	}
	switch {
	case a.Since.IsZero():
		a.Since, changed = since(reading), true
	case a.State == Pending && !reading.Since.IsZero() && !reading.Since.Equal(a.Since):
		a.Since, changed = reading.Since, true
	}
	if a.State == Raised || reading.Maintenance || a.counted || reading.At.Sub(later(a.Since, a.Freed)) < rule.For {
		return changed
	}
	a.raise(reading.At, flapping)
	return true
}

// begin makes a new alarm of one that has cleared, as the rule is now: what is of flapping stays.
func (a *Alarm) begin(rule *Rule) {
	*a = Alarm{Key: a.Key, ID: a.ID, State: Pending, Kind: rule.Kind, Severity: rule.Severity, Runbook: rule.Runbook, Raises: a.Raises, before: a.before || !a.Raised.IsZero()}
}

// clear ends a raised alarm: never before it was raised, should the clock have been put back.
func (a *Alarm) clear(at time.Time) {
	a.State, a.Cleared, a.Muted = Cleared, at, false
	if a.Raised.After(at) {
		a.First, a.Raised = a.Raised, at
	}
}

// Raising is when the alarm was raised, as it was first told: with the identifier it names this raising among
// all of the alarm.
func (a *Alarm) Raising() time.Time {
	if !a.First.IsZero() {
		return a.First
	}
	return a.Raised
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// since is since when a reading says it is so: where it does not know, since it was measured.
func since(reading *Reading) time.Time {
	if reading.Since.IsZero() {
		return reading.At
	}
	return reading.Since
}

func (a *Alarm) raise(at time.Time, flapping Flapping) {
	a.State, a.Raised, a.Cleared = Raised, at, time.Time{}
	if flapping.Times == 0 {
		return
	}
	for len(a.Raises) > 0 && at.Sub(a.Raises[0]) > flapping.Within {
		a.Raises = a.Raises[1:]
	}
	a.Raises = append(a.Raises, at)
	a.Flapping = len(a.Raises) >= flapping.Times
}

// tell takes over what a reading says, for those who are told.
func (a *Alarm) tell(reading *Reading) (changed bool) {
	changed = a.Value != reading.Value || a.Muted != reading.Maintenance || a.Impact.Devices != reading.Impact.Devices || a.Impact.Sites != reading.Impact.Sites
	a.At, a.Value, a.Muted, a.Impact, a.Details, a.Name, a.Device = reading.At, reading.Value, reading.Maintenance, reading.Impact, reading.Details, reading.Name, reading.device
	return changed
}

// fine is told that it is well as of a moment.
func (a *Alarm) fine(rule *Rule, at time.Time, flapping Flapping) (changed bool) {
	if a.State != Raised {
		a.State = Cleared // it never was one
		return true
	}
	if a.FineSince.After(at) { // the clock was put back
		a.FineSince, changed = at, true
	}
	if a.FineSince.IsZero() {
		a.FineSince, changed = at, true
		if a.Flapping {
			a.Swallowed++
		}
	}
	quiet := rule.ClearFor
	if a.Flapping {
		quiet = max(quiet, flapping.Quiet)
	}
	if at.Sub(a.FineSince) < quiet {
		return changed
	}
	a.clear(at)
	return true
}

package sla

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// promise is all that a configuration says of one customer. Its JSON is the content of
// storage.ContractRevision: what is added to it later must be left out where it says
// nothing, so that a promise that stays the same stays the same text.
type promise struct {
	Calendar           string           `json:"calendar"`        // its name
	Hours              *calendar.Config `json:"hours,omitempty"` // nil for AroundTheClock
	TargetPct          float64          `json:"target_pct,omitempty"`
	ExcludeMaintenance bool             `json:"exclude_maintenance"`
	Groups             []Group          `json:"groups,omitempty"`
}

// promise returns what is promised to a customer; a name of a calendar takes the place
// of the contract's own.
func (c Config) promise(customer, name string) promise {
	answer, recorded := c.recorded[customer]
	if !recorded {
		answer = c.configured(customer)
	}
	if name != "" && name != answer.Calendar {
		answer.Calendar, answer.Hours = name, nil
	}
	if hours, known := c.Calendars[answer.Calendar]; known && answer.Hours == nil && answer.Calendar != AroundTheClock {
		answer.Hours = &hours
	}
	return answer
}

// configured is what the contracts and groups say of a customer, without the hours.
func (c Config) configured(customer string) promise {
	answer := promise{Calendar: AroundTheClock, ExcludeMaintenance: true}
	for _, contract := range c.Contracts {
		if contract.Customer != customer {
			continue
		}
		if contract.Calendar != "" {
			answer.Calendar = contract.Calendar
		}
		answer.TargetPct = contract.TargetPct
		if contract.ExcludeMaintenance != nil {
			answer.ExcludeMaintenance = *contract.ExcludeMaintenance
		}
	}
	for _, group := range c.Groups {
		if group.Customer == customer {
			answer.Groups = append(answer.Groups, group)
		}
	}
	return answer
}

// Revisions returns what a valid configuration promises to some customers as it is to
// be kept, so that a later change can be told from it.
func (c Config) Revisions(customers []string, at time.Time, by, why string) []storage.ContractRevision {
	var all []storage.ContractRevision
	for _, customer := range customers {
		all = append(all, storage.ContractRevision{
			Customer: customer, At: at, By: by, Why: why, Content: c.promise(customer, "").content(),
		})
	}
	return all
}

func (p promise) content() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // of strings and a percentage of a valid configuration, nothing can fail
	}
	return string(text)
}

// readPromise reads the content of a revision. What this version does not know is an
// error: it would give another figure than the one that was reported.
func readPromise(content string) (promise, error) {
	var p promise
	decoder := json.NewDecoder(bytes.NewReader([]byte(content)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return p, fmt.Errorf("not a contract of this version: %w", err)
	}
	return p, errors.Join(Config{Groups: p.Groups}.groupProblems()...)
}

// group returns the definition of a service group, if there was one.
func (p promise) group(name string) (Group, bool) {
	for _, group := range p.Groups {
		if group.Name == name {
			return group, true
		}
	}
	return Group{}, false
}

// hours returns the calendar.
func (p promise) hours() (*calendar.Calendar, error) {
	if p.Hours == nil {
		return calendar.Always(time.UTC), nil
	}
	hours, err := calendar.New(*p.Hours)
	if err != nil {
		return nil, fmt.Errorf("calendar %q: %w", p.Calendar, err)
	}
	return hours, nil
}

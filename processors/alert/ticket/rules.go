package ticket

import (
	"fmt"
	"slices"
	"time"

	"mimamori/storage/calendar"
)

// Rules are a configuration as it is used. They never change and are safe for
// concurrent use.
type Rules struct {
	config Config
	plans  map[string]plan
	desks  map[string]*calendar.Calendar
	texts  bySeverity[string]
	chains bySeverity[Chain]
}

type plan struct{ firstResponse, update bySeverity[target] }

// New returns the rules of a configuration. The error joins all that is wrong with it.
func New(cfg Config) (*Rules, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	rules := &Rules{config: cfg, plans: map[string]plan{}, desks: map[string]*calendar.Calendar{}, texts: cfg.Severities.bySeverity(), chains: cfg.Escalation.bySeverity()}
	for name, config := range cfg.Plans {
		firstResponse, err := config.FirstResponse.parse()
		if err != nil {
			return nil, fmt.Errorf("read the plan %s: %w", name, err)
		}
		update, err := config.Update.parse()
		if err != nil {
			return nil, fmt.Errorf("read the plan %s: %w", name, err)
		}
		rules.plans[name] = plan{firstResponse, update}
	}
	for name, config := range cfg.Desks {
		open, err := calendar.New(config.Calendar)
		if err != nil {
			return nil, fmt.Errorf("read the hours of the desk %s: %w", name, err)
		}
		rules.desks[name] = open
	}
	return rules, nil
}

// Agreed returns the names of the plan and the desk of a customer, by its name in the
// inventory: its own where it is listed, otherwise the default ones.
func (r *Rules) Agreed(customer string) (plan, desk string) { return r.config.agreed(customer) }

// Text returns what a severity means, in words.
func (r *Rules) Text(severity Severity) string { return r.texts[severity] }

// Language returns what a desk answers in, such as ja; empty where nobody said.
func (r *Rules) Language(desk string) string { return r.config.Desks[desk].Language }

// Zone returns the time zone of a desk. The error says which desks there are.
func (r *Rules) Zone(desk string) (*time.Location, error) {
	if err := r.config.knownDesk(desk); err != nil {
		return nil, err
	}
	return r.desks[desk].Location(), nil
}

// Clock returns the clock of a ticket. The error says what of its history cannot be
// reckoned with, and which names there are.
func (r *Rules) Clock(history History) (Clock, error) {
	if err := r.config.knownPlan(history.Plan); err != nil {
		return Clock{}, err
	}
	if err := r.config.knownDesk(history.Desk); err != nil {
		return Clock{}, err
	}
	if _, err := ParseSeverity(string(history.Severity)); err != nil {
		return Clock{}, err
	}
	for _, change := range history.Changes {
		if _, err := ParseSeverity(string(change.Severity)); err != nil {
			return Clock{}, fmt.Errorf("change at %s: %w", change.At.Format(time.RFC3339), err)
		}
	}
	if history.Priority < 0 || history.Priority > 4 {
		return Clock{}, fmt.Errorf("the business priority is %d: use 1 to 4, or 0 for none", history.Priority)
	}
	if year := history.Opened.Year(); year < 1970 || year > 9000 {
		return Clock{}, fmt.Errorf("the ticket was opened in the year %d: use one from 1970 to 9000", year)
	}
	return Clock{rules: r, history: history}, nil
}

// moves reports whether tickets of a severity go to another desk while theirs is closed.
func (r *Rules) moves(severity Severity) bool {
	return slices.Contains(r.config.OutOfHours.Severities, severity)
}

// hours returns the time that counts for tickets of a desk.
func (r *Rules) hours(desk string, severity Severity) hours {
	open := hours{r.desks[desk]}
	if other := r.config.OutOfHours.Desk; r.moves(severity) && other != desk {
		open = append(open, r.desks[other])
	}
	return open
}

// counting returns the time of a kind.
func (r *Rules) counting(kind, desk string, severity Severity) hours {
	if kind == Elapsed {
		return nil
	}
	return r.hours(desk, severity)
}

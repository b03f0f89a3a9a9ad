package ticket

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"mimamori/storage/calendar"
)

// longest is the longest target, and the latest step of an escalation.
const longest = 1000 * time.Hour

// leastWeek is how long a desk must be open in a week without holidays: what is due
// beyond any calendar is due to nobody.
const leastWeek = time.Hour

// problems gathers what is wrong, each beginning with its keys.
type problems []error

func (p *problems) add(format string, arguments ...any) {
	*p = append(*p, fmt.Errorf(format, arguments...))
}

// Validate returns every problem, joined. What the inventory must know is for Check.
func (c Config) Validate() error {
	var found problems
	for i, severity := range c.PhoneCalls {
		if _, err := ParseSeverity(string(severity)); err != nil {
			found.add("phone_calls[%d]: %w", i, err)
		}
	}
	for _, name := range names(c.Plans) {
		c.Plans[name].validate(name, &found)
	}
	for _, name := range names(c.Desks) {
		c.Desks[name].validate(name, &found)
	}
	if err := c.knownPlan(c.DefaultPlan); err != nil {
		found.add("default_plan: %w", err)
	}
	if err := c.knownDesk(c.DefaultDesk); err != nil {
		found.add("default_desk: %w", err)
	}
	c.validateCustomers(&found)
	for i, severity := range c.OutOfHours.Severities {
		if _, err := ParseSeverity(string(severity)); err != nil {
			found.add("out_of_hours: severities[%d]: %w", i, err)
		}
	}
	if len(c.OutOfHours.Severities) > 0 {
		if err := c.knownDesk(c.OutOfHours.Desk); err != nil {
			found.add("out_of_hours: desk: %w", err)
		}
	}
	if err := knownHours(c.UpdateHours); err != nil {
		found.add("update_hours: %w", err)
	}
	chains := c.Escalation.bySeverity()
	for _, severity := range severities {
		chains[severity].validate(severity, &found)
	}
	return errors.Join(found...)
}

func (c Config) knownPlan(name string) error {
	if _, known := c.Plans[name]; !known {
		return fmt.Errorf("there is no plan %q: use one of %q", name, names(c.Plans))
	}
	return nil
}

func (c Config) knownDesk(name string) error {
	if _, known := c.Desks[name]; !known {
		return fmt.Errorf("there is no desk %q: use one of %q", name, names(c.Desks))
	}
	return nil
}

func knownHours(kind string) error {
	if kind != Elapsed && kind != Business {
		return fmt.Errorf("is %q: use %s or %s", kind, Elapsed, Business)
	}
	return nil
}

func (p Plan) validate(name string, found *problems) {
	if name == "" {
		found.add("plans: a plan has no name: give it one")
	}
	for _, kind := range []struct {
		key     string
		targets Targets
	}{{"first_response", p.FirstResponse}, {"update", p.Update}} {
		texts := kind.targets.bySeverity()
		for _, severity := range severities {
			switch _, err := parseTarget(texts[severity]); {
			case err != nil:
				found.add("plans: %s: %s: %s: %w", name, kind.key, severity, err)
			case texts[severity] == "" && kind.key == "first_response":
				found.add("plans: %s: %s: %s has no target: write such as 30m, or %s", name, kind.key, severity, NextBusinessDay)
			}
		}
	}
}

func (d Desk) validate(name string, found *problems) {
	if name == "" {
		found.add("desks: a desk has no name: give it one")
	}
	if _, err := calendar.New(d.Calendar); err != nil {
		for _, each := range apart(err) {
			found.add("desks: %s: calendar: %w", name, each)
		}
		return
	}
	week, err := calendar.New(calendar.Config{TimeZone: d.Calendar.TimeZone, Hours: d.Calendar.Hours})
	if err != nil { // the calendar was right above
		found.add("desks: %s: calendar: %w", name, err)
		return
	}
	monday := time.Date(2026, time.January, 5, 0, 0, 0, 0, week.Location())
	if open := calendar.Length(week.Scheduled(monday, monday.AddDate(0, 0, 7))); open < leastWeek {
		found.add("desks: %s: calendar: hours are %s a week: use at least %s", name, open, leastWeek)
	}
}

// apart takes the problems of a calendar apart, so that each is told with its own key.
func apart(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

func (c Config) validateCustomers(found *problems) {
	seen := map[string]bool{}
	for i, customer := range c.Customers {
		switch {
		case customer.Customer == "":
			found.add("customers[%d]: has no customer: add customer:", i)
		case seen[customer.Customer]:
			found.add("customers[%d]: customer: %q is there twice: remove one", i, customer.Customer)
		}
		seen[customer.Customer] = true
		if customer.Plan != "" {
			if err := c.knownPlan(customer.Plan); err != nil {
				found.add("customers[%d]: plan: %w", i, err)
			}
		}
		if customer.Desk != "" {
			if err := c.knownDesk(customer.Desk); err != nil {
				found.add("customers[%d]: desk: %w", i, err)
			}
		}
	}
}

func (c Chain) validate(severity Severity, found *problems) {
	if err := knownHours(c.Hours); err != nil {
		found.add("escalation: %s: hours: %w", severity, err)
	}
	for i, step := range c.Steps {
		if step.To == "" {
			found.add("escalation: %s: steps[%d]: names nobody: add to:", severity, i)
		}
		if slices.ContainsFunc(c.Steps[:i], func(before Step) bool { return before.To == step.To }) {
			found.add("escalation: %s: steps[%d]: to: %q is told before: give each step a name of its own, by which it is routed", severity, i, step.To)
		}
		if step.After < 0 || step.After > longest {
			found.add("escalation: %s: steps[%d]: after: is %s: use 0 to %s", severity, i, step.After, longest)
		}
		if i > 0 && step.After <= c.Steps[i-1].After {
			found.add("escalation: %s: steps[%d]: after: is %s, and the step before is at %s: make each later than the one before", severity, i, step.After, c.Steps[i-1].After)
		}
	}
}

// Inventory knows the names of customers.
type Inventory interface {
	// HasCustomer reports whether there is such a customer.
	HasCustomer(customer string) bool
}

// Check returns every customer that the inventory does not know, joined.
func (c Config) Check(inventory Inventory) error {
	var found problems
	for i, customer := range c.Customers {
		if customer.Customer != "" && !inventory.HasCustomer(customer.Customer) {
			found.add("customers[%d]: customer: there is no customer %q in the inventory", i, customer.Customer)
		}
	}
	return errors.Join(found...)
}

// agreed returns the plan and the desk of a customer.
func (c Config) agreed(customer string) (plan, desk string) {
	plan, desk = c.DefaultPlan, c.DefaultDesk
	at := slices.IndexFunc(c.Customers, func(each Customer) bool { return each.Customer == customer })
	if at < 0 {
		return plan, desk
	}
	if own := c.Customers[at].Plan; own != "" {
		plan = own
	}
	if own := c.Customers[at].Desk; own != "" {
		desk = own
	}
	return plan, desk
}

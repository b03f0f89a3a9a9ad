package sla

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"mimamori/storage/calendar"
)

// Config is what was promised to whom.
type Config struct {
	// Calendars are business hours by name. The name 24x7 is always known: every hour, in UTC.
	Calendars map[string]calendar.Config `yaml:"calendars"`
	// Contracts with customers. A customer without one is measured around the clock, maintenance excluded, without a target.
	Contracts []Contract `yaml:"contracts"`
	// Groups are services that rest on several devices.
	Groups []Group `yaml:"groups"`

	recorded map[string]promise // of customers, in place of the above; nil for none
}

// Contract is what counts for a customer.
type Contract struct {
	// Customer by its name in the inventory.
	Customer string `yaml:"customer"`
	// Calendar by its name in service.calendars: only time within its hours counts. Empty means 24x7.
	Calendar string `yaml:"calendar"`
	// TargetPct is the availability promised, in percent, above 0 to 100. 0 means that none was.
	TargetPct float64 `yaml:"target_pct"`
	// ExcludeMaintenance takes the time of maintenance windows out of the figure. Default true.
	ExcludeMaintenance *bool `yaml:"exclude_maintenance"`
}

// Group is a service that rests on several members. Its JSON is what contracts are
// kept as.
type Group struct {
	// Name of the service, unique within the customer.
	Name string `yaml:"name" json:"name,omitempty"`
	// Customer by its name in the inventory.
	Customer string `yaml:"customer" json:"customer,omitempty"`
	// Kind is series (needs every member), parallel (needs one) or k_of_n (needs k).
	Kind string `yaml:"kind" json:"kind,omitempty"`
	// K is how many members a k_of_n group needs, 1 to their number.
	K int `yaml:"k" json:"k,omitempty"`
	// Members are devices or other groups of the customer.
	Members []Member `yaml:"members" json:"members,omitempty"`
}

// Member is a device or a group.
type Member struct {
	// Site of the device, by its name in the inventory.
	Site string `yaml:"site" json:"site,omitempty"`
	// Device by its name in the inventory.
	Device string `yaml:"device" json:"device,omitempty"`
	// Group is the name of another group instead of a device.
	Group string `yaml:"group" json:"group,omitempty"`
}

// AroundTheClock is the name of the calendar that is always known.
const AroundTheClock = "24x7"

// The kinds of groups.
const (
	Series   = "series"
	Parallel = "parallel"
	KOfN     = "k_of_n"
)

// DefaultConfig promises nothing to anybody.
func DefaultConfig() Config { return Config{} }

// needed is how many of its members a group needs.
func (g Group) needed() int {
	switch g.Kind {
	case Series:
		return len(g.Members)
	case Parallel:
		return 1
	}
	return g.K
}

// CalendarNames returns the names that a question may use.
func (c Config) CalendarNames() []string {
	return append([]string{AroundTheClock}, slices.Sorted(maps.Keys(c.Calendars))...)
}

// hours returns a calendar by its name; an empty one stands for AroundTheClock.
func (c Config) hours(name string) (*calendar.Calendar, error) {
	if name == "" || name == AroundTheClock {
		return calendar.Always(time.UTC), nil
	}
	config, known := c.Calendars[name]
	if !known {
		return nil, fmt.Errorf("%w: there is no calendar %q: use one of %q", ErrQuestion, name, c.CalendarNames())
	}
	hours, err := calendar.New(config)
	if err != nil {
		return nil, fmt.Errorf("calendar %q: %w", name, err)
	}
	return hours, nil
}

// Validate returns every problem, joined. What the inventory must know is for Check.
func (c Config) Validate() error {
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(c.Calendars)) {
		if name == AroundTheClock || name == "" {
			problems = append(problems, fmt.Errorf("calendars: %q cannot be the name of a calendar: %s is always every hour; choose another", name, AroundTheClock))
		}
		problems = append(problems, calendarProblems(name, c.Calendars[name])...)
	}
	seen := map[string]bool{}
	for i, contract := range c.Contracts {
		for _, reason := range c.contractProblems(contract, seen) {
			problems = append(problems, fmt.Errorf("contracts[%d]: %s", i, reason))
		}
		seen[contract.Customer] = true
	}
	return errors.Join(append(problems, c.groupProblems()...)...)
}

// calendarProblems are what is wrong with a calendar, one by one.
func calendarProblems(name string, config calendar.Config) []error {
	_, err := calendar.New(config)
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var problems []error
	for _, each := range joined.Unwrap() {
		problems = append(problems, fmt.Errorf("calendars: %s: %w", name, each))
	}
	return problems
}

func (c Config) contractProblems(contract Contract, seen map[string]bool) []string {
	var reasons []string
	switch {
	case contract.Customer == "":
		reasons = append(reasons, "the contract has no customer: add customer:")
	case seen[contract.Customer]:
		reasons = append(reasons, fmt.Sprintf("customer %q has two contracts: remove one", contract.Customer))
	}
	if _, known := c.Calendars[contract.Calendar]; !known && contract.Calendar != "" && contract.Calendar != AroundTheClock {
		reasons = append(reasons, fmt.Sprintf("calendar: there is no calendar %q: use one of %q", contract.Calendar, c.CalendarNames()))
	}
	if !(contract.TargetPct >= 0 && contract.TargetPct <= 100) {
		reasons = append(reasons, fmt.Sprintf("target_pct: is %v: use above 0 to 100 percent, or leave it out", contract.TargetPct))
	}
	return reasons
}

// Inventory knows the names that a configuration may use.
type Inventory interface {
	// HasCustomer reports whether there is such a customer.
	HasCustomer(customer string) bool
	// HasDevice reports whether the customer has such a device at the site.
	HasDevice(customer, site, device string) bool
}

// Check returns every customer and device that the inventory does not know, joined.
func (c Config) Check(inventory Inventory) error {
	var problems []error
	for i, contract := range c.Contracts {
		if contract.Customer != "" && !inventory.HasCustomer(contract.Customer) {
			problems = append(problems, fmt.Errorf("contracts[%d]: customer: there is no customer %q in the inventory", i, contract.Customer))
		}
	}
	for i, group := range c.Groups {
		if group.Customer != "" && !inventory.HasCustomer(group.Customer) {
			problems = append(problems, fmt.Errorf("groups[%d]: customer: there is no customer %q in the inventory", i, group.Customer))
			continue
		}
		for j, member := range group.Members {
			if member.Device != "" && !inventory.HasDevice(group.Customer, member.Site, member.Device) {
				problems = append(problems, fmt.Errorf("groups[%d]: members[%d]: %s has no device %q at a site %q", i, j, group.Customer, member.Device, member.Site))
			}
		}
	}
	return errors.Join(problems...)
}

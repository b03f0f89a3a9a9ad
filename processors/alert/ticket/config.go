package ticket

import (
	"maps"
	"slices"
	"strings"
	"time"

	"mimamori/storage/calendar"
)

// Config is what was agreed about tickets.
type Config struct {
	// Severities say what each severity means.
	Severities Texts `yaml:"severities"`
	// PhoneCalls are the severities that also need a phone call. Default S1 and S2.
	PhoneCalls []Severity `yaml:"phone_calls"`
	// Plans are support plans by name. One of the file stands in place of the default of its name; the other defaults stay.
	Plans Plans `yaml:"plans"`
	// Desks are who answers, by name. One of the file stands in place of the default of its name; the other defaults stay.
	Desks Desks `yaml:"desks"`
	// DefaultPlan is the plan of a customer that is not listed, or listed without one. Default basic.
	DefaultPlan string `yaml:"default_plan"`
	// DefaultDesk is the desk of a customer that is not listed, or listed without one. Default japan.
	DefaultDesk string `yaml:"default_desk"`
	// Customers with a plan or a desk of their own.
	Customers []Customer `yaml:"customers"`
	// OutOfHours is who has a ticket while its desk is closed.
	OutOfHours OutOfHours `yaml:"out_of_hours"`
	// UpdateHours is the time that counts towards an update: elapsed, or business for the hours of the desk alone. Default elapsed.
	UpdateHours string `yaml:"update_hours"`
	// Escalation is who is told, one after the other, of a ticket that nobody acknowledges.
	Escalation Escalations `yaml:"escalation"`
}

// Texts are the severities in words.
type Texts struct {
	// S1 in words.
	S1 string `yaml:"S1"`
	// S2 in words.
	S2 string `yaml:"S2"`
	// S3 in words.
	S3 string `yaml:"S3"`
	// S4 in words.
	S4 string `yaml:"S4"`
}

// Plan is what a customer was promised.
type Plan struct {
	// FirstResponse is the time from the opening to the first answer of a human, within the hours of the desk. Every severity needs one.
	FirstResponse Targets `yaml:"first_response"`
	// Update is the time from one answer of a human to the next, until the ticket is closed.
	Update Targets `yaml:"update"`
}

// Targets are a target for each severity: a duration of 1m to 1000h, or "next business
// day", which is the end of the desk's hours on its first business day after the date
// it counts from. An empty one is none.
type Targets struct {
	// S1 is the target of severity S1, such as 15m or next business day.
	S1 string `yaml:"S1"`
	// S2 is the target of severity S2.
	S2 string `yaml:"S2"`
	// S3 is the target of severity S3.
	S3 string `yaml:"S3"`
	// S4 is the target of severity S4.
	S4 string `yaml:"S4"`
}

// Desk is who answers, and when.
type Desk struct {
	// Language that the desk answers in, by its code such as ja or en.
	Language string `yaml:"language"`
	// Calendar is the hours of the desk, with the days on which it is closed. What is due is told in its time zone.
	Calendar calendar.Config `yaml:"calendar"`
}

// Customer is what was agreed with one customer.
type Customer struct {
	// Customer by its name in the inventory.
	Customer string `yaml:"customer"`
	// Plan by its name in plans. Default default_plan.
	Plan string `yaml:"plan"`
	// Desk by its name in desks. Default default_desk.
	Desk string `yaml:"desk"`
}

// OutOfHours is who has a ticket while its own desk is closed.
type OutOfHours struct {
	// Severities of the tickets that go to another desk while their own is closed; time counts while either is open. Default S1; an empty list switches it off.
	Severities []Severity `yaml:"severities"`
	// Desk that they go to, by its name in desks. Default global.
	Desk string `yaml:"desk"`
}

// Escalations are a chain for each severity.
type Escalations struct {
	// S1 is the chain of severity S1.
	S1 Chain `yaml:"S1"`
	// S2 is the chain of severity S2.
	S2 Chain `yaml:"S2"`
	// S3 is the chain of severity S3.
	S3 Chain `yaml:"S3"`
	// S4 is the chain of severity S4.
	S4 Chain `yaml:"S4"`
}

// Chain is who is told, one after the other.
type Chain struct {
	// Hours is the time that counts towards a step: elapsed, or business for the hours of the desk alone.
	Hours string `yaml:"hours"`
	// Steps of the chain, each later than the one before. None means that nobody is told.
	Steps []Step `yaml:"steps"`
}

// Step is one step of a chain.
type Step struct {
	// To is who is told, such as engineer.
	To string `yaml:"to"`
	// After is how long after the opening, 0 to 1000h, the time under an acknowledgement left out.
	After time.Duration `yaml:"after"`
}

// The kinds of time that may count towards a target or a step.
const (
	Elapsed  = "elapsed"
	Business = "business"
)

// NextBusinessDay is the target that is reached when the desk closes on its next
// business day.
const NextBusinessDay = "next business day"

// Plans are support plans by name.
type Plans map[string]Plan

// UnmarshalYAML puts the plans of a file over those that are there.
func (p *Plans) UnmarshalYAML(decode func(any) error) error {
	return over((*map[string]Plan)(p), decode)
}

// String names the plans.
func (p Plans) String() string { return list(p) }

// Desks are desks by name.
type Desks map[string]Desk

// UnmarshalYAML puts the desks of a file over those that are there.
func (d *Desks) UnmarshalYAML(decode func(any) error) error {
	return over((*map[string]Desk)(d), decode)
}

// String names the desks.
func (d Desks) String() string { return list(d) }

// over puts what a file says over the defaults, name by name: whoever names a plan of
// their own keeps the others.
func over[T any](defaults *map[string]T, decode func(any) error) error {
	var written map[string]T
	if err := decode(&written); err != nil {
		return err
	}
	all := maps.Clone(*defaults)
	if all == nil {
		all = map[string]T{}
	}
	maps.Copy(all, written)
	*defaults = all
	return nil
}

func names[T any](of map[string]T) []string { return slices.Sorted(maps.Keys(of)) }

func list[T any](of map[string]T) string { return strings.Join(names(of), ", ") }

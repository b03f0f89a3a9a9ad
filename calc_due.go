package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"mimamori/processors/alert/ticket"
	"mimamori/storage/calendar"
)

// calcDue reckons when the answers to a ticket are due.
type calcDue struct {
	Severity  string `help:"Severity of the ticket: S1, S2, S3 or S4." required:"" placeholder:"SEVERITY"`
	Opened    string `help:"When the ticket was opened: RFC 3339, or what the clocks of the desk showed, as 2026-09-18T16:50." required:"" placeholder:"TIME"`
	Responded string `help:"When a person answered last: the next update is due from then." placeholder:"TIME"`
	Plan      string `help:"Support plan. Default: that of the customer, or of the configuration." placeholder:"NAME"`
	Desk      string `help:"Desk that answers. Default: that of the customer, or of the configuration." placeholder:"NAME"`
	Customer  string `help:"Customer whose plan and desk count, by its name in the configuration." placeholder:"NAME"`
	Config    string `help:"Configuration file with plans, desks and customers. Default: the plans and desks that need none." type:"existingfile" placeholder:"FILE"`
	JSON      bool   `name:"json" help:"Print JSON."`
}

// Run prints what is due.
func (c *calcDue) Run(output stdout) error {
	due, err := c.reckon()
	if err != nil {
		return usageError{err}
	}
	if c.JSON {
		return json.NewEncoder(output).Encode(due)
	}
	return due.table(output)
}

// agreed returns the rules, and the plan and the desk that count.
func (c *calcDue) agreed() (rules *ticket.Rules, plan, desk string, err error) {
	config := defaultConfig()
	if c.Config != "" {
		if config, err = loadConfig(c.Config); err != nil {
			return nil, "", "", err
		}
	}
	if c.Customer != "" {
		if c.Config == "" {
			return nil, "", "", errors.New("--customer: give --config too, which says what was agreed with the customer")
		}
		if err := known(config.Ingest.Inventory, c.Customer, "", ""); err != nil {
			return nil, "", "", err
		}
	}
	if rules, err = ticket.New(config.Alert.Tickets); err != nil {
		return nil, "", "", err
	}
	plan, desk = rules.Agreed(c.Customer)
	if c.Plan != "" {
		plan = c.Plan
	}
	if c.Desk != "" {
		desk = c.Desk
	}
	return rules, plan, desk, nil
}

func (c *calcDue) reckon() (dueTimes, error) {
	rules, plan, desk, err := c.agreed()
	if err != nil {
		return dueTimes{}, err
	}
	zone, err := rules.Zone(desk)
	if err != nil {
		return dueTimes{}, fmt.Errorf("--desk: %w", err)
	}
	opened, err := calendar.Moment(c.Opened, zone)
	if err != nil {
		return dueTimes{}, fmt.Errorf("--opened: %w", err)
	}
	history := ticket.History{Plan: plan, Desk: desk, Severity: ticket.Severity(c.Severity), Opened: opened}
	if c.Responded != "" {
		responded, err := calendar.Moment(c.Responded, zone)
		if err != nil {
			return dueTimes{}, fmt.Errorf("--responded: %w", err)
		}
		if responded.Before(opened) {
			return dueTimes{}, errors.New("--responded is before --opened: nobody answers a ticket that is not there")
		}
		history.Responses = []ticket.Response{{At: responded, Human: true}}
	}
	clock, err := rules.Clock(history)
	if err != nil {
		return dueTimes{}, err
	}
	return newDueTimes(rules, history, clock), nil
}

// dueTimes is the result as programs see it, in the time zone of the desk.
type dueTimes struct {
	opened, responded time.Time
	text              string // the severity in words

	FirstResponseDue *time.Time `json:"first_response_due"`
	NextUpdateDue    *time.Time `json:"next_update_due"` // null where none is due
	Plan             string     `json:"plan"`
	Severity         string     `json:"severity"`
	Desk             string     `json:"desk"` // which has the ticket at its opening
	PhoneCall        bool       `json:"phone_call"`
	Escalations      []dueStep  `json:"escalations"`
}

// dueStep is a step of the escalation while nobody acknowledges the ticket.
type dueStep struct {
	Step int       `json:"step"`
	To   string    `json:"to"`
	At   time.Time `json:"at"`
}

func newDueTimes(rules *ticket.Rules, history ticket.History, clock ticket.Clock) dueTimes {
	due := dueTimes{
		opened: history.Opened, text: rules.Text(clock.Severity()),
		FirstResponseDue: dueAt(clock.FirstResponseDue()), NextUpdateDue: dueAt(clock.NextUpdateDue()),
		Plan: history.Plan, Severity: string(clock.Severity()), Desk: clock.Desk(history.Opened), PhoneCall: clock.PhoneCall(),
		Escalations: []dueStep{},
	}
	for _, response := range history.Responses {
		due.responded = response.At
	}
	for _, each := range clock.Escalations() {
		due.Escalations = append(due.Escalations, dueStep{each.Step, each.To, each.At})
	}
	return due
}

func dueAt(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// table prints the result for a person.
func (d dueTimes) table(output io.Writer) error {
	const layout = "Mon 2006-01-02 15:04:05 -07:00"
	writer := tabwriter.NewWriter(output, 2, 8, 2, ' ', 0)
	told := func(at *time.Time, otherwise string) string {
		if at == nil {
			return otherwise
		}
		return at.Format(layout)
	}
	fmt.Fprintf(writer, "severity\t%s\t%s\n", d.Severity, d.text)
	fmt.Fprintf(writer, "plan\t%s\n", d.Plan)
	fmt.Fprintf(writer, "desk\t%s\n", d.Desk)
	fmt.Fprintf(writer, "opened\t%s\n", d.opened.Format(layout))
	fmt.Fprintf(writer, "first response due\t%s\n", told(d.FirstResponseDue, "-"))
	if d.PhoneCall {
		fmt.Fprintln(writer, "phone call\tyes")
	}
	if !d.responded.IsZero() {
		fmt.Fprintf(writer, "responded\t%s\n", d.responded.Format(layout))
		fmt.Fprintf(writer, "next update due\t%s\n", told(d.NextUpdateDue, "-\tthe plan promises none"))
	}
	for _, step := range d.Escalations {
		fmt.Fprintf(writer, "escalation %d\t%s\t%s\n", step.Step, step.At.Format(layout), step.To)
	}
	return writer.Flush()
}

package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/web"
)

// ticketFlags name a ticket.
type ticketFlags struct {
	alertAddress `embed:""`
	ID           string `arg:"" help:"Of the alarm, as mimamori alert list shows it: the key of the ticket."`
}

// wordFlags are who says something.
type wordFlags struct {
	ticketFlags `embed:""`
	By          string `help:"Who says so. Default: the user of the operating system."`
}

// say says something of the ticket, and returns it as it is then.
func (f wordFlags) say(ctx context.Context, about string, said web.Said) (t journal.Ticket, err error) {
	if said.By, err = enteredBy(f.By); err != nil {
		return t, err
	}
	err = f.ask(ctx, web.Prefix+"/"+url.PathEscape(f.ID)+"/"+about, said, &t)
	return t, err
}

// alertRespondCommand says that a person answered.
type alertRespondCommand struct {
	wordFlags `embed:""`
	Text      string `help:"What was answered." required:"" placeholder:"TEXT"`
}

// Run says so, and prints what is due next.
func (c *alertRespondCommand) Run(ctx context.Context, output stdout) error {
	t, err := c.say(ctx, "respond", web.Said{Text: c.Text})
	if err != nil {
		return err
	}
	next := "no update is due"
	if t.Reckoning != nil && !t.Reckoning.NextUpdateDue.IsZero() {
		next = "the next update is due " + clockTime(t.Reckoning.NextUpdateDue)
	}
	_, err = fmt.Fprintf(output, "answered: %s; %s\n", t.Summary, next)
	return err
}

// alertCommentCommand adds a note.
type alertCommentCommand struct {
	wordFlags `embed:""`
	Text      string `help:"The note." required:"" placeholder:"TEXT"`
}

// Run adds it.
func (c *alertCommentCommand) Run(ctx context.Context, output stdout) error {
	t, err := c.say(ctx, "comment", web.Said{Text: c.Text})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(output, "noted: %s\n", t.Summary)
	return err
}

// alertSeverityCommand sets the severity.
type alertSeverityCommand struct {
	wordFlags `embed:""`
	Severity  string `arg:"" help:"As it was agreed: S1, S2, S3 or S4."`
	Reason    string `help:"Who agreed, and why." required:"" placeholder:"TEXT"`
}

// Run sets it, and prints what is due now.
func (c *alertSeverityCommand) Run(ctx context.Context, output stdout) error {
	t, err := c.say(ctx, "severity", web.Said{Text: c.Reason, Severity: c.Severity})
	if err != nil {
		return err
	}
	due := ""
	if t.Reckoning != nil && t.Reckoning.FirstResponseAt.IsZero() {
		due = ", the first answer is due " + clockTime(t.Reckoning.FirstResponseDue)
	}
	_, err = fmt.Fprintf(output, "%s now%s: %s\n", t.Severity, due, t.Summary)
	return err
}

// alertPriorityCommand sets the business priority.
type alertPriorityCommand struct {
	wordFlags `embed:""`
	Priority  int    `arg:"" help:"1 (first) to 4, or 0 for none."`
	Reason    string `help:"Who said so, and why." required:"" placeholder:"TEXT"`
}

// Run sets it.
func (c *alertPriorityCommand) Run(ctx context.Context, output stdout) error {
	t, err := c.say(ctx, "priority", web.Said{Text: c.Reason, Priority: c.Priority})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(output, "priority %d: %s\n", t.Priority, t.Summary)
	return err
}

// alertTicketCommand prints a ticket.
type alertTicketCommand struct {
	ticketFlags `embed:""`
	JSON        bool `name:"json" help:"Print JSON."`
}

// Run prints it with all that happened to it.
func (c *alertTicketCommand) Run(ctx context.Context, output stdout) error {
	var t journal.Ticket
	if err := c.ask(ctx, web.Prefix+"/"+url.PathEscape(c.ID)+"/ticket", nil, &t); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(output, t)
	}
	return printTicket(output, &t)
}

func clockTime(at time.Time) string { return at.Format("Mon 2006-01-02 15:04:05 -07:00") }

// printTicket prints a ticket for a person, in the time zone of its desk.
func printTicket(output stdout, t *journal.Ticket) error {
	zone := time.UTC
	var r journal.Reckoning
	if t.Reckoning != nil {
		r = *t.Reckoning
		if !r.FirstResponseDue.IsZero() {
			zone = r.FirstResponseDue.Location()
		}
	}
	writer := tabwriter.NewWriter(output, 2, 8, 2, ' ', 0)
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(writer, "%s\t%s\n", name, oneLine(text))
		}
	}
	at := func(name string, moment time.Time, more string) {
		if !moment.IsZero() {
			line(name, clockTime(moment.In(zone))+more)
		}
	}
	line("ticket", t.ID)
	line("alarm", t.Rule+": "+t.Summary)
	line("customer", strings.TrimSpace(t.Customer+" "+t.Site))
	line("entity", t.Entity)
	severity := string(t.Severity)
	if t.Severity != t.Opening {
		severity += " (opened as " + string(t.Opening) + ")"
	}
	line("severity", severity)
	if t.Priority > 0 {
		line("priority", fmt.Sprint(t.Priority))
	}
	line("plan, desk", t.Plan+", "+t.Desk)
	at("opened", t.Opened, "")
	at("closed", t.Closed, "")
	at("first response due", r.FirstResponseDue, "")
	at("first response", r.FirstResponseAt, "")
	at("next update due", r.NextUpdateDue, "")
	if r.PhoneCall {
		line("phone call", "yes")
	}
	at("with "+r.Owner, r.OwnedUntil, " at the latest")
	at("next is the "+r.NextStep, r.NextStepAt, "")
	for _, breach := range r.Breaches {
		ended := ", still missing"
		if !breach.Ended.IsZero() {
			ended = ", ended " + clockTime(breach.Ended.In(zone))
		}
		at("late", breach.Due, " "+string(breach.Kind)+ended)
	}
	if err := writer.Flush(); err != nil {
		return err
	}
	for i := range t.Entries {
		if _, err := fmt.Fprintln(output, entryLine(&t.Entries[i], zone)); err != nil {
			return err
		}
	}
	return nil
}

// entryLine is what happened, with what was said indented below where it has more than a line.
func entryLine(e *journal.Entry, zone *time.Location) string {
	text := clockTime(e.At.In(zone)) + "  "
	switch e.What {
	case journal.Acknowledged:
		text += fmt.Sprintf("%s: %s has it until %s", e.By, e.Owner, clockTime(e.Until.In(zone)))
	case journal.Regraded:
		text += fmt.Sprintf("%s: severity %s", e.By, e.Severity)
	case journal.Prioritised:
		text += fmt.Sprintf("%s: priority %d", e.By, e.Priority)
	case journal.Warned:
		text += strings.TrimSpace("told " + e.Alert + " " + e.Step)
	default:
		text += e.By + " " + string(e.What)
	}
	if e.Via != "" {
		text += " by " + e.Via
	}
	if e.Text != "" {
		text += ": " + strings.ReplaceAll(e.Text, "\n", "\n    ")
	}
	return text
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

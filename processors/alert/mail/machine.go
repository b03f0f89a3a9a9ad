package mail

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"mimamori/processors/alert/notify"
)

// The words by which a machine tells a beginning from an end, in every language; and, of what is said about a ticket,
// that it is to be noted on that one.
const (
	raised    = "RAISED"
	cleared   = "CLEARED"
	overdue   = "OVERDUE"
	escalated = "ESCALATED"
	settled   = "SETTLED"
)

func status(alarm notify.Alarm) string {
	switch {
	case alarm.Ticket != "" && alarm.Cleared:
		return settled
	case alarm.Step != "":
		return escalated
	case alarm.Ticket != "":
		return overdue
	case alarm.Cleared:
		return cleared
	}
	return raised
}

// ticketOf is the key of the ticket that a mail is about.
func ticketOf(alarm notify.Alarm) string { return cmp.Or(alarm.Ticket, alarm.ID) }

// document is an alarm as the attachment alarm.json has it. Keys are added and not changed
// while Version stays.
type document struct {
	Version           int             `json:"version"`
	ID                string          `json:"id"`
	Status            string          `json:"status"`
	Rule              string          `json:"rule"`
	Step              string          `json:"step,omitempty"`
	Severity          string          `json:"severity"`
	TicketSeverity    string          `json:"ticket_severity"`
	Customer          string          `json:"customer"`
	Site              string          `json:"site"`
	Entity            string          `json:"entity"`
	Name              string          `json:"name"`
	Summary           string          `json:"summary"`
	Value             string          `json:"value"`
	Since             time.Time       `json:"since"`
	Until             *time.Time      `json:"until"`
	Devices           string          `json:"devices"`
	Desk              string          `json:"desk"`
	FirstResponseDue  string          `json:"first_response_due"`
	Owner             string          `json:"owner"`
	AcknowledgedUntil string          `json:"acknowledged_until"`
	Contact           string          `json:"contact"`
	Runbook           string          `json:"runbook"`
	Link              string          `json:"link"`
	Context           json.RawMessage `json:"context,omitempty"`
}

func machineReadable(alarm notify.Alarm) ([]byte, error) {
	made := document{
		Version: 1, ID: ticketOf(alarm), Status: status(alarm), Rule: alarm.Rule, Step: alarm.Step, Severity: alarm.Severity, TicketSeverity: alarm.TicketSeverity,
		Customer: alarm.Customer, Site: alarm.Site, Entity: alarm.Entity, Name: alarm.Name, Summary: alarm.Summary, Value: alarm.Value,
		Since: alarm.Since, Devices: alarm.Devices, Desk: alarm.Desk, FirstResponseDue: alarm.FirstResponseDue,
		Owner: alarm.Owner, AcknowledgedUntil: alarm.AcknowledgedUntil, Contact: alarm.Contact, Runbook: alarm.Runbook, Link: alarm.Link, Context: alarm.Context,
	}
	if alarm.Cleared {
		made.Until = &alarm.End
	}
	content, err := json.MarshalIndent(made, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the alarm as JSON: %w", err)
	}
	return content, nil
}

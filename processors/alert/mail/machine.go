package mail

import (
	"encoding/json"
	"fmt"
	"time"

	"mimamori/processors/alert/notify"
)

// The words by which a machine tells a beginning from an end, in every language.
const (
	raised  = "RAISED"
	cleared = "CLEARED"
)

func status(alarm notify.Alarm) string {
	if alarm.Cleared {
		return cleared
	}
	return raised
}

// document is an alarm as the attachment alarm.json has it. Keys are added and not changed
// while Version stays.
type document struct {
	Version           int             `json:"version"`
	ID                string          `json:"id"`
	Status            string          `json:"status"`
	Rule              string          `json:"rule"`
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
		Version: 1, ID: alarm.ID, Status: status(alarm), Rule: alarm.Rule, Severity: alarm.Severity, TicketSeverity: alarm.TicketSeverity,
		Customer: alarm.Customer, Site: alarm.Site, Entity: alarm.Entity, Name: alarm.Name, Summary: alarm.Summary, Value: alarm.Value,
		Since: alarm.Raised, Devices: alarm.Devices, Desk: alarm.Desk, FirstResponseDue: alarm.FirstResponseDue,
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

package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// Alarm is what an alert says of an alarm to those who keep a ticket for each. Any text
// but ID, Severity and TicketSeverity may be what a device says of itself.
type Alarm struct {
	// ID is the key of the ticket: 16 hexadecimal digits, the same each time that the alarm
	// of this customer, entity and rule is raised. Empty of what is no alarm of mimamori.
	ID string
	// Cleared says that it has ended, at End.
	Cleared bool
	// Since is when it began, by what was measured; End when it ended, zero while it lasts.
	Since, End time.Time
	// Ticket is, of an alarm about a ticket, that ticket's key, and Began when its own alarm did: who
	// keeps that ticket notes it there, and makes none for this. Empty of all other alarms.
	Ticket string
	Began  time.Time
	// Step is, of a ticket that nobody has taken, who is told now.
	Step string
	// Rule, and what it is about, by their names.
	Rule, Customer, Site, Entity string
	// Severity is critical, major, minor or warning.
	Severity string
	// TicketSeverity is S1 to S4.
	TicketSeverity string
	// Summary is the alarm in a line; Name is the entity for people; Value is what was measured.
	Summary, Name, Value string
	// Devices is how many are affected.
	Devices string
	// Desk that answers, and when its first answer is due. May be empty.
	Desk, FirstResponseDue string
	// Owner acknowledged it until AcknowledgedUntil. Both empty where nobody did.
	Owner, AcknowledgedUntil string
	// Runbook, Contact and Link are where to read on, and whom to ask. May be empty.
	Runbook, Contact, Link string
	// Context is a JSON object: the device and its inventory, figures around the hour, the
	// history of its state, its log. Nil where there is none.
	Context json.RawMessage
	// Labels and Annotations are all of the alert, for what is not among the above.
	Labels, Annotations map[string]string
}

// Alarms are those of a group, one for each ID, in the order of the alerts. An alarm whose
// severity changes is two alerts, of which one ends: it lasts while one of them does. With
// an error, which names the alerts that have no ID, come the others.
func (g Group) Alarms() ([]Alarm, error) {
	var alarms []Alarm
	var problems []error
	at := map[string]int{}
	for _, member := range g.Alerts {
		alarm := member.Alarm()
		if alarm.ID == "" {
			problems = append(problems, fmt.Errorf("alert %s of %q: its annotation id is %q and no key of a ticket, 16 hexadecimal digits: send only alarms of mimamori to this receiver",
				member.Labels["alertname"], member.Labels["entity"], member.Annotations["id"]))
			continue
		}
		index, known := at[alarm.ID]
		switch {
		case !known:
			at[alarm.ID] = len(alarms)
			alarms = append(alarms, alarm)
		case alarms[index].Cleared && !alarm.Cleared,
			alarms[index].Cleared == alarm.Cleared && alarm.Since.After(alarms[index].Since):
			alarms[index] = alarm
		}
	}
	return alarms, errors.Join(problems...)
}

// key is a text that is the key of a ticket, empty for any other.
func key(text string) string {
	if len(text) == 16 && strings.Trim(text, "0123456789abcdef") == "" {
		return text
	}
	return ""
}

// Digest is of what matters about an alarm while it lasts, 8 hexadecimal digits: what is measured and seen around
// it changes all the time.
func (a Alarm) Digest() string {
	hash := fnv.New32a()
	for _, text := range []string{a.Severity, a.TicketSeverity, a.Devices, a.Desk, a.FirstResponseDue, a.Owner, a.AcknowledgedUntil} {
		fmt.Fprintf(hash, "%q", text)
	}
	return fmt.Sprintf("%08x", hash.Sum32())
}

// Alarm is what the alert says of an alarm. One that is none of mimamori's has no ID.
func (m Member) Alarm() Alarm {
	said := m.Annotations
	alarm := Alarm{
		ID: key(said["id"]), Cleared: m.Status == Resolved, Since: m.StartsAt,
		Rule: m.Labels["alertname"], Customer: m.Labels["customer"], Site: m.Labels["site"], Entity: m.Labels["entity"],
		Ticket: key(m.Labels["ticket"]), Step: m.Labels["step"],
		Severity: m.Labels["severity"], TicketSeverity: said["ticket_severity"],
		Summary: said["summary"], Name: said["name"], Value: said["value"], Devices: said["devices"],
		Desk: said["desk"], FirstResponseDue: said["first_response_due"],
		Owner: said["owner"], AcknowledgedUntil: said["acknowledged_until"],
		Runbook: said["runbook"], Contact: said["contact"], Link: said["link"],
		Labels: m.Labels, Annotations: said,
	}
	if since, err := time.Parse(time.RFC3339, said["since"]); err == nil {
		alarm.Since = since
	}
	if began, err := time.Parse(time.RFC3339, said["detail_ticket_since"]); err == nil {
		alarm.Began = began
	}
	if alarm.Cleared {
		alarm.End = m.EndsAt
	}
	if context := said["context"]; strings.HasPrefix(strings.TrimSpace(context), "{") && json.Valid([]byte(context)) {
		alarm.Context = json.RawMessage(context)
	}
	if alarm.Name == "" {
		alarm.Name = alarm.Entity
	}
	if alarm.Summary == "" {
		alarm.Summary = strings.TrimSpace(alarm.Rule + " " + alarm.Name)
	}
	return alarm
}

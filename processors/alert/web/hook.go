package web

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"mimamori/processors/alert"
)

// Hook is what a ticket system says of a ticket that it keeps too. A ticket is named by its ID, or by the rule,
// the customer and the entity of its alarm, with the site where that is not enough.
type Hook struct {
	ID       string `json:"id,omitempty"` // the key, 16 hexadecimal digits, or a text with mimamori-KEY in it
	Rule     string `json:"rule,omitempty"`
	Customer string `json:"customer,omitempty"`
	Site     string `json:"site,omitempty"`
	Entity   string `json:"entity,omitempty"`

	Action string `json:"action"`             // acknowledge, unacknowledge, respond, comment, severity or priority
	By     string `json:"by"`                 // who did it there
	Text   string `json:"text,omitempty"`     // what was said, or the reason
	Owner  string `json:"owner,omitempty"`    // of acknowledge: who has it; by where empty
	For    string `json:"for,omitempty"`      // of acknowledge: for how long, as 8h; 2h where empty
	Level  string `json:"severity,omitempty"` // of severity: S1 to S4
	Rank   int    `json:"priority,omitempty"` // of priority: 1 to 4, or 0 for none

	// Automatic says that no person did it: it is kept as a comment, and stops nothing.
	Automatic bool `json:"automatic,omitempty"`
	// Reference names the event there: the same one counts once.
	Reference string `json:"reference,omitempty"`
}

// viaHook is how an entry came that a ticket system sent.
const viaHook = "hook"

// usualHold is for how long an acknowledgement holds that says no more.
const usualHold = 2 * time.Hour

func (d *desk) hook(r *http.Request) (any, error) {
	hook, err := read[Hook](r)
	if err != nil {
		d.tickets.Refused(viaHook)
		return nil, err
	}
	id := keyIn(hook.ID)
	if id == "" {
		if id, err = d.tickets.Find(alert.Key{Rule: hook.Rule, Customer: hook.Customer, Site: hook.Site, Entity: hook.Entity}); err != nil {
			return answered[any](nil, err)
		}
	}
	said := Said{By: hook.By, Text: hook.Text, Severity: hook.Level, Priority: hook.Rank, Reference: hook.Reference}
	switch action := hook.Action; action {
	case "acknowledge", "unacknowledge", "respond":
		if hook.Automatic {
			said.Text = cmp.Or(said.Text, "("+action+")")
			return answered(d.say(r, id, "comment", viaHook, said))
		}
		if action == "respond" {
			return answered(d.say(r, id, action, viaHook, said))
		}
		return d.settle(r, id, hook)
	case "comment", "severity", "priority":
		return answered(d.say(r, id, action, viaHook, said))
	default:
		d.tickets.Refused(viaHook)
		return nil, badRequest{fmt.Errorf("action is %q: use acknowledge, unacknowledge, respond, comment, severity or priority", action)}
	}
}

// keyWithin finds a key in such texts as the labels of an issue, or the subject of a mail.
var keyWithin = regexp.MustCompile(`mimamori[-\s]#?([0-9a-f]{16})\b`)

// keyIn is the key that a text holds, or the text itself, which names no ticket then.
func keyIn(text string) string {
	if found := keyWithin.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return text
}

// settle acknowledges an alarm, or takes that back, and returns its ticket.
func (d *desk) settle(r *http.Request, id string, hook Hook) (any, error) {
	var err error
	reason := cmp.Or(hook.Text, "in the ticket system")
	if hook.Action == "unacknowledge" {
		_, err = d.engine.Unacknowledge(r.Context(), id, askerOf(r).signed(hook.By), reason)
	} else {
		length := usualHold
		if hook.For != "" {
			if length, err = time.ParseDuration(hook.For); err != nil {
				return nil, badRequest{fmt.Errorf("for is %q: write for how long, as 30m or 2h", hook.For)}
			}
		}
		now := time.Now().UTC()
		_, err = d.engine.Acknowledge(r.Context(), id, alert.Acknowledgement{Owner: cmp.Or(hook.Owner, hook.By), Reason: reason, By: askerOf(r).signed(hook.By), At: now, Until: now.Add(length)})
	}
	if err != nil {
		return nil, err
	}
	return answered(d.tickets.Ticket(r.Context(), id))
}

package provision

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// The verbs of a change.
const (
	made    = "make"
	updated = "update"
	renewed = "renew"
	added   = "add"
	invited = "invite"
	entered = "enter"
)

// past are the verbs as they are said of what was done.
var past = map[string]string{made: "made", updated: "updated", renewed: "renewed", added: "added", invited: "invited", entered: "entered"}

// Change is one thing that was done, or that would be.
type Change struct {
	Organisation string `json:"organisation,omitempty"`
	Verb         string `json:"verb"` // make, update, renew, add, invite, enter
	What         string `json:"what"` // organisation, app settings, data source, folder, dashboard, home page, user, key
	Name         string `json:"name,omitempty"`
	Why          string `json:"why,omitempty"`
}

// Failure is one thing that could not be done.
type Failure struct {
	Organisation string `json:"organisation,omitempty"`
	What         string `json:"what"`
	Reason       string `json:"reason"` // with what to do
}

// Stranger is somebody, or an organisation, that the plan does not name: it is left alone.
type Stranger struct {
	Organisation string `json:"organisation"`
	User         string `json:"user,omitempty"` // empty for the organisation itself
}

// Outcome is what a run did.
type Outcome struct {
	DryRun    bool       `json:"dry_run"`
	Changes   []Change   `json:"changes"`
	Unplanned []Stranger `json:"not_in_plan"`
	Notes     []string   `json:"notes"`
	Failures  []Failure  `json:"failures"`
}

// NewOutcome returns that of a run that did nothing yet.
func NewOutcome(dryRun bool) Outcome {
	return Outcome{DryRun: dryRun, Changes: []Change{}, Unplanned: []Stranger{}, Notes: []string{}, Failures: []Failure{}}
}

// Entered notes that the key of scope tokens was made known to the store.
func (o *Outcome) Entered(key string) {
	o.Changes = append(o.Changes, Change{Verb: entered, What: "key", Name: key, Why: "the store did not know it"})
}

// Write writes the outcome for people, a line for each thing.
func (o Outcome) Write(output io.Writer) error {
	for _, change := range o.Changes {
		verb := past[change.Verb]
		if o.DryRun {
			verb = "would " + change.Verb
		}
		line := change.What
		if change.Name != "" {
			line += " " + change.Name
		}
		if change.Organisation != "" {
			line = change.Organisation + ": " + verb + " " + line
		} else {
			line = verb + " " + line
		}
		if change.Why != "" {
			line += " (" + change.Why + ")"
		}
		if _, err := fmt.Fprintln(output, printable(line)); err != nil {
			return err
		}
	}
	for _, stranger := range o.Unplanned {
		line := "organisation " + stranger.Organisation
		if stranger.User != "" {
			line = "user " + stranger.User + " of " + stranger.Organisation
		}
		if _, err := fmt.Fprintln(output, "not in the plan, left alone:", printable(line)); err != nil {
			return err
		}
	}
	for _, note := range o.Notes {
		if _, err := fmt.Fprintln(output, "note:", printable(note)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(output, o.sum())
	return err
}

// printable keeps what people called themselves and their organisations from steering the
// terminal.
func printable(line string) string {
	return strings.Map(func(char rune) rune {
		if unicode.IsControl(char) || unicode.Is(unicode.Bidi_Control, char) {
			return unicode.ReplacementChar
		}
		return char
	}, line)
}

func (o Outcome) sum() string {
	verb := "were"
	if o.DryRun {
		verb = "would be"
	}
	switch {
	case len(o.Changes) == 0 && len(o.Failures) == 0:
		return "nothing to change: Grafana is as the plan says"
	case len(o.Failures) == 0:
		return fmt.Sprintf("changes: %d %s made", len(o.Changes), verb)
	}
	return fmt.Sprintf("changes: %d %s made; failures: %d", len(o.Changes), verb, len(o.Failures))
}

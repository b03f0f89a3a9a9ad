package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"mimamori/processors/alert"
	"mimamori/processors/alert/ticket"
)

// What may be wrong with what is said of a ticket.
var (
	// ErrUnknown is that there is no such ticket.
	ErrUnknown = errors.New("there is no such ticket: mimamori alert list shows those that are open, report tickets those that were")
	// ErrClosed is that the ticket is closed, and would have to be open.
	ErrClosed = errors.New("the ticket is closed: what was due of it is settled")
	// ErrFull is that the ticket holds as much as one may: see what fills it.
	ErrFull = errors.New("the ticket takes no more: see what writes so much into it")
	// ErrMistake is that something was left out, or is no value.
	ErrMistake = errors.New("this cannot be said of a ticket")
)

// Word is what somebody says of a ticket.
type Word struct {
	// By is who says it.
	By string
	// Text is what was said, or the reason.
	Text string
	// Via is how it came: mail or hook; empty by hand.
	Via string
	// Reference names what it came from, such as a Message-ID: the same one counts once. May be empty.
	Reference string
	// Began is when the alarm began that is meant, to the second: what is said of an earlier occurrence
	// answers nobody now. Zero for the ticket that is open, or was closed last.
	Began time.Time
}

// Respond notes that a person answered: it ends the wait for the first answer, or for the next update. On a
// closed ticket it is kept and changes nothing.
func (j *Journal) Respond(ctx context.Context, id string, word Word) (Ticket, error) {
	return j.say(ctx, id, word, Entry{What: Responded})
}

// Comment notes what answers nobody: a note, or what a machine said. A closed ticket takes it too.
func (j *Journal) Comment(ctx context.Context, id string, word Word) (Ticket, error) {
	return j.say(ctx, id, word, Entry{What: Commented})
}

// Answer notes a mail: a person's answer where a person wrote it whose mails answer (Config.Answering), and
// otherwise a comment.
func (j *Journal) Answer(ctx context.Context, id string, human bool, word Word) (Ticket, error) {
	if word.Text == "" {
		word.Text = "(a mail without a text of its own)"
	}
	if human && j.config.answers(word.By) {
		return j.Respond(ctx, id, word)
	}
	return j.Comment(ctx, id, word)
}

// Refused counts what came and could not be read, so that it reached no ticket.
func (j *Journal) Refused(via string) { j.metrics.refused.WithLabelValues(via, "unreadable").Inc() }

// Regrade sets the severity that was agreed anew, S1 to S4: what is due is reckoned again from the opening.
func (j *Journal) Regrade(ctx context.Context, id string, severity string, word Word) (Ticket, error) {
	grade, err := ticket.ParseSeverity(severity)
	if err != nil {
		return Ticket{}, j.refuse(word, fmt.Errorf("%w: %w", ErrMistake, err))
	}
	return j.say(ctx, id, word, Entry{What: Regraded, Severity: grade})
}

// Prioritise sets the business priority, 1 (first) to 4, or 0 for none. It moves nothing that is due.
func (j *Journal) Prioritise(ctx context.Context, id string, priority int, word Word) (Ticket, error) {
	if priority < 0 || priority > 4 {
		return Ticket{}, j.refuse(word, fmt.Errorf("%w: priority %d: use 1 to 4, or 0 for none", ErrMistake, priority))
	}
	return j.say(ctx, id, word, Entry{What: Prioritised, Priority: priority})
}

// say keeps an entry with its line in the audit log.
func (j *Journal) say(ctx context.Context, id string, word Word, e Entry) (Ticket, error) {
	e.By, e.Text, e.Via, e.Reference = alert.Shorten(printable(word.By), longestName), alert.Shorten(printable(word.Text), longestText), word.Via, alert.Shorten(printable(word.Reference), longestName)
	switch {
	case e.By == "":
		return Ticket{}, j.refuse(word, fmt.Errorf("%w: it needs by: who says so", ErrMistake))
	case e.Text == "" && (e.What == Regraded || e.What == Prioritised):
		return Ticket{}, j.refuse(word, fmt.Errorf("%w: it needs a reason: who agreed, and why", ErrMistake))
	case e.Text == "":
		return Ticket{}, j.refuse(word, fmt.Errorf("%w: it needs a text: what was said", ErrMistake))
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	e.At = j.now().UTC().Truncate(time.Millisecond)
	t, err := j.meant(ctx, id, word.Began)
	if err != nil {
		return Ticket{}, j.refuse(word, err)
	}
	if e.Reference != "" {
		for i := range t.Entries {
			if t.Entries[i].Reference == e.Reference && t.Entries[i].Via == e.Via {
				return j.reckoned(t), nil // it came before
			}
		}
	}
	if err := t.fits(e); err != nil {
		return Ticket{}, j.refuse(word, err)
	}
	if !t.Open() && (e.What == Regraded || e.What == Prioritised) {
		return Ticket{}, j.refuse(word, fmt.Errorf("%w: it was closed at %s", ErrClosed, t.Closed.UTC().Format(time.RFC3339)))
	}
	audit := alert.Entry{At: e.At, By: e.By, Action: string(e.What), Key: t.Key, ID: t.ID}
	switch e.What {
	case Regraded:
		audit.To, audit.Reason = string(e.Severity), e.Text
	case Prioritised:
		audit.To, audit.Reason = fmt.Sprint(e.Priority), e.Text
	default: // what was said is in the ticket
	}
	changes := alert.Changes{Entries: []alert.Entry{audit}}
	if t.Open() {
		c := &change{journal: j}
		if err := c.add(t.ID, e); err != nil {
			return Ticket{}, err
		}
		if err := c.keep(ctx, changes); err != nil {
			return Ticket{}, fmt.Errorf("keep the word on ticket %s: %w", id, err)
		}
		t = j.open[t.ID].copy()
	} else {
		t.Entries = append(t.Entries, e)
		if err := j.file.SaveTickets(ctx, changes, []Ticket{t}); err != nil {
			return Ticket{}, fmt.Errorf("keep the word on ticket %s: %w", id, err)
		}
	}
	j.metrics.words.WithLabelValues(string(e.What), way(e.Via)).Inc()
	return j.reckoned(t), nil
}

// refuse counts what is refused.
func (j *Journal) refuse(word Word, err error) error {
	why := "failed"
	switch {
	case errors.Is(err, ErrUnknown):
		why = "unknown"
	case errors.Is(err, ErrFull):
		why = "full"
	case errors.Is(err, ErrClosed):
		why = "closed"
	case errors.Is(err, ErrMistake):
		why = "mistaken"
	}
	j.metrics.refused.WithLabelValues(way(word.Via), why).Inc()
	return err
}

func way(via string) string {
	if via == "" {
		return "hand"
	}
	return via
}

// printable takes out what a terminal or a page would not show as it stands.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.TrimSpace(text)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/mail"
	"mimamori/processors/alert/web"
)

// The exit codes by which a mail server knows what to do with a mail (sysexits.h): the first two are sent
// back to who wrote it, the last is tried again.
const (
	exitMailData    = 65 // EX_DATAERR
	exitMailUnknown = 67 // EX_NOUSER
	exitMailLater   = 75 // EX_TEMPFAIL
)

// alertReplyCommand takes a mail.
type alertReplyCommand struct {
	alertAddress `embed:""`
}

// Run adds the mail of standard input to its ticket.
func (c *alertReplyCommand) Run(ctx context.Context, output stdout) error {
	raw, err := io.ReadAll(io.LimitReader(os.Stdin, mail.LargestReply+1))
	if err != nil {
		return codedError{fmt.Errorf("read the mail from standard input: %w", err), exitMailLater}
	}
	if len(raw) > mail.LargestReply {
		return codedError{fmt.Errorf("the mail is longer than %d bytes", mail.LargestReply), exitMailData}
	}
	var t journal.Ticket
	err = c.send(ctx, http.MethodPost, web.Prefix+"/reply", "message/rfc822", raw, &t)
	if err == nil {
		_, err = fmt.Fprintf(output, "added to ticket %s: %s\n", t.ID, t.Summary)
		return err
	}
	return codedError{err, mailCode(err)}
}

// mailCode is what a mail server is told of a failure. Only what the role itself says of the mail is for good:
// a role that does not run yet, or a mistake in how it is asked, bounces nobody's mail.
func mailCode(err error) int {
	var refused refusal
	if !errors.As(err, &refused) || !refused.said {
		return exitMailLater
	}
	switch refused.status {
	case http.StatusNotFound:
		return exitMailUnknown
	case http.StatusUnprocessableEntity, http.StatusConflict:
		return exitMailData
	}
	return exitMailLater
}

package notify

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	pipeline "github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	// longestReason is how much of what a receiver answered is repeated, in bytes.
	longestReason = 500
	// grace is how long an integration whose time is over may take to notice.
	grace = time.Second
)

// delivery stands around one integration of a receiver: it bounds its attempts in time
// and number, lets one that is under way finish when the notifier stops, says in words
// without secrets why one failed, and remembers whether it does.
type delivery struct {
	receiver    string
	integration *pipeline.Integration
	timeout     time.Duration
	attempts    chan struct{} // one for each that is under way
	aborted     context.Context
	secrets     *secrets
	abandoned   prometheus.Counter
	health      health
}

func (d *delivery) name() string { return d.integration.String() }

// stage is the delivery as Alertmanager's pipeline takes it.
func (d *delivery) stage() pipeline.Integration {
	return pipeline.NewIntegration(d, d.integration, d.integration.Name(), d.integration.Index(), d.receiver)
}

// Notify makes one attempt. The pipeline repeats it where that may help.
func (d *delivery) Notify(ctx context.Context, alerts ...*alert.Alert) (retry bool, err error) {
	select {
	case <-ctx.Done():
		return true, context.Cause(ctx)
	case d.attempts <- struct{}{}:
	}
	// When the notifier stops ctx ends at once, so that no attempt begins: this one goes on.
	limit := time.Now().Add(d.timeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(limit) {
		limit = deadline
	}
	attempt, cancel := context.WithDeadlineCause(context.WithoutCancel(ctx), limit, errors.New("no answer in time"))
	defer cancel()
	defer context.AfterFunc(d.aborted, cancel)()

	type outcome struct {
		retry bool
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() { <-d.attempts }()
		retry, err := d.integration.Notify(attempt, alerts...)
		done <- outcome{retry, err}
	}()
	var got outcome
	select {
	case got = <-done:
	case <-attempt.Done():
		late := time.NewTimer(grace)
		defer late.Stop()
		select {
		case got = <-done:
		case <-late.C:
			// It does not heed its context. Its place stays taken until it ends.
			d.abandoned.Inc()
			got = outcome{true, context.Cause(attempt)}
		}
	}
	if got.err == nil {
		d.health.succeeded()
		taken(ctx)
		return got.retry, nil
	}
	if d.aborted.Err() != nil {
		return false, got.err
	}
	return d.failed(got.retry, got.err)
}

// failed notes why, and decides whether to try again.
func (d *delivery) failed(retry bool, err error) (bool, error) {
	reason := d.secrets.hide(err.Error())
	if len(reason) > longestReason {
		reason = strings.ToValidUTF8(reason[:longestReason], "") + "…"
	}
	d.health.failed(time.Now(), reason)
	kind := pipeline.DefaultReason
	var known *pipeline.ErrorWithReason
	if errors.As(err, &known) {
		kind = known.Reason
	}
	// Who says that it was too much just now wants it again later, and whom nothing reached
	// has not said no: not every integration knows that.
	var unreached *url.Error
	retry = retry || kind == pipeline.RateLimitedReason || errors.As(err, &unreached)
	return retry, pipeline.NewErrorWithReason(kind, errors.New(reason))
}

package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/nflog"
	pipeline "github.com/prometheus/alertmanager/notify"
)

// TestLabel is the label that marks an alert as a test; its value is true.
const TestLabel = "test"

// Send delivers one alert, marked as a test, straight to a receiver: once, and past
// routes, silences and the log of notifications. The answer has a line for each
// integration that says what came of it, also where the error says that some failed.
func (n *Notifier) Send(ctx context.Context, receiver string, one Alert) (answer string, err error) {
	n.mu.Lock()
	deliveries, known := n.receivers[receiver]
	n.mu.Unlock()
	if !known {
		return "", fmt.Errorf("send to receiver %q: there is none of this name, but %s", receiver, strings.Join(names(n.setUp.receivers), ", "))
	}
	if len(deliveries) == 0 {
		return "", fmt.Errorf("send to receiver %q: it has no integrations: what is routed to it goes nowhere", receiver)
	}
	one.Labels = maps.Clone(one.Labels)
	if one.Labels == nil {
		one.Labels = map[string]string{}
	}
	one.Labels[TestLabel] = "true"
	now := time.Now()
	if one.StartsAt.IsZero() {
		one.StartsAt = now
	}
	made, err := one.upstream(now)
	if err != nil {
		return "", fmt.Errorf("send to receiver %q: %w", receiver, err)
	}
	var lines []string
	var problems []error
	for _, d := range deliveries {
		if made.Resolved() && !d.integration.SendResolved() {
			lines = append(lines, d.name()+": is not told of alerts that ended")
			continue
		}
		began := time.Now()
		if _, err := d.Notify(outside(ctx, receiver, made, now), made); err != nil {
			lines = append(lines, fmt.Sprintf("%s: failed after %s: %v", d.name(), time.Since(began).Round(time.Millisecond), err))
			problems = append(problems, fmt.Errorf("send to receiver %q: %s: %w", receiver, d.name(), err))
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: taken after %s", d.name(), time.Since(began).Round(time.Millisecond)))
	}
	return strings.Join(lines, "\n"), errors.Join(problems...)
}

// outside is a context for an attempt that does not come from the pipeline.
func outside(ctx context.Context, receiver string, one *alert.Alert, now time.Time) context.Context {
	ctx = pipeline.WithReceiverName(ctx, receiver)
	ctx = pipeline.WithGroupKey(ctx, "test:"+one.Labels.String())
	ctx = pipeline.WithGroupLabels(ctx, one.Labels)
	ctx = pipeline.WithNow(ctx, now)
	ctx = pipeline.WithNotificationReason(ctx, pipeline.ReasonFirstNotification)
	return pipeline.WithNflogStore(ctx, nflog.NewStore(nil))
}

package notify

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/alertmanager/provider/mem"
)

// The reasons for which a sign of life is not given.
const (
	notAlive    = "not_alive"
	notReceived = "not_received"
)

// heartbeats gives a sign of life each interval, the first at once.
func (n *Notifier) heartbeats(ctx context.Context, alerts *mem.Alerts) {
	if n.config.Heartbeat.URL == "" {
		return
	}
	ticks := time.NewTicker(n.config.Heartbeat.Interval)
	defer ticks.Stop()
	client := &http.Client{Timeout: n.config.Heartbeat.Interval}
	defer client.CloseIdleConnections()
	failed := false
	for {
		reason, err := n.heartbeat(ctx, client, alerts)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			n.metrics.heartbeats.Inc()
			if failed {
				n.logger.Info("The heartbeat is received again")
			}
		default:
			n.metrics.heartbeatsFailed.WithLabelValues(reason).Inc()
			if !failed {
				n.logger.Warn("The heartbeat was not given; whoever waits for it will raise the alarm", "error", err)
			}
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// heartbeat gives one sign of life, if there is life.
func (n *Notifier) heartbeat(ctx context.Context, client *http.Client, alerts *mem.Alerts) (reason string, err error) {
	// The store of alerts is locked while an alert is handed to the dispatcher: where that
	// has come to a stand, so does this, and the heartbeat stays away.
	_, _ = alerts.Get(0)
	if !n.alive() {
		return notAlive, fmt.Errorf("alerts are not judged")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.config.Heartbeat.URL, nil)
	if err != nil {
		return notReceived, fmt.Errorf("ask for the heartbeat's address: %w", err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return notReceived, fmt.Errorf("fetch the heartbeat's address: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode/100 != 2 {
		return notReceived, fmt.Errorf("fetch the heartbeat's address: it answered %s", answer.Status)
	}
	return "", nil
}

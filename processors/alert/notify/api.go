package notify

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/alertmanager/api"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/route"
)

// apiTimeout is how long an answer of the API may take.
const apiTimeout = 30 * time.Second

// Handler serves Alertmanager's API below /api/v2/: alerts, silences, receivers, status.
// It asks nobody who they are, and who reaches it may silence everything: that is for
// whoever serves it. Before Run and after it answers 503.
func (n *Notifier) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if handler := n.handler.Load(); handler != nil {
			(*handler).ServeHTTP(w, r)
			return
		}
		http.Error(w, "the notifier does not run", http.StatusServiceUnavailable)
	})
}

// serve makes the API and lets Handler find it.
func (n *Notifier) serve(alerts *mem.Alerts, inhibitor *inhibit.Inhibitor, dispatcher *dispatch.Dispatcher, groups marker.GroupMarker) error {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "alertmanager_http_request_duration_seconds", Help: "Histogram of latencies for HTTP requests.",
		Buckets: prometheus.DefBuckets,
	}, []string{"handler", "method", "code"})
	if err := n.registerer.Register(durations); err != nil {
		return fmt.Errorf("register metrics of the API: %w", err)
	}
	made, err := api.New(api.Options{
		Alerts: alerts, Silences: n.silences, GroupMutedFunc: groups.Muted, Timeout: apiTimeout,
		Logger: n.logger, Registry: n.registerer, RequestDuration: durations, GroupFunc: dispatcher.Groups,
	})
	if err != nil {
		return fmt.Errorf("make the API: %w", err)
	}
	made.Update(n.setUp.config, func(ctx context.Context, labels model.LabelSet) {
		inhibitor.Mutes(ctx, labels)
		n.silencer.Mutes(ctx, labels)
	})
	var handler http.Handler = made.Register(route.New(), "/")
	n.handler.Store(&handler)
	return nil
}

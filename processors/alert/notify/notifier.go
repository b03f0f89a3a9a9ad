package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/nflog"
	pipeline "github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/client_golang/prometheus"
)

// How often Alertmanager's parts tidy up: alerts that ended, groups that are empty.
const (
	alertsTidied = 30 * time.Minute
	groupsTidied = 30 * time.Second
)

// ErrStopped is what Put answers once the notifier stops.
var ErrStopped = errors.New("the notifier has stopped")

// Notifier tells of alerts. Make one with New for a registerer and a Config.Data.
type Notifier struct {
	config      Config
	setUp       *setUp
	externalURL *url.URL
	secrets     *secrets
	alive       func() bool
	logger      *slog.Logger
	registerer  prometheus.Registerer
	features    featurecontrol.Flagger
	metrics     *metrics

	receivers map[string][]*delivery // by the name of the receiver; not changed once Run began
	silences  *silence.Silences
	silencer  *silence.Silencer
	log       *nflog.Log
	silenced  *snapshot
	notified  *snapshot
	passing   passing
	aborted   context.Context // ends attempts under way
	abort     context.CancelFunc
	handler   atomic.Pointer[http.Handler]

	mu      sync.Mutex
	waiting []*alert.Alert // put before Run
	alerts  *order         // nil before Run
	begun   bool
	ended   bool
}

// New makes a notifier that does nothing yet: it reads the configuration of Alertmanager
// and the state that an earlier one left below Data. The state is an error where it cannot
// be read. Alive says whether what decides on alerts works; while it does not, no
// heartbeat is sent. Nil stands for always.
func New(cfg Config, alive func() bool, logger *slog.Logger, registerer prometheus.Registerer) (*Notifier, error) {
	externalURL := &url.URL{}
	if cfg.ExternalURL != "" {
		var err error
		if externalURL, err = webURL(strings.TrimRight(cfg.ExternalURL, "/")); err != nil {
			return nil, fmt.Errorf("external_url: %w", err)
		}
	}
	if alive == nil {
		alive = func() bool { return true }
	}
	// The handler of what the integrations log needs the secrets of what is being read.
	hiding := &secrets{}
	logger = slog.New(discreet{logger.Handler(), hiding})
	made, err := load(cfg.File, externalURL, logger)
	if err != nil {
		return nil, err
	}
	*hiding = *collect(made.config, cfg.Heartbeat.URL)
	if err := remembers(made, cfg.Retention); err != nil {
		return nil, err
	}
	features, err := featurecontrol.NewFlags(slog.New(slog.DiscardHandler), featurecontrol.FeatureReceiverNameInMetrics)
	if err != nil {
		return nil, fmt.Errorf("choose features of Alertmanager: %w", err)
	}
	n := &Notifier{
		config: cfg, setUp: made, externalURL: externalURL, secrets: hiding, alive: alive,
		logger: logger, registerer: registerer, features: features, receivers: map[string][]*delivery{},
	}
	n.aborted, n.abort = context.WithCancel(context.Background())
	if n.metrics, err = newMetrics(registerer, n); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	for name, integrations := range made.receivers {
		n.receivers[name] = nil
		for i := range integrations {
			n.receivers[name] = append(n.receivers[name], n.delivery(name, &integrations[i]))
		}
	}
	return n, n.restore()
}

// remembers says whether what was notified is known for as long as it is not repeated.
func remembers(made *setUp, retention time.Duration) error {
	var problems []error
	dispatch.NewRoute(made.config.Route, nil).Walk(func(r *dispatch.Route) {
		if r.RouteOpts.RepeatInterval > retention {
			problems = append(problems, fmt.Errorf("retention is %s, and the route to receiver %q has a repeat_interval of %s: make retention longer, or what was notified comes again too early",
				retention, r.RouteOpts.Receiver, r.RouteOpts.RepeatInterval))
		}
	})
	return errors.Join(problems...)
}

// delivery puts one around an integration.
func (n *Notifier) delivery(receiver string, integration *pipeline.Integration) *delivery {
	return &delivery{
		receiver: receiver, integration: integration, timeout: n.config.AttemptTimeout,
		attempts: make(chan struct{}, n.config.Attempts), aborted: n.aborted, secrets: n.secrets,
		abandoned: n.metrics.abandoned.WithLabelValues(receiver, integration.Name()),
	}
}

// restore reads what an earlier notifier left.
func (n *Notifier) restore() error {
	if err := os.MkdirAll(n.config.Data, 0o700); err != nil {
		return fmt.Errorf("make the directory of silences and notifications: %w", err)
	}
	path := filepath.Join(n.config.Data, "silences")
	var err error
	n.silences, err = silence.New(silence.Options{
		SnapshotFile: path, Retention: n.config.Retention, Logger: n.logger, Metrics: n.registerer, EventRecorder: eventrecorder.NopRecorder(),
	})
	if err != nil {
		return unreadable(path, err)
	}
	n.silencer = silence.NewSilencer(n.silences, n.logger, eventrecorder.NopRecorder())
	n.silenced = newSnapshot(path, n.silences.Snapshot, n.silences.GC, n.metrics.unsaved.WithLabelValues("silences"), n.logger)
	n.silences.SetBroadcast(n.silenced.note)

	path = filepath.Join(n.config.Data, "notifications")
	n.log, err = nflog.New(nflog.Options{SnapshotFile: path, Retention: n.config.Retention, Logger: n.logger, Metrics: n.registerer})
	if err != nil {
		return unreadable(path, err)
	}
	n.notified = newSnapshot(path, n.log.Snapshot, n.log.GC, n.metrics.unsaved.WithLabelValues("notifications"), n.logger)
	n.log.SetBroadcast(n.notified.note)
	return nil
}

func unreadable(path string, err error) error {
	return fmt.Errorf("read %s: %w: put a good copy in its place, or move it away and lose what it says", path, err)
}

// Put gives alerts to the notifier: new ones, those that changed, and those that ended.
// An alert may be put as often as one likes. Before Run they are kept: put all that are
// open then, so that none is told of that another inhibits. Of those that are not
// well-formed the error says why; the others are taken all the same.
func (n *Notifier) Put(ctx context.Context, alerts ...Alert) error {
	var problems []error
	now := time.Now()
	made := make([]*alert.Alert, 0, len(alerts))
	for _, one := range alerts {
		if upstream, err := one.upstream(now); err != nil {
			problems = append(problems, err)
		} else {
			made = append(made, upstream)
		}
	}
	n.mu.Lock()
	held, ended := n.alerts, n.ended
	if held == nil && !ended {
		n.waiting = append(n.waiting, made...)
	}
	n.mu.Unlock()
	switch {
	case ended:
		return errors.Join(append(problems, ErrStopped)...)
	case held != nil:
		if err := held.put(ctx, now, made); err != nil {
			problems = append(problems, fmt.Errorf("put %d alerts: %w", len(made), err))
		}
	}
	return errors.Join(problems...)
}

// Silenced says whether a silence holds an alert with these labels back now.
func (n *Notifier) Silenced(ctx context.Context, labels map[string]string) bool {
	return n.silencer.Mutes(ctx, labelSet(labels))
}

// Run notifies until ctx ends, then lets attempts under way finish for as long as
// DrainTimeout, and saves the state. It can be called once.
func (n *Notifier) Run(ctx context.Context) error {
	held, err := n.begin()
	if err != nil {
		return err
	}
	alerts := held.alerts
	defer alerts.Close()
	defer n.abort()

	var parts sync.WaitGroup
	following, stopFollowing := context.WithCancel(context.WithoutCancel(ctx))
	maintained := make(chan struct{})
	parts.Go(func() { n.silenced.follow(following) })
	parts.Go(func() { n.notified.follow(following) })
	parts.Go(func() { n.silences.Maintenance(maintenance, n.silenced.path, maintained, n.silenced.maintain) })
	parts.Go(func() { n.log.Maintenance(maintenance, n.notified.path, maintained, n.notified.maintain) })

	inhibitor := inhibit.NewInhibitor(alerts, n.setUp.config.InhibitRules, n.logger, eventrecorder.NopRecorder())
	groups := marker.NewGroupMarker()
	dispatcher := n.dispatcher(alerts, inhibitor, groups)
	// An alert that another inhibits must find it known.
	parts.Go(inhibitor.Run)
	inhibitor.WaitForLoading()
	parts.Go(func() { dispatcher.Run(time.Now()) })
	dispatcher.WaitForLoading()
	failed := n.serve(alerts, inhibitor, dispatcher, groups)
	if failed == nil {
		parts.Go(func() {
			held.run(ctx, func(err error) { n.logger.Error("Alerts that changed could not be handed on again", "error", err) })
		})
		parts.Go(func() { n.heartbeats(ctx, alerts) })
		<-ctx.Done()
	}

	n.mu.Lock()
	n.ended = true
	n.mu.Unlock()
	n.handler.Store(nil)
	n.passing.close()
	dispatcher.Stop()
	n.passing.wait(n.config.DrainTimeout, n.abort)
	inhibitor.Stop()
	stopFollowing()
	close(maintained)
	parts.Wait()
	return failed
}

// begin makes the store of alerts and puts into it what waits.
func (n *Notifier) begin() (*order, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.begun {
		return nil, errors.New("the notifier runs, or has run: make another one")
	}
	n.begun = true
	alerts, err := mem.NewAlerts(context.Background(), alertsTidied, 0, n.silencer, n.logger, eventrecorder.NopRecorder(), n.registerer, n.features)
	if err != nil {
		return nil, fmt.Errorf("make the store of alerts: %w", err)
	}
	held := newOrder(alerts)
	if err := held.put(context.Background(), time.Now(), n.waiting); err != nil {
		alerts.Close()
		return nil, fmt.Errorf("put the alerts that wait: %w", err)
	}
	n.alerts, n.waiting = held, nil
	return held, nil
}

// dispatcher puts the pipeline of each receiver together, and what groups alerts before it.
func (n *Notifier) dispatcher(alerts *mem.Alerts, inhibitor *inhibit.Inhibitor, groups marker.GroupMarker) *dispatch.Dispatcher {
	loaded := n.setUp.config
	stages := make(map[string][]pipeline.Integration, len(n.receivers))
	for name, deliveries := range n.receivers {
		stages[name] = nil
		for _, d := range deliveries {
			stages[name] = append(stages[name], d.stage())
		}
	}
	intervals := map[string][]timeinterval.TimeInterval{}
	for _, one := range loaded.MuteTimeIntervals {
		intervals[one.Name] = one.TimeIntervals
	}
	for _, one := range loaded.TimeIntervals {
		intervals[one.Name] = one.TimeIntervals
	}
	n.passing.renew = n.renew
	alone := func() time.Duration { return 0 } // no other instance notifies first
	n.passing.next = pipeline.NewPipelineBuilder(n.registerer, n.features, eventrecorder.NopRecorder()).New(
		stages, alone, inhibitor, n.silencer, timeinterval.NewIntervener(intervals), groups, n.log, nil)
	patience := func(interval time.Duration) time.Duration { return max(interval, pipeline.MinTimeout) }
	return dispatch.NewDispatcher(alerts, dispatch.NewRoute(loaded.Route, nil), &n.passing, groups, patience, groupsTidied, nil,
		n.logger, eventrecorder.NopRecorder(), dispatch.NewDispatcherMetrics(false, n.registerer, n.features), n.setUp.templates)
}

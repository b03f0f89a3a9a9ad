package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"time"

	"mimamori/bench/fleet"
	"mimamori/processors/alert"
)

// toldAlarm is an alarm that is raised, as a webhook of Alertmanager has it.
type toldAlarm struct {
	At          time.Time `json:"-"` // when it came
	Labels      map[string]string
	Annotations map[string]string
	StartsAt    time.Time
}

func (a *toldAlarm) key() string { return a.Labels["site"] + " " + a.Labels["entity"] }

// since is when it began by its annotations; the zero time, which shows in the figures, where they do not say.
func (a *toldAlarm) since() time.Time {
	at, _ := time.Parse(time.RFC3339, a.Annotations["since"])
	return at
}

// toldAlarms is what arrived of alarms that are raised.
type toldAlarms struct {
	mutex    sync.Mutex
	webhooks []toldAlarm
	mails    map[string]time.Time // by toldAlarm.key
}

// ServeHTTP takes webhooks as Alertmanager sends them.
func (t *toldAlarms) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct{ Alerts []toldAlarm }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	now := time.Now()
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for i := range body.Alerts {
		body.Alerts[i].At = now
		t.webhooks = append(t.webhooks, body.Alerts[i])
	}
}

// watching is the route of what the bench is told of. Nothing is waited for: what is raised is one alarm with all
// that is behind it.
const watching = `route: {receiver: bench, group_by: [customer, site, entity, alertname], group_wait: 0s}
receivers:
  - name: bench
    webhook_configs: [{url: %q, send_resolved: false}]
`

// watch plays a fleet to the whole pipeline, watched as a customer's network is, until enough was told or the time
// is over; what is missing then shows in the figures. adjust may change the layout and returns more of the receiver. What
// goes wrong only when all is stopped is returned as ended.
func (t *toldAlarms) watch(ctx context.Context, config fleet.Config, logger *slog.Logger, limit time.Duration, adjust func(*demoLayout) string, enough func() bool) (truth *fleet.Truth, ended, err error) {
	if place := findPlace(ctx, false); place.shared != nil {
		return nil, nil, unfinished{fmt.Errorf("nothing can be unplugged without a network namespace: %w; %s", place.shared, namespaceRemedy)}
	}
	plan, err := fleet.NewPlan(config)
	if err != nil {
		return nil, nil, usageError{err}
	}
	directory, err := os.MkdirTemp("", "mimamori-bench-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a directory for the bench: %w", err)
	}
	defer os.RemoveAll(directory)
	hook := httptest.NewServer(t)
	defer hook.Close()
	layout := newWatchedLayout(directory, plan)
	if config.Hurried {
		layout = newHurriedLayout(directory, plan)
	}
	receivers := fmt.Sprintf(watching, hook.URL) + adjust(&layout)
	layout.centre.Alert.Telling.File = filepath.Join(directory, "alertmanager.yml")
	if err := os.WriteFile(layout.centre.Alert.Telling.File, []byte(receivers), 0o600); err != nil {
		return nil, nil, fmt.Errorf("write the receivers: %w", err)
	}
	if err := errors.Join(layout.makeKeys(), layout.write()); err != nil {
		return nil, nil, err
	}
	ended, err = measured(func(started func(context.Context) error) error {
		return newApplication(layout.centre, logger).play(ctx, demoRole, started)
	}, func(ctx context.Context) error {
		child, err := startFleet(layout, os.Stderr)
		if err != nil {
			return err
		}
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		_ = poll(limited, time.Second, func() bool { // what was not told in time shows in the figures
			t.mutex.Lock()
			defer t.mutex.Unlock()
			return enough()
		})
		return errors.Join(ctx.Err(), child.stop())
	})
	if err != nil {
		return nil, nil, unfinished{err}
	}
	if truth, err = fleet.ReadTruth(layout.truthPath); err != nil {
		return nil, nil, fmt.Errorf("read what the simulator did: %w", err)
	}
	return truth, ended, nil
}

// newHurriedLayout is the demo's with its times, but that devices that are down are the only alarms: a busy machine has others.
func newHurriedLayout(directory string, plan *fleet.Plan) demoLayout {
	layout := newDemoLayout(directory, plan, "")
	layout.centre.Alert.Raising.Rules = []alert.Rule{{Alert: "DeviceDown", Kind: "DeviceDown", Severity: alert.Major, For: hurriedDown}}
	return layout
}

// When a fleet in a hurry begins, and how long a device of it is down before that is an alarm.
const (
	hurriedStart = 5 * time.Second
	hurriedDown  = 6 * time.Second
)

// centreBehind is an alarm of the centre's own lag on a busy machine: it is true, and of no device.
const centreBehind = "CentreBehind"

// newWatchedLayout is the demo's, with the times that a customer's network is watched at.
func newWatchedLayout(directory string, plan *fleet.Plan) demoLayout {
	layout, usual := newDemoLayout(directory, plan, ""), defaultConfig()
	for _, config := range []*Config{&layout.centre, &layout.poll} {
		config.Ingest.ICMP, config.Ingest.SNMP, config.Ingest.Voice = usual.Ingest.ICMP, usual.Ingest.SNMP, usual.Ingest.Voice
		config.Ingest.HeartbeatInterval, config.Ingest.Linger, config.Ingest.RoutineLinger = usual.Ingest.HeartbeatInterval, usual.Ingest.Linger, usual.Ingest.RoutineLinger
		config.Processors.TickInterval, config.Processors.BatchLinger = usual.Processors.TickInterval, usual.Processors.BatchLinger
		config.Storage.Embedded = usual.Storage.Embedded
		config.Alert.Raising.Rules = usual.Alert.Raising.Rules
	}
	return layout
}

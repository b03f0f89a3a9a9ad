package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// webhookRoute sends everything to one webhook, a group for each entity, without delay.
const webhookRoute = `
route:
  receiver: desk
  group_by: [entity]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 4h
receivers:
  - name: desk
    webhook_configs:
      - url: %URL%
`

// write puts a configuration into a file, with an address in the place of %URL%.
func write(t *testing.T, text, address string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "alertmanager.yml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "%URL%", address)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// part is a notifier with what it logs and counts.
type part struct {
	*Notifier
	log      *lines
	registry *prometheus.Registry
}

// prepare makes a notifier for a file; change may be nil.
func prepare(t *testing.T, file string, change func(*Config)) part {
	t.Helper()
	cfg := DefaultConfig()
	cfg.File, cfg.Data = file, filepath.Join(t.TempDir(), "alerts")
	if change != nil {
		change(&cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	made := part{log: &lines{}, registry: prometheus.NewRegistry()}
	notifier, err := New(cfg, nil, slog.New(slog.NewTextHandler(made.log, &slog.HandlerOptions{Level: slog.LevelDebug})), made.registry)
	if err != nil {
		t.Fatal(err)
	}
	made.Notifier = notifier
	return made
}

// start runs it; stop, which is called at the end at the latest, waits until it has ended.
func (p part) start(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("run: %v", err)
			}
		case <-time.After(30 * time.Second):
			t.Error("the notifier does not end")
		}
	})
	t.Cleanup(stop)
	return stop
}

func (p part) put(t *testing.T, alerts ...Alert) {
	t.Helper()
	if err := p.Put(t.Context(), alerts...); err != nil {
		t.Fatal(err)
	}
}

// value of a counter or gauge, of all its labels together.
func (p part) value(t *testing.T, name string) float64 {
	t.Helper()
	families, err := p.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() == name {
			for _, one := range family.GetMetric() {
				sum += one.GetCounter().GetValue() + one.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// down is an alert of an entity, which began an hour ago.
func down(entity string) Alert {
	return Alert{
		Labels:      map[string]string{"alertname": "DeviceDown", "customer": "acme", "entity": entity},
		Annotations: map[string]string{"summary": entity + " does not answer"},
		StartsAt:    time.Now().Add(-time.Hour).Truncate(time.Second),
	}
}

// up is the end of down.
func up(entity string) Alert {
	ended := down(entity)
	ended.EndsAt = time.Now().Add(-time.Second)
	return ended
}

// message is what Alertmanager's webhook sends.
type message struct {
	Version      string
	GroupKey     string
	Status       string
	Receiver     string
	GroupLabels  map[string]string
	CommonLabels map[string]string
	ExternalURL  string
	Alerts       []struct {
		Status      string
		Labels      map[string]string
		Annotations map[string]string
		Fingerprint string
	}
}

// desk is a webhook's other side. Answer, where given, answers in its place; its number
// counts the requests from 1.
type desk struct {
	*httptest.Server
	answer func(number int, w http.ResponseWriter, r *http.Request)

	mu       sync.Mutex
	asked    int
	received []message
}

func newDesk(t *testing.T, answer func(number int, w http.ResponseWriter, r *http.Request)) *desk {
	d := &desk{answer: answer}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var got message
	if err == nil {
		err = json.Unmarshal(body, &got)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	d.asked++
	number := d.asked
	d.received = append(d.received, got)
	d.mu.Unlock()
	if d.answer != nil {
		d.answer(number, w, r)
	}
}

func (d *desk) requests() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked
}

// about counts the messages with an alert of the entity in this state.
func (d *desk) about(entity string, status Status) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	count := 0
	for _, got := range d.received {
		for _, one := range got.Alerts {
			if one.Labels["entity"] == entity && one.Status == string(status) {
				count++
			}
		}
	}
	return count
}

func (d *desk) last() message {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.received) == 0 {
		return message{}
	}
	return d.received[len(d.received)-1]
}

// needTool returns where a program of Debian is.
func needTool(t *testing.T, name, debianPackage string) string {
	t.Helper()
	for _, place := range []string{"/usr/bin", "/usr/sbin"} {
		if path, err := exec.LookPath(filepath.Join(place, name)); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing (Debian package %s)", name, debianPackage)
	}
	t.Skipf("%s is missing (Debian package %s)", name, debianPackage)
	return ""
}

// own is an integration of ours that keeps what it is told.
type own struct {
	deliver func(ctx context.Context, group Group) (bool, error)

	mu     sync.Mutex
	groups []Group
}

func (o *own) Deliver(ctx context.Context, group Group) (bool, error) {
	o.mu.Lock()
	o.groups = append(o.groups, group)
	o.mu.Unlock()
	if o.deliver != nil {
		return o.deliver(ctx, group)
	}
	return false, nil
}

func (o *own) told() []Group {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.groups)
}

package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/processors/alert/alerttest"
)

// TestNotifies follows an alert from its beginning to its end.
func TestNotifies(t *testing.T) {
	webhook := newDesk(t, nil)
	n := prepare(t, write(t, webhookRoute, webhook.URL), func(c *Config) { c.ExternalURL = "https://noc.example.net/alerts/" })
	n.start(t)
	n.put(t, down("edge-1"))
	alerttest.Until(t, "the desk is told", func() bool { return webhook.about("edge-1", Firing) == 1 })
	got := webhook.last()
	if got.Version != "4" || got.Receiver != "desk" || got.Status != "firing" || got.GroupLabels["entity"] != "edge-1" ||
		got.CommonLabels["customer"] != "acme" || got.ExternalURL != "https://noc.example.net/alerts" ||
		got.Alerts[0].Annotations["summary"] != "edge-1 does not answer" {
		t.Errorf("it was told %+v", got)
	}
	n.put(t, up("edge-1"))
	alerttest.Until(t, "the desk is told of the end", func() bool { return webhook.about("edge-1", Resolved) == 1 })
	if webhook.requests() != 2 {
		t.Errorf("%d messages for a beginning and an end", webhook.requests())
	}
	if sent := n.value(t, "alertmanager_notifications_total"); sent != 2 {
		t.Errorf("alertmanager_notifications_total is %v", sent)
	}
}

// TestEndAtOnce puts beginnings and ends of many alerts at the same moment: none is left
// behind as lasting.
func TestEndAtOnce(t *testing.T) {
	webhook := newDesk(t, nil)
	n := prepare(t, write(t, webhookRoute, webhook.URL), nil)
	n.start(t)
	const many = 100
	var alerts []Alert
	for i := range many {
		alerts = append(alerts, down(fmt.Sprint("edge-", i)))
	}
	n.put(t, alerts...)
	alerttest.Until(t, "all are told of", func() bool { return webhook.requests() == many })
	for i := range many {
		n.put(t, down(fmt.Sprint("edge-", i)), up(fmt.Sprint("edge-", i)))
	}
	for i := range many {
		alerttest.Until(t, "each end is told", func() bool { return webhook.about(fmt.Sprint("edge-", i), Resolved) == 1 })
	}
}

// TestInhibitedFromTheStart puts the alert that inhibits after the one it inhibits, both
// before Run, as after a restart.
func TestInhibitedFromTheStart(t *testing.T) {
	webhook := newDesk(t, nil)
	n := prepare(t, write(t, webhookRoute+`
inhibit_rules:
  - source_matchers: [alertname = SiteDown]
    target_matchers: [alertname = DeviceDown]
    equal: [customer]
`, webhook.URL), nil)
	site := down("site")
	site.Labels["alertname"] = "SiteDown"
	n.put(t, down("edge-1"), site)
	n.start(t)
	alerttest.Until(t, "the desk is told of the site", func() bool { return webhook.about("site", Firing) == 1 })
	alerttest.Until(t, "the device is held back", func() bool { return n.value(t, "alertmanager_notifications_suppressed_total") > 0 })
	if webhook.about("edge-1", Firing) != 0 {
		t.Error("the desk was told of the device too")
	}
}

// TestPutRefuses takes what is well-formed and says what is not.
func TestPutRefuses(t *testing.T) {
	webhook := newDesk(t, nil)
	n := prepare(t, write(t, webhookRoute, webhook.URL), nil)
	stop := n.start(t)
	nameless, timeless := down("edge-1"), down("edge-2")
	nameless.Labels = map[string]string{"entity": ""}
	timeless.StartsAt = timeless.EndsAt
	err := n.Put(t.Context(), nameless, timeless, down("edge-3"))
	if err == nil || !strings.Contains(err.Error(), "label") || !strings.Contains(err.Error(), "start time") {
		t.Errorf("it said %v", err)
	}
	alerttest.Until(t, "the third is told of", func() bool { return webhook.about("edge-3", Firing) == 1 })
	stop()
	if err := n.Put(t.Context(), down("edge-4")); !errors.Is(err, ErrStopped) {
		t.Errorf("after the end it said %v", err)
	}
	if err := n.Run(t.Context()); err == nil {
		t.Error("it ran again")
	}
}

// TestEndsWhatItBegan stops the notifier while a delivery is under way: that is finished
// and known to the next one.
func TestEndsWhatItBegan(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	slow := &own{deliver: func(ctx context.Context, _ Group) (bool, error) {
		close(begun)
		select {
		case <-finish:
			return false, nil
		case <-ctx.Done():
			return true, ctx.Err()
		}
	}}
	file := write(t, strings.SplitAfter(webhookRoute, "- name: desk\n")[0], "")
	data := filepath.Join(t.TempDir(), "alerts")
	n := prepare(t, file, func(c *Config) { c.Data = data })
	if err := n.Add("desk", "own", true, slow); err != nil {
		t.Fatal(err)
	}
	n.put(t, down("edge-1"))
	stop := n.start(t)
	<-begun
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	alerttest.Until(t, "it stops", func() bool { return errors.Is(n.Put(t.Context()), ErrStopped) })
	close(finish)
	<-stopped

	second, webhook := &own{}, newDesk(t, nil)
	n = prepare(t, write(t, strings.SplitAfter(webhookRoute, "- name: desk\n")[0]+"    webhook_configs: [{url: %URL%}]\n", webhook.URL), func(c *Config) { c.Data = data })
	if err := n.Add("desk", "own", true, second); err != nil {
		t.Fatal(err)
	}
	n.put(t, down("edge-1"))
	n.start(t)
	alerttest.Until(t, "the new webhook is told", func() bool { return webhook.about("edge-1", Firing) == 1 })
	n.put(t, up("edge-1"))
	alerttest.Until(t, "the end is told", func() bool { return len(second.told()) > 0 })
	if told := second.told(); len(told) != 1 || told[0].Status != Resolved {
		t.Errorf("the second was told %+v", told)
	}
}

// TestAbortsWhatHangs stops the notifier while a delivery hangs.
func TestAbortsWhatHangs(t *testing.T) {
	begun := make(chan struct{})
	webhook := newDesk(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	})
	n := prepare(t, write(t, webhookRoute, webhook.URL), func(c *Config) { c.DrainTimeout = 100 * time.Millisecond })
	n.put(t, down("edge-1"))
	stop := n.start(t)
	<-begun
	stop()
	if failing := n.Failing(); len(failing) != 0 {
		t.Errorf("what was broken off counts as a failure: %+v", failing)
	}
}

// TestForgetsTooEarly refuses to forget what was notified before it is repeated.
func TestForgetsTooEarly(t *testing.T) {
	cfg := DefaultConfig()
	cfg.File, cfg.Data, cfg.Retention = write(t, webhookRoute, "https://example.net/"), t.TempDir(), time.Hour
	_, err := New(cfg, nil, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err == nil || !strings.Contains(err.Error(), `"desk"`) || !strings.Contains(err.Error(), "4h0m0s") {
		t.Errorf("it said %v", err)
	}
}

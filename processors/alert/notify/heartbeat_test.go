package notify

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mimamori/processors/alert/alerttest"
)

// TestHeartbeat stays away while the alerts are not judged, and counts what fails.
func TestHeartbeat(t *testing.T) {
	var beats atomic.Int64
	var refuse, judged atomic.Bool
	judged.Store(true)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			t.Errorf("it came as %s", r.Method)
		}
		if refuse.Load() {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		beats.Add(1)
	}))
	t.Cleanup(server.Close)
	n := prepare(t, "", func(c *Config) {
		c.Heartbeat = Heartbeat{URL: server.URL + "/ping/5ecre7-t0ken", Interval: time.Second}
	})
	n.alive = judged.Load
	n.start(t)
	alerttest.Until(t, "two signs of life", func() bool { return beats.Load() == 2 })
	judged.Store(false)
	alerttest.Until(t, "one is missing", func() bool { return n.value(t, "mimamori_alert_heartbeats_failed_total") > 0 })
	before := beats.Load()
	missing := n.value(t, "mimamori_alert_heartbeats_failed_total")
	alerttest.Until(t, "another is missing", func() bool { return n.value(t, "mimamori_alert_heartbeats_failed_total") > missing })
	if beats.Load() != before {
		t.Error("it was given although nobody judges the alerts")
	}
	refuse.Store(true)
	judged.Store(true)
	alerttest.Until(t, "it is refused", func() bool {
		families, err := n.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			for _, one := range family.GetMetric() {
				for _, label := range one.GetLabel() {
					if label.GetValue() == notReceived && one.GetCounter().GetValue() > 0 {
						return true
					}
				}
			}
		}
		return false
	})
	refuse.Store(false)
	alerttest.Until(t, "it is given again", func() bool { return beats.Load() > before })
	if taken := n.value(t, "mimamori_alert_heartbeats_total"); taken == 0 {
		t.Error("none is counted")
	}
	if text := n.log.String(); strings.Contains(text, "5ecre7") || !strings.Contains(text, "was not given") {
		t.Errorf("the log says %s", text)
	}
}

package notify

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are those beside Alertmanager's own, which keep their names.
type metrics struct {
	abandoned        *prometheus.CounterVec
	unsaved          *prometheus.CounterVec
	heartbeats       prometheus.Counter
	heartbeatsFailed *prometheus.CounterVec
	notifier         *Notifier
}

var failing = prometheus.NewDesc("mimamori_alert_receiver_failing",
	"1 while the last attempt at a delivery failed.", []string{"receiver", "integration"}, nil)

func newMetrics(registerer prometheus.Registerer, notifier *Notifier) (*metrics, error) {
	m := &metrics{
		abandoned: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_alert_attempts_abandoned_total", Help: "Attempts at a delivery that went on after their time was over.",
		}, []string{"receiver", "integration"}),
		unsaved: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_alert_snapshots_failed_total", Help: "Times silences or the log of notifications could not be written to disk.",
		}, []string{"state"}),
		heartbeats: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_alert_heartbeats_total", Help: "Signs of life that the other side took.",
		}),
		heartbeatsFailed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_alert_heartbeats_failed_total", Help: "Signs of life that were due and not given, by reason.",
		}, []string{"reason"}),
		notifier: notifier,
	}
	var problems []error
	for _, one := range []prometheus.Collector{m.abandoned, m.unsaved, m.heartbeats, m.heartbeatsFailed, m} {
		problems = append(problems, registerer.Register(one))
	}
	return m, errors.Join(problems...)
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(to chan<- *prometheus.Desc) { to <- failing }

// Collect implements prometheus.Collector.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	m.notifier.mu.Lock()
	defer m.notifier.mu.Unlock()
	for receiver, deliveries := range m.notifier.receivers {
		for _, d := range deliveries {
			value := 0.0
			if _, fails := d.health.get(); fails {
				value = 1
			}
			to <- prometheus.MustNewConstMetric(failing, prometheus.GaugeValue, value, receiver, d.name())
		}
	}
}

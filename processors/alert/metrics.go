package alert

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the engine tells of itself.
type metrics struct {
	alarms      *prometheus.GaugeVec
	transitions *prometheus.CounterVec
	looks       *prometheus.HistogramVec
	failed      prometheus.Counter
	crowded     prometheus.Counter
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		alarms:      prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "mimamori_alert_alarms", Help: "Alarms that are raised, by severity."}, []string{"severity"}),
		transitions: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mimamori_alert_transitions_total", Help: "Alarms raised and cleared, by rule."}, []string{"alertname", "state"}),
		looks:       prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "mimamori_alert_look_seconds", Help: "How long it took to ask for the figures of a kind of rule.", Buckets: prometheus.ExponentialBuckets(0.01, 2, 12)}, []string{"kind"}),
		failed:      prometheus.NewCounter(prometheus.CounterOpts{Name: "mimamori_alert_looks_failed_total", Help: "Looks at which something could not be asked, kept or handed on."}),
		crowded:     prometheus.NewCounter(prometheus.CounterOpts{Name: "mimamori_alert_looks_crowded_total", Help: "Looks at lines of the log or SNMP notifications that took the newest alone because there were too many: narrow the rule by severity or mnemonic."}),
	}
	if registerer == nil {
		return m, nil
	}
	var problems []error
	for _, collector := range []prometheus.Collector{m.alarms, m.transitions, m.looks, m.failed, m.crowded} {
		problems = append(problems, registerer.Register(collector))
	}
	return m, errors.Join(problems...)
}

// gauge counts what is raised.
func (e *Engine) gauge() {
	raised := map[Severity]int{}
	for _, alarms := range e.alarms {
		for _, a := range alarms {
			if a.State == Raised {
				raised[a.Severity]++
			}
		}
	}
	for _, severity := range Severities {
		e.metrics.alarms.WithLabelValues(string(severity)).Set(float64(raised[severity]))
	}
}

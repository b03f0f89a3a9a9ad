package journal

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	open      prometheus.Gauge
	closed    prometheus.Counter
	forgotten *prometheus.CounterVec
	words     *prometheus.CounterVec
	refused   *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		open:      prometheus.NewGauge(prometheus.GaugeOpts{Name: "mimamori_alert_tickets_open", Help: "Tickets that are open."}),
		closed:    prometheus.NewCounter(prometheus.CounterOpts{Name: "mimamori_alert_tickets_closed_total", Help: "Tickets that were closed."}),
		forgotten: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mimamori_alert_tickets_forgotten_total", Help: "Closed tickets that were forgotten, by why: age (journal.keep) or number."}, []string{"why"}),
		words:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mimamori_alert_ticket_words_total", Help: "What people and ticket systems said of tickets, by what it was and how it came (hand, hook, mail)."}, []string{"what", "via"}),
		refused:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mimamori_alert_ticket_words_refused_total", Help: "Words that were refused, by how they came and why: unknown ticket, full, closed, unreadable or mistaken."}, []string{"via", "why"}),
	}
	if registerer == nil {
		return m, nil
	}
	var problems []error
	for _, collector := range []prometheus.Collector{m.open, m.closed, m.forgotten, m.words, m.refused} {
		problems = append(problems, registerer.Register(collector))
	}
	return m, errors.Join(problems...)
}

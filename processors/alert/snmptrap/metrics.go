package snmptrap

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are by receiver and address. What failed is counted by notify.
type metrics struct{ sent, shortened, unkept *prometheus.CounterVec }

func newMetrics(registerer prometheus.Registerer) (metrics, error) {
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"receiver", "address"})
	}
	m := metrics{
		sent:      counter("mimamori_alert_snmp_notifications_total", "Traps that were sent and informs that were acknowledged."),
		shortened: counter("mimamori_alert_snmp_shortened_total", "SNMP notifications whose texts had to be cut."),
		unkept:    counter("mimamori_alert_snmp_sequences_unkept_total", "Times the sequence of SNMP notifications could not be written to disk."),
	}
	return m, errors.Join(registerer.Register(m.sent), registerer.Register(m.shortened), registerer.Register(m.unkept))
}

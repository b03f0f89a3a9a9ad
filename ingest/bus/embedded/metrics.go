package embedded

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	connections    prometheus.Gauge
	rejected       *prometheus.CounterVec
	acceptFailures prometheus.Counter
	logBytes       prometheus.Gauge
	deletedBytes   prometheus.Counter
	problems       prometheus.Counter
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mimamori_bus_broker_connections",
			Help: "Open connections to the embedded broker.",
		}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_bus_broker_rejected_total",
			Help: "Connections the embedded broker closed, by what was wrong: an unknown request, its size, its content, too many connections.",
		}, []string{"reason"}),
		acceptFailures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_bus_broker_accept_failures_total",
			Help: "Connections the system could not hand to the embedded broker, for example for want of file descriptors.",
		}),
		logBytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mimamori_bus_broker_log_bytes",
			Help: "Size of the embedded broker's log at the last look, once a minute.",
		}),
		deletedBytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_bus_broker_deleted_bytes_total",
			Help: "Bytes of the log the embedded broker deleted because of their age or the log's size, read or not.",
		}),
		problems: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_bus_broker_problems_total",
			Help: "Warnings and errors of the embedded broker, such as a disk that is full.",
		}),
	}
	for _, collector := range []prometheus.Collector{m.connections, m.rejected, m.acceptFailures, m.logBytes, m.deletedBytes, m.problems} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the embedded broker's metrics: %w; one registry serves one broker", err)
		}
	}
	return m, nil
}

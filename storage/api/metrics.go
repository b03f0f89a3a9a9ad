package api

import (
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "mimamori", Subsystem: "api", Name: "requests_total",
			Help: "Requests answered, by route and status; 499 where the client went away first.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "mimamori", Subsystem: "api", Name: "request_seconds",
			Help:    "Time from a request to the last byte of its answer.",
			Buckets: prometheus.ExponentialBuckets(0.002, 2, 15),
		}, []string{"route"}),
	}
	return m, errors.Join(registerer.Register(m.requests), registerer.Register(m.seconds))
}

func (m *metrics) answered(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

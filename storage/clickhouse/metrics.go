package clickhouse

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	inserts       *prometheus.CounterVec
	rows          *prometheus.CounterVec
	insertErrors  *prometheus.CounterVec
	insertSeconds *prometheus.HistogramVec
	queryErrors   *prometheus.CounterVec
	querySeconds  *prometheus.HistogramVec
	failures      *prometheus.CounterVec
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	var err error
	counter := func(name, help, label string) *prometheus.CounterVec {
		return register(registerer, prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "mimamori", Subsystem: "clickhouse", Name: name, Help: help,
		}, []string{label}), &err)
	}
	seconds := func(name, help, label string) *prometheus.HistogramVec {
		return register(registerer, prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "mimamori", Subsystem: "clickhouse", Name: name, Help: help,
			Buckets: prometheus.ExponentialBuckets(0.002, 2, 14),
		}, []string{label}), &err)
	}
	m := &metrics{
		inserts:       counter("inserts_total", "INSERTs acknowledged.", "table"),
		rows:          counter("insert_rows_total", "Rows in acknowledged INSERTs, repeats included.", "table"),
		insertErrors:  counter("insert_errors_total", "INSERTs that failed; the batch is to be tried again.", "table"),
		insertSeconds: seconds("insert_seconds", "Time an INSERT took, failed ones included.", "table"),
		queryErrors:   counter("query_errors_total", "Queries that failed.", "query"),
		querySeconds:  seconds("query_seconds", "Time a query took until its last row was read.", "query"),
		failures:      counter("failures_total", "INSERTs, queries and other statements that failed, by what was the matter with the store.", "reason"),
	}
	return m, err
}

// register adds a collector, or returns the one that a store of the same process
// added before it.
func register[C prometheus.Collector](registerer prometheus.Registerer, collector C, failed *error) C {
	err := registerer.Register(collector)
	var already prometheus.AlreadyRegisteredError
	if errors.As(err, &already) {
		if existing, ok := already.ExistingCollector.(C); ok {
			return existing
		}
	}
	*failed = errors.Join(*failed, err)
	return collector
}

func (m *metrics) inserted(table string, rows int, took time.Duration, err error) {
	m.insertSeconds.WithLabelValues(table).Observe(took.Seconds())
	if err != nil {
		m.insertErrors.WithLabelValues(table).Inc()
		return
	}
	m.inserts.WithLabelValues(table).Inc()
	m.rows.WithLabelValues(table).Add(float64(rows))
}

func (m *metrics) queried(query string, took time.Duration, err error) {
	m.querySeconds.WithLabelValues(query).Observe(took.Seconds())
	if err != nil {
		m.queryErrors.WithLabelValues(query).Inc()
	}
}

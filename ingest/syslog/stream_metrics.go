package syslog

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// transport is how connections are made.
type transport string

const (
	transportTCP transport = "tcp"
	transportTLS transport = "tls"
)

// refusal is why a connection was not taken.
type refusal string

const (
	refusedFull       refusal = "max_connections"
	refusedAddress    refusal = "max_connections_per_address"
	refusedHandshakes refusal = "handshakes"
)

// remedy says what to do about it.
func (r refusal) remedy() string {
	switch r {
	case refusedHandshakes:
		return "too many handshakes of TLS are under way: find out who connects without finishing one"
	case refusedAddress:
		return "find out why the sender opens so many, or raise ingest.syslog.max_connections: a quarter of it may come from one address"
	case refusedFull:
	}
	return "raise ingest.syslog.max_connections where senders need more: a quarter of it is kept for addresses of the inventory"
}

// ending is why a connection was ended, other than by its sender after a whole message.
type ending string

const (
	endedHandshake   ending = "handshake"    // it spoke no TLS, or had no certificate that holds
	endedCutOff      ending = "cut_off"      // in the middle of a message
	endedReset       ending = "reset"        // by the sender, or by what is between
	endedIdle        ending = "idle"         // idle_timeout
	endedSlow        ending = "slow"         // frameTime
	endedUnreachable ending = "unreachable"  // keep-alives were not answered
	endedLength      ending = "frame_length" // a length that cannot be
	endedFailed      ending = "failed"       // anything else
	endedAccept      ending = "not_accepted" // the system could not make it
)

// streamMetrics are about connections.
type streamMetrics struct {
	connections  *prometheus.CounterVec // by transport
	open         *prometheus.GaugeVec   // by transport
	refused      *prometheus.CounterVec // by refusal
	errors       *prometheus.CounterVec // by ending
	skippedBytes prometheus.Counter
	waits        prometheus.Counter
	waitSeconds  prometheus.Counter

	credentialErrors prometheus.Counter
	expires          prometheus.Gauge
}

func newStreamMetrics(registerer prometheus.Registerer) (*streamMetrics, error) {
	options := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Name: "mimamori_syslog_" + name, Help: help}
	}
	m := &streamMetrics{
		connections: prometheus.NewCounterVec(options("connections_total", "Connections taken, with TLS once the handshake was done."), []string{"transport"}),
		open: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "mimamori_syslog_open_connections", Help: "Connections open now.",
		}, []string{"transport"}),
		refused:      prometheus.NewCounterVec(options("connections_refused_total", "Connections closed at once because a bound was reached."), []string{"reason"}),
		errors:       prometheus.NewCounterVec(options("connection_errors_total", "Connections that ended otherwise than after a whole message, by reason."), []string{"reason"}),
		skippedBytes: prometheus.NewCounter(options("skipped_bytes_total", "Bytes of connections that were not kept: the rest of lines longer than max_message_bytes, and what followed a length that cannot be.")),
		waits:        prometheus.NewCounter(options("backpressure_waits_total", "Times a connection was not read because the spool was filled by half.")),
		waitSeconds:  prometheus.NewCounter(options("backpressure_wait_seconds_total", "For how long connections were not read because the spool was filled by half.")),

		credentialErrors: prometheus.NewCounter(options("certificate_errors_total", "Times changed files of certificates were of no use.")),
		expires: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mimamori_syslog_certificate_expiry_timestamp_seconds", Help: "When the certificate of the TLS listener expires; 0 where there is none.",
		}),
	}
	for _, collector := range []prometheus.Collector{
		m.connections, m.open, m.refused, m.errors, m.skippedBytes, m.waits, m.waitSeconds,
		m.credentialErrors, m.expires,
	} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics of syslog connections: %w", err)
		}
	}
	for _, transport := range []transport{transportTCP, transportTLS} {
		m.connections.WithLabelValues(string(transport))
		m.open.WithLabelValues(string(transport))
	}
	return m, nil
}

func (m *streamMetrics) refuse(reason refusal) { m.refused.WithLabelValues(string(reason)).Inc() }

func (m *streamMetrics) fail(reason ending) { m.errors.WithLabelValues(string(reason)).Inc() }

package notification

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/snmp/wire"
)

// A reason says why a notification was dropped, as it stands in metrics; empty for one
// that is taken. Those of package wire are reasons too.
type reason = string

const (
	taken            reason = ""
	tooFast          reason = "rate"              // its source sent more than it may
	unknownCommunity reason = "unknown_community" // of versions 1 and 2c
	unknownUser      reason = "unknown_user"      // of version 3
	unknownEngine    reason = "unknown_engine"    // an inform for another engine
	unsupportedLevel reason = "unsupported_level" // the user has less protection, or must have more
	wrongDigest      reason = "wrong_digest"      // of a wrong password, or changed on its way
	notInTimeWindow  reason = "not_in_time_window"
	notNotification  reason = "no_notification" // a request or a response
	kernelDropped    reason = "kernel"          // its buffer was full
)

var reasons = []reason{
	tooFast, unknownCommunity, unknownUser, unknownEngine, unsupportedLevel, wrongDigest, notInTimeWindow, notNotification, kernelDropped,
}

type metrics struct {
	received      *prometheus.CounterVec
	dropped       *prometheus.CounterVec
	reports       *prometheus.CounterVec
	anyCommunity  prometheus.Counter
	unknownSource prometheus.Counter
	odd           prometheus.Counter
	repeated      prometheus.Counter
	unanswered    prometheus.Counter
	errors        prometheus.Counter
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	vector := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mimamori_snmp_notifications_" + name, Help: help}, labels)
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "mimamori_snmp_notifications_" + name, Help: help})
	}
	m := &metrics{
		received:      vector("received_total", "Notifications taken, by version of SNMP and whether trap or inform.", "version", "type"),
		dropped:       vector("dropped_total", "Datagrams that became no notification, by reason.", "reason"),
		reports:       vector("reports_total", "Reports of version 3 sent back, by what they say. Those of unknown_engine are how senders of informs find this engine.", "report"),
		anyCommunity:  counter("unchecked_community_total", "Notifications taken with whatever community, because none is configured."),
		unknownSource: counter("unknown_source_total", "Notifications of which no address is in the inventory."),
		odd:           counter("odd_total", "Notifications kept with a complaint."),
		repeated:      counter("repeated_informs_total", "Informs that came again and were only answered again."),
		unanswered:    counter("unanswered_informs_total", "Informs taken whose answer could not be made or sent."),
		errors:        counter("receive_errors_total", "Failed attempts to read from the socket."),
	}
	for _, collector := range []prometheus.Collector{
		m.received, m.dropped, m.reports, m.anyCommunity, m.unknownSource, m.odd, m.repeated, m.unanswered, m.errors,
	} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics of the listener for notifications: %w", err)
		}
	}
	// At 0 from the start: a rate of what first shows up at 1 is blind to the first.
	for _, each := range reasons {
		m.dropped.WithLabelValues(each)
	}
	for _, each := range wire.Reasons {
		m.dropped.WithLabelValues(string(each))
	}
	return m, nil
}

package syslog

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
)

// leftOutReason says whose limit a message was left out for.
type leftOutReason int

const (
	leftOutDevice  leftOutReason = iota // a device's
	leftOutAddress                      // an address's that is no device's
	leftOutCrowd                        // that of all addresses beyond mostStrangers
	leftOutReasons
)

type metrics struct {
	leftOut     [leftOutReasons]prometheus.Counter
	lines       [sample.SyslogCisco + 1]prometheus.Counter // by form
	complaints  prometheus.Counter
	unknown     prometheus.Counter
	ambiguous   prometheus.Counter
	unresolved  prometheus.Counter
	pauses      prometheus.Counter
	truncated   prometheus.Counter
	kernelDrops prometheus.Counter
	errors      prometheus.Counter
	streams     *streamMetrics
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "mimamori_syslog_" + name, Help: help})
	}
	lines := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mimamori_syslog_lines_total", Help: "Lines received, by the form they were recognised as.",
	}, []string{"format"})
	leftOut := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mimamori_syslog_left_out_lines_total", Help: "Messages beyond rate_limit that were not taken, by whose limit it was.",
	}, []string{"reason"})
	m := &metrics{
		complaints:  counter("odd_lines_total", "Lines kept with a complaint."),
		unknown:     counter("unknown_source_lines_total", "Lines whose sender is not in the inventory."),
		ambiguous:   counter("ambiguous_name_lines_total", "Lines that name a device in a way that fits several."),
		pauses:      counter("rate_limit_wait_seconds_total", "For how long connections were not read because their senders were beyond rate_limit."),
		unresolved:  counter("resolve_failures_total", "Failed look-ups of a device's host name."),
		truncated:   counter("truncated_lines_total", "Lines longer than max_message_bytes, kept in part."),
		kernelDrops: counter("kernel_dropped_lines_total", "Lines the kernel dropped because receive_buffer_bytes was full."),
		errors:      counter("receive_errors_total", "Failed attempts to read from a socket."),
	}
	var err error
	if m.streams, err = newStreamMetrics(registerer); err != nil {
		return nil, err
	}
	for format := range m.lines {
		m.lines[format] = lines.WithLabelValues(FormatName(sample.SyslogFormat(format)))
	}
	for reason, name := range [...]string{leftOutDevice: "rate_of_device", leftOutAddress: "rate_of_unknown_address", leftOutCrowd: "rate_of_other_addresses"} {
		m.leftOut[reason] = leftOut.WithLabelValues(name)
	}
	for _, collector := range []prometheus.Collector{
		lines, leftOut, m.complaints, m.unknown, m.ambiguous, m.unresolved, m.pauses, m.truncated, m.kernelDrops, m.errors,
	} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics of the syslog receiver: %w", err)
		}
	}
	return m, nil
}

// FormatName returns what a form is called: raw, rfc3164, rfc5424 or cisco.
func FormatName(format sample.SyslogFormat) string {
	switch format {
	case sample.SyslogRFC3164:
		return "rfc3164"
	case sample.SyslogRFC5424:
		return "rfc5424"
	case sample.SyslogCisco:
		return "cisco"
	}
	return "raw"
}

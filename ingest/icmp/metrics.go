package icmp

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	requests, sendErrors, malformed, overflows prometheus.Counter
	receiveErrors                              prometheus.Counter
	paced                                      prometheus.Counter
	unresolved, droppedRows, replans           prometheus.Counter
	rounds                                     prometheus.Counter
	lateRounds, addressless                    prometheus.Counter
	results                                    [verdicts]prometheus.Counter
}

// newMetrics registers the poller's counters. Each poller of a process needs a
// registerer with a label of its own.
func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	var problems []error
	counter := func(name, help string) prometheus.Counter {
		counter := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		problems = append(problems, registerer.Register(counter))
		return counter
	}
	vector := func(name, help, label string) *prometheus.CounterVec {
		vector := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
		problems = append(problems, registerer.Register(vector))
		return vector
	}
	replies := vector("mimamori_icmp_messages_total",
		"ICMP messages received, by what they were: a reply in time, after its timeout, a second one, to nothing that was asked, an error for a packet of a round, a redirect of one, or none that means anything.", "result")
	skipped := vector("mimamori_icmp_rounds_skipped_total",
		"Rounds left out because the device's name has no address, or because the machine was too late for them.", "reason")
	m := &metrics{
		requests:      counter("mimamori_icmp_requests_total", "Echo requests sent."),
		sendErrors:    counter("mimamori_icmp_send_errors_total", "Echo requests the kernel refused to send; they are not counted as sent."),
		paced:         counter("mimamori_icmp_paced_requests_total", "Echo requests that were sent later than they were due, so that no more than max_rate leave in a second."),
		overflows:     counter("mimamori_icmp_receive_overflows_total", "Messages the kernel dropped because they were not read fast enough."),
		receiveErrors: counter("mimamori_icmp_receive_errors_total", "Times the kernel refused to hand over messages; they are read later."),
		unresolved:    counter("mimamori_icmp_resolve_failures_total", "Failed look-ups of a device's host name."),
		droppedRows:   counter("mimamori_icmp_rows_dropped_total", "Rows lost because nobody took them."),
		replans:       counter("mimamori_icmp_replans_total", "Times the schedule was made anew because the clock was set; rounds under way are lost."),
		rounds:        counter("mimamori_icmp_rounds_total", "Rounds finished, repeats included."),
		lateRounds:    skipped.WithLabelValues("late"),
		addressless:   skipped.WithLabelValues("no_address"),
		malformed:     replies.WithLabelValues("malformed"),
	}
	for verdict, name := range [verdicts]string{inTime: "in_time", late: "late", duplicate: "duplicate", foreign: "foreign", errorOfRound: "error", redirected: "redirect"} {
		m.results[verdict] = replies.WithLabelValues(name)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("set up metrics of the ping poller: %w", err)
	}
	return m, nil
}

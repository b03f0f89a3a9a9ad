package kafka

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	producedMessages *prometheus.CounterVec // topic
	producedBytes    *prometheus.CounterVec // topic
	produceFailures  *prometheus.CounterVec // topic
	readMessages     *prometheus.CounterVec // group, topic
	readBytes        *prometheus.CounterVec // group, topic
	readFailures     *prometheus.CounterVec // group, topic
	outOfRange       *prometheus.CounterVec // group, topic
	skippedMessages  *prometheus.CounterVec // group, topic
	generations      *prometheus.CounterVec // group
	joinFailures     *prometheus.CounterVec // group
	fenced           *prometheus.CounterVec // group
	stalls           *prometheus.CounterVec // group, topic
	lag              *prometheus.GaugeVec   // group, topic, partition
	fetchAge         *prometheus.GaugeVec   // group, topic, partition
	retries          prometheus.Counter
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	var problems []error
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return register(registerer, prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mimamori_bus_" + name, Help: help}, labels), &problems)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return register(registerer, prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "mimamori_bus_" + name, Help: help}, labels), &problems)
	}
	m := &metrics{
		producedMessages: counter("produced_messages_total", "Messages every replica acknowledged.", "topic"),
		producedBytes:    counter("produced_bytes_total", "Bytes of keys and values every replica acknowledged.", "topic"),
		produceFailures:  counter("produce_failures_total", "Batches of messages that were not acknowledged in time or were refused; the caller keeps them.", "topic"),
		readMessages:     counter("read_messages_total", "Messages read.", "group", "topic"),
		readBytes:        counter("read_bytes_total", "Bytes of keys and values read.", "group", "topic"),
		readFailures:     counter("read_failures_total", "Fetch requests that failed and were repeated.", "group", "topic"),
		outOfRange:       counter("offset_out_of_range_total", "Times a partition was read from its first message because the offset to go on from was not there any more.", "group", "topic"),
		skippedMessages:  counter("skipped_messages_total", "Messages the broker had deleted before the group read them.", "group", "topic"),
		generations:      counter("generations_total", "Times the partitions of a group were assigned anew.", "group"),
		joinFailures:     counter("join_failures_total", "Attempts to join a group that failed and were repeated.", "group"),
		fenced:           counter("fenced_total", "Commits refused because a newer generation of the group owned the partition.", "group"),
		stalls:           counter("stalls_total", "Times nothing was fetched from a partition for 30 s.", "group", "topic"),
		lag:              gauge("lag_messages", "Messages in a partition that its owner has not read yet.", "group", "topic", "partition"),
		fetchAge:         gauge("last_fetch_age_seconds", "Time since a broker last answered a fetch from a partition.", "group", "topic", "partition"),
		retries: register(registerer, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_bus_retries_total",
			Help: "Requests repeated because a connection died or a broker asked for it.",
		}), &problems),
	}
	return m, errors.Join(problems...)
}

// register registers a collector, or returns the one of the same name that another
// client registered before.
func register[C prometheus.Collector](registerer prometheus.Registerer, collector C, problems *[]error) C {
	err := registerer.Register(collector)
	if err == nil {
		return collector
	}
	if already, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if existing, ok := already.ExistingCollector.(C); ok {
			return existing
		}
	}
	*problems = append(*problems, fmt.Errorf("register the bus's metrics: %w", err))
	return collector
}

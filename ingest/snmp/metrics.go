package snmp

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/wire"
)

// Why a round of a device was left out.
const (
	skipBusy      = "busy"       // its previous poll, or its turn among the silent, is still to come
	skipQueueFull = "queue_full" // all workers are busy and as many rounds wait
	skipLate      = "late"       // the machine slept or its clock was set
)

// What agents do that is not as it should be, and rows left out for it.
const (
	faultNonIncreasing = "non_increasing" // an OID not after the one before: the walk stops there
	faultTooBig        = "too_big"        // the agent could not fit the answer: fewer rows are asked
	faultRowTooBig     = "row_too_big"    // not even one row fits: it is asked in parts
	faultLostAnswer    = "lost_answer"    // no answer to a request after the agent had answered others
	faultTooManyRows   = "too_many_rows"  // more interfaces than are read
	faultMalformed     = "malformed"      // a value of a wrong type or out of range: taken as missing
	faultDuplicateName = "duplicate_name" // two interfaces of one name: told apart by ifDescr, ifAlias, ifPhysAddress or at last ifIndex
	faultNoName        = "no_name"        // an interface without ifName and ifDescr: left out
	faultNoOctets      = "no_octets"      // an interface without octet counters: left out
	faultMoved         = "moved"          // renumbered while a row was asked in parts: left out
	faultDisplaced     = "displaced"      // values of an answer in another order than asked, or missing: taken by their names
	faultSurplus       = "surplus"        // more values in an answer than were asked
	faultBadIndex      = "bad_index"      // an ifIndex of 0 or above 2^31-1: taken as it is
	faultStatus        = "error_status"   // an error where rows were asked: fewer are asked
	faultColumnRefused = "column_refused" // a column that the agent answers with an error: left out until everything is read anew
	faultMisread       = "misread"        // max-repetitions above 127 not understood: 127 are asked
	faultStuck         = "stuck_counters" // 64-bit counters at 0 where the 32-bit ones move: those are taken

	faultOtherAddress   = "other_address"         // an answer from another address than was asked
	faultStray          = "stray_answer"          // a message that answers nothing that was asked, or is not protected as it must be: the wait goes on
	faultNotAuthentic   = "not_authentic"         // a message whose digest is wrong: the wait goes on
	faultResynchronised = "engine_resynchronised" // an engine of version 3 with another id or clock than it had: asked again at once

	faultBadSensor       = "bad_sensor"       // a sensor's value, scale or status of a wrong type or out of range: left blank
	faultDuplicateSensor = "duplicate_sensor" // two tables have a sensor of one kind and name: the first counts
	faultTooManySensors  = "too_many_sensors" // more sensors than are read
)

type metrics struct {
	polls     *prometheus.CounterVec
	health    *prometheus.CounterVec
	skipped   *prometheus.CounterVec
	rows      *prometheus.CounterVec
	faults    *prometheus.CounterVec
	malformed *prometheus.CounterVec
	requests  prometheus.Counter
	retries   prometheus.Counter
	seconds   prometheus.Histogram
	silent    prometheus.Gauge

	operations *prometheus.CounterVec

	pagedPolls prometheus.Counter
	passPolls  prometheus.Histogram
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		polls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_snmp_polls_total", Help: "Polls of devices by how they ended."}, []string{"result"}),
		health: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_snmp_health_polls_total", Help: "Readings of all sensors of a device by how they ended."}, []string{"result"}),
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_snmp_operation_polls_total", Help: "Readings of the IP SLA operations of a device by how they ended."}, []string{"result"}),
		skipped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_snmp_rounds_skipped_total", Help: "Rounds of devices left out, by reason."}, []string{"reason"}),
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_snmp_rows_total", Help: "Rows handed on, by kind."}, []string{"kind"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_snmp_agent_faults_total", Help: "Irregularities of agents' answers, by kind."}, []string{"fault"}),
		malformed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_snmp_malformed_datagrams_total", Help: "Datagrams that are no SNMP message, by what is wrong: dropped, and the wait goes on."}, []string{"reason"}),
		requests: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_snmp_requests_total", Help: "Requests sent, repeated ones included."}),
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_snmp_retries_total", Help: "Requests sent again because no answer came."}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "mimamori_snmp_poll_seconds", Help: "Time one poll of a device took.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 15)}),
		silent: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mimamori_snmp_silent_devices", Help: "Devices that did not answer when last asked."}),
		pagedPolls: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_snmp_paged_polls_total", Help: "Polls that left a part of a device's interfaces to the next."}),
		passPolls: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "mimamori_snmp_pass_polls", Help: "Polls that reading all interfaces of a device once took.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 8)}),
	}
	// Every series exists from the start, so that a rate has a zero to begin at.
	for _, result := range results {
		m.polls.WithLabelValues(string(result))
		m.health.WithLabelValues(string(result))
		m.operations.WithLabelValues(string(result))
	}
	for _, reason := range []string{skipBusy, skipQueueFull, skipLate} {
		m.skipped.WithLabelValues(reason)
	}
	for _, fault := range []string{
		faultNonIncreasing, faultTooBig, faultRowTooBig, faultLostAnswer, faultTooManyRows,
		faultMalformed, faultDuplicateName, faultNoName, faultNoOctets, faultMoved,
		faultOtherAddress, faultStray, faultNotAuthentic, faultResynchronised,
		faultDisplaced, faultSurplus, faultBadIndex, faultStatus, faultColumnRefused, faultMisread, faultStuck,
		faultBadSensor, faultDuplicateSensor, faultTooManySensors,
		faultBadOperation, faultOperationFailed, faultOperationUnread, faultOperationsLeft, faultTooManyOperations,
	} {
		m.faults.WithLabelValues(fault)
	}
	for _, reason := range wire.Reasons {
		m.malformed.WithLabelValues(string(reason))
	}
	if registerer == nil {
		return m, nil
	}
	var problems []error
	for _, collector := range []prometheus.Collector{
		m.polls, m.health, m.operations, m.skipped, m.rows, m.faults, m.malformed, m.requests, m.retries, m.seconds, m.silent, m.pagedPolls, m.passPolls,
	} {
		problems = append(problems, registerer.Register(collector))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("register the SNMP poller's metrics: %w; give each poller of a process a registerer with a label of its own", err)
	}
	return m, nil
}

func (m *metrics) fault(fault string) { m.faults.WithLabelValues(fault).Inc() }

func (m *metrics) count(rows sample.Rows) {
	m.rows.WithLabelValues(rows.Kind().String()).Add(float64(rows.Len()))
}

package voice

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// counters registers the counters it is asked for and keeps what went wrong. Each
// prober of a process needs a registerer with a label of its own.
type counters struct {
	registerer prometheus.Registerer
	problems   []error
}

func (c *counters) counter(name, help string) prometheus.Counter {
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	c.problems = append(c.problems, c.registerer.Register(counter))
	return counter
}

func (c *counters) results(name, help string, results ...string) []prometheus.Counter {
	vector := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"result"})
	c.problems = append(c.problems, c.registerer.Register(vector))
	found := make([]prometheus.Counter, len(results))
	for i, result := range results {
		found[i] = vector.WithLabelValues(result)
	}
	return found
}

func (c *counters) gauge(name, help string) prometheus.Gauge {
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	c.problems = append(c.problems, c.registerer.Register(gauge))
	return gauge
}

type proberMetrics struct {
	sent, sendErrors, lateSends, sendSeconds prometheus.Counter
	undelivered, overflows                   prometheus.Counter
	restarts, unresolved, droppedRows        prometheus.Counter

	replies []prometheus.Counter // by verdict
	odd     prometheus.Counter

	clockSteps             prometheus.Counter
	clockSynced, clockErrs prometheus.Gauge
}

func newProberMetrics(registerer prometheus.Registerer) (proberMetrics, error) {
	c := counters{registerer: registerer}
	replies := c.results("mimamori_voice_replies_total",
		"Replies to test packets, by what they were: in time, after the timeout, a second answer, an answer to nothing that was sent, one whose HMAC is not made with the path's key, or no test packet.",
		"in_time", "late", "duplicate", "stranger", "unauthenticated", "malformed")
	metrics := proberMetrics{
		sent:        c.counter("mimamori_voice_packets_sent_total", "Test packets sent."),
		sendErrors:  c.counter("mimamori_voice_send_errors_total", "Test packets the kernel refused to send; the slot of their path is not reported."),
		lateSends:   c.counter("mimamori_voice_late_sends_total", "Test packets sent more than 10 ms after their time, because the machine was busy."),
		sendSeconds: c.counter("mimamori_voice_send_seconds_total", "Time spent in handing test packets to the kernel, many at a time: a packet leaves at most so much after its timestamp as its batch took."),
		undelivered: c.counter("mimamori_voice_undelivered_total", "Test packets that could not be delivered, as ICMP says: there is no way, or nobody listens."),
		restarts:    c.counter("mimamori_voice_restarts_total", "Times the streams began anew because the clock was set or the machine stood still."),
		unresolved:  c.counter("mimamori_voice_resolve_failures_total", "Failed look-ups of a target's host name."),
		overflows:   c.counter("mimamori_voice_receive_overflows_total", "Replies the kernel dropped because they were not read fast enough."),
		droppedRows: c.counter("mimamori_voice_rows_dropped_total", "Rows of slots that were begun and not reported."),
		odd:         c.counter("mimamori_voice_odd_replies_total", "Replies whose times in the reflector make no sense; its processing time is taken as zero."),
		replies:     replies,
		clockSteps:  c.counter("mimamori_voice_clock_steps_total", "Times this machine's clock was set while voice paths were probed; one-way delays of the slots under way are void then."),
		clockSynced: c.gauge("mimamori_voice_clock_synchronised", "1 where a time service keeps this machine's clock, as the kernel says, else 0."),
		clockErrs:   c.gauge("mimamori_voice_clock_error_seconds", "How far this machine's clock may be off, as the kernel says (adjtimex, maxerror)."),
	}
	return metrics, errors.Join(c.problems...)
}

// noteClock tells how good this machine's clock is.
func (m *proberMetrics) noteClock(estimate ErrorEstimate) {
	synchronised := 0.0
	if estimate.Synchronised() {
		synchronised = 1
	}
	m.clockSynced.Set(synchronised)
	m.clockErrs.Set(estimate.Seconds())
}

type reflectorMetrics struct {
	answered, short, unauthenticated, loop, unsent, stateless, overflows prometheus.Counter
	sessions                                                             prometheus.Gauge
}

func newReflectorMetrics(registerer prometheus.Registerer) (reflectorMetrics, error) {
	c := counters{registerer: registerer}
	results := c.results("mimamori_voice_reflector_packets_total",
		"Packets that came to the reflector: answered, too short for a test packet, not made with a key it has, the answer of another reflector, or answered in vain because the kernel refused to send.",
		"answered", "malformed", "unauthenticated", "loop", "send_error")
	metrics := reflectorMetrics{
		answered: results[0], short: results[1], unauthenticated: results[2], loop: results[3], unsent: results[4],
		stateless: c.counter("mimamori_voice_reflector_stateless_total", "Answers without a sequence of their own because the table of sessions was full."),
		overflows: c.counter("mimamori_voice_reflector_receive_overflows_total", "Packets the kernel dropped because the reflector did not read fast enough."),
		sessions:  c.gauge("mimamori_voice_reflector_sessions", "Senders the reflector remembers."),
	}
	return metrics, errors.Join(c.problems...)
}

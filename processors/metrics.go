package processors

import (
	"errors"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
)

type metrics struct {
	rows        *prometheus.CounterVec
	blocks      *prometheus.CounterVec
	batches     *prometheus.CounterVec
	stages      *prometheus.HistogramVec
	lastTick    *prometheus.GaugeVec
	rejected    *prometheus.CounterVec
	lost        prometheus.Counter
	cut         *prometheus.CounterVec
	retries     *prometheus.CounterVec
	ticksFailed prometheus.Counter
	panics      *prometheus.CounterVec
	held        *prometheus.GaugeVec
	lives       *prometheus.CounterVec

	revisionsMissing prometheus.Counter
}

func newMetrics(registerer prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mimamori_processors_" + name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "mimamori_processors_" + name, Help: help}, labels)
	}
	m := &metrics{
		rows:    counter("rows_total", "Rows written to the store, by kind.", "kind"),
		blocks:  counter("blocks_total", "Blocks decoded, by kind.", "kind"),
		batches: counter("batches_total", "Batches written to the store.", "topic"),
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mimamori_processors_stage_seconds", Help: "Time a batch spent in each stage.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, []string{"stage"}),
		lastTick: gauge("last_tick_timestamp_seconds", "Centre's time as of the last tick processed.", "topic", "partition"),
		rejected: counter("dead_letters_total", "Messages that could not be used and went to the dead-letter topic, by reason.", "reason"),
		lost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_processors_dead_letters_lost_total", Help: "Unusable messages that were too large to be kept in the dead-letter topic.",
		}),
		cut:     counter("messages_lost_total", "Messages of a batch that was begun which the partition has no more, because its end was cut off.", "topic"),
		retries: counter("retries_total", "Attempts that failed and were repeated, by what failed.", "what"),
		ticksFailed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_processors_ticks_failed_total", Help: "Ticks that could not be sent.",
		}),
		panics: counter("panics_total", "Times a figure gave up with a panic, which is a fault of this program.", "topic"),
		held:   gauge("held_partitions", "Partitions that are owned and not read because of a fault of this program.", "topic"),
		lives:  counter("streams_begun_anew_total", "Times the offsets of a partition began again: the topic was made anew, its end was cut off, or what was committed was lost.", "topic"),
		revisionsMissing: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_processors_revisions_missing_total", Help: "Batches finished under another registry or configuration than they were begun under, because that could not be had.",
		}),
	}
	return m, errors.Join(
		registerer.Register(m.rows), registerer.Register(m.blocks), registerer.Register(m.batches),
		registerer.Register(m.stages), registerer.Register(m.lastTick),
		registerer.Register(m.rejected), registerer.Register(m.lost), registerer.Register(m.cut), registerer.Register(m.retries),
		registerer.Register(m.ticksFailed), registerer.Register(m.panics), registerer.Register(m.held),
		registerer.Register(m.lives), registerer.Register(m.revisionsMissing))
}

var lagDesc = prometheus.NewDesc("mimamori_processors_lag_messages",
	"Messages between the last one written and the end of the partition.", []string{"topic", "partition"}, nil)

// lagGauge is the lag of each partition owned, worked out when it is asked for: it
// grows while a worker waits for the store.
type lagGauge struct{ processor *Processor }

// Describe implements prometheus.Collector.
func (g lagGauge) Describe(to chan<- *prometheus.Desc) { to <- lagDesc }

// Collect implements prometheus.Collector.
func (g lagGauge) Collect(to chan<- prometheus.Metric) {
	g.processor.mutex.Lock()
	defer g.processor.mutex.Unlock()
	for w := range g.processor.workers {
		if w.claim.Claim.HighWatermark() == bus.NoOffset { // the base is the worker's own
			continue // nobody has said yet where the partition ends
		}
		to <- prometheus.MustNewConstMetric(lagDesc, prometheus.GaugeValue, float64(w.lag()), w.claim.Topic(), strconv.Itoa(w.claim.Partition()))
	}
}

// stage measures from now until the function it returns is called.
func (m *metrics) stage(name string) func() {
	began := time.Now()
	return func() { m.stages.WithLabelValues(name).Observe(time.Since(began).Seconds()) }
}

package spool

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are those of one spool.
type metrics struct {
	dropped            *prometheus.CounterVec
	unreadable, broken prometheus.Counter
	failures, syncs    prometheus.Counter
	readErrors         prometheus.Counter
}

func newMetrics(s *Spool, registerer prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "mimamori_spool_" + name, Help: help})
	}
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "mimamori_spool_" + name, Help: help}, func() float64 {
			s.lock.Lock()
			defer s.lock.Unlock()
			return float64(value())
		})
	}
	m := &metrics{
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mimamori_spool_dropped_blocks_total",
			Help: "Blocks given up because the spool was full, the oldest first, or because the disk failed and so did not take them.",
		}, []string{"kind"}),
		unreadable: counter("unreadable_blocks_total", "Blocks that were on disk and could not be read when it was their turn."),
		broken:     counter("broken_bytes_total", "Bytes left by an earlier process that are no blocks any more, or were given up because they could not be read."),
		readErrors: counter("read_errors_total", "Times the disk failed to read what it has, which is kept and tried again."),
		failures:   counter("disk_failures_total", "Times the disk began to fail, so that blocks were kept in memory."),
		syncs:      counter("syncs_total", "Times blocks were forced to the disk."),
	}
	for _, collector := range []prometheus.Collector{
		m.dropped, m.unreadable, m.broken, m.readErrors, m.failures, m.syncs,
		gauge("blocks", "Blocks not delivered yet.", func() int { return s.blocks() }),
		gauge("bytes", "Bytes of the blocks not delivered yet.", func() int { return s.bytes }),
		gauge("disk_bytes", "Bytes of the spool's files, with what was delivered of them.", func() int {
			if s.folder == nil {
				return 0
			}
			return s.folder.bytes
		}),
		gauge("unread_files", "Files with blocks that cannot be read just now, which are tried again.", s.unreadFiles),
		gauge("memory_bytes", "Bytes of blocks kept in memory.", func() int { return s.memory }),
		gauge("disk_up", "1 while blocks are kept on disk, 0 while they are in memory alone.", func() int {
			if s.onDisk() {
				return 1
			}
			return 0
		}),
	} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics of the spool: %w", err)
		}
	}
	return m, nil
}

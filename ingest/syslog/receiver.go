package syslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/datagram"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// Receiver receives the syslog of one station.
type Receiver struct {
	config  Config
	station inventory.Station
	emit    func(slot int64, rows sample.Rows)
	logger  *slog.Logger
	metrics *metrics

	limits   *limits
	sources  *sources
	sequence atomic.Uint64 // of the last line
}

// New returns a receiver for the station's syslog addresses. It hands rows of
// sample.Syslog to emit, with the second they were received in as the slot; emit must
// be safe for concurrent use and not keep the rows after it returns.
func New(config Config, station inventory.Station, emit func(slot int64, rows sample.Rows), logger *slog.Logger, registerer prometheus.Registerer) (*Receiver, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("set up the syslog receiver: %w", err)
	}
	if !station.Appliance.Syslog.Listens() {
		return nil, errors.New("set up the syslog receiver: the appliance has no syslog address: add syslog: to the appliance in the inventory")
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, err
	}
	limits := newLimits(config.RateLimit, metrics)
	return &Receiver{
		config: config, station: station, emit: emit, logger: logger, metrics: metrics,
		limits: limits, sources: newSources(config, station, limits, logger, metrics),
	}, nil
}

// Run receives until the context ends, emits what it has and returns nil. An
// address that cannot be listened on is an error.
func (r *Receiver) Run(ctx context.Context) error {
	socket, err := r.listen(ctx)
	if err != nil {
		return err
	}
	defer socket.Close()
	return r.serve(ctx, socket)
}

func (r *Receiver) listen(ctx context.Context) (*datagram.Socket, error) {
	return datagram.Listen(ctx, datagram.Config{
		What: "syslog", Address: r.station.Appliance.Syslog.UDP, Setting: fmt.Sprintf("syslog of appliance %q", r.station.Appliance.Name),
		BufferBytes: r.config.ReceiveBufferBytes, MaxBytes: r.config.MaxMessageBytes,
		Dropped: r.metrics.kernelDrops, Failed: r.metrics.errors,
	})
}

func (r *Receiver) serve(ctx context.Context, socket *datagram.Socket) error {
	defer r.accompany(ctx)()
	// Lines of an earlier run have lower numbers as long as they came at fewer than
	// 256 a microsecond.
	r.sequence.Store(uint64(time.Now().UnixMicro()) << 8)
	r.logger.Info("receiving syslog", "address", socket.LocalAddr().String(), "devices", len(r.station.Devices))
	intake := &intake{Receiver: r}
	return socket.Receive(ctx, datagram.Handler{
		Take: func(message []byte, from netip.AddrPort, now time.Time) {
			intake.take(message, r.sources.of(from.Addr()), now)
		},
		Due:   func() time.Time { return intake.due },
		Flush: intake.flush,
	})
}

// accompany does what goes on beside receiving: it looks up the devices' host names,
// first before it returns, and says in the log what was left out of it. The function it
// returns ends it when nothing is received any more.
func (r *Receiver) accompany(ctx context.Context) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	ready := make(chan struct{})
	var beside sync.WaitGroup
	beside.Go(func() { r.sources.renew(ctx, sync.OnceFunc(func() { close(ready) })) })
	<-ready
	beside.Go(func() { r.tell(ctx) })
	return func() {
		stop()
		beside.Wait()
		r.tellOnce(time.Now())
	}
}

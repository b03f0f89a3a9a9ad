package syslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"mimamori/ingest/datagram"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// Receiver receives the syslog of one station.
type Receiver struct {
	config  Config
	station inventory.Station
	emit    func(slot int64, rows sample.Rows)
	room    Room
	logger  *slog.Logger
	metrics *metrics

	zone     *time.Location     // of stamps that name none
	charset  *inventory.Charset // of lines that are not UTF-8; nil for none
	limits   *limits
	sources  *sources
	sequence atomic.Uint64 // of the last line
}

// Room waits while what is emitted has no room, at most until the context ends, and
// returns for how long it did: zero where there was room at once.
type Room func(ctx context.Context) (waited time.Duration)

// New returns a receiver for the station's syslog addresses. It hands rows of
// sample.Syslog to emit, with the minute they were received in as the slot; emit must
// be safe for concurrent use and not keep the rows after it returns. Connections are
// read when there is room, datagrams always, since their senders cannot wait; nil means
// that there is always room.
func New(config Config, station inventory.Station, emit func(slot int64, rows sample.Rows), room Room, logger *slog.Logger, registerer prometheus.Registerer) (*Receiver, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("set up the syslog receiver: %w", err)
	}
	if !station.Appliance.Syslog.Listens() {
		return nil, errors.New("set up the syslog receiver: the appliance has no syslog address: add syslog: to the appliance in the inventory")
	}
	zone, err := time.LoadLocation(station.Appliance.Syslog.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("set up the syslog receiver: its time zone: %w; name one of the IANA, as in Asia/Tokyo", err)
	}
	charset, err := inventory.ReadCharset(station.Appliance.Syslog.Charset)
	if err != nil {
		return nil, fmt.Errorf("set up the syslog receiver: its charset: %w", err)
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, err
	}
	limits := newLimits(config.RateLimit, metrics)
	return &Receiver{
		config: config, station: station, emit: emit, room: room, logger: logger, metrics: metrics,
		zone: zone, charset: charset, limits: limits, sources: newSources(config, station, limits, logger, metrics),
	}, nil
}

// Run receives until the context ends, emits what it has and returns nil. An
// address that cannot be listened on, or a certificate of no use, is an error.
func (r *Receiver) Run(ctx context.Context) error {
	listeners, err := r.listen(ctx)
	if err != nil {
		return err
	}
	defer listeners.close()
	return r.serve(ctx, listeners)
}

// listeners are what the inventory asks for; what it does not ask for is nil.
type listeners struct {
	udp      *datagram.Socket
	tcp, tls net.Listener
	secret   *credentials // of tls
}

func (l *listeners) close() {
	if l.udp != nil {
		_ = l.udp.Close()
	}
	for _, listener := range []net.Listener{l.tcp, l.tls} {
		if listener != nil {
			_ = listener.Close()
		}
	}
}

func (r *Receiver) listen(ctx context.Context) (*listeners, error) {
	asked := r.station.Appliance.Syslog
	opened := &listeners{}
	if err := r.open(ctx, asked, opened); err != nil {
		opened.close()
		return nil, err
	}
	return opened, nil
}

func (r *Receiver) open(ctx context.Context, asked *inventory.Syslog, opened *listeners) (err error) {
	setting := fmt.Sprintf("syslog of appliance %q", r.station.Appliance.Name)
	if asked.UDP != "" {
		opened.udp, err = datagram.Listen(ctx, datagram.Config{
			What: "syslog", Address: asked.UDP, Setting: setting,
			BufferBytes: r.config.ReceiveBufferBytes, MaxBytes: r.config.MaxMessageBytes,
			Dropped: r.metrics.kernelDrops, Failed: r.metrics.errors,
		})
		if err != nil {
			return err
		}
	}
	if asked.TCP != "" {
		if opened.tcp, err = listenStream(ctx, asked.TCP, setting); err != nil {
			return err
		}
	}
	if asked.TLS != nil {
		if opened.secret, err = newCredentials(*asked.TLS, r.logger, r.metrics.streams); err != nil {
			return fmt.Errorf("%s: %w", setting, err)
		}
		if opened.tls, err = listenStream(ctx, asked.TLS.Listen, setting); err != nil {
			return err
		}
	}
	return nil
}

func (r *Receiver) serve(ctx context.Context, opened *listeners) error {
	defer r.accompany(ctx)()
	// Lines of an earlier run have lower numbers as long as they came at fewer than
	// 256 a microsecond.
	r.sequence.Store(uint64(time.Now().UnixMicro()) << 8)
	streams := newStreams(r)
	group, ctx := errgroup.WithContext(ctx)
	if opened.udp != nil {
		r.announce(opened.udp.LocalAddr(), "udp")
		group.Go(func() error { return r.receive(ctx, opened.udp) })
	}
	if opened.tcp != nil {
		r.announce(opened.tcp.Addr(), string(transportTCP))
		group.Go(func() error { return streams.accept(ctx, opened.tcp, transportTCP, nil) })
	}
	if opened.tls != nil {
		r.announce(opened.tls.Addr(), string(transportTLS))
		group.Go(func() error { return streams.accept(ctx, opened.tls, transportTLS, opened.secret.handshake) })
	}
	return group.Wait()
}

func (r *Receiver) announce(address net.Addr, over string) {
	r.logger.Info("receiving syslog", "address", address.String(), "transport", over, "devices", len(r.station.Devices))
}

// receive takes datagrams.
func (r *Receiver) receive(ctx context.Context, socket *datagram.Socket) error {
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

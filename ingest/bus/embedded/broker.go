package embedded

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kfake"

	"mimamori/ingest/bus"
)

// closeTimeout bounds how long the broker takes to write down its state at the end.
// What was acknowledged is in the log before; a start after an unclean end only
// takes longer.
const closeTimeout = 3 * time.Second

// Broker is a Kafka broker in this process.
type Broker struct {
	config  Config
	logger  *slog.Logger
	metrics *metrics
	ready   chan struct{}

	retainEvery time.Duration

	mutex     sync.Mutex
	addresses []string
}

// New checks the configuration and registers the metrics; it opens nothing.
func New(config Config, logger *slog.Logger, registerer prometheus.Registerer) (*Broker, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, err
	}
	return &Broker{config: config, logger: logger, metrics: metrics, ready: make(chan struct{}), retainEvery: retentionInterval}, nil
}

// Ready is closed once clients are served.
func (b *Broker) Ready() <-chan struct{} { return b.ready }

// Addresses returns where clients reach the broker, as bus.Config.Brokers takes
// them: the Unix socket first, then the TCP listener. It is empty before Ready is
// closed. A client is given one of them.
func (b *Broker) Addresses() []string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.addresses
}

// Run serves clients until the context ends, and returns once the log is closed. It
// may be called once. It fails at once when the directory or an address cannot be had.
func (b *Broker) Run(ctx context.Context) (err error) {
	locked, err := lock(b.config.Directory)
	if err != nil {
		return fmt.Errorf("start the embedded broker: %w", err)
	}
	defer func() { err = errors.Join(err, locked.Close()) }()

	gate, err := newGate(b.config, b.logger, b.metrics)
	if err != nil {
		return fmt.Errorf("start the embedded broker: %w", err)
	}
	defer gate.hangUp()
	defer func() { err = errors.Join(err, gate.Close()) }()

	began := time.Now()
	cluster, err := b.open(gate)
	if err != nil {
		return fmt.Errorf("open the embedded broker's log in %s: %w; move the whole data directory away to begin anew: what is in the store follows the offsets of this log", b.config.Directory, err)
	}
	defer func() { err = errors.Join(err, b.close(cluster)) }()

	client, err := b.insider(gate)
	if err != nil {
		return fmt.Errorf("start the embedded broker's retention: %w", err)
	}
	defer client.Close()

	if err := b.announce(gate); err != nil {
		return err
	}
	b.logger.Info("embedded broker is ready", "addresses", b.Addresses(), "directory", b.config.Directory, "took", time.Since(began).Round(time.Millisecond))
	b.retainAll(ctx, client)
	return nil
}

// open loads the log and starts serving.
func (b *Broker) open(gate *gate) (*kfake.Cluster, error) {
	// The broker keeps the first ID it is given in its directory. It is random, so a
	// log that was begun anew is told from the one before.
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, fmt.Errorf("make an id for the cluster: %w", err)
	}
	options := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ClusterID(hex.EncodeToString(id[:])),
		kfake.DataDir(b.config.Directory),
		kfake.DefaultNumPartitions(1),
		kfake.MaxVersions(versions()),
		kfake.GroupMinSessionTimeout(time.Second),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return gate, nil }),
		kfake.WithLogger(&brokerLog{logger: b.logger, problems: b.metrics.problems}),
		kfake.BrokerConfigs(map[string]string{
			"log.segment.bytes": strconv.Itoa(b.config.SegmentBytes),
			"message.max.bytes": strconv.Itoa(b.config.MaxMessageBytes),
		}),
	}
	if b.config.SyncWrites {
		options = append(options, kfake.SyncWrites())
	}
	return kfake.NewCluster(options...)
}

func (b *Broker) close(cluster *kfake.Cluster) error {
	closed := make(chan struct{})
	go func() {
		cluster.Close()
		close(closed)
	}()
	select {
	case <-closed:
		return nil
	case <-time.After(closeTimeout):
		return fmt.Errorf("close the embedded broker's log in %s: not done after %s; nothing acknowledged is lost, the next start reads the whole log", b.config.Directory, closeTimeout)
	}
}

func (b *Broker) announce(gate *gate) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	socket, err := b.config.socket()
	if err != nil {
		return err
	}
	if socket != "" {
		b.addresses = append(b.addresses, bus.SocketPrefix+socket)
	}
	if b.config.Listen != "" {
		b.addresses = append(b.addresses, gate.advertised.String())
	}
	close(b.ready)
	return nil
}

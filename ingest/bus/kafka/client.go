package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	kafkago "github.com/segmentio/kafka-go"

	"mimamori/ingest/bus"
)

const (
	// dialTimeout bounds how long one broker may take until it has answered, and
	// connectTimeout how long the brokers are asked in turn until one has.
	dialTimeout    = 3 * time.Second
	connectTimeout = 10 * time.Second
	requestTimeout = 10 * time.Second // of one attempt
	firstBackoff   = 50 * time.Millisecond
	longestBackoff = time.Second
	// idleTimeout is how long a connection is kept that nothing passes: longer than the pause
	// between the heartbeats of an appliance that has nothing to do, so that it need not
	// connect for each.
	idleTimeout = 2 * time.Minute
	// forgetPause is the least time between two times that the cluster's layout is forgotten.
	forgetPause = time.Second
)

// LayoutAge is the longest time for which it is taken for granted which broker leads which
// partition; half of it on average. After a failure that may have to do with it, it is asked
// for at once, so that this is no time that anybody waits, and only a cost: an appliance
// hears of all partitions each time.
const LayoutAge = 5 * time.Minute

// Client talks to the brokers. It may be used by many goroutines.
type Client struct {
	config    bus.Config
	socket    string // empty: TCP
	brokers   []string
	logger    *slog.Logger
	metrics   *metrics
	transport *kafkago.Transport
	client    *kafkago.Client
	dialer    *kafkago.Dialer
	close     context.CancelFunc
	answered  atomic.Int32 // index of the broker that answered last
	forgotten atomic.Int64 // when the cluster's layout was forgotten last, Unix nanoseconds
}

// Open checks the configuration and registers the metrics; it connects to nothing.
// Several clients may share a registerer, and then share the metrics.
func Open(config bus.Config, logger *slog.Logger, registerer prometheus.Registerer) (*Client, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, err
	}
	c := &Client{config: config, brokers: config.Brokers, logger: logger, metrics: metrics}
	if socket, ok := config.Socket(); ok {
		// kafka-go insists on host and port; dial goes to the socket whatever they are.
		c.socket, c.brokers = socket, []string{"localhost:9092"}
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.close = cancel
	c.transport = &kafkago.Transport{
		Dial:        c.dial,
		DialTimeout: connectTimeout,
		IdleTimeout: idleTimeout,
		MetadataTTL: LayoutAge,
		ClientID:    config.ClientID,
		Context:     ctx,
	}
	for _, topic := range config.Topics() { // of a cluster that others use too
		c.transport.MetadataTopics = append(c.transport.MetadataTopics, topic.Name)
	}
	c.client = &kafkago.Client{Addr: kafkago.TCP(c.brokers...), Timeout: requestTimeout, Transport: c.transport}
	c.dialer = &kafkago.Dialer{ClientID: config.ClientID, Timeout: connectTimeout, DialFunc: c.dial}
	return c, nil
}

// Close hangs up. It does not wait: whoever consumes ends its context first and
// waits for Consume to return.
func (c *Client) Close() error {
	c.close()
	c.transport.CloseIdleConnections()
	return nil
}

// retry repeats a request while its failures are of the kind that pass: a connection
// that died with a broker, a leader that is being elected, a topic that is not known
// everywhere yet. It gives up after the configured RetryTimeout.
func (c *Client) retry(ctx context.Context, what string, request func(context.Context) error) error {
	began := time.Now()
	backoff := firstBackoff
	for {
		attempt, cancel := context.WithTimeout(ctx, requestTimeout)
		err := request(attempt)
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", what, errors.Join(context.Cause(ctx), err))
		}
		if !passes(err) {
			return fmt.Errorf("%s: %w", what, err)
		}
		if waited := time.Since(began); waited+backoff > c.config.RetryTimeout {
			return fmt.Errorf("%s: the brokers at %v did not do it in %s: %w; %s", what, c.config.Brokers, waited.Round(time.Millisecond), err, remedy(err))
		}
		c.metrics.retries.Inc()
		c.forget()
		if err := sleep(ctx, backoff); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		backoff = min(2*backoff, longestBackoff)
	}
}

// forget has the cluster's layout asked for anew, on new connections, before the next request:
// it may be why one failed. What is under way goes on.
func (c *Client) forget() {
	now, before := time.Now().UnixNano(), c.forgotten.Load()
	if now-before < int64(forgetPause) || !c.forgotten.CompareAndSwap(before, now) {
		return
	}
	c.transport.CloseIdleConnections()
}

// passes says whether a failure may be gone the next time.
func passes(err error) bool {
	if errors.Is(err, bus.ErrFenced) || errors.Is(err, bus.ErrTooLarge) {
		return false
	}
	if code, ok := errors.AsType[kafkago.Error](err); ok {
		return code.Temporary() || slices.Contains(passing, code)
	}
	// What is no answer of a broker is trouble on the way there.
	return true
}

// passing are what else passes, though kafka-go does not take it for temporary.
var passing = []kafkago.Error{
	kafkago.Unknown,                  // of a broker whose disk is full
	kafkago.BrokerNotAvailable,       // of kafka-go, for a leader that has just gone
	kafkago.ReplicaNotAvailable,      // of a broker that is about to lead
	kafkago.InvalidReplicationFactor, // while too few brokers are there for a topic
	kafkago.SASLAuthenticationFailed, // until the brokers know the user or its password
}

func sleep(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

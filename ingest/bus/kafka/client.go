package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	kafkago "github.com/segmentio/kafka-go"

	"mimamori/ingest/bus"
)

const (
	dialTimeout    = 5 * time.Second
	requestTimeout = 10 * time.Second // of one attempt
	metadataTTL    = time.Second      // how long a new topic may stay unknown
	firstBackoff   = 50 * time.Millisecond
	longestBackoff = time.Second
)

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
		DialTimeout: dialTimeout,
		MetadataTTL: metadataTTL,
		ClientID:    config.ClientID,
		Context:     ctx,
	}
	c.client = &kafkago.Client{Addr: kafkago.TCP(c.brokers...), Timeout: requestTimeout, Transport: c.transport}
	c.dialer = &kafkago.Dialer{ClientID: config.ClientID, Timeout: dialTimeout, DialFunc: c.dial}
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
			return fmt.Errorf("%s: given up after %s: %w; check that the brokers at %v run", what, waited.Round(time.Millisecond), err, c.config.Brokers)
		}
		c.metrics.retries.Inc()
		if err := sleep(ctx, backoff); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		backoff = min(2*backoff, longestBackoff)
	}
}

// passes says whether a failure may be gone the next time.
func passes(err error) bool {
	if errors.Is(err, bus.ErrFenced) || errors.Is(err, bus.ErrTooLarge) {
		return false
	}
	if code, ok := errors.AsType[kafkago.Error](err); ok {
		// Unknown is what a broker says whose disk is full.
		return code.Temporary() || code == kafkago.Unknown
	}
	// What is no answer of a broker is trouble on the way there.
	return true
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

package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	kafkago "github.com/segmentio/kafka-go"

	"mimamori/ingest/bus"
)

func open(t *testing.T, brokers string, logger *slog.Logger) *Client {
	t.Helper()
	config := bus.DefaultConfig()
	config.Brokers = []string{brokers}
	client, err := Open(config, logger, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

func TestOpenSharesMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	var clients []*Client
	for range 2 {
		client, err := Open(bus.DefaultConfig(), slog.New(slog.DiscardHandler), registry)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		clients = append(clients, client)
	}
	if clients[0].metrics.retries != clients[1].metrics.retries {
		t.Error("the second client counts where nobody looks")
	}
}

func TestOpenRefusesConfiguration(t *testing.T) {
	config := bus.DefaultConfig()
	config.Brokers = nil
	if _, err := Open(config, slog.New(slog.DiscardHandler), prometheus.NewRegistry()); err == nil {
		t.Error("a client without brokers was opened")
	}
}

// TestWaitReadyNamesTheRemedy looks at what is said while Kafka is away.
func TestWaitReadyNamesTheRemedy(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	hangingUp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hangingUp.Close()
	go func() {
		for {
			connection, err := hangingUp.Accept()
			if err != nil {
				return
			}
			connection.Close()
		}
	}()
	chatting, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer chatting.Close()
	go func() {
		for {
			connection, err := chatting.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(connection, "HTTP/1.1 400 Bad Request\r\n\r\n") // the client may hang up first
			connection.Close()
		}
	}()
	socket := filepath.Join(t.TempDir(), "none.sock")
	for broker, want := range map[string]string{
		refusing:                     "start the broker",
		hangingUp.Addr().String():    "without TLS",
		chatting.Addr().String():     "no Kafka broker",
		"unix:" + socket:             "socket does not exist",
		"name.that.is.invalid.:9092": "does not resolve",
	} {
		var log bytes.Buffer
		client := open(t, broker, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		err := client.WaitReady(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, want the context's error", broker, err)
		}
		if !strings.Contains(log.String(), want) || !strings.Contains(log.String(), strings.TrimPrefix(broker, "unix:")) {
			t.Errorf("%s: the log has no %q:\n%s", broker, want, log.String())
		}
	}
}

func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := open(t, "localhost:9092", slog.New(slog.DiscardHandler))
		attempts := 0
		count := func(result error) func(context.Context) error {
			return func(context.Context) error {
				attempts++
				return result
			}
		}
		for _, final := range []error{bus.ErrTooLarge, bus.ErrFenced, kafkago.TopicAuthorizationFailed} {
			attempts = 0
			if err := client.retry(t.Context(), "try", count(final)); !errors.Is(err, final) || attempts != 1 {
				t.Errorf("%v: %d attempts, error %v", final, attempts, err)
			}
		}
		for _, passing := range []error{io.EOF, kafkago.LeaderNotAvailable, kafkago.Unknown} {
			attempts = 0
			began := time.Now()
			err := client.retry(t.Context(), "try", count(fmt.Errorf("wrapped: %w", passing)))
			if took := time.Since(began); !errors.Is(err, passing) || attempts < 5 || took > client.config.RetryTimeout {
				t.Errorf("%v: %d attempts in %s, error %v", passing, attempts, took, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := client.retry(ctx, "try", count(io.EOF)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an ended context: %v", err)
		}
	})
}

func TestFencing(t *testing.T) {
	for _, code := range []kafkago.Error{kafkago.IllegalGeneration, kafkago.UnknownMemberId, kafkago.RebalanceInProgress, kafkago.FencedInstanceID} {
		if err := fencing(code); !errors.Is(err, bus.ErrFenced) || !errors.Is(err, code) {
			t.Errorf("%v becomes %v", code, err)
		}
	}
	if err := fencing(nil); err != nil {
		t.Errorf("no error becomes %v", err)
	}
	if err := fencing(kafkago.NotCoordinatorForGroup); errors.Is(err, bus.ErrFenced) {
		t.Errorf("a coordinator that moved becomes %v", err)
	}
}

// What nobody has said is not the end of the partition.
func TestHighWatermarkIsUnknownUntilABrokerAnswers(t *testing.T) {
	client := open(t, "unix:"+filepath.Join(t.TempDir(), "none.sock"), slog.New(slog.DiscardHandler))
	member := &consumer{client: client, group: "group"}
	claim := member.newClaim(&kafkago.Generation{}, bus.TopicTelemetry, 0, bus.Position{Offset: 7})
	messages, err := claim.Read(t.Context(), 1<<20, 50*time.Millisecond)
	if len(messages) > 0 || err != nil || claim.HighWatermark() != bus.NoOffset {
		t.Errorf("read %d messages, %v, and the partition ends at %d", len(messages), err, claim.HighWatermark())
	}
	claim.highWatermark.Store(9)
	claim.Seek(3)
	if claim.HighWatermark() != bus.NoOffset {
		t.Errorf("after Seek the partition ends at %d", claim.HighWatermark())
	}
}

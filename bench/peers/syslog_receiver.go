package peers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/pprof"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/bench/child"
	"mimamori/ingest"
	"mimamori/ingest/bus"
	"mimamori/ingest/bus/embedded"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/syslog"
)

// syslogBuffer is the kernel's receive buffer that both sides ask for, bytes.
const syslogBuffer = 8 << 20

// brokerOrder says where the broker keeps its log, and starts it.
type brokerOrder struct{ Directory string }

// brokerAnswer says where it is reached.
type brokerAnswer struct{ Brokers []string }

// RunSyslogBroker is the process of the broker that is published to: it obeys the lines
// of its input until that ends.
func RunSyslogBroker(ctx context.Context, input io.Reader, output io.Writer, logger *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	return child.Obey(input, output, func(order brokerOrder) (any, error) {
		config := embedded.DefaultConfig()
		config.Directory = filepath.Join(order.Directory, "bus")
		config.SyncWrites = false // no measurement is to wait for a disk
		config.MaxBytes = 64 << 20
		broker, err := embedded.New(config, logger, prometheus.NewRegistry())
		if err != nil {
			return nil, err
		}
		ended := make(chan error, 1)
		running.Go(func() { ended <- broker.Run(ctx) })
		select {
		case err := <-ended:
			return nil, errors.Join(errors.New("the broker has ended"), err)
		case <-broker.Ready():
			return brokerAnswer{broker.Addresses()[:1]}, nil
		}
	})
}

// receiverOrder is what the receiving process is told: first where to listen and to
// publish. Those after it are empty and ask for counts.
type receiverOrder struct {
	Brokers  []string `json:",omitempty"`
	UDP, TCP string   `json:",omitempty"`
	Profile  string   `json:",omitempty"` // a file
	Spool    string   `json:",omitempty"` // a directory
}

// receiverAnswer says how many messages the broker has acknowledged, and the bytes that
// were published.
type receiverAnswer struct{ Published, Bytes int }

// RunSyslogReceiver is the process of an appliance that receives syslog, and does nothing
// else: it obeys the lines of its input until that ends.
func RunSyslogReceiver(ctx context.Context, input io.Reader, output io.Writer, logger *slog.Logger) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	r := &syslogReceiver{}
	defer func() {
		cancel()
		if r.running {
			err = errors.Join(err, <-ended)
		}
		r.close()
	}()
	return child.Obey(input, output, func(order receiverOrder) (any, error) {
		if !r.running {
			if err := r.start(ctx, order, ended, logger); err != nil {
				return nil, err
			}
		}
		return receiverAnswer{int(r.published.Load()), int(r.bytes.Load())}, nil
	})
}

// syslogReceiver is an appliance's way to the broker, which counts what was acknowledged.
type syslogReceiver struct {
	client    *kafka.Client
	running   bool
	profile   *os.File
	published atomic.Int64
	bytes     atomic.Int64
}

// start begins to receive.
func (r *syslogReceiver) start(ctx context.Context, order receiverOrder, ended chan<- error, logger *slog.Logger) error {
	registry := prometheus.NewRegistry()
	config := ingest.DefaultConfig()
	config.Bus.Brokers = order.Brokers
	config.Syslog.ReceiveBufferBytes = syslogBuffer
	config.Spool.Directory = order.Spool
	// Each device is watched for sending too much, but none does.
	config.Syslog.RateLimit = syslog.RateLimit{MessagesPerSecond: 1_000_000, Burst: 10_000_000}
	var err error
	if r.client, err = kafka.Open(config.Bus, logger, registry); err != nil {
		return err
	}
	if err := r.client.EnsureTopics(ctx); err != nil {
		return err
	}
	appliance, err := ingest.New(config, syslogStation(order), r, logger, registry)
	if err != nil {
		return err
	}
	if order.Profile != "" {
		if r.profile, err = os.Create(order.Profile); err != nil {
			return fmt.Errorf("write a profile: %w", err)
		}
		if err := pprof.StartCPUProfile(r.profile); err != nil {
			return fmt.Errorf("write a profile: %w", err)
		}
	}
	r.running = true
	go func() { ended <- appliance.Run(ctx) }()
	return nil
}

// Produce implements ingest.Uplink.
func (r *syslogReceiver) Produce(ctx context.Context, topic string, messages ...bus.Message) error {
	if err := r.client.Produce(ctx, topic, messages...); err != nil || topic != bus.TopicLogs {
		return err
	}
	for _, message := range messages {
		header, err := sample.ReadHeader(message.Value)
		if err != nil {
			return err
		}
		r.published.Add(int64(header.Rows))
		r.bytes.Add(int64(len(message.Value)))
	}
	return nil
}

func (r *syslogReceiver) close() {
	if r.profile != nil {
		pprof.StopCPUProfile()
		_ = r.profile.Close() // a profile that is cut off is seen
	}
	if r.client != nil {
		_ = r.client.Close()
	}
}

// syslogStation is a station whose devices send syslog and are not polled.
func syslogStation(order receiverOrder) inventory.Station {
	site := inventory.Site{Name: "bench", Appliance: inventory.Appliance{Name: "bench", Syslog: &inventory.Syslog{UDP: order.UDP, TCP: order.TCP}}}
	for device := range syslogDevices {
		site.Devices = append(site.Devices, inventory.Device{Name: syslogName(device), Address: syslogDevice(device).String(), NoPing: true})
	}
	all := inventory.Config{Customers: []inventory.Customer{{Name: "bench", Sites: []inventory.Site{site}}}}
	return all.Stations()[0]
}

// freeSyslogAddress finds a port that is free now.
func freeSyslogAddress(transport string) (string, error) {
	if transport == SyslogTCP {
		return child.FreeAddress()
	}
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a port for syslog: %w", err)
	}
	return socket.LocalAddr().String(), socket.Close()
}

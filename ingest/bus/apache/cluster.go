package apache

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startTimeout bounds how long the brokers may take to serve.
const startTimeout = 120 * time.Second

// Cluster is an Apache Kafka cluster. Brokers are counted from 0. Its methods may be
// called by many goroutines, those of one broker by one at a time.
type Cluster struct {
	installation Installation
	options      Options
	ports        []map[string]int // of each broker, by listener

	mutex   sync.Mutex
	running []*process // nil: stopped
}

// Start runs a cluster and returns once every broker serves clients. The context
// bounds only the start; the caller ends the cluster with Close.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	installation, err := Find()
	if err != nil {
		return nil, err
	}
	return start(ctx, installation, options)
}

func start(ctx context.Context, installation Installation, options Options) (*Cluster, error) {
	if options.Brokers == 0 {
		options.Brokers = 1
	}
	err := options.validate()
	if err == nil {
		options.Directory, err = filepath.Abs(options.Directory)
	}
	if err != nil {
		return nil, fmt.Errorf("start Apache Kafka: %w", err)
	}
	ports, err := reserve(options)
	if err != nil {
		return nil, fmt.Errorf("start Apache Kafka: %w", err)
	}
	c := &Cluster{installation: installation, options: options, ports: ports, running: make([]*process, options.Brokers)}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := c.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start Apache Kafka: %w; the first broker said: %s", err, c.LastWords(0)), c.Close())
	}
	return c, nil
}

// reserve finds free ports. Between here and the start of the brokers another process
// may take one; the start then fails and says so.
func reserve(options Options) ([]map[string]int, error) {
	ports := make([]map[string]int, options.Brokers)
	for broker := range ports {
		ports[broker] = make(map[string]int)
		for _, name := range options.listeners() {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			defer listener.Close() // all at the end, so that all differ
			ports[broker][name] = listener.Addr().(*net.TCPAddr).Port
		}
	}
	return ports, nil
}

// open formats the storage of all brokers and starts them.
func (c *Cluster) open(ctx context.Context) error {
	id, err := c.clusterID()
	if err != nil {
		return err
	}
	problems := make([]error, len(c.running))
	var starting sync.WaitGroup
	for broker := range c.running {
		starting.Go(func() { problems[broker] = c.prepare(ctx, id, broker) })
	}
	starting.Wait()
	if err := errors.Join(problems...); err != nil {
		return err
	}
	for broker := range c.running {
		if err := c.launch(broker); err != nil {
			return err
		}
	}
	return c.awaitAll(ctx)
}

// clusterID returns the id in the directory, or makes one.
func (c *Cluster) clusterID() (string, error) {
	if err := os.MkdirAll(c.options.Directory, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(c.options.Directory, "cluster.id")
	if known, err := os.ReadFile(path); err == nil {
		return strings.TrimSpace(string(known)), nil
	}
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return "", err
	}
	// The storage tool takes a leading dash for an option.
	id[0] &= 0x7f
	text := base64.RawURLEncoding.EncodeToString(id[:])
	return text, os.WriteFile(path, []byte(text+"\n"), 0o600)
}

func (c *Cluster) path(format string, broker int) string {
	return filepath.Join(c.options.Directory, fmt.Sprintf(format, broker))
}

func (c *Cluster) prepare(ctx context.Context, id string, broker int) error {
	properties := c.path("broker-%d.properties", broker)
	text := c.options.properties(broker, c.path("broker-%d", broker), c.ports)
	if err := os.WriteFile(properties, []byte(text), 0o600); err != nil {
		return err
	}
	return c.installation.format(ctx, id, properties, c.options.credentials())
}

// launch starts the process of a broker.
func (c *Cluster) launch(broker int) error {
	p, err := c.installation.run(c.path("broker-%d.properties", broker), c.path("broker-%d.log", broker))
	if err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.running[broker] = p
	return nil
}

func (c *Cluster) process(broker int) *process {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.running[broker]
}

// take returns the process of a broker and forgets it.
func (c *Cluster) take(broker int) *process {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	p := c.running[broker]
	c.running[broker] = nil
	return p
}

// Addresses returns the addresses of all brokers, as bus.Config.Brokers takes them.
func (c *Cluster) Addresses() []string { return c.ListenerAddresses(clientListener) }

// ListenerAddresses returns the addresses that all brokers listen on at a further
// listener: where a relay sends what it receives.
func (c *Cluster) ListenerAddresses(listener string) []string {
	var addresses []string
	for broker := range c.ports {
		addresses = append(addresses, net.JoinHostPort("127.0.0.1", strconv.Itoa(c.ports[broker][listener])))
	}
	return addresses
}

// Brokers returns how many brokers there are, running or not.
func (c *Cluster) Brokers() int { return len(c.ports) }

// Running says whether a broker was started and neither stopped nor killed since.
func (c *Cluster) Running(broker int) bool { return c.process(broker) != nil }

// Start starts a broker that was stopped or killed and returns once it serves clients.
// With too few of the brokers running for a majority of controllers none does: Launch
// all of them first.
func (c *Cluster) Start(ctx context.Context, broker int) error {
	if err := c.Launch(broker); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := c.await(ctx, broker); err != nil {
		return fmt.Errorf("start broker %d: %w", broker, err)
	}
	return nil
}

// Launch starts a broker that was stopped or killed and waits for nothing.
func (c *Cluster) Launch(broker int) error {
	if c.process(broker) != nil {
		return fmt.Errorf("start broker %d: it runs", broker)
	}
	if err := c.launch(broker); err != nil {
		return fmt.Errorf("start broker %d: %w", broker, err)
	}
	return nil
}

// Stop ends a broker in good order, as SIGTERM does. A broker that does not run is
// none to stop.
func (c *Cluster) Stop(broker int) error {
	if p := c.take(broker); p != nil {
		if err := p.stop(); err != nil {
			return fmt.Errorf("stop broker %d: %w", broker, err)
		}
	}
	return nil
}

// Kill ends a broker at once, as SIGKILL does, also one that is frozen.
func (c *Cluster) Kill(broker int) error {
	if p := c.take(broker); p != nil {
		if err := p.kill(); err != nil {
			return fmt.Errorf("kill broker %d: %w", broker, err)
		}
	}
	return nil
}

// Freeze makes a broker stand still, as SIGSTOP does; its connections stay open.
func (c *Cluster) Freeze(broker int) error { return c.signal(broker, syscall.SIGSTOP) }

// Thaw lets a frozen broker go on.
func (c *Cluster) Thaw(broker int) error { return c.signal(broker, syscall.SIGCONT) }

// OnEnd has a function called once the present process of a broker has ended, however it
// came to that, with how it did: after Stop, in good order, with the code OrderlyExit. Of a
// broker that does not run nothing is said.
func (c *Cluster) OnEnd(broker int, ended func(*os.ProcessState)) {
	p := c.process(broker)
	if p == nil {
		return
	}
	go func() {
		<-p.ended
		ended(p.command.ProcessState)
	}()
}

// PID returns the number of a broker's process, 0 where it does not run.
func (c *Cluster) PID(broker int) int {
	if p := c.process(broker); p != nil {
		return p.command.Process.Pid
	}
	return 0
}

func (c *Cluster) signal(broker int, which syscall.Signal) error {
	p := c.process(broker)
	if p == nil {
		return fmt.Errorf("signal broker %d: it does not run", broker)
	}
	if err := p.signal(which); err != nil {
		return fmt.Errorf("signal broker %d: %w", broker, err)
	}
	return nil
}

// Close kills all brokers. What they wrote stays in the directory.
func (c *Cluster) Close() error {
	var problems []error
	for broker := range c.running {
		problems = append(problems, c.Kill(broker))
	}
	return errors.Join(problems...)
}

package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Engine is the parent's side: it keeps one child process running.
type Engine struct {
	config   Config
	argv     []string
	logger   *slog.Logger
	restarts prometheus.Counter
	up       prometheus.Gauge

	mu      sync.Mutex
	current Endpoint
	serving bool
	failed  error         // why Run ended, nil before
	changed chan struct{} // closed and made anew at each change of the above
}

// New returns an engine that Run starts. argv is the command that serves as the
// child, its program first: one that calls ServeStdio.
func New(config Config, argv []string, logger *slog.Logger, registerer prometheus.Registerer) (*Engine, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("embedded engine: %w", err)
	}
	if len(argv) == 0 {
		return nil, errors.New("embedded engine: no command to start the child with")
	}
	library, err := FindLibrary(config.Library)
	if err != nil {
		return nil, err
	}
	config.Library = library
	if config.Directory, err = filepath.Abs(config.Directory); err != nil {
		return nil, fmt.Errorf("finding the engine's directory: %w", err)
	}
	config.Token = cmp.Or(config.Token, randomHex(24))
	e := &Engine{
		config:  config,
		argv:    argv,
		logger:  logger,
		changed: make(chan struct{}),
		restarts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_engine_restarts_total",
			Help: "Times the embedded ClickHouse engine died and was started again.",
		}),
		up: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mimamori_engine_up",
			Help: "1 while the embedded ClickHouse engine serves.",
		}),
	}
	for _, metric := range []prometheus.Collector{e.restarts, e.up} {
		if err := registerer.Register(metric); err != nil {
			return nil, fmt.Errorf("registering the engine's metrics: %w", err)
		}
	}
	return e, nil
}

// The wait before a restart doubles from the first to the last of these, and begins
// anew after an engine that served for longer than settled.
const (
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 10 * time.Second
	settled      = time.Minute
)

// Run starts the engine, starts it again whenever it dies, and stops it when ctx
// ends. It returns nil once the child is gone, or why the first start failed.
func (e *Engine) Run(ctx context.Context) error {
	err := e.run(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failed = err
	if err == nil {
		e.failed = errors.New("the embedded engine has been stopped")
	}
	e.notify()
	return err
}

func (e *Engine) run(ctx context.Context) error {
	if err := os.MkdirAll(e.config.Directory, 0o700); err != nil {
		return fmt.Errorf("making the engine's directory: %w", err)
	}
	// The parent keeps the port: clients that come while the engine starts again
	// wait in its queue, and no other program can take it.
	listener, err := e.listen(ctx)
	if err != nil {
		return err
	}
	defer listener.Close()

	backoff := firstBackoff
	for first := true; ; first = false {
		child, err := startChild(ctx, e.argv, ServeConfig{Config: e.config}, listener, e.logger)
		if err != nil && ctx.Err() != nil {
			return nil
		}
		if err != nil && first {
			return err
		}
		if err == nil {
			started := time.Now()
			err = e.attend(ctx, child, listener.Addr().String())
			if ctx.Err() != nil {
				return err
			}
			if time.Since(started) > settled {
				backoff = firstBackoff
			}
		}
		e.restarts.Inc()
		e.logger.Error("the embedded engine died and is started again", "error", err, "wait", backoff)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(backoff):
		}
		backoff = min(2*backoff, lastBackoff)
	}
}

// listen opens the engine's port. A port that was chosen may still be held by the child
// of a process that was killed: it is waited for as long as the directory is.
func (e *Engine) listen(ctx context.Context) (net.Listener, error) {
	address := cmp.Or(e.config.Listen, "127.0.0.1:0")
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	for {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err == nil {
			return listener, nil
		}
		held := errors.Is(err, syscall.EADDRINUSE)
		err = fmt.Errorf("opening %s for the embedded engine: %w; end what listens there, or choose another port", address, err)
		if !held {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// attend announces the serving child and stays until it has ended. Its error is why
// the child died, or nil when it was stopped.
func (e *Engine) attend(ctx context.Context, child *child, address string) error {
	endpoint := Endpoint{Address: address, Token: e.config.Token, Database: e.config.Database, PID: child.pid()}
	if err := endpoint.write(e.config.Directory); err != nil {
		return errors.Join(err, child.stop())
	}
	defer e.removeEndpoint()
	e.logger.Info("the embedded engine serves", "address", address, "pid", endpoint.PID, "directory", e.config.Directory)
	e.announce(endpoint, true)
	defer e.announce(Endpoint{}, false)
	select {
	case <-ctx.Done():
		return child.stop()
	case <-child.ended:
		return child.death()
	}
}

// removeEndpoint takes away the file that names the endpoint. A file that stays is
// recognised as stale by those who read it.
func (e *Engine) removeEndpoint() {
	if err := os.Remove(filepath.Join(e.config.Directory, endpointFile)); err != nil {
		e.logger.Warn("the engine's endpoint file stays behind", "error", err)
	}
}

func (e *Engine) announce(endpoint Endpoint, serving bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.current, e.serving = endpoint, serving
	e.up.Set(0)
	if serving {
		e.up.Set(1)
	}
	e.notify()
}

// notify wakes all that wait in Endpoint. The caller holds mu.
func (e *Engine) notify() {
	close(e.changed)
	e.changed = make(chan struct{})
}

// Endpoint waits until the engine serves and says where. Its error is that of ctx, or
// why Run has ended.
func (e *Engine) Endpoint(ctx context.Context) (Endpoint, error) {
	for {
		e.mu.Lock()
		current, serving, failed, changed := e.current, e.serving, e.failed, e.changed
		e.mu.Unlock()
		switch {
		case failed != nil:
			return Endpoint{}, failed
		case serving:
			return current, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Endpoint{}, fmt.Errorf("waiting for the embedded engine: %w", context.Cause(ctx))
		}
	}
}

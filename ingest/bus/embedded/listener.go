package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// maxConnections bounds the goroutines and buffers clients can take up.
const maxConnections = 1024

// gate is the one listener the broker knows: it joins the Unix socket and the TCP
// listener, guards each connection and closes them all at the end.
type gate struct {
	advertised address
	maxProduce int
	metrics    *metrics
	logger     *slog.Logger

	listeners []net.Listener
	accepted  chan net.Conn
	done      chan struct{}
	closing   sync.Once
	accepting sync.WaitGroup

	mutex       sync.Mutex
	connections map[*guardedConn]struct{}
}

// address is what clients are told to connect to.
type address string

// Network implements net.Addr.
func (address) Network() string { return "tcp" }

// String implements net.Addr.
func (a address) String() string { return string(a) }

func newGate(config Config, logger *slog.Logger, metrics *metrics) (*gate, error) {
	g := &gate{
		advertised:  address(config.Advertise),
		maxProduce:  config.MaxMessageBytes * produceFactor,
		metrics:     metrics,
		logger:      logger,
		accepted:    make(chan net.Conn),
		done:        make(chan struct{}),
		connections: make(map[*guardedConn]struct{}),
	}
	socket, err := config.socket()
	if err != nil {
		return nil, err
	}
	if socket != "" {
		listener, err := listenSocket(socket)
		if err != nil {
			return nil, err
		}
		g.listeners = append(g.listeners, listener)
	}
	if config.Listen != "" {
		listener, err := listenTCP(config.Listen)
		if err != nil {
			return nil, errors.Join(err, g.Close())
		}
		g.listeners = append(g.listeners, listener)
		if g.advertised == "" {
			g.advertised = address(listener.Addr().String())
		}
	}
	if g.advertised == "" {
		// Clients on the socket dial the socket whatever they are told.
		g.advertised = "localhost:9092"
	}
	for _, listener := range g.listeners {
		g.accepting.Go(func() { g.accept(listener) })
	}
	return g, nil
}

func listenTCP(to string) (net.Listener, error) {
	listener, err := net.Listen("tcp", to)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen for Kafka clients on %s: %w; stop the program that holds the port (ss -ltnp shows it) or choose another in listen", to, err)
	}
	if err != nil {
		return nil, fmt.Errorf("listen for Kafka clients on %s: %w; choose an address of this machine and a port above 1023 in listen", to, err)
	}
	return listener, nil
}

func listenSocket(path string) (net.Listener, error) {
	if err := removeStale(path); err != nil {
		return nil, fmt.Errorf("listen for Kafka clients on socket %s: %w", path, err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for Kafka clients on socket %s: %w; give the path of a writable directory in socket", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("restrict socket %s to its owner: %w", path, err), listener.Close())
	}
	return listener, nil
}

// removeStale removes a socket that a process left behind, and nothing else.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w; choose another path in socket", err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("a file that is no socket is in the way; remove it or choose another path in socket")
	}
	connection, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		return errors.Join(errors.New("another process listens there; stop it or choose another path in socket"), connection.Close())
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("find out whether anybody listens there: %w; remove the file if nobody does", err)
	}
	return os.Remove(path)
}

func (g *gate) accept(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of file descriptors or the like: it passes.
			g.metrics.acceptFailures.Inc()
			select {
			case <-g.done:
				return
			case <-time.After(100 * time.Millisecond):
				continue
			}
		}
		guarded, ok := g.guard(connection)
		if !ok {
			continue
		}
		g.hand(guarded)
	}
}

// hand gives a connection to the broker.
func (g *gate) hand(connection net.Conn) {
	select {
	case g.accepted <- connection:
	case <-g.done:
		_ = connection.Close() // nobody is left to care
	}
}

// guard wraps a connection, or closes it where there are too many.
func (g *gate) guard(connection net.Conn) (net.Conn, bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if len(g.connections) >= maxConnections {
		g.metrics.rejected.WithLabelValues("connections").Inc()
		_ = connection.Close() // it is refused either way
		return nil, false
	}
	guarded := &guardedConn{
		Conn:       connection,
		answered:   make(chan struct{}, 1),
		done:       make(chan struct{}),
		maxProduce: g.maxProduce,
		rejected:   g.metrics.rejected,
		reject: func(reason string, err error) {
			g.logger.Debug("closed a connection that does not speak to a Kafka broker", "remote", connection.RemoteAddr().String(), "reason", reason, "error", err)
		},
	}
	guarded.closed = func() {
		g.mutex.Lock()
		defer g.mutex.Unlock()
		delete(g.connections, guarded)
		g.metrics.connections.Dec()
	}
	g.connections[guarded] = struct{}{}
	g.metrics.connections.Inc()
	return guarded, true
}

// inside returns a connection to the broker from within the process, past the guard.
func (g *gate) inside() net.Conn {
	ours, brokers := net.Pipe()
	go g.hand(brokers)
	return ours
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case connection := <-g.accepted:
		return connection, nil
	case <-g.done:
		return nil, net.ErrClosed
	}
}

// Addr implements net.Listener: the broker tells it to its clients.
func (g *gate) Addr() net.Addr { return g.advertised }

// Close implements net.Listener. It removes the socket, ends the accept loops and
// closes no connection: the broker still answers what it has been asked.
func (g *gate) Close() error {
	var problems []error
	g.closing.Do(func() {
		close(g.done)
		for _, listener := range g.listeners {
			problems = append(problems, listener.Close())
		}
		g.accepting.Wait()
	})
	return errors.Join(problems...)
}

// hangUp closes every connection.
func (g *gate) hangUp() {
	g.mutex.Lock()
	connections := make([]*guardedConn, 0, len(g.connections))
	for connection := range g.connections {
		connections = append(connections, connection)
	}
	g.mutex.Unlock()
	for _, connection := range connections {
		_ = connection.Close() // the broker is gone, and so is the reader
	}
}

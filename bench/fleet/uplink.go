package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// UplinkSocket returns the path of the unix socket through which an appliance
// reaches its broker, in the directory given as RunConfig.UplinkDirectory.
func UplinkSocket(directory, appliance string) string {
	return filepath.Join(directory, appliance+".sock")
}

// maxRelayed bounds the connections of one appliance.
const maxRelayed = 64

// relay passes the connections of one appliance on to the broker, until it is cut.
type relay struct {
	socket string
	broker string
	counts *relayCounts

	mutex       sync.Mutex
	cut         bool
	connections map[net.Conn]struct{} // of the appliance
}

type relayCounts struct {
	relayed, refused, failed prometheus.Counter
}

func newRelayCounts(registerer prometheus.Registerer) (*relayCounts, error) {
	connections := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mimamori_fleet_uplink_connections_total", Help: "Connections of appliances to their broker, by what came of them.",
	}, []string{"result"})
	counts := &relayCounts{
		relayed: connections.WithLabelValues("relayed"),
		refused: connections.WithLabelValues("refused"),
		failed:  connections.WithLabelValues("broker_unreachable"),
	}
	return counts, register(registerer, connections)
}

func newRelay(socket, broker string, counts *relayCounts) *relay {
	return &relay{socket: socket, broker: broker, counts: counts, connections: map[net.Conn]struct{}{}}
}

// listen opens the appliance's socket, in place of one that a run before left.
func (r *relay) listen(ctx context.Context) (net.Listener, error) {
	if err := os.Remove(r.socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open an appliance's uplink: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", r.socket)
	if err != nil {
		return nil, fmt.Errorf("open an appliance's uplink: %w; the directory must exist and its path be short, a socket's may have 107 octets", err)
	}
	return listener, nil
}

// run relays until the context ends, and then until the last connection is closed.
func (r *relay) run(ctx context.Context, listener net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	defer context.AfterFunc(ctx, func() {
		listener.Close()
		r.sever()
	})()
	group.Go(func() error {
		for {
			connection, err := listener.Accept()
			if ctx.Err() != nil {
				if err == nil {
					connection.Close()
				}
				return nil
			}
			if err != nil {
				return fmt.Errorf("accept an appliance's connection on %s: %w", r.socket, err)
			}
			if !r.admit(ctx, connection) {
				r.counts.refused.Inc()
				connection.Close()
				continue
			}
			group.Go(func() error { r.pass(ctx, connection); return nil })
		}
	})
	return group.Wait()
}

// admit takes a connection in, unless the relay is cut, full or ending.
func (r *relay) admit(ctx context.Context, connection net.Conn) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.cut || len(r.connections) >= maxRelayed || ctx.Err() != nil {
		return false
	}
	r.connections[connection] = struct{}{}
	return true
}

// pass copies both ways until either side ends.
func (r *relay) pass(ctx context.Context, appliance net.Conn) {
	defer func() {
		appliance.Close()
		r.mutex.Lock()
		delete(r.connections, appliance)
		r.mutex.Unlock()
	}()
	var dialer net.Dialer
	broker, err := dialer.DialContext(ctx, "unix", r.broker)
	if err != nil {
		r.counts.failed.Inc()
		return
	}
	defer broker.Close()
	r.counts.relayed.Inc()
	var both sync.WaitGroup
	// A broker's connection is of no use once one direction has ended.
	one := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		to.Close()
		from.Close()
	}
	both.Go(func() { one(broker, appliance) })
	both.Go(func() { one(appliance, broker) })
	both.Wait()
}

// interrupt cuts the uplink: connections end, new ones are refused.
func (r *relay) interrupt() {
	r.mutex.Lock()
	r.cut = true
	r.mutex.Unlock()
	r.sever()
}

// restore lets the appliance reach its broker again.
func (r *relay) restore() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.cut = false
}

func (r *relay) sever() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for connection := range r.connections {
		connection.Close()
	}
}

package uplink

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Traffic is what passed for one kind of request of Kafka's protocol.
type Traffic struct {
	Requests int64 `json:"requests"`
	Up       int64 `json:"bytes_up"`   // of the requests, with their sizes
	Down     int64 `json:"bytes_down"` // of the answers, with their sizes
}

func (t Traffic) minus(before Traffic) Traffic {
	return Traffic{t.Requests - before.Requests, t.Up - before.Up, t.Down - before.Down}
}

// The kinds of the requests that carry blocks, and that ask who leads which partition.
const (
	produce  = "produce"
	metadata = "metadata"
)

// The requests of Kafka's protocol that a producer makes, by their keys.
var requestNames = map[uint16]string{0: produce, 3: metadata, 17: "sasl_handshake", 18: "api_versions", 19: "create_topics", 36: "sasl_authenticate"}

// relay passes the connections of an appliance on to a broker and counts what passes, by the
// kind of request.
type relay struct {
	to       string // path of the broker's socket
	listener net.Listener
	done     sync.WaitGroup

	mutex   sync.Mutex
	ended   bool
	open    map[net.Conn]struct{}
	traffic map[string]Traffic
	broken  error // what was no request or answer
}

// listen opens the relay. Where it leads is said by lead, before anything connects.
func listen() (*relay, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("set up the relay that counts: %w", err)
	}
	return &relay{listener: listener, open: map[net.Conn]struct{}{}, traffic: map[string]Traffic{}}, nil
}

// lead begins to pass connections on to a broker's socket.
func (r *relay) lead(to string) {
	r.to = to
	r.done.Go(func() {
		for {
			near, err := r.listener.Accept()
			if err != nil {
				return // closed, or out of descriptors: the measurement fails by itself
			}
			r.done.Go(func() { r.pass(near) })
		}
	})
}

// close ends all connections and the relay.
func (r *relay) close() {
	_ = r.listener.Close()
	r.mutex.Lock()
	r.ended = true
	for connection := range r.open {
		_ = connection.Close()
	}
	r.mutex.Unlock()
	r.done.Wait()
}

// counts returns what has passed so far.
func (r *relay) counts() (map[string]Traffic, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	counts := map[string]Traffic{}
	for name, traffic := range r.traffic {
		counts[name] = traffic
	}
	return counts, r.broken
}

func (r *relay) pass(near net.Conn) {
	far, err := (&net.Dialer{}).DialContext(context.Background(), "unix", r.to)
	if err != nil {
		_ = near.Close()
		return
	}
	defer r.hold(near, far)()
	// asked are the kinds of the requests under way, whose answers come in their order.
	asked := make(chan string, 1024)
	var both sync.WaitGroup
	one := func(to, from net.Conn, note func(head []byte, size int64) error) {
		err := frames(to, from, note)
		_, _ = to.Close(), from.Close()
		if !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
			r.mutex.Lock()
			r.broken = errors.Join(r.broken, err)
			r.mutex.Unlock()
		}
	}
	both.Go(func() {
		one(far, near, func(head []byte, size int64) error {
			kind, known := requestNames[binary.BigEndian.Uint16(head)]
			if !known {
				kind = fmt.Sprintf("request_%d", binary.BigEndian.Uint16(head))
			}
			select {
			case asked <- kind:
			default:
				return errors.New("count what passes: more than 1024 requests are under way")
			}
			r.add(kind, Traffic{Requests: 1, Up: size})
			return nil
		})
	})
	both.Go(func() {
		one(near, far, func(_ []byte, size int64) error {
			select {
			case kind := <-asked:
				r.add(kind, Traffic{Down: size})
				return nil
			default:
				return errors.New("count what passes: an answer to no request")
			}
		})
	})
	both.Wait()
}

// hold keeps connections for close until the function it returns is called.
func (r *relay) hold(connections ...net.Conn) (release func()) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, connection := range connections {
		r.open[connection] = struct{}{}
		if r.ended {
			_ = connection.Close()
		}
	}
	return func() {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		for _, connection := range connections {
			delete(r.open, connection)
		}
	}
}

func (r *relay) add(kind string, more Traffic) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	all := r.traffic[kind]
	r.traffic[kind] = Traffic{all.Requests + more.Requests, all.Up + more.Up, all.Down + more.Down}
}

// frames copies messages of Kafka's protocol, each preceded by its size in four octets, and
// notes each with its first four octets, before it is passed on. It returns why it ended.
func frames(to io.Writer, from io.Reader, note func(head []byte, size int64) error) error {
	var head [8]byte
	for {
		if _, err := io.ReadFull(from, head[:]); err != nil {
			return err
		}
		size := int64(binary.BigEndian.Uint32(head[:]))
		if size < 4 {
			return fmt.Errorf("count what passes: a message of %d octets", size)
		}
		if err := note(head[4:], 4+size); err != nil {
			return err
		}
		if _, err := to.Write(head[:]); err != nil {
			return err
		}
		if _, err := io.CopyN(to, from, size-4); err != nil {
			return err
		}
	}
}

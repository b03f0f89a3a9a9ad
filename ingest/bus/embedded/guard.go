package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// admitted are the requests a client may send, with the highest version of each: what
// it takes to produce, consume and look. The broker behind knows many more, but an
// unknown key would end the process. Versions are kept below the flexible ones; see
// flexible.go for the two exceptions.
var admitted = map[int16]int16{
	int16(kmsg.Produce):         8,
	int16(kmsg.Fetch):           11,
	int16(kmsg.ListOffsets):     5,
	int16(kmsg.Metadata):        12, // from 10 it tells a topic's id
	int16(kmsg.OffsetCommit):    7,
	int16(kmsg.OffsetFetch):     5,
	int16(kmsg.FindCoordinator): 2,
	int16(kmsg.JoinGroup):       5,
	int16(kmsg.Heartbeat):       3,
	int16(kmsg.LeaveGroup):      3,
	int16(kmsg.SyncGroup):       3,
	int16(kmsg.DescribeGroups):  4,
	int16(kmsg.ListGroups):      2,
	int16(kmsg.ApiVersions):     4, // clients begin with the highest they know
	int16(kmsg.CreateTopics):    4,
	int16(kmsg.InitProducerID):  1,
	int16(kmsg.DescribeConfigs): 3,
}

// versions are what the broker tells its clients to be able to: what is admitted, and
// what retention needs from within.
func versions() *kversion.Versions {
	v := new(kversion.Versions)
	for key, version := range admitted {
		v.SetMaxKeyVersion(key, version)
	}
	v.SetMaxKeyVersion(int16(kmsg.DeleteRecords), 1)
	return v
}

const (
	// requestHead is what every request starts with: its size (4), key (2), version
	// (2), correlation id (4) and the length of the client id (2).
	requestHead = 14
	// maxRequestBytes is the largest request that carries no messages.
	maxRequestBytes = 256 << 10
	// produceFactor is how much larger than the largest batch a produce request may
	// be: for several batches, and so that the broker gets to refuse one that is too
	// large, which tells the producer more than a connection that is closed.
	produceFactor = 4
	// idleTimeout ends a connection that says nothing, as Apache Kafka does.
	idleTimeout = 10 * time.Minute
	// requestTimeout is how long a request may take to arrive once it has begun.
	requestTimeout = 30 * time.Second
)

var errRejected = errors.New("connection rejected")

// guardedConn passes on requests the broker is known to survive, and closes the
// connection at anything else. The broker reads the size of a request first and
// makes room for it, so the size is checked before the broker sees it.
type guardedConn struct {
	net.Conn
	maxProduce int // bytes
	rejected   *prometheus.CounterVec
	reject     func(reason string, err error) // tells of a rejection
	closed     func()                         // called once when the connection is closed
	once       sync.Once

	head    [requestHead]byte
	pending []byte // checked and not passed on yet
	body    int    // bytes of the request not read yet

	joining  atomic.Bool   // the last request passed on was a JoinGroup that is not answered
	answered chan struct{} // has room for one: that it was
	done     chan struct{} // closed with the connection
}

// Read implements net.Conn.
func (c *guardedConn) Read(to []byte) (int, error) {
	if len(to) == 0 {
		return 0, nil
	}
	if len(c.pending) == 0 && c.body == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	if len(c.pending) > 0 {
		n := copy(to, c.pending)
		c.pending = c.pending[n:]
		return n, nil
	}
	n, err := c.Conn.Read(to[:min(len(to), c.body)])
	c.body -= n
	return n, err
}

// next waits for the head of a request and checks it.
func (c *guardedConn) next() error {
	if err := c.SetReadDeadline(time.Now().Add(idleTimeout)); err != nil {
		return err
	}
	if _, err := io.ReadFull(c.Conn, c.head[:1]); err != nil {
		c.awaitJoin()
		return err
	}
	if err := c.SetReadDeadline(time.Now().Add(requestTimeout)); err != nil {
		return err
	}
	if _, err := io.ReadFull(c.Conn, c.head[1:]); err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(c.head[:])
	key := int16(binary.BigEndian.Uint16(c.head[4:]))
	version := int16(binary.BigEndian.Uint16(c.head[6:]))
	limit := uint32(maxRequestBytes)
	if key == int16(kmsg.Produce) {
		limit = uint32(c.maxProduce)
	}
	if highest, known := admitted[key]; !known || version < 0 || version > highest {
		return c.refuse("request", fmt.Errorf("%w: request with key %d in version %d is not known", errRejected, key, version))
	}
	if size < requestHead-4 || size > limit {
		return c.refuse("size", fmt.Errorf("%w: request of %d bytes, allowed are %d to %d", errRejected, size, requestHead-4, limit))
	}
	select {
	case <-c.answered: // of an earlier one
	default:
	}
	c.joining.Store(isJoin(key))
	c.pending, c.body = c.head[:], int(size)-(requestHead-4)
	if !isFlexible(key, version) && !isJoin(key) {
		return nil
	}
	request := make([]byte, requestHead+c.body)
	copy(request, c.head[:])
	if _, err := io.ReadFull(c.Conn, request[requestHead:]); err != nil {
		return err
	}
	if isJoin(key) {
		shortenRebalance(version, request[requestHead-2:])
	} else if !untagged(key, version, request[requestHead-2:]) {
		return c.refuse("content", fmt.Errorf("%w: request with key %d in version %d is malformed or has tagged fields", errRejected, key, version))
	}
	c.pending, c.body = request, 0
	return nil
}

func (c *guardedConn) refuse(reason string, err error) error {
	c.rejected.WithLabelValues(reason).Inc()
	c.reject(reason, err)
	return errors.Join(err, c.Close())
}

// awaitJoin keeps from the broker that a client has gone until its JoinGroup is answered: a member whose answer
// could not be handed over would be given a session without an end, and keep its partitions for ever. Answered, it
// is a member like any other that falls silent.
func (c *guardedConn) awaitJoin() {
	if !c.joining.Load() {
		return
	}
	timer := time.NewTimer(idleTimeout)
	defer timer.Stop()
	select {
	case <-c.answered:
	case <-c.done:
	case <-timer.C:
	}
}

// Write implements net.Conn. The broker answers the requests of a connection one after the other.
func (c *guardedConn) Write(from []byte) (int, error) {
	if c.joining.CompareAndSwap(true, false) {
		c.answered <- struct{}{} // next has made room
	}
	return c.Conn.Write(from)
}

// Close implements net.Conn.
func (c *guardedConn) Close() error {
	c.once.Do(func() {
		close(c.done)
		c.closed()
	})
	return c.Conn.Close()
}

package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// admitted are the requests a client may send: what it takes to produce, consume and
// look. The broker behind knows many more; an unknown key would end the process.
var admitted = map[int16]bool{
	int16(kmsg.Produce):         true,
	int16(kmsg.Fetch):           true,
	int16(kmsg.ListOffsets):     true,
	int16(kmsg.Metadata):        true,
	int16(kmsg.OffsetCommit):    true,
	int16(kmsg.OffsetFetch):     true,
	int16(kmsg.FindCoordinator): true,
	int16(kmsg.JoinGroup):       true,
	int16(kmsg.Heartbeat):       true,
	int16(kmsg.LeaveGroup):      true,
	int16(kmsg.SyncGroup):       true,
	int16(kmsg.DescribeGroups):  true,
	int16(kmsg.ListGroups):      true,
	int16(kmsg.ApiVersions):     true,
	int16(kmsg.CreateTopics):    true,
	int16(kmsg.InitProducerID):  true,
	int16(kmsg.DescribeConfigs): true,
	int16(kmsg.DescribeCluster): true,
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
	pending []byte // of head: checked and not passed on yet
	body    int    // bytes of the request not read yet
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
	limit := uint32(maxRequestBytes)
	if key == int16(kmsg.Produce) {
		limit = uint32(c.maxProduce)
	}
	switch {
	case !admitted[key]:
		return c.refuse("request", fmt.Errorf("%w: request with key %d is not known", errRejected, key))
	case size < requestHead-4 || size > limit:
		return c.refuse("size", fmt.Errorf("%w: request of %d bytes, allowed are %d to %d", errRejected, size, requestHead-4, limit))
	}
	c.pending = c.head[:]
	c.body = int(size) - (requestHead - 4)
	return nil
}

func (c *guardedConn) refuse(reason string, err error) error {
	c.rejected.WithLabelValues(reason).Inc()
	c.reject(reason, err)
	return errors.Join(err, c.Close())
}

// Close implements net.Conn.
func (c *guardedConn) Close() error {
	c.once.Do(c.closed)
	return c.Conn.Close()
}

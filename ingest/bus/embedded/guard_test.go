package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// request returns a request as a client sends it.
func request(r kmsg.Request, version int16) []byte {
	r.SetVersion(version)
	return kmsg.NewRequestFormatter(kmsg.FormatterClientID("test")).AppendRequest(nil, r, 1)
}

func produceRequest(batch []byte) kmsg.Request {
	r := kmsg.NewPtrProduceRequest()
	r.Acks = -1
	topic := kmsg.NewProduceRequestTopic()
	topic.Topic = "t"
	partition := kmsg.NewProduceRequestTopicPartition()
	partition.Records = batch
	topic.Partitions = append(topic.Partitions, partition)
	r.Topics = append(r.Topics, topic)
	return r
}

func metadataRequest() kmsg.Request {
	r := kmsg.NewPtrMetadataRequest()
	for _, name := range []string{"telemetry", "logs"} {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = kmsg.StringPtr(name)
		r.Topics = append(r.Topics, topic)
	}
	return r
}

func newTestGate(t testing.TB) *gate {
	t.Helper()
	metrics, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	g, err := newGate(Config{MaxMessageBytes: 1 << 20}, slog.New(slog.DiscardHandler), metrics)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// TestGuardPassesOn reads what was sent, whole and split in any way.
func TestGuardPassesOn(t *testing.T) {
	g := newTestGate(t)
	sent := bytes.Join([][]byte{
		request(kmsg.NewPtrApiVersionsRequest(), 3),
		request(metadataRequest(), 12),
		request(metadataRequest(), 9),
		request(produceRequest(bytes.Repeat([]byte{1}, maxRequestBytes)), 8),
		request(kmsg.NewPtrFetchRequest(), 11),
	}, nil)
	for _, step := range []int{1, 3, 13, 14, 15, 4096, len(sent)} {
		ours, theirs := net.Pipe()
		guarded, ok := g.guard(theirs)
		if !ok {
			t.Fatal("the connection was refused")
		}
		var writing sync.WaitGroup
		writing.Go(func() {
			for rest := sent; len(rest) > 0; {
				n, err := ours.Write(rest[:min(step, len(rest))])
				if err != nil {
					t.Error(err)
					break
				}
				rest = rest[n:]
			}
			ours.Close()
		})
		got, err := io.ReadAll(guarded)
		if errors.Is(err, io.ErrClosedPipe) {
			err = nil // a pipe refuses deadlines once the other end is closed
		}
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("in steps of %d: %d bytes of %d arrived, error %v", step, len(got), len(sent), err)
		}
		writing.Wait()
		if err := guarded.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(g.connections) != 0 {
		t.Errorf("%d connections are still counted", len(g.connections))
	}
}

func TestGuardRejects(t *testing.T) {
	tagged := request(metadataRequest(), 12)
	tagged = append(tagged[:len(tagged)-1], 0xff, 0xff, 0xff, 0xff, 0x0f) // four billion tagged fields
	binary.BigEndian.PutUint32(tagged, uint32(len(tagged)-4))
	head := func(size uint32, key int16) []byte {
		to := binary.BigEndian.AppendUint32(nil, size)
		to = binary.BigEndian.AppendUint16(to, uint16(key))
		return append(to, make([]byte, 64)...)
	}
	for what, test := range map[string]struct {
		sent   []byte
		reason string
	}{
		"a large request":              {head(maxRequestBytes+1, int16(kmsg.Metadata)), "size"},
		"a large produce request":      {head(4<<20+1, int16(kmsg.Produce)), "size"},
		"a size below zero":            {head(0xffffffff, int16(kmsg.Metadata)), "size"},
		"a request without a head":     {head(9, int16(kmsg.Metadata)), "size"},
		"a key nobody knows":           {head(100, 0x7fff), "request"},
		"a key below zero":             {head(100, -1), "request"},
		"a request that is not served": {head(100, int16(kmsg.DeleteRecords)), "request"},
		"a version nobody knows":       {request(kmsg.NewPtrFetchRequest(), 12), "request"},
		"tagged fields":                {tagged, "content"},
		"HTTP":                         {[]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), "request"},
	} {
		g := newTestGate(t)
		ours, theirs := net.Pipe()
		guarded, _ := g.guard(theirs)
		go func() { _, _ = ours.Write(test.sent) }() // the guard hangs up in between
		if n, err := guarded.Read(make([]byte, 16)); n != 0 || !errors.Is(err, errRejected) {
			t.Errorf("%s: %d bytes passed, error %v", what, n, err)
		}
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("%s: the connection is not closed: %v", what, err)
		}
		if got := value(t, g.metrics.rejected.WithLabelValues(test.reason)); got != 1 {
			t.Errorf("%s: %g counted as %s, want 1", what, got, test.reason)
		}
	}
}

func TestTooManyConnections(t *testing.T) {
	g := newTestGate(t)
	for range maxConnections {
		_, theirs := net.Pipe()
		if _, ok := g.guard(theirs); !ok {
			t.Fatal("a connection was refused too early")
		}
	}
	ours, theirs := net.Pipe()
	if _, ok := g.guard(theirs); ok {
		t.Error("one connection too many was accepted")
	}
	if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("it is not closed: %v", err)
	}
	g.hangUp()
	if got := value(t, g.metrics.connections); got != 0 || len(g.connections) != 0 {
		t.Errorf("%g connections after hanging up", got)
	}
}

// FuzzGuard sends anything to a broker behind the guard. The broker must go on
// answering; a panic in it ends the test.
func FuzzGuard(f *testing.F) {
	g := newTestGate(f)
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "t"), kfake.MaxVersions(versions()), kfake.ListenFn(func(string, string) (net.Listener, error) { return g, nil }))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(cluster.Close)

	join := kmsg.NewPtrJoinGroupRequest()
	join.Group, join.ProtocolType = "g", "consumer"
	join.SessionTimeoutMillis, join.RebalanceTimeoutMillis = 10_000, 10_000
	for _, seed := range [][]byte{
		nil,
		[]byte("GET / HTTP/1.1\r\n\r\n"),
		request(kmsg.NewPtrApiVersionsRequest(), 3),
		request(metadataRequest(), 12),
		request(metadataRequest(), 9),
		request(produceRequest(make([]byte, 80)), 8),
		request(kmsg.NewPtrFetchRequest(), 11),
		request(kmsg.NewPtrListOffsetsRequest(), 1),
		request(kmsg.NewPtrOffsetCommitRequest(), 7),
		request(kmsg.NewPtrOffsetFetchRequest(), 5),
		request(kmsg.NewPtrFindCoordinatorRequest(), 2),
		request(join, 2),
		request(kmsg.NewPtrSyncGroupRequest(), 0),
		request(kmsg.NewPtrHeartbeatRequest(), 0),
		request(kmsg.NewPtrLeaveGroupRequest(), 0),
		request(kmsg.NewPtrDescribeConfigsRequest(), 3),
	} {
		f.Add(seed)
	}
	alive := request(kmsg.NewPtrApiVersionsRequest(), 0)
	f.Fuzz(func(t *testing.T, sent []byte) {
		ours, theirs := net.Pipe()
		guarded, ok := g.guard(theirs)
		if !ok {
			t.Fatal("connections are left open")
		}
		g.hand(guarded)
		go func() { _, _ = io.Copy(io.Discard, ours) }() // ends with the connection
		_, _ = ours.Write(sent)                          // the broker may hang up in between
		ours.Close()

		check := g.inside()
		defer check.Close()
		if err := check.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := check.Write(alive); err != nil {
			t.Fatalf("the broker takes nothing any more: %v", err)
		}
		var size [4]byte
		if _, err := io.ReadFull(check, size[:]); err != nil {
			t.Fatalf("the broker answers nothing any more: %v", err)
		}
		if _, err := io.CopyN(io.Discard, check, int64(binary.BigEndian.Uint32(size[:]))); err != nil {
			t.Fatalf("the broker answers in part: %v", err)
		}
	})
}

package peers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// tcpConnections are as many devices as have a connection, and tcpBatch how many messages
// each gives to the kernel at a time.
const (
	tcpConnections = 16
	tcpBatch       = 64
)

// stream is a connection and the lines that are sent by it over and over.
type stream struct {
	connection net.Conn
	framed     []byte // all lines
	ends       []int  // of each in framed
	sizes      []int  // of each without framing
	sent       int    // lines
	bytes      int    // of the lines sent
}

// sendStreams sends messages by connections of as many devices, half of which count octets
// and half end each message by LF.
func sendStreams(ctx context.Context, order senderOrder) (bytes int, err error) {
	streams := make([]*stream, tcpConnections)
	for device := range streams {
		streams[device] = newStream(device, order.device(device))
		if streams[device].connection, err = dialStream(ctx, order.Address, syslogDevice(device)); err != nil {
			return 0, fmt.Errorf("send syslog: %w", err)
		}
		defer streams[device].connection.Close()
	}
	if order.Rate == 0 {
		err = sendAtOnce(streams, order.Messages)
	} else {
		err = sendInTurn(streams, order.Messages, order.Rate)
	}
	for _, stream := range streams {
		err = errors.Join(err, stream.connection.Close())
		bytes += stream.bytes
	}
	if err != nil {
		return 0, fmt.Errorf("send syslog: %w", err)
	}
	return bytes, nil
}

// sendAtOnce sends by all connections as much as each takes.
func sendAtOnce(streams []*stream, messages int) error {
	var sending errgroup.Group
	for i, stream := range streams {
		sending.Go(func() error {
			for share := (messages + i) / len(streams); stream.sent < share; {
				if err := stream.send(min(tcpBatch, share-stream.sent)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return sending.Wait()
}

// sendInTurn sends by one connection after the other.
func sendInTurn(streams []*stream, messages, rate int) error {
	pace := newPace(rate)
	for sent := 0; sent < messages; {
		for range min(pace.due(sent), messages-sent) {
			if err := streams[sent%len(streams)].send(1); err != nil {
				return err
			}
			sent++
		}
	}
	return nil
}

// newStream is the connection of a device, by which lines of a device are sent.
func newStream(device, of int) *stream {
	s := &stream{}
	random := rand.New(rand.NewPCG(5, uint64(device)))
	now := time.Now()
	for i := range syslogPool / tcpConnections {
		line := syslogLine(random, of, 1000+i, now.Add(time.Duration(i)*time.Millisecond))
		if device%2 == 0 {
			s.framed = append(strconv.AppendInt(s.framed, int64(len(line)), 10), ' ')
			s.framed = append(s.framed, line...)
		} else {
			s.framed = append(append(s.framed, line...), '\n')
		}
		s.ends, s.sizes = append(s.ends, len(s.framed)), append(s.sizes, len(line))
	}
	return s
}

// send sends the lines that follow, fewer at the end of all there are.
func (s *stream) send(most int) error {
	from := s.sent % len(s.ends)
	to := min(from+most, len(s.ends))
	begin := 0
	if from > 0 {
		begin = s.ends[from-1]
	}
	if _, err := s.connection.Write(s.framed[begin:s.ends[to-1]]); err != nil {
		return err
	}
	for _, size := range s.sizes[from:to] {
		s.bytes += size
	}
	s.sent += to - from
	return nil
}

// dialStream connects from an address, once somebody listens.
func dialStream(ctx context.Context, address string, from netip.Addr) (net.Conn, error) {
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	deadline := time.Now().Add(20 * time.Second)
	for {
		connection, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil || time.Now().After(deadline) {
			return connection, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

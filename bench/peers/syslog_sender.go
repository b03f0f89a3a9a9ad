package peers

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// senderOrder is what the sending process is told: messages, to whom.
type senderOrder struct {
	Transport, Address string
	Messages           int
	Rate               int // messages a second; 0 for as many as are taken
}

// senderAnswer says how many bytes the messages had, without framing.
type senderAnswer struct{ Bytes int }

// RunSyslogSender is the process that sends, and does nothing else: it obeys the lines of
// its input until that ends.
func RunSyslogSender(ctx context.Context, input io.Reader, output io.Writer) error {
	return obey(input, output, func(order senderOrder) (any, error) {
		send := sendDatagrams
		if order.Transport == SyslogTCP {
			send = sendStreams
		}
		bytes, err := send(ctx, order)
		return senderAnswer{bytes}, err
	})
}

// The lines that are sent over and over: no block has one of them twice.
const syslogPool = 32 << 10

// udpBatch is how many datagrams are given to the kernel at a time.
const udpBatch = 64

// sendDatagrams sends messages of all devices in turn from one socket, each from its
// device's address, and holds back while the receiver's buffer is half full.
func sendDatagrams(ctx context.Context, order senderOrder) (bytes int, err error) {
	to, err := netip.ParseAddrPort(order.Address)
	if err != nil {
		return 0, fmt.Errorf("send syslog: %w", err)
	}
	socket, err := net.ListenUDP("udp4", nil)
	if err != nil {
		return 0, fmt.Errorf("send syslog: %w", err)
	}
	defer socket.Close()
	queue := receiveQueue{port: to.Port(), limit: receiveBuffer() / 2}
	if err := queue.await(ctx, 0, true); err != nil {
		return 0, err
	}
	random := rand.New(rand.NewPCG(5, 424))
	pool := make([]ipv4.Message, syslogPool)
	now := time.Now()
	for i := range pool {
		device := random.IntN(syslogDevices)
		pool[i] = ipv4.Message{
			Buffers: [][]byte{syslogLine(random, device, 1000+i, now.Add(time.Duration(i)*time.Microsecond))},
			OOB:     sentFrom(syslogDevice(device)),
			Addr:    net.UDPAddrFromAddrPort(to),
		}
	}
	connection := ipv4.NewPacketConn(socket)
	pace := newPace(order.Rate)
	for sent, looked := 0, 0; sent < order.Messages; {
		if sent-looked >= queue.step() {
			looked = sent
			if err := queue.await(ctx, queue.limit, false); err != nil {
				return 0, err
			}
		}
		from := sent % syslogPool
		due := min(udpBatch, order.Messages-sent, pace.due(sent))
		n, err := connection.WriteBatch(pool[from:min(from+due, syslogPool)], 0)
		if err != nil {
			return 0, fmt.Errorf("send syslog to %s: %w", order.Address, err)
		}
		for i := range n {
			bytes += len(pool[from+i].Buffers[0])
		}
		sent += n
	}
	return bytes, queue.await(ctx, 0, false)
}

// pace spreads messages evenly over time.
type pace struct {
	rate  int
	began time.Time
}

// paceStep is how long a sender that is ahead waits.
const paceStep = 100 * time.Microsecond

func newPace(rate int) pace { return pace{rate, time.Now()} }

// due waits until there are messages to be sent after so many, and returns how many.
func (p pace) due(sent int) int {
	for {
		if p.rate == 0 {
			return udpBatch
		}
		if due := int(time.Since(p.began).Seconds()*float64(p.rate)) - sent; due > 0 {
			return due
		}
		rest := unix.NsecToTimespec(int64(paceStep)) // the runtime's timers are coarser
		_ = unix.Nanosleep(&rest, nil)               // a signal only ends it early
	}
}

// sentFrom is the control message that a datagram's source address stands in.
func sentFrom(address netip.Addr) []byte {
	message := make([]byte, unix.CmsgSpace(unix.SizeofInet4Pktinfo))
	binary.NativeEndian.PutUint64(message, uint64(unix.CmsgLen(unix.SizeofInet4Pktinfo)))
	binary.NativeEndian.PutUint32(message[8:], unix.IPPROTO_IP)
	binary.NativeEndian.PutUint32(message[12:], unix.IP_PKTINFO)
	source := address.As4()
	copy(message[unix.CmsgLen(0)+4:], source[:])
	return message
}

// receiveBuffer is what the kernel grants a process like this one of syslogBuffer.
func receiveBuffer() int {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 64 << 10
	}
	defer unix.Close(socket)
	if unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, syslogBuffer) != nil {
		_ = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUF, syslogBuffer) // the default will do
	}
	granted, err := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUF)
	if err != nil {
		return 64 << 10
	}
	return granted
}

// receiveQueue is what waits in the receive buffer of a UDP socket of this machine.
type receiveQueue struct {
	port  uint16
	limit int // bytes that may wait when more is sent
}

// step is how many messages are sent until it is looked at again: with the overhead of
// the kernel they take half of what is free at the limit.
func (q receiveQueue) step() int {
	const withOverhead = 1024
	return max(udpBatch, q.limit/2/withOverhead/udpBatch*udpBatch)
}

// await waits until no more than so many bytes wait, and for the socket itself where it
// may not be there yet.
func (q receiveQueue) await(ctx context.Context, most int, starting bool) error {
	deadline := time.Now().Add(20 * time.Second)
	for pause := 200 * time.Microsecond; ; pause = min(2*pause, 5*time.Millisecond) {
		waiting, found, err := q.waiting()
		switch {
		case err != nil:
			return err
		case found && waiting <= most:
			return nil
		case !found && !starting:
			return fmt.Errorf("send syslog: nobody listens on UDP port %d any more", q.port)
		case time.Now().After(deadline):
			return fmt.Errorf("send syslog: UDP port %d takes nothing: listens %t, %d bytes wait", q.port, found, waiting)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// waiting reads how many bytes wait, the kernel's overhead included.
func (q receiveQueue) waiting() (bytes int, found bool, err error) {
	table, err := os.ReadFile("/proc/net/udp")
	if err != nil {
		return 0, false, fmt.Errorf("see what waits to be received: %w", err)
	}
	// A line for each socket: "sl: address:port remote:port state tx_queue:rx_queue ..."
	port := fmt.Sprintf(":%04X", q.port)
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) < 5 || !strings.HasSuffix(fields[1], port) {
			continue
		}
		_, queue, _ := strings.Cut(fields[4], ":")
		waiting, err := strconv.ParseUint(queue, 16, 32)
		if err != nil {
			return 0, false, fmt.Errorf("see what waits to be received: %q: %w", fields[4], err)
		}
		return int(waiting), true, nil
	}
	return 0, false, nil
}

// tcpConnections are as many devices as have a connection, and tcpBatch how many messages
// each gives to the kernel at a time.
const (
	tcpConnections = 16
	tcpBatch       = 64
)

// sendStreams sends messages by connections of as many devices, half of which count octets
// and half end each message by LF.
func sendStreams(ctx context.Context, order senderOrder) (bytes int, err error) {
	var sending errgroup.Group
	totals := make([]int, tcpConnections)
	for device := range tcpConnections {
		share := order
		share.Messages, share.Rate = order.Messages/tcpConnections, order.Rate/tcpConnections
		if device < order.Messages%tcpConnections {
			share.Messages++
		}
		sending.Go(func() (err error) {
			totals[device], err = sendStream(ctx, share, device)
			return err
		})
	}
	if err := sending.Wait(); err != nil {
		return 0, fmt.Errorf("send syslog: %w", err)
	}
	for _, total := range totals {
		bytes += total
	}
	return bytes, nil
}

func sendStream(ctx context.Context, order senderOrder, device int) (bytes int, err error) {
	random := rand.New(rand.NewPCG(5, uint64(device)))
	now := time.Now()
	var lines [][]byte
	var framed []byte // all lines
	var ends []int    // of each in framed
	for i := range syslogPool / tcpConnections {
		line := syslogLine(random, device, 1000+i, now.Add(time.Duration(i)*time.Millisecond))
		if lines = append(lines, line); device%2 == 0 {
			framed = append(strconv.AppendInt(framed, int64(len(line)), 10), ' ')
			framed = append(framed, line...)
		} else {
			framed = append(append(framed, line...), '\n')
		}
		ends = append(ends, len(framed))
	}
	connection, err := dialStream(ctx, order.Address, syslogDevice(device))
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	pace := newPace(order.Rate)
	for sent := 0; sent < order.Messages; {
		from := sent % len(lines)
		to := min(from+min(tcpBatch, order.Messages-sent, pace.due(sent)), len(lines))
		begin := 0
		if from > 0 {
			begin = ends[from-1]
		}
		if _, err := connection.Write(framed[begin:ends[to-1]]); err != nil {
			return 0, err
		}
		for _, line := range lines[from:to] {
			bytes += len(line)
		}
		sent += to - from
	}
	return bytes, connection.Close()
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

package peers

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// udpBatch is how many datagrams are given to the kernel at a time.
const udpBatch = 64

// sendDatagrams sends messages of all devices in turn from one socket, each from its
// device's address, and holds back while an eighth of the receiver's buffer is full: what
// waits for longer has left the caches of either program.
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
	queue := receiveQueue{port: to.Port(), limit: receiveBuffer() / 8}
	if err := queue.await(ctx, 0); err != nil {
		return 0, err
	}
	random := rand.New(rand.NewPCG(5, 424))
	pool := make([]ipv4.Message, syslogPool)
	now := time.Now()
	for i := range pool {
		device := order.device(random.IntN(syslogDevices))
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
			if err := queue.await(ctx, queue.limit); err != nil {
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
	return bytes, queue.await(ctx, 0)
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
// the kernel they take half of what may wait.
func (q receiveQueue) step() int {
	const withOverhead = 1024
	return max(udpBatch, q.limit/2/withOverhead/udpBatch*udpBatch)
}

// await waits until no more than so many bytes wait, and for the socket itself: it may not
// be there yet, and the kernel's table can miss one while others come and go.
func (q receiveQueue) await(ctx context.Context, most int) error {
	deadline := time.Now().Add(20 * time.Second)
	for pause := 200 * time.Microsecond; ; pause = min(2*pause, 5*time.Millisecond) {
		waiting, found, err := q.waiting()
		switch {
		case err != nil:
			return err
		case found && waiting <= most:
			return nil
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

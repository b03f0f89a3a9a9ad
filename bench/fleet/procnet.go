package fleet

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

// kernelSocket is a line of /proc/net/udp, /proc/net/tcp or /proc/net/raw.
type kernelSocket struct {
	local address
	port  uint16 // the protocol of a raw socket
	inode uint64
	drops uint64 // packets lost because the socket was full

	connected bool // to another one
}

// kernelSockets reads one of the kernel's tables of IPv4 sockets in this network
// namespace.
func kernelSockets(table string) ([]kernelSocket, error) {
	file, err := os.Open("/proc/net/" + table)
	if err != nil {
		return nil, fmt.Errorf("read the kernel's sockets: %w", err)
	}
	defer file.Close()
	var sockets []kernelSocket
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if socket, ok := parseKernelSocket(lines.Text()); ok {
			sockets = append(sockets, socket)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the kernel's sockets: %w", err)
	}
	return sockets, nil
}

// kernelBound returns where one of the kernel's tables has sockets that nobody is
// connected to.
func kernelBound(table string) (map[netip.AddrPort]bool, error) {
	sockets, err := kernelSockets(table)
	if err != nil {
		return nil, err
	}
	bound := map[netip.AddrPort]bool{}
	for _, socket := range sockets {
		if !socket.connected {
			bound[addrPort(socket.local, socket.port)] = true
		}
	}
	return bound, nil
}

// parseKernelSocket reads a line; the heading is none.
func parseKernelSocket(line string) (socket kernelSocket, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 13 {
		return socket, false
	}
	host, port, found := strings.Cut(fields[1], ":")
	if !found {
		return socket, false
	}
	// The address is printed as a number of the host's byte order; all machines this
	// runs on are little endian.
	number, err := strconv.ParseUint(host, 16, 32)
	if err != nil {
		return socket, false
	}
	socket.local = address{byte(number), byte(number >> 8), byte(number >> 16), byte(number >> 24)}
	wide, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return socket, false
	}
	socket.port = uint16(wide)
	socket.connected = strings.Trim(fields[2], "0:") != ""
	if socket.inode, err = strconv.ParseUint(fields[9], 10, 64); err != nil {
		return socket, false
	}
	if socket.drops, err = strconv.ParseUint(fields[12], 10, 64); err != nil {
		return socket, false
	}
	return socket, true
}

// lostPackets counts what the kernel dropped because the fleet's sockets were full.
type lostPackets struct {
	mutex  sync.Mutex
	inodes map[string][]uint64 // by kernel table
}

func newLostPackets(registerer prometheus.Registerer) (*lostPackets, error) {
	lost := &lostPackets{inodes: map[string][]uint64{}}
	return lost, register(registerer, prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "mimamori_fleet_received_packets_lost_total",
		Help: "Packets for the fleet that the kernel dropped because the fleet read too slowly.",
	}, lost.sum))
}

// watch counts a socket from now on.
func (l *lostPackets) watch(table string, connection syscall.Conn) {
	raw, err := connection.SyscallConn()
	if err != nil {
		return
	}
	var stat unix.Stat_t
	if control(raw, func(fd int) error { return unix.Fstat(fd, &stat) }) != nil {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.inodes[table] = append(l.inodes[table], stat.Ino)
}

func (l *lostPackets) sum() float64 {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var sum uint64
	for table, inodes := range l.inodes {
		sockets, err := kernelSockets(table)
		if err != nil {
			continue
		}
		for _, socket := range sockets {
			for _, inode := range inodes {
				if socket.inode == inode {
					sum += socket.drops
				}
			}
		}
	}
	return float64(sum)
}

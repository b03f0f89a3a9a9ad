package fleet

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/ipv4"
)

// echoes answers echo requests (RFC 792) for every device that can be reached.
type echoes struct {
	devices  map[address]*device
	raw      *net.IPConn
	answered prometheus.Counter
	silent   prometheus.Counter
	unsent   prometheus.Counter
}

func newEchoes(devices map[address]*device, registerer prometheus.Registerer) (*echoes, error) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mimamori_fleet_echo_requests_total", Help: "ICMP echo requests received, by what came of them.",
	}, []string{"result"})
	e := &echoes{
		devices:  devices,
		answered: requests.WithLabelValues("answered"),
		silent:   requests.WithLabelValues("unreachable"),
		unsent:   requests.WithLabelValues("unsent"),
	}
	return e, register(registerer, requests)
}

// open makes the socket: raw, so that it hears pings for every address.
func (e *echoes) open(lost *lostPackets) error {
	raw, err := net.ListenIP("ip4:icmp", &net.IPAddr{IP: net.IPv4zero})
	if err != nil {
		return fmt.Errorf("listen for pings: %w; it takes CAP_NET_RAW in the fleet's network namespace", err)
	}
	e.raw = raw
	enlarge(raw)
	lost.watch("raw", raw)
	var filter ipv4.ICMPFilter
	filter.SetAll(true)
	filter.Accept(ipv4.ICMPTypeEcho)
	if err := ipv4.NewPacketConn(raw).SetICMPFilter(&filter); err != nil {
		return fmt.Errorf("listen for echo requests alone: %w", err)
	}
	return nil
}

func (e *echoes) close() {
	if e.raw != nil {
		e.raw.Close()
	}
}

// run serves until the context ends.
func (e *echoes) run(ctx context.Context) error {
	raw := e.raw
	defer context.AfterFunc(ctx, func() { raw.Close() })()
	buffer := make([]byte, 65535)
	var source []byte
	for {
		// With the IP header, which says whom the request was for.
		n, _, _, from, err := raw.ReadMsgIP(buffer, nil)
		if err != nil {
			return failure(ctx, "receive pings", err)
		}
		to, message, ok := echoRequest(buffer[:n])
		if !ok {
			continue
		}
		device, known := e.devices[to]
		if !known || !device.reachable.Load() {
			e.silent.Inc()
			continue
		}
		becomeReply(message)
		source = appendSource(source[:0], to)
		if _, _, err := raw.WriteMsgIP(message, source, from); err != nil {
			e.unsent.Inc()
			continue
		}
		device.lastEcho.Store(time.Now().UnixNano())
		e.answered.Inc()
	}
}

const (
	echoReplyType   = 0
	echoRequestType = 8
	echoHeaderSize  = 8
)

// echoRequest finds the ICMP message in an IPv4 packet.
func echoRequest(packet []byte) (to address, message []byte, ok bool) {
	if len(packet) < ipv4.HeaderLen {
		return to, nil, false
	}
	header := int(packet[0]&0x0f) * 4
	if header < ipv4.HeaderLen || len(packet) < header+echoHeaderSize || packet[header] != echoRequestType {
		return to, nil, false
	}
	copy(to[:], packet[16:20])
	return to, packet[header:], true
}

// becomeReply turns a request into its reply: another type and the checksum of it.
func becomeReply(message []byte) {
	message[0] = echoReplyType
	putChecksum(message)
}

// putChecksum writes the checksum of an ICMP message into it.
func putChecksum(message []byte) {
	message[2], message[3] = 0, 0
	var sum uint32
	for i := 0; i+1 < len(message); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(message[i:]))
	}
	if len(message)%2 == 1 {
		sum += uint32(message[len(message)-1]) << 8
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(message[2:], ^uint16(sum))
}

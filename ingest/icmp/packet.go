package icmp

import (
	"encoding/binary"
	"net/netip"
)

// Message types of RFC 792 and RFC 4443.
const (
	typeEchoReply          = 0
	typeUnreachable        = 3
	typeRedirect           = 5
	typeEchoRequest        = 8
	typeTimeExceeded       = 11
	typeParameterProblem   = 12
	typeUnreachableV6      = 1
	typePacketTooBigV6     = 2
	typeTimeExceededV6     = 3
	typeParameterProblemV6 = 4
	typeEchoRequestV6      = 128
	typeEchoReplyV6        = 129

	protocolICMP   = 1
	protocolICMPv6 = 58
	ipv4HeaderSize = 20
	ipv6HeaderSize = 40
	echoHeaderSize = 8
	cookieSize     = 16
	requestSize    = echoHeaderSize + cookieSize
	quotedOffset   = 8 // of the packet an ICMP error quotes
)

// cookie is what a request carries so that its reply can be told from any other.
type cookie struct {
	secret uint64 // random, one for each start of a poller
	target uint32 // index of the device
	round  uint32 // number of the device's round
}

// appendRequest appends an echo request whose payload has so many octets, of which the
// cookie is the first. The checksum of IPv6 is the kernel's work.
func appendRequest(to []byte, ipv6 bool, id, sequence uint16, carried cookie, size int) []byte {
	start := len(to)
	kind := byte(typeEchoRequest)
	if ipv6 {
		kind = typeEchoRequestV6
	}
	to = append(to, kind, 0, 0, 0)
	to = binary.BigEndian.AppendUint16(to, id)
	to = binary.BigEndian.AppendUint16(to, sequence)
	to = binary.BigEndian.AppendUint64(to, carried.secret)
	to = binary.BigEndian.AppendUint32(to, carried.target)
	to = binary.BigEndian.AppendUint32(to, carried.round)
	if more := size - cookieSize; more > 0 {
		to = append(to, padding[:more]...)
	}
	if !ipv6 {
		binary.BigEndian.PutUint16(to[start+2:], ^sum(to[start:]))
	}
	return to
}

// padding fills a payload that is larger than its cookie.
var padding = func() (octets [MaxSize - cookieSize]byte) {
	for i := range octets {
		octets[i] = byte(i)
	}
	return octets
}()

// sum is the Internet checksum's sum (RFC 1071): 0xffff over a message with a right
// checksum.
func sum(octets []byte) uint16 {
	var total uint32
	for ; len(octets) > 1; octets = octets[2:] {
		total += uint32(octets[0])<<8 | uint32(octets[1])
	}
	if len(octets) == 1 {
		total += uint32(octets[0]) << 8
	}
	total = total>>16 + total&0xffff
	return uint16(total>>16 + total)
}

// meaning says what a received message is.
type meaning uint8

const (
	meansNothing meaning = iota // neither of the others, or broken
	meansReply
	meansError
)

// message is what a received packet says.
type message struct {
	meaning  meaning
	asked    netip.Addr // the address that was asked
	id       uint16
	sequence uint16
	carried  cookie // of a reply
	ttl, tos uint8  // of the packet that brought a reply; 0 where unknown
	fault    Fault  // of an error
}

// parseIPv4Packet reads an IPv4 packet, header included, as a raw socket gives it.
func parseIPv4Packet(packet []byte) message {
	header, source, _, ok := readIPv4Header(packet)
	if !ok {
		return message{}
	}
	found := parseICMPv4(packet[header:], source)
	if found.meaning == meansReply {
		found.tos, found.ttl = packet[1], packet[8]
	}
	return found
}

func readIPv4Header(packet []byte) (size int, source, destination netip.Addr, ok bool) {
	if len(packet) < ipv4HeaderSize || packet[0]>>4 != 4 || packet[9] != protocolICMP {
		return 0, source, destination, false
	}
	size = int(packet[0]&0x0f) * 4
	if size < ipv4HeaderSize || size > len(packet) {
		return 0, source, destination, false
	}
	return size, netip.AddrFrom4([4]byte(packet[12:16])), netip.AddrFrom4([4]byte(packet[16:20])), true
}

// parseICMPv4 reads an ICMP message that came from the source.
func parseICMPv4(octets []byte, source netip.Addr) message {
	if len(octets) < echoHeaderSize || sum(octets) != 0xffff {
		return message{}
	}
	if octets[0] == typeEchoReply {
		return parseReply(octets, source)
	}
	fault, ok := faultOfIPv4(octets[0], octets[1])
	if !ok {
		return message{}
	}
	fault.From = source
	if fault.tooBig() {
		fault.MTU = uint32(binary.BigEndian.Uint16(octets[6:]))
	}
	header, _, asked, ok := readIPv4Header(octets[quotedOffset:])
	if !ok {
		return message{}
	}
	return parseQuoted(octets[quotedOffset+header:], typeEchoRequest, asked, fault)
}

// parseICMPv6 reads an ICMPv6 message that came from the source. A request of ours has
// no extension headers, nor has what is quoted of it.
func parseICMPv6(octets []byte, source netip.Addr) message {
	if len(octets) < echoHeaderSize {
		return message{}
	}
	if octets[0] == typeEchoReplyV6 {
		return parseReply(octets, source)
	}
	fault, ok := faultOfIPv6(octets[0], octets[1])
	if !ok {
		return message{}
	}
	fault.From = source
	if fault.tooBig() {
		fault.MTU = binary.BigEndian.Uint32(octets[4:])
	}
	quoted := octets[quotedOffset:]
	if len(quoted) < ipv6HeaderSize || quoted[0]>>4 != 6 || quoted[6] != protocolICMPv6 {
		return message{}
	}
	asked := netip.AddrFrom16([16]byte(quoted[24:40]))
	return parseQuoted(quoted[ipv6HeaderSize:], typeEchoRequestV6, asked, fault)
}

func parseReply(octets []byte, source netip.Addr) message {
	if len(octets) < requestSize {
		return message{}
	}
	return message{
		meaning:  meansReply,
		asked:    source,
		id:       binary.BigEndian.Uint16(octets[4:]),
		sequence: binary.BigEndian.Uint16(octets[6:]),
		carried: cookie{
			secret: binary.BigEndian.Uint64(octets[8:]),
			target: binary.BigEndian.Uint32(octets[16:]),
			round:  binary.BigEndian.Uint32(octets[20:]),
		},
	}
}

// parseQuoted reads the echo request an error quotes. Eight octets of it is all that
// a router must quote, so the cookie is not looked at.
func parseQuoted(octets []byte, request byte, asked netip.Addr, fault Fault) message {
	if len(octets) < echoHeaderSize || octets[0] != request {
		return message{}
	}
	return message{
		meaning:  meansError,
		asked:    asked,
		id:       binary.BigEndian.Uint16(octets[4:]),
		sequence: binary.BigEndian.Uint16(octets[6:]),
		fault:    fault,
	}
}

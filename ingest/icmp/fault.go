package icmp

import "net/netip"

// Fault is an ICMP error about a request. Errors of IPv6 have the numbers that RFC 7915
// translates them to, so that one list serves both; only a missing route is told
// from a host that does not answer.
type Fault struct {
	Type uint8      // of RFC 792: 3 unreachable, 5 redirect, 11 time exceeded, 12 parameter problem; 0 none
	Code uint8      // of RFC 792 and RFC 1812
	From netip.Addr // the host or router that sent it
	MTU  uint32     // of a packet that was too big: what the next link takes, octets; 0 where it is not said
}

// Codes of typeUnreachable, RFC 792, RFC 1122 and RFC 1812.
const (
	codeNetwork        = 0
	codeHost           = 1
	codeProtocol       = 2
	codePort           = 3
	codeTooBig         = 4
	codeSourceRoute    = 5
	codeNetworkUnknown = 6
	codeNetworkDenied  = 9
	codeHostDenied     = 10
	codeNetworkService = 11
	codeDenied         = 13
	codeReassembly     = 1 // of typeTimeExceeded
)

// faultOfIPv4 reads type and code of an ICMP message, and says whether it is an error or
// a redirect.
func faultOfIPv4(kind, code uint8) (Fault, bool) {
	switch kind {
	case typeUnreachable, typeRedirect, typeTimeExceeded, typeParameterProblem:
		return Fault{Type: kind, Code: code}, true
	}
	return Fault{}, false
}

// faultOfIPv6 reads type and code of an ICMPv6 message (RFC 4443).
func faultOfIPv6(kind, code uint8) (Fault, bool) {
	switch kind {
	case typeUnreachableV6:
		translated := uint8(codeHost) // also what is yet to be defined
		switch code {
		case 0:
			translated = codeNetwork
		case 1:
			translated = codeHostDenied
		case 4:
			translated = codePort
		case 5, 6: // source address failed policy, route rejected
			translated = codeDenied
		}
		return Fault{Type: typeUnreachable, Code: translated}, true
	case typePacketTooBigV6:
		return Fault{Type: typeUnreachable, Code: codeTooBig}, true
	case typeTimeExceededV6:
		return Fault{Type: typeTimeExceeded, Code: code}, true
	case typeParameterProblemV6:
		if code == 1 { // unrecognized next header
			return Fault{Type: typeUnreachable, Code: codeProtocol}, true
		}
		return Fault{Type: typeParameterProblem}, true
	}
	return Fault{}, false
}

func (f Fault) tooBig() bool { return f.Type == typeUnreachable && f.Code == codeTooBig }

// String says in words what the error is, and is empty for none.
func (f Fault) String() string {
	switch f.Type {
	case 0:
		return ""
	case typeRedirect:
		return "redirect"
	case typeTimeExceeded:
		if f.Code == codeReassembly {
			return "fragment reassembly time exceeded"
		}
		return "TTL exceeded"
	case typeParameterProblem:
		return "parameter problem"
	}
	switch f.Code {
	case codeNetwork, codeNetworkUnknown, codeNetworkService:
		return "network unreachable"
	case codeProtocol:
		return "protocol unreachable"
	case codePort:
		return "port unreachable"
	case codeTooBig:
		return "packet too big"
	case codeSourceRoute:
		return "source route failed"
	case codeNetworkDenied, codeHostDenied, codeDenied:
		return "administratively prohibited"
	}
	return "host unreachable"
}

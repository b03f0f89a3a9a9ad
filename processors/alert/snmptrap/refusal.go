package snmptrap

import (
	"net"

	"github.com/gosnmp/gosnmp"
)

// listener remembers the last datagram that came. The codec throws away a report that is
// not authentic, and a receiver that does not know the user cannot make one that is.
type listener struct {
	net.Conn
	last []byte
}

// Read implements net.Conn.
func (l *listener) Read(into []byte) (int, error) {
	count, err := l.Conn.Read(into)
	l.last = append(l.last[:0], into[:count]...)
	return count, err
}

// refusals are what a report says of a message that is not taken (RFC 3414, section 5).
// Those about the engine and its clock are not among them: they are answered, and what
// comes after them counts.
var refusals = map[string]string{
	".1.3.6.1.6.3.15.1.1.1.0": "it does not take what the user's messages are protected by: compare auth and privacy with what it has",
	".1.3.6.1.6.3.15.1.1.3.0": "it does not know the user: add it there, or correct user.name",
	".1.3.6.1.6.3.15.1.1.5.0": "it does not believe that they are the user's: compare auth and auth_password with what it has",
	".1.3.6.1.6.3.15.1.1.6.0": "it cannot decrypt them: compare privacy and privacy_password with what it has",
}

// refusal returns what the last datagram says against our messages; empty for nothing.
// Anybody can have sent it: it is for people, and nothing else follows from it.
func (l *listener) refusal() (reason string) {
	defer func() {
		if recover() != nil { // the codec, over what came from outside
			reason = ""
		}
	}()
	decoder := &gosnmp.GoSNMP{
		Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: gosnmp.NoAuthNoPriv,
		SecurityParameters: &gosnmp.UsmSecurityParameters{UserName: "-", AuthenticationProtocol: gosnmp.NoAuth, PrivacyProtocol: gosnmp.NoPriv},
	}
	packet, err := decoder.SnmpDecodePacket(l.last)
	if err != nil || packet.PDUType != gosnmp.Report || len(packet.Variables) == 0 {
		return ""
	}
	return refusals[packet.Variables[0].Name]
}

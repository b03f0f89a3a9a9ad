package snmptrap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gosnmp/gosnmp"
)

var authentications = map[string]gosnmp.SnmpV3AuthProtocol{
	"": gosnmp.NoAuth, "MD5": gosnmp.MD5, "SHA1": gosnmp.SHA,
	"SHA224": gosnmp.SHA224, "SHA256": gosnmp.SHA256, "SHA384": gosnmp.SHA384, "SHA512": gosnmp.SHA512,
}

var privacies = map[string]gosnmp.SnmpV3PrivProtocol{
	"": gosnmp.NoPriv, "DES": gosnmp.DES, "AES128": gosnmp.AES, "AES192": gosnmp.AES192, "AES256": gosnmp.AES256,
	"AES192C": gosnmp.AES192C, "AES256C": gosnmp.AES256C,
}

// session is the conversation with a receiver in one attempt at a delivery. Each has a
// socket of its own, so that a receiver that has moved, or started anew, is found again.
type session struct {
	ctx      context.Context
	target   Target
	engine   *kept
	module   string
	snmp     *gosnmp.GoSNMP
	listener *listener
	security *gosnmp.UsmSecurityParameters // nil but for version 3
	close    func()
}

// converse begins one, which lasts no longer than its context. The target is a resolved
// one.
func converse(ctx context.Context, target Target, engine *kept) (*session, error) {
	host, port, err := endpoint(target.Address)
	if err != nil {
		return nil, err
	}
	s := &session{ctx: ctx, target: target, engine: engine, module: target.Enterprise + moduleArc}
	s.snmp = &gosnmp.GoSNMP{
		Target: host, Port: port, Transport: "udp", Context: ctx,
		Timeout: target.Timeout, Retries: *target.Retries, MaxOids: gosnmp.MaxOids,
	}
	switch target.Version {
	case "1":
		s.snmp.Version, s.snmp.Community = gosnmp.Version1, target.Community
	case "2c":
		s.snmp.Version, s.snmp.Community = gosnmp.Version2c, target.Community
	default:
		s.secure()
	}
	if err := s.snmp.Connect(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	s.listener = &listener{Conn: s.snmp.Conn}
	s.snmp.Conn = s.listener
	stop := context.AfterFunc(ctx, func() { s.listener.Close() })
	s.close = func() {
		stop()
		s.listener.Close()
	}
	return s, nil
}

// secure makes it a conversation of version 3.
func (s *session) secure() {
	user := s.target.User
	s.security = &gosnmp.UsmSecurityParameters{
		UserName:                 user.Name,
		AuthenticationProtocol:   authentications[plainName(user.Auth)],
		AuthenticationPassphrase: user.AuthPassword,
		PrivacyProtocol:          privacies[plainName(user.Privacy)],
		PrivacyPassphrase:        user.PrivacyPassword,
	}
	s.snmp.Version, s.snmp.SecurityModel, s.snmp.SecurityParameters = gosnmp.Version3, gosnmp.UserSecurityModel, s.security
	// What is told of is ours, whoever vouches for the message (RFC 3413, section 3.3).
	s.snmp.ContextEngineID, s.snmp.ContextName = s.engine.engineID, user.Context
	switch {
	case user.Privacy != "":
		s.snmp.MsgFlags = gosnmp.AuthPriv
	case user.Auth != "":
		s.snmp.MsgFlags = gosnmp.AuthNoPriv
	default:
		s.snmp.MsgFlags = gosnmp.NoAuthNoPriv
	}
	if !s.target.Inform {
		s.security.AuthoritativeEngineID, s.security.AuthoritativeEngineBoots = s.engine.engineID, s.engine.text.Boots
	}
}

// envelope is how many octets stand around the variables of a notification at most.
func (s *session) envelope() int {
	const number = 6 // octets of an integer
	if s.security == nil {
		return len(s.target.Community) + number
	}
	const (
		header   = 2 + 2*number + 3 + 3                             // RFC 3412, section 6
		security = 8 + (2 + 32) + 2*number + 2 + (2 + 48) + (2 + 8) // RFC 3414, section 2.4: the longest engine id and digest
		scope    = 8 + 2 + 2 + 8                                    // and what DES fills up with
	)
	return header + security + scope + number + len(s.target.User.Name) + len(s.engine.engineID) + len(s.target.User.Context)
}

// tell sends one notification, and waits for its acknowledgement where there is one.
func (s *session) tell(of *statement) error {
	if err := of.fit(s.module, s.envelope()); err != nil {
		return err
	}
	now := time.Now()
	upTime := s.engine.upTime(now)
	var trap gosnmp.SnmpTrap
	if s.snmp.Version == gosnmp.Version1 {
		// RFC 3584, section 3.2.
		trap = gosnmp.SnmpTrap{
			Variables: of.variables(s.module), Enterprise: s.module, AgentAddress: s.ownAddress(),
			GenericTrap: 6, SpecificTrap: of.notification(), Timestamp: uint(upTime),
		}
	} else {
		trap = gosnmp.SnmpTrap{Variables: of.headed(s.module, upTime), IsInform: s.target.Inform}
	}
	if s.security != nil && !s.target.Inform {
		s.security.AuthoritativeEngineTime = s.engine.engineTime(now)
	}
	s.listener.last = nil
	answer, err := s.snmp.SendTrap(trap)
	switch {
	case err != nil && s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	case !s.target.Inform:
		return err
	case err != nil:
		return s.unacknowledged(err)
	case answer.PDUType != gosnmp.GetResponse:
		return s.unacknowledged(fmt.Errorf("the answer is a %s", answer.PDUType))
	case answer.Error != gosnmp.NoError:
		return fmt.Errorf("the receiver answers with the error %s", answer.Error)
	}
	return nil
}

// unacknowledged says why an inform failed, as well as that can be known.
func (s *session) unacknowledged(err error) error {
	if s.security != nil {
		if reason := s.listener.refusal(); reason != "" {
			return errors.New("the receiver refuses informs of version 3: " + reason)
		}
	}
	if s.security == nil && errors.Is(err, gosnmp.ErrMaxRetriesExceeded) {
		return fmt.Errorf("no acknowledgement: see that it listens there and takes our community: %w", err)
	}
	return fmt.Errorf("no acknowledgement: see that it listens there: %w", err)
}

// ownAddress is the agent-addr of version 1, which has IPv4 alone.
func (s *session) ownAddress() string {
	if local, ok := s.listener.LocalAddr().(*net.UDPAddr); ok {
		if address := local.IP.To4(); address != nil {
			return address.String()
		}
	}
	return "0.0.0.0"
}

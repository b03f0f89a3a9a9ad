package snmp

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/wire"
)

// engine is what is known of the SNMP engine of one device (RFC 3414, section 2.3).
// It belongs to the device and not to the engine's id: devices are met that were
// copied and have the same.
type engine struct {
	user                    inventory.SNMPUser
	id                      string
	boots, seconds          uint32    // as it last said
	at                      time.Time // when it said so
	authentication, privacy []byte    // the user's keys on this engine
	salt                    uint64
}

// errResynchronised: the engine said what has to be known to ask it again.
var errResynchronised = errors.New("the agent's engine has another id or clock than it had, and again when it was asked by those")

// discover asks an agent for its engine (RFC 3414, section 4). Its clock is taken on
// trust: a wrong one is put right by the report on the first request, which is
// authentic.
func (s *session) discover() error {
	s.memory.engine = new(engine)
	_, err := s.exchange(&wire.Request{Version: wire.Version3, Kind: wire.GetRequest})
	if errors.Is(err, errDiscovered) {
		s.found = true
		return nil
	}
	s.memory.engine = nil
	return err
}

// errUnheard: agents say nothing where they cannot read what they have decrypted, and
// some where they do not know the user.
var errUnheard = errors.New("the agent says who it is but answers nothing to the user: it may not know the user or the context, or the encryption or a password is another there")

// unheard returns why a request of version 3 has no answer: an engine that still says
// who it is is not away.
func (s *session) unheard(err error) error {
	s.retries = 0
	if s.found || s.discover() == nil {
		return errUnheard
	}
	return err
}

// errDiscovered ends the request by which the engine was asked who it is.
var errDiscovered = errors.New("the engine said who it is")

// learn takes over what a report says of the engine.
func (s *session) learn(header *wire.Header) {
	user := *s.agent.User
	e := &engine{user: user, id: string(header.EngineID)}
	e.synchronise(header)
	e.authentication, e.privacy = s.memory.passwords.Localise(user, e.id)
	var random [8]byte
	_, _ = rand.Read(random[:]) // which never fails
	e.salt = binary.BigEndian.Uint64(random[:])
	s.memory.engine = e
}

func (e *engine) known() bool { return e.id != "" }

// synchronise takes over the engine's clock.
func (e *engine) synchronise(header *wire.Header) {
	e.boots, e.seconds, e.at = header.EngineBoots, header.EngineTime, time.Now()
}

// protect fills in what a message to the engine is protected with.
func (e *engine) protect(p *wire.Protection) {
	*p = wire.Protection{User: e.user, EngineID: e.id, Authentication: e.authentication, Key: e.privacy}
	if e.authentication == nil {
		return // clocks are of no use where anybody may set them
	}
	e.salt++
	p.Salt = e.salt
	p.EngineBoots, p.EngineTime = e.boots, e.seconds+uint32(time.Since(e.at)/time.Second)
}

// verify decrypts a message of version 3 whose id fits. Where it is not from the engine
// that was asked, or not protected as it must be, it returns that fault; where it
// reports that the request was turned down, that is the error.
//
// A report may come without a digest, where the agent does not know the user or his
// keys: all that vouches for it is the id of the message, which only who has seen the
// request knows. Nothing of such a report is kept but that the engine has to be asked
// who it is.
func (s *session) verify(datagram []byte, header *wire.Header) (fault string, reason wire.Reason, err error) {
	e := s.memory.engine
	authentic := header.Flags&wire.FlagAuthentic != 0 && e.authentication != nil
	if authentic && (string(header.EngineID) != e.id || string(header.User) != e.user.Name ||
		!wire.Authentic(datagram, header, e.user.Auth, e.authentication)) {
		return faultNotAuthentic, wire.Sound, nil
	}
	if header.Encrypted != nil {
		if !authentic || e.privacy == nil {
			return faultStray, wire.Sound, nil
		}
		if reason := header.Decrypt(e.user.Privacy, e.privacy); reason != wire.Sound {
			return "", reason, nil
		}
	}
	if header.Type == wire.Report {
		reason, err := s.report(header, authentic)
		return "", reason, err
	}
	// The answer to a request is protected as the request was (RFC 3412, section 7.2).
	if !e.known() || string(header.EngineID) != e.id ||
		authentic != (e.authentication != nil) || (header.Flags&wire.FlagEncrypted != 0) != (e.privacy != nil) {
		return faultStray, wire.Sound, nil
	}
	if authentic {
		// That it answers this very request makes a replayed clock impossible.
		e.synchronise(header)
	}
	return "", wire.Sound, nil
}

// report returns what a report means for the request.
func (s *session) report(header *wire.Header, authentic bool) (wire.Reason, error) {
	answer, reason := decode(header)
	if reason != wire.Sound {
		return reason, nil
	}
	if !s.memory.engine.known() {
		// Agents are met that answer the question who they are with unknownUserNames.
		if len(header.EngineID) == 0 {
			return wire.BadValue, nil
		}
		s.learn(header)
		return wire.Sound, errDiscovered
	}
	name := ""
	if len(answer.Variables) > 0 {
		name = answer.Variables[0].Name
	}
	switch {
	case name == reportUnknownEngine:
		s.memory.engine = nil
		return wire.Sound, errResynchronised
	case name != reportNotInTime:
	case authentic:
		// The clock may run backwards: a device that was replaced by its like, or lost
		// what it had stored, begins anew.
		s.memory.engine.synchronise(header)
		return wire.Sound, errResynchronised
	default:
		s.memory.engine = nil // this may be anybody's: it is asked again
		return wire.Sound, errResynchronised
	}
	return wire.Sound, reportError(name)
}

// The reports on a request (RFC 3414, section 5; RFC 3412, section 5; RFC 3413,
// section 4.1.2).
const (
	reportUnsupportedLevel = ".1.3.6.1.6.3.15.1.1.1.0"
	reportNotInTime        = ".1.3.6.1.6.3.15.1.1.2.0"
	reportUnknownUser      = ".1.3.6.1.6.3.15.1.1.3.0"
	reportUnknownEngine    = ".1.3.6.1.6.3.15.1.1.4.0"
	reportWrongDigest      = ".1.3.6.1.6.3.15.1.1.5.0"
	reportDecryption       = ".1.3.6.1.6.3.15.1.1.6.0"
	reportUnknownContext   = ".1.3.6.1.6.3.12.1.5.0"
)

// refusals are the reports that speak of the credentials.
var refusals = map[reportError]string{
	reportUnsupportedLevel: "the agent does not serve its user at this security level: set auth: and privacy: as they are there",
	reportUnknownUser:      "the agent knows no user of this name",
	reportWrongDigest:      "the agent finds the digest wrong: the authentication protocol or password is another there",
	reportDecryption:       "the agent cannot decrypt the request: the encryption or its password is another there",
	reportUnknownContext:   "the agent knows no context of this name",
}

// reportError is the OID of a report by which an agent turned a request down.
type reportError string

func (e reportError) Error() string {
	if text, ok := refusals[e]; ok {
		return text
	}
	return "the agent reports " + string(e)
}

// refused says whether the agent turned the credentials down.
func refused(err error) bool {
	var report reportError
	if errors.Is(err, errUnheard) {
		return true
	}
	if errors.As(err, &report) {
		return refusals[report] != ""
	}
	return errors.Is(err, statusError(gosnmp.AuthorizationError)) || errors.Is(err, statusError(gosnmp.NoAccess))
}

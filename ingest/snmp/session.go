package snmp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/wire"
)

// session is a conversation with one agent during one poll, over a socket of its
// own: a late answer to an earlier poll cannot reach it, and a fleet needs no more
// sockets than workers. It alone knows protocol versions and credentials.
//
// Of the library it has the types of values alone. The library's own conversation gives
// up an attempt for any datagram it cannot read, never sees why version 3 turned a
// request down (the report is not authentic, and cannot be), takes the clock of an
// engine from reports that anybody may have sent, and keeps a key for every engine it
// was ever told of.
type session struct {
	ctx      context.Context // ends the wait for an answer
	agent    *inventory.SNMP
	address  string
	memory   *memory
	metrics  *metrics
	fault    func(string) // told what is irregular
	socket   *socket
	timeout  time.Duration
	retries  int
	sent     time.Time // when the present request was first sent
	received time.Time // when the last answer arrived, before it was decoded
	answered bool      // the agent has answered a request
	found    bool      // its engine has said who it is

	scratch *scratch
}

// memory is what one session with an agent leaves to the next.
type memory struct {
	passwords *wire.Passwords
	engine    *engine // of version 3, nil until it was asked
	anywhere  bool    // answers are taken from any address
}

// scratch is memory that sessions use in turn.
type scratch struct {
	datagram [1 << 16]byte
	request  []byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// open makes ready to ask a device until the context ends; nothing is sent yet. The
// device's SNMP must be resolved.
func open(ctx context.Context, device *inventory.StationDevice, memory *memory, timeout time.Duration, retries int, metrics *metrics) (*session, error) {
	s := &session{
		ctx: ctx, agent: device.SNMP, address: device.Address, memory: memory, metrics: metrics, fault: metrics.fault,
		timeout: timeout, retries: retries,
	}
	var err error
	if s.socket, err = openSocket(ctx, device.Address, device.SNMP.Port, timeout, memory.anywhere); err != nil {
		return nil, fmt.Errorf("open a socket to %s: %w", device.Address, err)
	}
	s.scratch = scratches.Get().(*scratch)
	return s, nil
}

func (s *session) close() {
	s.socket.close()
	scratches.Put(s.scratch)
	s.scratch = nil
}

// get asks for objects by their full OIDs. An object the agent does not have is an
// exception in its place.
func (s *session) get(oids []string) ([]gosnmp.SnmpPDU, error) {
	return s.each(wire.GetRequest, oids, gosnmp.NoSuchInstance)
}

// next asks for the successor of each OID. Where there is none, endOfMibView stands
// in its place.
func (s *session) next(oids []string) ([]gosnmp.SnmpPDU, error) {
	return s.each(wire.GetNextRequest, oids, gosnmp.EndOfMibView)
}

// bulk asks for the successor of the first OID and for up to repetitions successors
// of each of the others, in turn. Version 1 does not know the like: there it is one
// repetition.
func (s *session) bulk(oids []string, repetitions int) ([]gosnmp.SnmpPDU, error) {
	if s.agent.Version == inventory.SNMPv1 {
		return s.next(oids)
	}
	answer, err := s.ask(&wire.Request{Kind: wire.GetBulkRequest, OIDs: oids, NonRepeaters: 1, Repetitions: repetitions})
	if err == nil && answer.Status != gosnmp.NoError {
		err = statusError(answer.Status)
	}
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", s.address, err)
	}
	return answer.Variables, nil
}

// each asks for one object for each OID. An agent of version 1, and some of version 2c
// with its habits, answers noSuchName instead of everything where it lacks one object:
// that one becomes the exception, and the others are asked again.
func (s *session) each(kind byte, oids []string, exception gosnmp.Asn1BER) ([]gosnmp.SnmpPDU, error) {
	asked, lacking := oids, []bool(nil)
	for {
		answer, err := s.ask(&wire.Request{Kind: kind, OIDs: asked})
		if err != nil {
			return nil, fmt.Errorf("ask %s: %w", s.address, err)
		}
		if answer.Status == gosnmp.NoError {
			return restore(answer.Variables, oids, lacking, exception), nil
		}
		if answer.Status != gosnmp.NoSuchName {
			return nil, fmt.Errorf("ask %s: %w", s.address, statusError(answer.Status))
		}
		at := answer.Index - 1
		if len(asked) == 1 {
			at = 0
		}
		if at < 0 || at >= len(asked) {
			return s.singly(kind, oids, exception)
		}
		missing := asked[at]
		if lacking == nil {
			lacking = make([]bool, len(oids))
		}
		asked = nil
		for i, oid := range oids {
			// Where an object has no successor, none behind it has.
			if oid == missing || kind == wire.GetNextRequest && follows(oid[1:], missing[1:]) {
				lacking[i] = true
			}
			if !lacking[i] {
				asked = append(asked, oid)
			}
		}
		if len(asked) == 0 {
			return restore(nil, oids, lacking, exception), nil
		}
	}
}

// singly asks for each OID alone: the agent does not say which of them it lacks.
func (s *session) singly(kind byte, oids []string, exception gosnmp.Asn1BER) ([]gosnmp.SnmpPDU, error) {
	var all []gosnmp.SnmpPDU
	for i := range oids {
		found, err := s.each(kind, oids[i:i+1], exception)
		if err != nil {
			return nil, err
		}
		if len(found) != 1 {
			found = []gosnmp.SnmpPDU{{Name: oids[i], Type: exception}}
		}
		all = append(all, found...)
	}
	return all, nil
}

// restore puts the exception into the places of OIDs that the agent lacks.
func restore(found []gosnmp.SnmpPDU, oids []string, lacking []bool, exception gosnmp.Asn1BER) []gosnmp.SnmpPDU {
	for i, lacks := range lacking {
		if lacks {
			found = slices.Insert(found, min(i, len(found)), gosnmp.SnmpPDU{Name: oids[i], Type: exception})
		}
	}
	return found
}

// ask sends a request and returns its answer. An engine of version 3 that says it is
// another one, or that its clock is, is asked again as it wants to be.
func (s *session) ask(request *wire.Request) (*wire.Answer, error) {
	request.ID = rand.Int32()
	if s.agent.Version != inventory.SNMPv3 {
		request.Version, request.Community = wire.Version2c, s.agent.Community
		if s.agent.Version == inventory.SNMPv1 {
			request.Version = wire.Version1
		}
		s.sent = time.Now()
		return s.exchange(request)
	}
	request.Version = wire.Version3
	const most = 2 // another engine, and then its clock
	for again := 0; ; again++ {
		if s.memory.engine == nil {
			if err := s.discover(); err != nil {
				return nil, err
			}
		}
		s.sent = time.Now()
		answer, err := s.exchange(request)
		if errors.Is(err, errNoAnswer) && !s.answered {
			return nil, s.unheard(err)
		}
		if !errors.Is(err, errResynchronised) || again == most {
			return answer, err
		}
		s.fault(faultResynchronised)
	}
}

// exchange sends a request until an answer comes, as often as it may.
func (s *session) exchange(request *wire.Request) (*wire.Answer, error) {
	var err error
	request.MessageID = rand.Int32() &^ 0xff // the attempts count from here
	for attempt := range s.retries + 1 {
		if s.ctx.Err() != nil {
			return nil, s.ctx.Err()
		}
		var answer *wire.Answer
		answer, err = s.attempt(request, attempt)
		if err == nil {
			return answer, nil
		}
		var socket *socketError
		if !errors.As(err, &socket) && !noAnswer(err) {
			return nil, err
		}
	}
	if s.ctx.Err() != nil {
		return nil, s.ctx.Err()
	}
	return nil, err
}

// attempt sends a request once and waits for what answers it.
func (s *session) attempt(request *wire.Request, attempt int) (*wire.Answer, error) {
	if request.Version == wire.Version3 {
		s.memory.engine.protect(&request.Protected)
	}
	message := *request
	message.MessageID += int32(attempt)
	encoded, err := message.Append(s.scratch.request)
	if err != nil {
		return nil, err
	}
	s.scratch.request = encoded
	deadline := time.Now().Add(s.timeout)
	if last, ok := s.ctx.Deadline(); ok && last.Before(deadline) {
		deadline = last
	}
	if err := s.socket.send(encoded, deadline); err != nil {
		return nil, err
	}
	s.metrics.requests.Inc()
	if attempt > 0 {
		s.metrics.retries.Inc()
	}
	malformed := wire.Sound
	for {
		n, elsewhere, err := s.socket.receive(s.scratch.datagram[:])
		if errors.Is(err, errNoAnswer) {
			return nil, s.silence(malformed)
		}
		if err != nil {
			return nil, err
		}
		received := time.Now()
		answer, reason, err := s.take(s.scratch.datagram[:n], request, attempt)
		if reason != wire.Sound {
			s.metrics.malformed.WithLabelValues(string(reason)).Inc()
			malformed = reason
			continue
		}
		if answer == nil && err == nil {
			continue
		}
		s.received, s.answered, s.memory.anywhere = received, s.answered || answer != nil, elsewhere
		if elsewhere {
			s.fault(faultOtherAddress)
		}
		return answer, err
	}
}

// take reads a datagram: the answer to the request, or an error that ends it. It is
// neither where the datagram belongs to nothing that was asked, or is not from whom it
// should be: then the wait goes on, as it does after one that is no message.
func (s *session) take(datagram []byte, request *wire.Request, attempt int) (*wire.Answer, wire.Reason, error) {
	var header wire.Header
	if reason := wire.Read(datagram, &header); reason != wire.Sound {
		return nil, reason, nil
	}
	if header.Version != request.Version {
		return s.drop(faultStray)
	}
	if header.Version == wire.Version3 {
		if since := header.MessageID - request.MessageID; since < 0 || int(since) > attempt {
			return s.drop(faultStray)
		}
		if fault, reason, err := s.verify(datagram, &header); fault != "" {
			return s.drop(fault)
		} else if reason != wire.Sound || err != nil {
			return nil, reason, err
		}
	}
	if header.Type != wire.Response || header.RequestID != request.ID {
		return s.drop(faultStray)
	}
	answer, reason := decode(&header)
	return answer, reason, nil
}

// drop counts a message that is not for this request.
func (s *session) drop(fault string) (*wire.Answer, wire.Reason, error) {
	s.fault(fault)
	return nil, wire.Sound, nil
}

// decode reads the values of a message that was found sound. Should that panic, it is
// one more reason to drop the datagram: none may end the poller.
func decode(header *wire.Header) (answer *wire.Answer, reason wire.Reason) {
	defer func() {
		if recover() != nil {
			answer, reason = nil, wire.Panicked
		}
	}()
	decoded := header.Decode()
	return &decoded, wire.Sound
}

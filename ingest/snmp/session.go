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
// The library decodes values and no more. Its own conversation gives up an attempt
// for any datagram it cannot read, never sees why version 3 turned a request down
// (the report is not authentic, and cannot be), takes the clock of an engine from
// reports that anybody may have sent, and keeps a key for every engine it was ever
// told of.
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
	packet, err := s.ask(&wire.Request{Kind: wire.GetBulkRequest, OIDs: oids, NonRepeaters: 1, Repetitions: repetitions})
	if err == nil && packet.Error != gosnmp.NoError {
		err = statusError(packet.Error)
	}
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", s.address, err)
	}
	return packet.Variables, nil
}

// each asks for one object for each OID. An agent of version 1, and some of version 2c
// with its habits, answers noSuchName instead of everything where it lacks one object:
// that one becomes the exception, and the others are asked again.
func (s *session) each(kind byte, oids []string, exception gosnmp.Asn1BER) ([]gosnmp.SnmpPDU, error) {
	asked, missing := oids, []int(nil)
	for {
		packet, err := s.ask(&wire.Request{Kind: kind, OIDs: asked})
		if err != nil {
			return nil, fmt.Errorf("ask %s: %w", s.address, err)
		}
		if packet.Error == gosnmp.NoError {
			return restore(packet.Variables, oids, missing, exception), nil
		}
		at := int(packet.ErrorIndex) - 1
		if packet.Error != gosnmp.NoSuchName {
			return nil, fmt.Errorf("ask %s: %w", s.address, statusError(packet.Error))
		}
		if at < 0 || at >= len(asked) {
			if len(asked) > 1 {
				return s.singly(kind, oids, exception)
			}
			at = 0
		}
		for _, each := range missing { // which rise: the place among all OIDs
			if each <= at {
				at++
			}
		}
		missing = append(missing, at)
		slices.Sort(missing)
		if len(missing) == len(oids) {
			return restore(nil, oids, missing, exception), nil
		}
		asked = slices.Clone(oids)
		for _, each := range slices.Backward(missing) {
			asked = slices.Delete(asked, each, each+1)
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

// restore puts the exception into the places of OIDs that are missing.
func restore(found []gosnmp.SnmpPDU, oids []string, missing []int, exception gosnmp.Asn1BER) []gosnmp.SnmpPDU {
	for _, at := range missing {
		found = slices.Insert(found, min(at, len(found)), gosnmp.SnmpPDU{Name: oids[at], Type: exception})
	}
	return found
}

// ask sends a request and returns its answer. An engine of version 3 that says it is
// another one, or that its clock is, is asked again as it wants to be.
func (s *session) ask(request *wire.Request) (*gosnmp.SnmpPacket, error) {
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
		packet, err := s.exchange(request)
		if errors.Is(err, errNoAnswer) && !s.answered {
			return nil, s.unheard(err)
		}
		if !errors.Is(err, errResynchronised) || again == most {
			return packet, err
		}
		s.fault(faultResynchronised)
	}
}

// exchange sends a request until an answer comes, as often as it may.
func (s *session) exchange(request *wire.Request) (*gosnmp.SnmpPacket, error) {
	var err error
	request.MessageID = rand.Int32() &^ 0xff // the attempts count from here
	for attempt := range s.retries + 1 {
		if s.ctx.Err() != nil {
			return nil, s.ctx.Err()
		}
		var packet *gosnmp.SnmpPacket
		packet, err = s.attempt(request, attempt)
		if err == nil {
			return packet, nil
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
func (s *session) attempt(request *wire.Request, attempt int) (*gosnmp.SnmpPacket, error) {
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
		packet, reason, err := s.take(s.scratch.datagram[:n], request, attempt)
		if reason != wire.Sound {
			s.metrics.malformed.WithLabelValues(string(reason)).Inc()
			malformed = reason
			continue
		}
		if packet == nil && err == nil {
			s.fault(faultStray)
			continue
		}
		s.received, s.answered, s.memory.anywhere = received, s.answered || packet != nil, elsewhere
		if elsewhere {
			s.fault(faultOtherAddress)
		}
		return packet, err
	}
}

// take reads a datagram: the answer to the request, or an error that ends it. It is
// neither where the datagram belongs to nothing that was asked, or is not from whom it
// should be: then the wait goes on, as it does after one that is no message.
func (s *session) take(datagram []byte, request *wire.Request, attempt int) (*gosnmp.SnmpPacket, wire.Reason, error) {
	var header wire.Header
	if reason := wire.Read(datagram, &header); reason != wire.Sound {
		return nil, reason, nil
	}
	if header.Version != request.Version {
		return nil, wire.Sound, nil
	}
	if header.Version == wire.Version3 {
		if since := header.MessageID - request.MessageID; since < 0 || int(since) > attempt {
			return nil, wire.Sound, nil
		}
		if fits, reason, err := s.verify(datagram, &header); !fits {
			return nil, reason, err
		}
	}
	if header.Type != wire.Response || header.RequestID != request.ID {
		return nil, wire.Sound, nil
	}
	packet, reason := decode(header.Plain())
	return packet, reason, nil
}

// decode decodes a message that was found sound. That the codec refuses it, or even
// panics, is one more reason to drop it.
func decode(message []byte) (packet *gosnmp.SnmpPacket, reason wire.Reason) {
	defer func() {
		if recover() != nil {
			packet, reason = nil, wire.Panicked
		}
	}()
	decoder := gosnmp.GoSNMP{Version: gosnmp.Version2c}
	packet, err := decoder.SnmpDecodePacket(message)
	if err != nil {
		return nil, wire.Refused
	}
	return packet, wire.Sound
}

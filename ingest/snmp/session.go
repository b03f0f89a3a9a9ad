package snmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
)

// session is a conversation with one agent during one poll, over a socket of its
// own: a late answer to an earlier poll cannot reach it, and a fleet needs no more
// sockets than workers. It alone knows protocol versions and credentials.
type session struct {
	client   gosnmp.GoSNMP
	conn     net.Conn
	detach   func() bool
	attempts int       // how often the present request was sent
	sent     time.Time // when the present request was first sent
	received time.Time // when the last answer arrived, before it was decoded
}

// open makes ready to ask a device until the context ends; nothing is sent yet.
func open(ctx context.Context, device *inventory.StationDevice, timeout time.Duration, retries int, metrics *metrics) (*session, error) {
	s := &session{client: gosnmp.GoSNMP{
		Target:    device.Address,
		Port:      device.SNMP.Port,
		Version:   gosnmp.Version2c,
		Community: device.SNMP.Community,
		Context:   ctx,
		Timeout:   timeout,
		Retries:   retries,
	}}
	s.client.OnSent = func(*gosnmp.GoSNMP) {
		metrics.requests.Inc()
		if s.attempts++; s.attempts > 1 {
			metrics.retries.Inc()
		}
	}
	s.client.OnRecv = func(*gosnmp.GoSNMP) { s.received = time.Now() }
	if err := s.client.Connect(); err != nil {
		return nil, fmt.Errorf("open a socket to %s: %w", device.Address, err)
	}
	// The library looks at the context between attempts only; closing the socket
	// ends the wait for an answer at once.
	s.conn = s.client.Conn
	s.detach = context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	return s, nil
}

func (s *session) close() {
	if s.detach() {
		_ = s.conn.Close()
	}
}

// get asks for objects by their full OIDs.
func (s *session) get(oids []string) ([]gosnmp.SnmpPDU, error) {
	s.attempts, s.sent = 0, time.Now()
	return s.answer(s.client.Get(oids))
}

// bulk asks for the successor of the first OID and for up to repetitions
// successors of each of the others, in turn.
func (s *session) bulk(oids []string, repetitions int) ([]gosnmp.SnmpPDU, error) {
	s.attempts, s.sent = 0, time.Now()
	return s.answer(s.client.GetBulk(oids, 1, uint32(repetitions)))
}

func (s *session) answer(packet *gosnmp.SnmpPacket, err error) ([]gosnmp.SnmpPDU, error) {
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", s.client.Target, err)
	}
	if packet.Error != gosnmp.NoError {
		return nil, fmt.Errorf("ask %s: %w", s.client.Target, statusError(packet.Error))
	}
	return packet.Variables, nil
}

// statusError is the error-status of an answer (RFC 3416, section 3).
type statusError gosnmp.SNMPError

func (e statusError) Error() string {
	return fmt.Sprintf("the agent answers %s", gosnmp.SNMPError(e))
}

func isStatus(err error) bool {
	var status statusError
	return errors.As(err, &status)
}

// noAnswer says whether the error means that nothing was heard in time.
func noAnswer(err error) bool {
	return errors.Is(err, gosnmp.ErrMaxRetriesExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, net.ErrClosed)
}

// result says how a poll ended, as it stands in metrics and log lines.
type result string

const (
	resultOK          result = "ok"
	resultIncomplete  result = "incomplete"  // the agent broke the protocol's order or has too many rows
	resultTimeout     result = "timeout"     // no answer in time, or the deadline passed
	resultRefused     result = "refused"     // the host says that nothing listens on the port
	resultUnreachable result = "unreachable" // the network says that there is no way
	resultAgentError  result = "agent_error" // the agent answers with an error status
	resultError       result = "error"       // anything else: a name that does not resolve, no sockets left
)

var results = []result{
	resultOK, resultIncomplete, resultTimeout, resultRefused, resultUnreachable, resultAgentError, resultError,
}

func classify(err error) result {
	switch {
	case err == nil:
		return resultOK
	case errors.Is(err, errIncomplete):
		return resultIncomplete
	case isStatus(err) || errors.Is(err, errRowTooBig):
		return resultAgentError
	case errors.Is(err, syscall.ECONNREFUSED):
		return resultRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return resultUnreachable
	case noAnswer(err):
		return resultTimeout
	}
	return resultError
}

package snmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/wire"
)

// statusError is the error-status of an answer (RFC 3416, section 3).
type statusError gosnmp.SNMPError

func (e statusError) Error() string {
	text := fmt.Sprintf("the agent answers %s", gosnmp.SNMPError(e))
	if e == statusError(gosnmp.AuthorizationError) {
		text += ": it knows who asks, but shows nothing to that user at this security level: give the authentication and encryption set there, or widen the view"
	}
	return text
}

// isStatus says whether the agent answered, if only that it will not do what was asked.
func isStatus(err error) bool {
	var status statusError
	var report reportError
	return errors.As(err, &status) || errors.As(err, &report) || errors.Is(err, errResynchronised) || errors.Is(err, errUnheard)
}

// errNoAnswer: nothing was heard in time.
var errNoAnswer = errors.New("no answer in time")

// malformedError is the reason why what was heard is no answer.
type malformedError wire.Reason

func (e malformedError) Error() string {
	return fmt.Sprintf("what the agent answers is no SNMP message (%s): see whether an SNMP agent listens on that port", string(e))
}

// silence returns why a request has no answer. Credentials that are wrong are silence
// as well in versions 1 and 2c.
func (s *session) silence(malformed wire.Reason) error {
	switch {
	case malformed != wire.Sound:
		return malformedError(malformed)
	case s.answered:
		return errNoAnswer
	case s.agent.Version == inventory.SNMPv3:
		return fmt.Errorf("%w: the device is away, or its access list leaves this appliance out", errNoAnswer)
	}
	return fmt.Errorf("%w: the device is away, or it does not know the community, or its access list leaves this appliance out", errNoAnswer)
}

// noAnswer says whether the error means that nothing was heard in time, or nothing
// that can be read.
func noAnswer(err error) bool {
	var malformed malformedError
	return errors.Is(err, errNoAnswer) || errors.As(err, &malformed) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, net.ErrClosed)
}

// result says how a poll ended, as it stands in metrics and log lines.
type result string

const (
	resultOK          result = "ok"
	resultIncomplete  result = "incomplete"  // the agent broke the protocol's order or has too many rows
	resultTimeout     result = "timeout"     // no answer in time, or the deadline passed
	resultCredentials result = "credentials" // the agent does not accept who asks, or how
	resultRefused     result = "refused"     // the host says that nothing listens on the port
	resultUnreachable result = "unreachable" // the network says that there is no way
	resultAgentError  result = "agent_error" // the agent answers with an error status
	resultError       result = "error"       // anything else: a name that does not resolve, no sockets left, answers that are none
)

var results = []result{
	resultOK, resultIncomplete, resultTimeout, resultCredentials, resultRefused, resultUnreachable, resultAgentError, resultError,
}

func classify(err error) result {
	var malformed malformedError
	switch {
	case err == nil:
		return resultOK
	case errors.Is(err, errIncomplete):
		return resultIncomplete
	case refused(err):
		return resultCredentials
	case isStatus(err) || errors.Is(err, errRowTooBig):
		return resultAgentError
	case errors.Is(err, syscall.ECONNREFUSED):
		return resultRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return resultUnreachable
	case errors.As(err, &malformed):
		return resultError
	case noAnswer(err):
		return resultTimeout
	}
	return resultError
}

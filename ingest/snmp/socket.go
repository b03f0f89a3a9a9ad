package snmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// socket is the UDP socket of one session. As a rule it is connected to the agent, so
// that the network's refusals are heard and nobody else is. An agent with several
// addresses may answer from another one than was asked: its socket is not connected,
// and who is answering is seen from what is said.
type socket struct {
	conn      *net.UDPConn
	agent     netip.AddrPort
	connected bool
	detach    func() bool
}

// socketError is what the network says of a request: that it is not worth waiting
// for the answer to this attempt.
type socketError struct{ cause error }

func (e *socketError) Error() string { return e.cause.Error() }
func (e *socketError) Unwrap() error { return e.cause }

// openSocket opens a socket to ask an agent until the context ends. The timeout is for
// its name to be resolved.
func openSocket(ctx context.Context, host string, port uint16, timeout time.Duration, anywhere bool) (*socket, error) {
	addresses, err := resolve(ctx, host, timeout)
	if err != nil {
		return nil, err
	}
	k := &socket{connected: !anywhere}
	for _, address := range addresses { // the first to which there is a way
		k.agent = netip.AddrPortFrom(address.Unmap(), port)
		if k.conn, err = net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(k.agent)); err == nil {
			break
		}
	}
	if err == nil && anywhere {
		network := "udp4"
		if k.agent.Addr().Is6() {
			network = "udp6"
		}
		_ = k.conn.Close()
		k.conn, err = net.ListenUDP(network, nil)
	}
	if err != nil {
		return nil, err
	}
	// Closing the socket ends the wait for an answer at once.
	k.detach = context.AfterFunc(ctx, func() { _ = k.conn.Close() })
	return k, nil
}

// resolve returns the addresses of a host, which may be one: at least one.
func resolve(ctx context.Context, host string, timeout time.Duration) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err == nil && len(addresses) == 0 {
		err = fmt.Errorf("%s has no address", host)
	}
	return addresses, err
}

func (k *socket) close() {
	if k.detach() {
		_ = k.conn.Close()
	}
}

// send sends a message whose answer is awaited until the deadline.
func (k *socket) send(message []byte, deadline time.Time) error {
	err := k.conn.SetReadDeadline(deadline)
	switch {
	case err != nil:
	case k.connected:
		_, err = k.conn.Write(message)
	default:
		_, err = k.conn.WriteToUDPAddrPort(message, k.agent)
	}
	if err != nil {
		return networkError("send the request", err)
	}
	return nil
}

// networkError says what to do about the refusal that is by far the most common. The
// network's words for it name two sockets and hide it.
func networkError(doing string, err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return &socketError{fmt.Errorf("nothing listens on its SNMP port (%w): turn the agent on, or correct the port", syscall.ECONNREFUSED)}
	}
	return &socketError{fmt.Errorf("%s: %w", doing, err)}
}

// receive returns the length of the next datagram and whether another address sent it
// than was asked; errNoAnswer once the deadline has passed.
func (k *socket) receive(memory []byte) (n int, elsewhere bool, err error) {
	if k.connected {
		n, err = k.conn.Read(memory)
	} else {
		var from netip.AddrPort
		n, from, err = k.conn.ReadFromUDPAddrPort(memory)
		elsewhere = from.Addr().Unmap() != k.agent.Addr()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, false, errNoAnswer
	}
	if err != nil {
		return 0, false, networkError("wait for the answer", err)
	}
	return n, elsewhere, nil
}

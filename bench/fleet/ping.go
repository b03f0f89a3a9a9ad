package fleet

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
)

// pingPatience is how long the kernel has to answer a ping of its own machine.
const pingPatience = time.Second

// MayPing returns nil where this process can ping the machine's loopback addresses,
// by a raw socket or an unprivileged one, and is answered; else why not.
func MayPing() error {
	raw := pingLoopback("ip4:icmp", &net.IPAddr{IP: loopbackAddress})
	if raw == nil {
		return nil
	}
	unprivileged := pingLoopback("udp4", &net.UDPAddr{IP: loopbackAddress})
	if unprivileged == nil {
		return nil
	}
	return fmt.Errorf("by a raw socket: %w; by an unprivileged one: %w", raw, unprivileged)
}

var loopbackAddress = net.IPv4(127, 0, 0, 1)

func pingLoopback(network string, to net.Addr) error {
	connection, err := icmp.ListenPacket(network, loopbackAddress.String())
	if err != nil {
		return err
	}
	defer connection.Close()
	// The payload tells the answer: an unprivileged socket has an identifier of the
	// kernel's choice, and a raw one hears every ping.
	asked := icmp.Echo{ID: rand.IntN(1 << 16), Data: []byte(fmt.Sprintf("fleet %016x", rand.Uint64()))}
	request, err := (&icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &asked}).Marshal(nil)
	if err != nil {
		return err
	}
	if err := connection.SetDeadline(time.Now().Add(pingPatience)); err != nil {
		return err
	}
	if _, err := connection.WriteTo(request, to); err != nil {
		return err
	}
	buffer := make([]byte, 1500)
	for {
		n, _, err := connection.ReadFrom(buffer)
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			return fmt.Errorf("%s does not answer", loopbackAddress)
		}
		if err != nil {
			return err
		}
		answer, err := icmp.ParseMessage(ipv4.ICMPTypeEcho.Protocol(), buffer[:n])
		if err != nil {
			continue
		}
		if reply, ok := answer.Body.(*icmp.Echo); ok && answer.Type == ipv4.ICMPTypeEchoReply && bytes.Equal(reply.Data, asked.Data) {
			return nil
		}
	}
}

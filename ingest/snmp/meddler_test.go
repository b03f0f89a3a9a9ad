package snmp

import (
	"net"
	"net/netip"
	"testing"
)

// meddler stands between a poller and an agent, and sends other things as well as the
// agent's answers.
type meddler struct {
	listener *net.UDPConn
	meddle   func(request, answer []byte) [][]byte
}

func newMeddler(t testing.TB, agent netip.AddrPort, meddle func(request, answer []byte) [][]byte) *meddler {
	t.Helper()
	listener, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	onward, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(agent))
	if err != nil {
		t.Fatal(err)
	}
	m := &meddler{listener: listener, meddle: meddle}
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.run(onward)
	}()
	t.Cleanup(func() {
		_, _ = listener.Close(), onward.Close()
		<-done
	})
	return m
}

func (m *meddler) run(onward *net.UDPConn) {
	request, answer := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, from, err := m.listener.ReadFromUDPAddrPort(request)
		if err != nil {
			return
		}
		_, _ = onward.Write(request[:n])
		length, err := onward.Read(answer)
		if err != nil {
			return
		}
		for _, datagram := range m.meddle(request[:n], answer[:length]) {
			_, _ = m.listener.WriteToUDPAddrPort(datagram, from)
		}
	}
}

func (m *meddler) port() uint16 { return m.listener.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

package voice

import (
	"net"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// forger answers packets of the authenticated mode as if it had the key: the first path's
// with an HMAC of its own, the second's in the unauthenticated mode.
func forger(conn *net.UDPConn) {
	by := newAuthenticator([]byte("a key that nobody has"))
	buffer := make([]byte, maxPacketSize)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		var asked SenderPacket
		if asked.unmarshalAuthenticated(buffer[:n]) != nil {
			continue
		}
		now := NTPTimestamp(time.Now().UnixNano())
		answer := ReflectorPacket{SenderSequence: asked.Sequence, T1: asked.T1, SenderError: asked.Error, SSID: asked.SSID, Error: 0x8801, T2: now, T3: now}
		_, _ = conn.WriteToUDPAddrPort(answer.marshalAuthenticated(nil, by), from)
		_, _ = conn.WriteToUDPAddrPort(append(answer.Marshal(nil), zeros[:128]...), from)
	}
}

// TestProbeAuthenticated: one reflector with a key, to which paths with it, with another
// and without one lead; and one that forges its answers.
func TestProbeAuthenticated(t *testing.T) {
	t.Parallel()
	config := DefaultReflectorConfig()
	config.Listen, config.AuthenticationKeys = "127.0.0.1:0", []string{testKey}
	to, reflector := startReflectorOf(t, config)
	liar := udp(t, net.IPv4(127, 0, 0, 1), 0)
	go forger(liar)
	station := station(to.String(), to.String(), to.String(), to.String(), liar.LocalAddr().String())
	station.Paths[0].AuthenticationKey = testKey
	station.Paths[1].AuthenticationKey = testKey[2:]
	station.Paths[3].AuthenticationKey, station.Paths[3].Codec = testKey, "G.729A+VAD"
	station.Paths[4].AuthenticationKey = testKey
	out := &emitted{}
	probing := quickConfig()
	probing.Timeout = time.Second // a busy machine loses nothing
	prober, err := New(probing, station, out.emit, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, prober.Run)
	waitFor(t, "two slots of each path", func() bool {
		for _, path := range station.Paths {
			if out.rowsOf(path.ID) < 2 {
				return false
			}
		}
		return true
	})
	stop()
	for i, want := range []uint32{50, 0, 0, 50, 0} {
		for row := range out.voice.Len() {
			if out.voice.Path[row] == station.Paths[i].ID && (out.voice.Sent[row] != 50 || out.voice.Received[row] != want) {
				t.Errorf("path %d: %d sent, %d received, want %d", i, out.voice.Sent[row], out.voice.Received[row], want)
			}
		}
	}
	if refused := valueOf(reflector.metrics.unauthenticated); refused < 150 {
		t.Errorf("the reflector refused %g packets, want those of two paths", refused)
	}
	if found := valueOf(prober.metrics.replies[forged]); found < 100 {
		t.Errorf("%g forged answers counted", found)
	}
	station.Paths[0].AuthenticationKey = "open sesame"
	if _, err := New(probing, station, nil, quiet, prometheus.NewRegistry()); err == nil {
		t.Error("a key that is none is accepted")
	}
}

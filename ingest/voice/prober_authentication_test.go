package voice

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A path with a key is measured where the reflector has it too; a reflector with another
// key answers nothing, and answers made with another key count for nothing.
func TestProbeAuthenticated(t *testing.T) {
	t.Parallel()
	right, wrong := strings.Repeat("0a", 32), strings.Repeat("0b", 32)
	reflectorConfig := DefaultReflectorConfig()
	reflectorConfig.Listen, reflectorConfig.AuthenticationKeys = "127.0.0.1:0", []string{right}
	reflector, err := NewReflector(reflectorConfig, quiet, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	keyed, err := reflector.Bind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run(t, func(ctx context.Context) error { return reflector.Run(ctx) })

	forger, err := listen(t.Context(), "127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer forger.close()
	go forge(forger, wrong)

	station := station(keyed.String(), keyed.String(), keyed.String(), forger.conn.LocalAddr().String())
	for i, key := range []string{right, wrong, "", right} {
		station.Paths[i].AuthenticationKey = key
	}
	station.Paths[0].Codec = "G.729" // 44 octets, fewer than a packet of this mode has
	config := quickConfig()
	config.Timeout = time.Second
	out := &emitted{}
	prober, err := New(config, station, out.emit, quiet, prometheus.NewRegistry())
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
	for i, want := range []uint32{50, 0, 0, 0} {
		for _, row := range rowsOf(&out.voice, station.Paths[i].ID) {
			if row.sent != 50 || row.received != want {
				t.Errorf("path %d: %d sent, %d received, want 50, %d", i, row.sent, row.received, want)
			}
		}
	}
	if counted := valueOf(prober.metrics.replies[forged]); counted < 100 {
		t.Errorf("counted %g forged answers", counted)
	}
	if strange := valueOf(prober.metrics.replies[stranger]); strange != 0 {
		t.Errorf("counted %g strangers", strange)
	}

	station.Paths[0].AuthenticationKey = "secret"
	if _, err := New(config, station, nil, quiet, prometheus.NewRegistry()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a key that is none: %v", err)
	}
}

// forge answers packets of the authenticated mode with a key that is not the sender's.
func forge(socket *socket, text string) {
	key, err := ParseKey(text)
	if err != nil {
		panic(err)
	}
	by := newAuthenticator(key)
	buffer := make([]byte, maxPacketSize)
	for {
		got, err := socket.read(buffer)
		if err != nil {
			return
		}
		var asked SenderPacket
		if asked.unmarshalAuthenticated(got.octets) != nil {
			continue
		}
		now := NTPTimestamp(got.at.UnixNano())
		answer := ReflectorPacket{SenderSequence: asked.Sequence, T1: asked.T1, SenderError: asked.Error, SSID: asked.SSID, T2: now, T3: now}
		_, _ = socket.answer(answer.marshalAuthenticated(nil, by), &got, nil)
	}
}

package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	probe "mimamori/ingest/voice"
	"mimamori/processors/voice"
)

// pattern is a path whose fate repeats every 50 packets, by the sender's sequence: 2 in a
// row and 3 apart are lost, and a quarter takes 20 ms longer.
type pattern struct{}

func (pattern) delay(sequence uint32) (time.Duration, bool) {
	switch at := sequence % 50; {
	case at == 7 || at == 20 || at == 21 || at == 33 || at == 46:
		return 0, false
	case at%4 == 1:
		return 60 * time.Millisecond, true
	}
	return 40 * time.Millisecond, true
}

// patterned is a reflector behind such a path.
func patterned(t *testing.T) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var answers sync.WaitGroup
	answers.Go(func() {
		buffer := make([]byte, 1<<16)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			var request probe.SenderPacket
			delay, comes := time.Duration(0), false
			if request.Unmarshal(buffer[:n]) == nil {
				delay, comes = pattern{}.delay(request.Sequence)
			}
			if !comes {
				continue
			}
			answers.Add(1)
			time.AfterFunc(delay, func() {
				defer answers.Done()
				// What a busy machine adds is the reflector's processing, which no
				// round trip holds.
				reply := probe.ReflectorPacket{
					Sequence: request.Sequence, SSID: request.SSID, T1: request.T1,
					T2: probe.NTPTimestamp(request.T1.UnixNano(false) + int64(delay)), T3: probe.NTPTimestamp(time.Now().UnixNano()),
					SenderSequence: request.Sequence, SenderError: request.Error, Error: probe.NewErrorEstimate(false, false, time.Hour),
				}
				_, _ = conn.WriteToUDPAddrPort(reply.Marshal(nil), from)
			})
		}
	})
	t.Cleanup(func() { _ = conn.Close(); answers.Wait() })
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// polled lets the appliance's prober measure a path and returns what the centre is given,
// slot by slot.
func polled(t *testing.T, target string, slots int) []voice.Inputs {
	t.Helper()
	config := probe.DefaultConfig()
	config.Slot = time.Second
	site := inventory.Site{Name: "site", Appliance: inventory.Appliance{Name: "box"}, Paths: []inventory.Path{{Name: "path", Target: target, Codec: "G.711+PLC"}}}
	station := inventory.Config{Customers: []inventory.Customer{{Name: "customer", Sites: []inventory.Site{site}}}}.Stations()[0]
	var mutex sync.Mutex
	var found []voice.Inputs
	emit := func(_ int64, rows sample.Rows) {
		if rows, ok := rows.(*sample.Voice); ok {
			mutex.Lock()
			defer mutex.Unlock()
			for i := range rows.Path {
				var in voice.Inputs
				in.Add(rows, i)
				found = append(found, in)
			}
		}
	}
	prober, err := probe.New(config, station, emit, slog.New(slog.NewTextHandler(io.Discard, nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- prober.Run(ctx) }()
	until(t, 30*time.Second, func() (bool, string) {
		mutex.Lock()
		defer mutex.Unlock()
		return len(found) >= slots, "no rows yet"
	})
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return found
}

// TestVoiceProbeAgrees measures one path by the command and by the appliance's prober, and
// gives the command's packets to calc stream: the three must rate it alike.
func TestVoiceProbeAgrees(t *testing.T) {
	target := patterned(t).String()
	command := voiceProbe{Target: target, Codec: "g711plc", For: 4 * time.Second, Interval: 20 * time.Millisecond, Timeout: time.Second, DSCP: 46, JitterBuffer: 40 * time.Millisecond}
	slots := polled(t, target, 3)[:3]
	for _, buffer := range []time.Duration{40 * time.Millisecond, 5 * time.Millisecond} {
		t.Run(buffer.String(), func(t *testing.T) {
			command.JitterBuffer = buffer
			once, err := command.once()
			if err != nil {
				t.Fatal(err)
			}
			session, err := probe.Measure(t.Context(), once, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := command.measure(once, session)
			if got.Lost != 20 || got.Sent != 200 {
				t.Fatalf("%+v", got)
			}

			var delays strings.Builder
			for _, exchange := range session.Exchanges {
				if exchange.Fate == probe.InTime {
					delays.WriteString(strconv.FormatFloat(inMs(exchange.RTT)/2, 'g', -1, 64) + "\n")
				} else {
					delays.WriteString("lost\n")
				}
			}
			printed, complaint, code := feed(t, delays.String(), "calc", "stream", "--json", "--codec", "G.711+PLC", "--jitter-buffer-ms", strconv.FormatFloat(inMs(buffer), 'g', -1, 64))
			var calculated measuredStream
			if err := json.Unmarshal([]byte(printed), &calculated); err != nil || code != exitDone {
				t.Fatalf("exit code %d, %v: %s", code, err, complaint)
			}
			same := func(what string, got, want, tolerance float64) {
				t.Helper()
				if math.Abs(got-want) > tolerance {
					t.Errorf("%s: %g and %g", what, got, want)
				}
			}
			same("R of the probe and of calc stream", *got.R, calculated.Quality.R, 1e-9)
			same("MOS of the probe and of calc stream", *got.MOS, calculated.Quality.MOS, 1e-9)
			same("burst ratio of the probe and of calc stream", *got.BurstR, calculated.Quality.BurstR, 1e-9)
			same("loss of the probe and of calc stream", *got.HeardLossPct, calculated.Quality.LossPct, 1e-9)

			config := voice.DefaultConfig()
			config.JitterBufferMs = inMs(buffer)
			for i, in := range slots {
				quality := voice.Quality(config, in)
				if in.Sent != 50 || quality.Lost != 5 {
					t.Errorf("slot %d: %d sent, %d lost", i, in.Sent, quality.Lost)
				}
				// Histograms resolve 3 %, and a run of loss may end with the slot.
				same("delay of the probe and of the prober", *got.DelayMs, quality.DelayMs, 1)
				same("loss of the probe and of the prober", *got.HeardLossPct, quality.LossPct, 1e-9)
				same("R of the probe and of the prober", *got.R, quality.R, 1)
				same("MOS of the probe and of the prober", *got.MOS, quality.MOS, 0.05)
				t.Logf("slot %d: R %.2f and %.2f, MOS %.3f and %.3f, burst ratio %.3f and %.3f, loss %.1f and %.1f", i, *got.R, quality.R, *got.MOS, quality.MOS, *got.BurstR, quality.BurstR, *got.HeardLossPct, quality.LossPct)
			}
		})
	}
}

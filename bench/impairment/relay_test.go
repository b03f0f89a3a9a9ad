package impairment

import (
	"context"
	"math"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// echo answers each datagram with itself.
func echo(t *testing.T) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 1<<16)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			_, _ = conn.WriteToUDPAddrPort(buffer[:n], from)
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(10 * time.Second)
	for !condition() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatal("waited in vain")
		}
	}
}

func TestRelayDoesWhatSimulateSays(t *testing.T) {
	const packets, seed = 200, 7
	there := Way{Delay: 4 * time.Millisecond, Jitter: time.Millisecond, Loss: 0.1, Gilbert: Gilbert{Begin: 0.02, End: 0.5}}
	back := Way{Delay: 2 * time.Millisecond, Loss: 0.1}
	relay, err := Listen(t.Context(), echo(t), there, back, seed)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- relay.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(relay.Address()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sent := make([]time.Time, packets)
	lost := 0
	simulated := Simulate(there, back, packets, seed)
	for i := range packets {
		sent[i] = time.Now()
		if _, err := conn.Write([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 16)
		// One after another, so that none overtakes another.
		if simulated[i].Lost {
			lost++
			waitFor(t, func() bool {
				out, home := relay.Passed()
				return out.Lost+home.Lost == lost
			})
			continue
		}
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if n, err := conn.Read(buffer); err != nil || n != 1 || buffer[0] != byte(i) {
			t.Fatalf("packet %d: %v %v", i, buffer[:n], err)
		}
		if took, want := time.Since(sent[i]), simulated[i].There+simulated[i].Back; took < want {
			t.Errorf("packet %d took %s, want %s or more", i, took, want)
		}
	}
	out, home := relay.Passed()
	if out.Came != packets || out.Lost+home.Lost != lost || home.Sent != packets-lost || lost < 20 {
		t.Errorf("%d lost by chance, the relay did %+v and %+v", lost, out, home)
	}
	if mean := out.Lateness / time.Duration(out.Sent); mean > 5*time.Millisecond || mean < 0 {
		t.Errorf("the relay is %s late on average", mean)
	}
}

func TestSimulateKeepsTheChances(t *testing.T) {
	const packets = 100_000
	near := func(what string, got, want, deviation float64) {
		t.Helper()
		if math.Abs(got-want) > 4*deviation {
			t.Errorf("%s is %.4f, want %.4f with a deviation of %.4f", what, got, want, deviation)
		}
	}
	share := func(of []Trip) float64 {
		lost := 0
		for _, trip := range of {
			if trip.Lost {
				lost++
			}
		}
		return float64(lost) / packets
	}
	near("the random loss", share(Simulate(Way{Loss: 0.02}, Way{}, packets, 1)), 0.02, math.Sqrt(0.02*0.98/packets))
	// A burst of Gilbert's lasts 1/end packets; begin/(begin+end) of all are lost.
	const begin, end = 0.01, 0.25
	want := begin / (begin + end)
	near("the loss in bursts", share(Simulate(Way{Gilbert: Gilbert{begin, end}}, Way{}, packets, 2)), want, math.Sqrt(want*(1-want)/packets*(2-begin-end)/(begin+end)))
	sum := 0.0
	for _, trip := range Simulate(Way{Delay: 30 * time.Millisecond, Jitter: 10 * time.Millisecond}, Way{Delay: time.Millisecond}, packets, 3) {
		if trip.There < 20*time.Millisecond || trip.There > 40*time.Millisecond || trip.Back != time.Millisecond {
			t.Fatalf("%+v", trip)
		}
		sum += trip.There.Seconds() * 1000
	}
	near("the delay", sum/packets, 30, 10/math.Sqrt(3)/math.Sqrt(packets))
	if first, second := Simulate(Way{Loss: 0.5}, Way{}, 100, 9), Simulate(Way{Loss: 0.5}, Way{}, 100, 9); !slices.Equal(first, second) {
		t.Error("one seed gives two fates")
	}
}

func TestListenRefuses(t *testing.T) {
	for _, way := range []Way{{Loss: 1.5}, {Duplicate: -1}, {Gilbert: Gilbert{Begin: 2}}, {Jitter: time.Second}, {Hurry: math.NaN()}} {
		if _, err := Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:862"), way, Way{}, 1); err == nil {
			t.Errorf("%+v is accepted", way)
		}
	}
}

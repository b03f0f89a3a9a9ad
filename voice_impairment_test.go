package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/bench/impairment"
	probe "mimamori/ingest/voice"
)

// sigmas is how far a figure may lie from what is expected, in its standard deviations: one
// in 16,000 does so by chance alone.
const sigmas = 4

// impair puts an impaired path before a reflector and returns the relay.
func impair(t *testing.T, reflector netip.AddrPort, there, back impairment.Way) *impairment.Relay {
	t.Helper()
	relay, err := impairment.Listen(t.Context(), reflector, there, back, 20261121)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- relay.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the relay ended with: %v", err)
		}
	})
	return relay
}

// startReflector starts the program's reflector and returns where it listens.
func startReflector(t *testing.T, arguments ...string) (netip.AddrPort, *program) {
	t.Helper()
	started := start(t, append([]string{"voice", "reflect", "--listen", "127.0.0.1:0", "--json"}, arguments...)...)
	started.wait("\n", 20*time.Second)
	var said struct{ Listening netip.AddrPort }
	line, _, _ := strings.Cut(started.output.String(), "\n")
	if err := json.Unmarshal([]byte(line), &said); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	return said.Listening, started
}

// probeJSON runs the program's probe and returns what it prints.
func probeJSON(t *testing.T, target string, arguments ...string) (probed, string, int) {
	t.Helper()
	printed, complaint, code := call(t, append([]string{"voice", "probe", "--json", "--target", target}, arguments...)...)
	var got probed
	decoder := json.NewDecoder(strings.NewReader(printed))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("%v in %q; exit code %d: %s", err, printed, code, complaint)
	}
	if got.Sent != got.Received+got.Lost+got.Late {
		t.Errorf("the packets do not add up: %s", printed)
	}
	return got, complaint, code
}

// expected is what chance alone makes of a figure.
type expected struct{ mean, deviation float64 }

// figuresOf are the figures a path is judged by.
func figuresOf(measured *probed) map[string]float64 {
	return map[string]float64{
		"loss %": *measured.LossPct, "round trip, mean": *measured.RTT.Avg, "round trip, median": *measured.RTT.Median, "round trip, 95 %": *measured.RTT.P95,
		"jitter": *measured.JitterMs, "variation, 95 %": *measured.PDV.P95, "variation, 99 %": *measured.PDV.P99,
		"burst ratio": *measured.BurstR, "heard loss %": *measured.HeardLossPct, "R": *measured.R,
	}
}

// expect simulates as many paths and returns what is found on them.
func expect(there, back impairment.Way, command voiceProbe, once probe.Once) map[string]expected {
	const paths = 300
	found := map[string][]float64{}
	for path := range paths {
		trips := impairment.Simulate(there, back, int(once.For/once.Interval), uint64(path)+1)
		measured := command.measure(once, travelled(trips, once.Interval))
		for name, value := range figuresOf(&measured) {
			found[name] = append(found[name], value)
		}
	}
	of := map[string]expected{}
	for name, values := range found {
		sum, squares := 0.0, 0.0
		for _, value := range values {
			sum += value
		}
		mean := sum / paths
		for _, value := range values {
			squares += (value - mean) * (value - mean)
		}
		of[name] = expected{mean, math.Sqrt(squares / (paths - 1))}
	}
	return of
}

// travelled is the session of packets that made trips.
func travelled(trips []impairment.Trip, interval time.Duration) *probe.Session {
	session := &probe.Session{}
	began := time.Unix(1_700_000_000, 0)
	for i, trip := range trips {
		exchange := probe.Exchange{Sent: began.Add(time.Duration(i) * interval)}
		if !trip.Lost {
			exchange.Fate, exchange.Forward, exchange.Backward = probe.InTime, trip.There, trip.Back
			exchange.RTT = trip.There + trip.Back
			session.Arrivals = append(session.Arrivals, i)
		}
		session.Exchanges = append(session.Exchanges, exchange)
	}
	slices.SortStableFunc(session.Arrivals, func(a, b int) int {
		came := func(i int) time.Time { return session.Exchanges[i].Sent.Add(session.Exchanges[i].RTT) }
		return came(a).Compare(came(b))
	})
	return session
}

func TestVoiceProbeMeasuresWhatWasApplied(t *testing.T) {
	reflector, _ := startReflector(t)
	for _, test := range []struct {
		name        string
		there, back impairment.Way
	}{
		{"30 ms, 10 ms of jitter, 2 % lost", impairment.Way{Delay: 30 * time.Millisecond, Jitter: 10 * time.Millisecond, Loss: 0.02}, impairment.Way{}},
		{"both ways, in bursts", impairment.Way{Delay: 40 * time.Millisecond, Jitter: 5 * time.Millisecond, Gilbert: impairment.Gilbert{Begin: 0.01, End: 0.25}},
			impairment.Way{Delay: 20 * time.Millisecond, Jitter: 15 * time.Millisecond, Loss: 0.01}},
	} {
		t.Run(test.name, func(t *testing.T) {
			relay := impair(t, reflector, test.there, test.back)
			command := voiceProbe{Target: relay.Address().String(), Codec: "g711", For: 12 * time.Second, Interval: 8 * time.Millisecond, Timeout: time.Second, DSCP: 46, JitterBuffer: 20 * time.Millisecond}
			once, err := command.once()
			if err != nil {
				t.Fatal(err)
			}
			got, complaint, code := probeJSON(t, command.Target, "--for", "12s", "--interval", "8ms", "--jitter-buffer", "20ms")
			if code != exitDone || got.Sent != 1500 || got.Late != 0 || got.Duplicates != 0 {
				t.Fatalf("exit code %d (%s): %+v", code, complaint, got)
			}
			there, back := relay.Passed()
			if got.Lost != there.Lost+back.Lost {
				t.Errorf("%d lost, the relay lost %d and %d", got.Lost, there.Lost, back.Lost)
			}
			if got.Ways.Forward.Lost == nil || *got.Ways.Forward.Lost != there.Lost || *got.Ways.Backward.Lost != back.Lost {
				t.Errorf("lost on the ways %s and %s, the relay lost %d and %d", number(got.Ways.Forward.Lost), number(got.Ways.Backward.Lost), there.Lost, back.Lost)
			}
			// What the relay itself added, and the two processes took, is not chance.
			added := inMs(there.Lateness)/float64(there.Sent) + inMs(back.Lateness)/float64(back.Sent)
			truth := (inMs(there.Delayed+there.Lateness))/float64(there.Sent) + inMs(back.Delayed+back.Lateness)/float64(back.Sent)
			t.Logf("the relay added %.3f ms on average, %s and %s at most, over 1 ms to %d and %d", added, there.Latest, back.Latest, there.Behind, back.Behind)
			// Where it often kept packets too long, how they spread says little.
			busy := 0.0
			if there.Behind+back.Behind > got.Sent/500 {
				busy = inMs(there.Latest + back.Latest)
			}
			overhead := *got.RTT.Avg - truth
			if overhead < -1.5-busy || overhead > 1.5+busy {
				t.Errorf("the round trip is %.3f ms, the relay made it %.3f", *got.RTT.Avg, truth)
			}
			figures := figuresOf(&got)
			for name, of := range expect(test.there, test.back, command, once) {
				slack := 2*(added+math.Abs(overhead)) + 0.1
				switch {
				case name == "loss %":
					slack = 0
				case !strings.Contains(name, "mean"):
					slack += busy
				}
				t.Logf("%-18s %8.3f, expected %8.3f +- %.3f", name, figures[name], of.mean, of.deviation)
				if math.Abs(figures[name]-of.mean) > sigmas*of.deviation+slack {
					t.Errorf("%s is %.3f, expected %.3f with a deviation of %.3f", name, figures[name], of.mean, of.deviation)
				}
			}
		})
	}
}

// number writes what may not be known.
func number(value *int) string {
	if value == nil {
		return "not known"
	}
	return fmt.Sprint(*value)
}

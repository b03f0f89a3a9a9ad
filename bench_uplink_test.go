package main

import (
	"math"
	"testing"

	"mimamori/bench/uplink"
)

// checkBenchUplink: the parts make the whole.
func checkBenchUplink(t *testing.T, figures uplink.Figures, _ smallRun) {
	for name, site := range map[string]uplink.Site{"half idle": figures.HalfIdle, "all active": figures.AllActive} {
		// What an hour has of each kind.
		for kind, rows := range map[string]int64{
			"interfaces": 5 * 4 * 12, "keyframes": 5 * 4, "uptimes": 5 * 12, "outcomes": 5, "pings": 5 * 120, "syslog": 5 * 60, "voice": 60, "heartbeats": 360,
		} {
			// Blocks that wait at either end of the hour belong to another one.
			if got := site.Kinds[kind].Rows; got < rows-5 || got > rows+5 {
				t.Errorf("%s: %d rows of %s, want about %d", name, got, kind, rows)
			}
		}
		sum := site.Blocks + site.Framing + site.Acks + site.Upkeep
		if both := site.UpBytesPerSecond + site.DownBytesPerSecond; math.Abs(site.BytesPerSecond-sum) > 1e-6 || math.Abs(both-sum) > 1e-6 {
			t.Errorf("%s: %f B/s both ways, of which %f go up and come down, and the parts are %f", name, site.BytesPerSecond, both, sum)
		}
		// A request has 60 octets at least that are no block, and so has an answer 30.
		if site.Framing < 60*site.Requests || site.Acks < 30*site.Requests || site.Requests <= 0.1 || site.Upkeep <= 0 {
			t.Errorf("%s: %+v", name, site)
		}
		// The hour takes seconds; a client that asks each second is a burden on a narrow link.
		if site.LayoutRequests > 1 {
			t.Errorf("%s: the brokers were asked %d times who leads which partition", name, site.LayoutRequests)
		}
		if site.CPU <= 0 || site.RSS < 1<<20 {
			t.Errorf("%s: %f %% of a processor, %d bytes of memory", name, site.CPU, site.RSS)
		}
	}
	if figures.HalfIdle.Kinds["interfaces"].Bytes >= figures.AllActive.Kinds["interfaces"].Bytes {
		t.Errorf("idle interfaces take as much as active ones: %+v", figures)
	}
}

func TestBenchUplinkRefuses(t *testing.T) {
	for _, arguments := range [][]string{{"--devices", "0"}, {"--interfaces", "501"}, {"--hours", "0"}, {"--linger", "1ms"}, {"--routine-linger", "2m"}, {"--heartbeat", "1h"}} {
		if _, problems, code := call(t, append([]string{"bench", "uplink"}, arguments...)...); code != exitUsage {
			t.Errorf("%v: exit code %d, %s", arguments, code, problems)
		}
	}
}

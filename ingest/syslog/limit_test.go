package syslog

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
)

// heard is an intake without a socket, and what came out of it.
type heard struct {
	*site
	*intake
}

func hear(t *testing.T, limit RateLimit) *heard {
	t.Helper()
	s := &site{registry: prometheus.NewRegistry()}
	config := DefaultConfig()
	config.RateLimit = limit
	receiver, err := New(config, inventory.Station{
		Appliance: inventory.Appliance{Name: "a", Syslog: &inventory.Syslog{UDP: "127.0.0.1:0", Relays: []string{"192.168.1.9"}}},
		Devices: []inventory.StationDevice{
			{ID: 1, Device: inventory.Device{Name: "router", Address: "192.168.1.1"}},
			{ID: 2, Device: inventory.Device{Name: "switch", Address: "192.168.1.2"}},
		},
	}, s.emit, nil, slog.New(slog.DiscardHandler), s.registry)
	if err != nil {
		t.Fatal(err)
	}
	return &heard{s, &intake{Receiver: receiver}}
}

// say has a source say a message a number of times and returns how many were taken.
func (h *heard) say(from, message string, times int) int {
	before := h.count()
	for range times {
		h.take([]byte(message), h.sources.of(netip.MustParseAddr(from)), time.Now())
	}
	h.flush()
	return h.count() - before
}

func TestASenderIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hear(t, RateLimit{MessagesPerSecond: 10, Burst: 100})
		if got := h.say("192.168.1.1", "<13>x", 150); got != 100 {
			t.Errorf("%d of a burst are taken, want 100", got)
		}
		if got := h.say("192.168.1.2", "<13>x", 100); got != 100 {
			t.Errorf("%d of another sender are taken, want 100", got)
		}
		time.Sleep(time.Second)
		if got := h.say("192.168.1.1", "<13>x", 150); got != 10 {
			t.Errorf("%d are taken a second later, want 10", got)
		}
		time.Sleep(time.Hour)
		if got := h.say("192.168.1.1", "<13>x", 150); got != 100 {
			t.Errorf("%d are taken an hour later, want a burst of 100", got)
		}
		if got := h.metric(t, "mimamori_syslog_left_out_lines_total"); got != 50+140+50 {
			t.Errorf("%v are counted as left out, want 240", got)
		}
		unlimited := hear(t, RateLimit{})
		if got := unlimited.say("192.168.1.1", "<13>x", 5000); got != 5000 {
			t.Errorf("%d of 5000 are taken without a limit", got)
		}
	})
}

func TestWhatIsSevereIsNeverLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hear(t, RateLimit{MessagesPerSecond: 1, Burst: 1})
		for _, from := range []string{"192.168.1.1", "192.168.1.9", "192.168.1.77"} {
			h.say(from, "<13>x", 1)
			for message, want := range map[string]int{
				"<8>emergency": 5, "<185>alert": 5, "<186>critical": 5, "<187>error": 0, "<191>debug": 0, "<13>notice": 0,
				"no PRI": 0, "<999>no usable PRI": 0, "<010>with leading zeros": 0, "": 0, "<": 0, "<1": 0, "<0>": 5,
				"<189>45: *Oct 11 22:14:15.003: %PLATFORM-1-CRASHED: by its mnemonic":                5,
				"<189>45: *Oct 11 22:14:15.003: %LINK-SW1_SP-2-OVERHEAT: with a place":               5,
				"<189>45: *Oct 11 22:14:15.003: 100% of %LINK-0-GONE: after another percent":         5,
				"45: *Oct 11 22:14:15.003: %SYS-2-MALLOCFAIL: without a PRI":                         5,
				"<189>45: *Oct 11 22:14:15.003: %SYS-5-CONFIG_I: Configured":                         0,
				"<189>45: *Oct 11 22:14:15.003: %ASA-6-302013: Built a connection":                   0,
				"<189>" + strings.Repeat("x", 300) + "%SYS-2-MALLOCFAIL: too far from the beginning": 0,
				"<189>%": 0, "<189>%A-": 0, "<189>%A-1": 0,
			} {
				if got := h.say(from, message, 5); got != want {
					t.Errorf("%s, %q: %d of 5 are taken, want %d", from, message, got, want)
				}
			}
		}
	})
}

// TestTheLogSaysWhatWasLeftOut: every 10 s while it lasts, and once after.
func TestTheLogSaysWhatWasLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hear(t, RateLimit{MessagesPerSecond: 10, Burst: 10})
		ctx, cancel := context.WithCancel(t.Context())
		end := h.accompany(ctx)
		start := time.Now().UTC()
		time.Sleep(time.Second / 2) // not while the log is being told
		for range 15 {
			h.say("192.168.1.1", "<13>x", 20) // 10 of which are taken
			h.say("192.168.1.77", "<13>x", 15)
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		h.say("192.168.1.9", "<13>Oct 11 22:14:15 switch app: x", 11)
		cancel()
		end()
		var told []string
		rows := &h.site.rows
		for i := range rows.Len() {
			if rows.AppName[i] != "mimamori" {
				continue
			}
			told = append(told, fmt.Sprintf("%d %s %d: %s", rows.Device[i], rows.Source[i], rows.Relayed[i], rows.Message[i]))
			if rows.Severity[i] != 4 || rows.Facility[i] != 5 || rows.Occurrences[i] != 1 || rows.Sequence[i] == 0 {
				t.Errorf("row %d: severity %d, facility %d, occurrences %d, sequence %d", i, rows.Severity[i], rows.Facility[i], rows.Occurrences[i], rows.Sequence[i])
			}
		}
		at := func(seconds int) string { return start.Add(time.Duration(seconds) * time.Second).Format(time.RFC3339) }
		want := []string{
			"1 192.168.1.1 0: 100 messages of this sender were left out between " + at(0) + " and " + at(9) + ": more than 10 a second",
			"0 192.168.1.77 0: 50 messages of this sender were left out between " + at(0) + " and " + at(9) + ": more than 10 a second",
			"1 192.168.1.1 0: 50 messages of this sender were left out between " + at(10) + " and " + at(14) + ": more than 10 a second",
			"0 192.168.1.77 0: 25 messages of this sender were left out between " + at(10) + " and " + at(14) + ": more than 10 a second",
			"2 192.168.1.9 1: 1 messages of this sender were left out between " + at(75) + " and " + at(75) + ": more than 10 a second",
		}
		if strings.Join(told, "\n") != strings.Join(want, "\n") {
			t.Errorf("told:\n%s\nwant:\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
		}
	})
}

// TestALimitOfEachBehindARelay: what one device sends too much of is not taken from
// the others, and whoever takes a device's name has no part in its limit.
func TestALimitOfEachBehindARelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hear(t, RateLimit{MessagesPerSecond: 10, Burst: 100})
		for _, step := range []struct {
			from, message string
			want          int
		}{
			{"192.168.1.9", "<13>Oct 11 22:14:15 switch app: x", 100},
			{"192.168.1.77", "<13>Oct 11 22:14:15 router app: x", 100},
			{"192.168.1.9", "<13>Oct 11 22:14:15 router app: x", 100},
			{"192.168.1.9", "<13>Oct 11 22:14:15 nobody app: x", 100},
			{"192.168.1.9", "<13>Oct 11 22:14:15 nobody-else app: x", 0},
			{"192.168.1.1", "<13>Oct 11 22:14:15 router app: x", 0},
		} {
			if got := h.say(step.from, step.message, 150); got != step.want {
				t.Errorf("%s, %q: %d are taken, want %d", step.from, step.message, got, step.want)
			}
		}
	})
}

// TestAConnectionWaits: nothing of a connection is left out; it says how long to wait.
func TestAConnectionWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hear(t, RateLimit{MessagesPerSecond: 10, Burst: 100})
		h.patient = true
		if got := h.say("192.168.1.1", "<13>x", 100); got != 100 || h.pause != 0 {
			t.Errorf("%d of a burst are taken and %s waited, want 100 and none", got, h.pause)
		}
		if got := h.say("192.168.1.1", "<13>x", 20); got != 20 || h.pause != 2*time.Second {
			t.Errorf("%d more are taken and %s waited, want 20 and 2s", got, h.pause)
		}
		time.Sleep(h.pause)
		h.pause = 0
		if got := h.say("192.168.1.1", "<13>x", 1); got != 1 || h.pause != 100*time.Millisecond {
			t.Errorf("%d is taken after that and %s waited, want 1 and 100ms", got, h.pause)
		}
		// A relay's connection has others behind it.
		h.pause = 0
		if got := h.say("192.168.1.9", "<13>Oct 11 22:14:15 switch app: x", 150); got != 100 || h.pause != 0 {
			t.Errorf("%d of a relay are taken and %s waited, want 100 and none", got, h.pause)
		}
	})
}

// TestAStormOfOneSender sends it through a real socket.
func TestAStormOfOneSender(t *testing.T) {
	config := DefaultConfig()
	config.RateLimit = RateLimit{MessagesPerSecond: 1, Burst: 20}
	s := run(t, config)
	storm := make([]string, 100)
	for i := range storm {
		storm[i] = "<13>storm"
	}
	s.send(t, "127.0.0.2", storm...)
	s.send(t, "127.0.0.2", "<10>fire")
	s.send(t, "127.0.0.1", "<13>another")
	s.wait(t, 22)
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for i := range s.rows.Len() {
		counts[fmt.Sprintf("%d %s", s.rows.Device[i], strings.TrimLeft(s.rows.Message[i], "0123456789 "))]++
	}
	last := s.rows.Message[s.rows.Len()-1]
	if taken := counts["42 storm"]; taken < 20 || taken > 40 || counts["42 fire"] != 1 || counts["43 another"] != 1 ||
		!strings.HasPrefix(last, fmt.Sprintf("%d messages of this sender were left out between ", 100-taken)) {
		t.Errorf("%v, and at last %q", counts, last)
	}
}

package icmp

import (
	"bytes"
	"context"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// aOnce is how a host is pinged where a test has no wish of its own.
func aOnce() Once {
	return Once{Count: 5, Interval: time.Second, Timeout: time.Second, Size: cookieSize, MaxRate: 10000}
}

func TestPingOnce(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	respond(t, faults)
	once := aOnce()
	once.Count, once.Interval, once.Timeout = 6, 20*time.Millisecond, quickConfig().Timeout
	hosts := []string{"127.9.0.1", "127.9.0.2", "no-such-host.invalid", "127.9.0.3", "127.9.0.4", "127.9.0.7", "127.9.0.18", "127.9.0.19", "192.0.2.1", "::1"}
	once.Version = 4
	var events []Event
	results, err := Ping(t.Context(), once, hosts, func(event Event) { events = append(events, event) }, quiet)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := func(host int, outcome Outcome) (count int) {
		for _, event := range events {
			if event.Host == host && event.Outcome == outcome {
				count++
			}
		}
		return count
	}
	complainer := netip.MustParseAddr("127.9.9.9")
	for i, want := range []Result{
		{Sent: 6, Received: 6},
		{Sent: 6},
		{},
		{Sent: 6, Received: 6, Duplicates: 6},
		{Sent: 6},
		{Sent: 6, Received: 4},
		{Sent: 6, Received: 6, Errors: []Complaint{{"redirect", complainer, 0, 6}}},
		{Sent: 6, Received: 6, Reordered: 2},
		{Errors: []Complaint{{"not sent: no route", netip.Addr{}, 0, 6}}},
		{},
	} {
		got := results[i]
		if got.Host != hosts[i] || got.Sent != want.Sent || got.Received != want.Received || got.Duplicates != want.Duplicates || got.Reordered != want.Reordered {
			t.Errorf("%s: %+v, want %+v", hosts[i], got, want)
		}
		if !slices.Equal(got.Errors, want.Errors) || (got.Err != nil) != (i == 2 || i == 9) {
			t.Errorf("%s: %v and %v, want %v", hosts[i], got.Errors, got.Err, want.Errors)
		}
		if len(got.RTTs) != got.Sent || outcomes(i, Answered) != got.Received || outcomes(i, Duplicate) != got.Duplicates {
			t.Errorf("%s: %v, %d answers and %d duplicates were told of", hosts[i], got.RTTs, outcomes(i, Answered), outcomes(i, Duplicate))
		}
	}
	if told := outcomes(4, Late); told < 1 || told > 6 { // those after the round's end are not; a busy machine has more of them
		t.Errorf("%d late answers were told of", told)
	}
	if lost := results[5].RTTs; lost[1] != Lost || lost[4] != Lost || lost[0] == Lost {
		t.Errorf("127.9.0.7, which leaves out every other: %v", lost)
	}
}

func TestPingEndsWithItsContext(t *testing.T) {
	needSockets(t, false)
	ctx, cancel := context.WithCancel(t.Context())
	once := aOnce()
	once.Count = MaxCount
	results, err := Ping(ctx, once, []string{"127.0.0.1"}, func(Event) { cancel() }, quiet)
	if err != nil || results[0].Received != 1 || results[0].Sent != 1 {
		t.Errorf("%+v, %v", results, err)
	}
}

func TestValidateOnce(t *testing.T) {
	if err := aOnce().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for name, change := range map[string]func(*Once){
		"count":    func(o *Once) { o.Count = 0 },
		"interval": func(o *Once) { o.Interval = 0 },
		"timeout":  func(o *Once) { o.Timeout = time.Hour },
		"size":     func(o *Once) { o.Size = 1 },
		"dscp":     func(o *Once) { o.DSCP = 64 },
		"version":  func(o *Once) { o.Version = 5 },
		"source":   func(o *Once) { o.Version, o.Source = 6, netip.MustParseAddr("192.0.2.1") },
		"rate":     func(o *Once) { o.MaxRate = 0 },
	} {
		once := aOnce()
		change(&once)
		if err := once.Validate(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("a wrong %s: %v", name, err)
		}
	}
}

func TestSpread(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		times []time.Duration
		want  Spread
	}{
		{[]time.Duration{4 * ms}, Spread{Min: 4 * ms, Avg: 4 * ms, Median: 4 * ms, P95: 4 * ms, Max: 4 * ms}},
		// 10, 30, 20, 60: mean 30, squares 100+900+400+3600 = 5000, mdev = sqrt(1250-900);
		// steps 20, 10 over the one that is lost, 40.
		{[]time.Duration{10 * ms, 30 * ms, Lost, 20 * ms, 60 * ms}, Spread{
			Min: 10 * ms, Avg: 30 * ms, Median: 25 * ms, P95: 60 * ms, Max: 60 * ms, Mdev: 18708287, Jitter: 70 * ms / 3,
		}},
	} {
		result := Result{RTTs: test.times}
		if got, ok := result.Spread(); !ok || got != test.want {
			t.Errorf("%v: %+v, want %+v", test.times, got, test.want)
		}
	}
	twenty := Result{}
	for i := range 20 {
		twenty.RTTs = append(twenty.RTTs, time.Duration(20-i)*ms)
	}
	if got, _ := twenty.Spread(); got.P95 != 19*ms {
		t.Errorf("95th percentile of 1 to 20 is %s", got.P95)
	}
	if _, ok := (&Result{RTTs: []time.Duration{Lost}}).Spread(); ok {
		t.Error("what was not answered has round-trip times")
	}
}

func TestDSCP(t *testing.T) {
	for text, want := range map[string]DSCP{"0": 0, "46": 46, "ef": 46, "CS3": 24, "AF41": 34, " 63 ": 63} {
		var got DSCP
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q is %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "64", "-1", "EFF", "0x2e"} {
		var got DSCP
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// Round-trip times are those that fping measures of the same devices, which answer after
// 5, 20 and 60 ms.
func TestRoundTripTimesBesideFping(t *testing.T) {
	if _, err := exec.LookPath("fping"); err != nil {
		missing(t, err)
	}
	if !inNamespace(t) {
		return
	}
	delays := map[byte]time.Duration{1: 5 * time.Millisecond, 2: 20 * time.Millisecond, 3: 60 * time.Millisecond}
	respond(t, func(r *responder, got request) {
		r.after(delays[got.target.As4()[3]], func() { r.reply(got, got.target, nil) })
	})
	hosts := []string{"127.9.0.1", "127.9.0.2", "127.9.0.3"}
	once := aOnce()
	once.Count, once.Interval = 20, 20*time.Millisecond
	results, err := Ping(t.Context(), once, hosts, func(Event) {}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "fping", append([]string{"-q", "-C", "20", "-p", "20", "-t", "1000"}, hosts...)...)
	var summary bytes.Buffer
	command.Stderr = &summary
	if err := command.Run(); err != nil {
		t.Fatalf("fping: %v\n%s", err, summary.String())
	}
	for i, line := range strings.Split(strings.TrimSpace(summary.String()), "\n") {
		_, times, _ := strings.Cut(line, " : ")
		theirs := Result{}
		for _, text := range strings.Fields(times) {
			milliseconds, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatalf("fping says %q", line)
			}
			theirs.RTTs = append(theirs.RTTs, time.Duration(milliseconds*1e6))
		}
		spread, ok := results[i].Spread()
		beside, _ := theirs.Spread()
		delay := delays[byte(i+1)]
		t.Logf("answered after %s: %s to %s, median %s; fping: %s to %s, median %s", delay, spread.Min, spread.Max, spread.Median, beside.Min, beside.Max, beside.Median)
		// Nothing is faster than the device, and the best of twenty is not much slower.
		if !ok || spread.Min < delay || (spread.Min-beside.Min).Abs() > 2*time.Millisecond {
			t.Errorf("answered after %s: %+v, fping measures %+v", delay, spread, beside)
		}
	}
}

// Errors wait in a queue of their own where the socket is unprivileged: answers that keep
// coming do not hide them.
func TestErrorsAreReadBesideAnswers(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	setSysctl(t, "ping_group_range", "0 0")
	respond(t, faults)
	once := aOnce()
	once.Count, once.Interval = 150, 2*time.Millisecond
	var answered, before int // answers, and those before the first error
	heard := func(event Event) {
		switch {
		case event.Outcome == Answered:
			answered++
		case event.Outcome == Errored && before == 0:
			before = answered
		}
	}
	withoutRawSockets(t, func() {
		if _, err := Ping(t.Context(), once, []string{"127.9.0.1", "127.9.0.5"}, heard, quiet); err != nil {
			t.Error(err)
		}
	})
	if answered != once.Count || before > once.Count/2 {
		t.Errorf("%d answers, %d of them before the first error", answered, before)
	}
}

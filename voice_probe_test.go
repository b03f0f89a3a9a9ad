package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/bench/impairment"
	probe "mimamori/ingest/voice"
)

func TestVoiceProbeOfALoopback(t *testing.T) {
	reflector, serving := startReflector(t)
	got, complaint, code := probeJSON(t, reflector.String(), "--for", "1s")
	if code != exitDone || complaint != "" {
		t.Fatalf("exit code %d: %s", code, complaint)
	}
	if got.Sent != 50 || got.Received != 50 || *got.LossPct != 0 || got.Duplicates != 0 || got.Reordered != 0 || got.Discarded != 0 {
		t.Errorf("the packets: %+v", got)
	}
	if got.Address != reflector.String() || got.Codec != "G.711" || got.PacketBytes != 172 || got.IntervalMs != 20 || got.DurationS != 1 {
		t.Errorf("what was sent: %+v", got)
	}
	if got.DSCPSent != 46 || *got.DSCPReceived != 46 || *got.Ways.Forward.DSCP != 46 || *got.Ways.Forward.TTL != 255 || *got.Ways.Forward.Lost != 0 || *got.Ways.Backward.Lost != 0 {
		t.Errorf("the ways: %+v", got)
	}
	rtt := got.RTT
	if !(*rtt.Min > 0 && *rtt.Min <= *rtt.Median && *rtt.Median <= *rtt.P95 && *rtt.P95 <= *rtt.P99 && *rtt.P99 <= *rtt.Max && *rtt.Min <= *rtt.Avg && *rtt.Avg <= *rtt.Max) {
		t.Errorf("the round trip: %+v", got.RTT)
	}
	if *got.R < 85 || *got.MOS < 4.2 || *got.BurstR != 1 || *got.DelayMs < 60 || got.Clock.OffsetMs == nil || len(got.Notes) != 0 {
		t.Errorf("the quality: %+v", got)
	}
	if (got.OneWay != nil) != (*got.DelayBasis == basisForward) || got.Clock.Note == "" {
		t.Errorf("one way: %+v", got)
	}
	serving.stop()
	if printed := serving.output.String(); !strings.Contains(printed, `"answered":50`) {
		t.Errorf("the reflector says %s", printed)
	}
}

// TestVoiceProbeNamesEveryField holds the program's answer to the keys that are promised, in
// all that may be missing.
func TestVoiceProbeNamesEveryField(t *testing.T) {
	printed, _, code := call(t, "voice", "probe", "--json", "--for", "100ms", "--timeout", "100ms", "--target", fmt.Sprintf("127.0.0.1:%d", freePort(t, "udp4")))
	if code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(printed), &got); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields("sent received lost duplicates reordered late rtt_ms one_way_ms jitter_ms pdv_ms burst_r dscp_sent dscp_received r mos clock") {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is missing: %s", name, printed)
		}
	}
	for _, name := range strings.Fields("one_way_ms jitter_ms burst_r dscp_received r mos mos_lq delay_ms") {
		if got[name] != nil {
			t.Errorf("nothing answered, and %s is %v", name, got[name])
		}
	}
	for name, keys := range map[string]string{"rtt_ms": "min avg median p95 p99 max", "pdv_ms": "p95 p99 max", "clock": "synchronised error_ms remote_synchronised remote_error_ms offset_ms note"} {
		object, _ := got[name].(map[string]any)
		for _, key := range strings.Fields(keys) {
			if _, ok := object[key]; !ok {
				t.Errorf("%s of %s is missing: %s", key, name, printed)
			}
		}
	}
}

func TestVoiceProbeOfNobody(t *testing.T) {
	target := fmt.Sprintf("127.0.0.1:%d", freePort(t, "udp4"))
	got, complaint, code := probeJSON(t, target, "--for", "200ms", "--timeout", "100ms")
	if code != exitFailed || !strings.Contains(complaint, "port unreachable from 127.0.0.1") {
		t.Errorf("exit code %d: %s", code, complaint)
	}
	if got.Sent != 10 || got.Lost != 10 || *got.LossPct != 100 || len(got.Complaints) != 1 || got.Complaints[0].Kind != "port unreachable" || *got.Complaints[0].From != "127.0.0.1" {
		t.Errorf("%+v", got)
	}
	// A reflector with another key says nothing.
	directory := t.TempDir()
	ours := writeFile(t, filepath.Join(directory, "ours"), strings.Repeat("00ff", 8)+"\n")
	theirs := writeFile(t, filepath.Join(directory, "theirs"), "# two\n"+strings.Repeat("0f", 16)+"\n"+strings.Repeat("f0", 16)+"\n")
	reflector, _ := startReflector(t, "--key-file", theirs)
	if _, complaint, code = probeJSON(t, reflector.String(), "--for", "200ms", "--timeout", "100ms", "--key-file", ours); code != exitFailed || !strings.Contains(complaint, "no other key") {
		t.Errorf("exit code %d: %s", code, complaint)
	}
	second := writeFile(t, filepath.Join(directory, "second"), strings.Repeat("f0", 16))
	if got, complaint, code = probeJSON(t, reflector.String(), "--for", "200ms", "--key-file", second); code != exitDone || got.Received != 10 || got.PacketBytes != 172 || *got.Ways.Forward.DSCP != 46 {
		t.Errorf("exit code %d: %s, %+v", code, complaint, got)
	}
}

func TestVoiceProbeTellsWhatAPathDoes(t *testing.T) {
	reflector, _ := startReflector(t)
	way := func(change func(*impairment.Way)) impairment.Way {
		made := impairment.Way{Delay: 5 * time.Millisecond, TTL: 250}
		change(&made)
		return made
	}
	plain := way(func(*impairment.Way) {})
	zero := uint8(0)
	for _, test := range []struct {
		name        string
		there, back impairment.Way
		note        string // %[1]d is how many were answered in time
		check       func(probed, impairment.Passed, impairment.Passed) bool
	}{
		{"doubled there", way(func(w *impairment.Way) { w.Duplicate = 0.2 }), plain, "the path duplicates packets", func(got probed, there, _ impairment.Passed) bool {
			// A busy machine may bring a copy after the end.
			return there.Duplicated > 0 && got.Duplicates <= there.Duplicated && got.Duplicates >= there.Duplicated-there.Behind && got.Lost == 0
		}},
		{"doubled back", plain, way(func(w *impairment.Way) { w.Duplicate = 0.2 }), "the path duplicates packets", func(got probed, _, back impairment.Passed) bool {
			return back.Duplicated > 0 && got.Duplicates <= back.Duplicated && got.Duplicates >= back.Duplicated-back.Behind && got.Lost == 0
		}},
		{"overtaken", way(func(w *impairment.Way) { w.Delay, w.Hurry = 50*time.Millisecond, 0.1 }), plain, "", func(got probed, _, _ impairment.Passed) bool {
			return got.Reordered > 50 && got.Lost == 0
		}},
		{"remarked there", way(func(w *impairment.Way) { w.Remark = &zero }), plain, "remarked: %[1]d of %[1]d packets came to the reflector with DSCP 0 instead of 46", func(got probed, _, _ impairment.Passed) bool {
			return *got.DSCPReceived == 0 && *got.Ways.Forward.DSCP == 0 && *got.Ways.Backward.DSCP == 46
		}},
		{"remarked back", plain, way(func(w *impairment.Way) { w.Remark = &zero }), "remarked: %[1]d of %[1]d answers came back with DSCP 0 instead of 46", func(got probed, _, _ impairment.Passed) bool {
			return *got.DSCPReceived == 0 && *got.Ways.Forward.DSCP == 46 && *got.Ways.Backward.DSCP == 0
		}},
		{"rerouted", way(func(w *impairment.Way) {
			w.Reroute = impairment.Reroute{After: 100, Delay: 25 * time.Millisecond, TTL: 247}
		}), plain, "after the start: the TTL went from 250 to 247", func(got probed, _, _ impairment.Passed) bool {
			said := strings.Join(got.Notes, " ") // 1 s after the start, unless the machine was busy
			return strings.Contains(said, "rerouted on the way there 1.") && *got.Ways.Forward.TTL == 247 && *got.Ways.Backward.TTL == 250 && *got.RTT.Max-*got.RTT.Min >= 19
		}},
		{"rerouted within one network", plain, way(func(w *impairment.Way) {
			w.Reroute = impairment.Reroute{After: 100, Delay: 35 * time.Millisecond, TTL: 250}
		}), "after the start: the least round trip went from 1", func(got probed, _, _ impairment.Passed) bool {
			return *got.Ways.Backward.TTL == 250 && *got.RTT.Max-*got.RTT.Min >= 29
		}},
		{"late", way(func(w *impairment.Way) { w.Delay, w.Hurry = 400*time.Millisecond, 0.5 }), plain, "", func(got probed, _, _ impairment.Passed) bool {
			return got.Late > 50 && got.Received > 50 && got.Lost == 0 && *got.RTT.Max < 300 && *got.LossPct == float64(got.Late)/2
		}},
		{"lost on the way back alone", plain, way(func(w *impairment.Way) { w.Loss = 0.3 }), "on the way back, 0 on the way there", func(got probed, _, back impairment.Passed) bool {
			// Of the packets that ask for the reflector's count, up to three, too.
			return got.Lost > 0 && back.Lost >= got.Lost && back.Lost <= got.Lost+3
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			relay := impair(t, reflector, test.there, test.back)
			got, complaint, code := probeJSON(t, relay.Address().String(), "--for", "2s", "--interval", "10ms", "--timeout", "300ms", "--codec", "G.711")
			there, back := relay.Passed()
			if code != exitDone || got.Sent != 200 || !test.check(got, there, back) {
				t.Errorf("exit code %d (%s): %+v, relayed %+v and %+v", code, complaint, got, there, back)
			}
			want := test.note
			if strings.Contains(want, "%") {
				want = fmt.Sprintf(want, got.Received)
			}
			told := slices.ContainsFunc(got.Notes, func(note string) bool { return strings.Contains(note, want) })
			if want != "" && !told || want == "" && len(got.Notes) > 0 {
				t.Errorf("notes %q, want %q", got.Notes, want)
			}
		})
	}
}

func TestVoiceProbeInterrupted(t *testing.T) {
	reflector, _ := startReflector(t)
	relay := impair(t, reflector, impairment.Way{}, impairment.Way{})
	running := start(t, "voice", "probe", "--target", relay.Address().String(), "--for", "10m")
	until(t, 20*time.Second, func() (bool, string) {
		_, back := relay.Passed()
		return back.Sent >= 20, fmt.Sprint(back)
	})
	if took := running.stop(); took > 5*time.Second {
		t.Errorf("it took %s to end", took)
	}
	for _, want := range []string{"answered in time, 0 lost", "round trip", "MOS", "clocks"} {
		if !strings.Contains(running.output.String(), want) {
			t.Errorf("%q is missing:\n%s", want, running.output)
		}
	}
	if code := running.command.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
}

func TestVoiceProbeRefuses(t *testing.T) {
	short := writeFile(t, filepath.Join(t.TempDir(), "short"), "abcd\n")
	for want, arguments := range map[string][]string{
		"missing flags: --target":           {},
		"target is \":99\"":                 {"--target", ":99"},
		"target is \"a:b:c\"":               {"--target", "a:b:c"},
		"target is \"host:0\"":              {"--target", "host:0"},
		"G.729A+VAD":                        {"--target", "127.0.0.1", "--codec", "opus"},
		"for is 2h0m0s":                     {"--target", "127.0.0.1", "--for", "2h"},
		"for is 10ms":                       {"--target", "127.0.0.1", "--for", "10ms"},
		"3600000 packets: send 500000":      {"--target", "127.0.0.1", "--for", "1h", "--interval", "1ms"},
		"interval is 5s":                    {"--target", "127.0.0.1", "--interval", "5s"},
		"timeout is 1ms":                    {"--target", "127.0.0.1", "--timeout", "1ms"},
		"no DiffServ code":                  {"--target", "127.0.0.1", "--dscp", "XY"},
		"--jitter-buffer is 1s":             {"--target", "127.0.0.1", "--jitter-buffer", "1s"},
		"--source is \"here\"":              {"--target", "127.0.0.1", "--source", "here"},
		"line 1 has 2 octets: use 16 to 64": {"--target", "127.0.0.1", "--key-file", short},
	} {
		_, complaint, code := call(t, append([]string{"voice", "probe"}, arguments...)...)
		if code != exitUsage || !strings.Contains(complaint, want) {
			t.Errorf("%v: exit code %d, %s, want %q", arguments, code, complaint, want)
		}
	}
	for want, arguments := range map[string][]string{
		"look up no-such-host.invalid": {"--target", "no-such-host.invalid"},
		"an address of this machine":   {"--target", "127.0.0.1", "--source", "192.0.2.77"},
		"read the key":                 {"--target", "127.0.0.1", "--key-file", "/no/such/file"},
	} {
		_, complaint, code := call(t, append([]string{"voice", "probe"}, arguments...)...)
		if code != exitFailed || !strings.Contains(complaint, want) {
			t.Errorf("%v: exit code %d, %s, want %q", arguments, code, complaint, want)
		}
	}
}

func TestVoiceReflectRefuses(t *testing.T) {
	taken, _ := startReflector(t)
	if _, complaint, code := call(t, "voice", "reflect", "--listen", taken.String()); code != exitFailed || !strings.Contains(complaint, "another program has the port") {
		t.Errorf("exit code %d: %s", code, complaint)
	}
	if _, complaint, code := call(t, "voice", "reflect", "--listen", "here"); code != exitUsage || !strings.Contains(complaint, "0.0.0.0:862") {
		t.Errorf("exit code %d: %s", code, complaint)
	}
	empty := writeFile(t, filepath.Join(t.TempDir(), "empty"), "# none\n")
	if _, complaint, code := call(t, "voice", "reflect", "--listen", "127.0.0.1:0", "--key-file", empty); code != exitUsage || !strings.Contains(complaint, "holds no key") {
		t.Errorf("exit code %d: %s", code, complaint)
	}
}

func TestSpeechCodecNames(t *testing.T) {
	for written, want := range map[string]string{
		"g711": "G.711", "G.711": "G.711", "pcmu": "G.711", "A-law": "G.711", "g729": "G.729", "g729a": "G.729A", "G729A+VAD": "G.729A+VAD", "g722": "G.722",
		"g723": "G.723.1-6.3", "g726-24": "G.726-24", "amr-wb 12.65 diotic": "AMR-WB 12.65 diotic", "evs-swb-24.4": "EVS-SWB 24.4", "gsm": "GSM-EFR",
	} {
		got, known := speechCodec(written)
		if !known || got != want {
			t.Errorf("%s is %q, want %s", written, got, want)
		}
	}
	for _, unknown := range []string{"", "opus", "g7", "g711x"} {
		if got, known := speechCodec(unknown); known {
			t.Errorf("%q is taken for %s", unknown, got)
		}
	}
	// Whatever is listed can be sent.
	for _, name := range append(speechCodecs(), "pcmu") {
		once := probe.Once{Target: "127.0.0.1", For: time.Second, Interval: 20 * time.Millisecond, Timeout: time.Second}
		if once.Codec, _ = speechCodec(name); once.Validate() != nil {
			t.Errorf("%s: %v", name, once.Validate())
		}
	}
}

func TestVoiceProbeTrustsClocks(t *testing.T) {
	reflector, _ := startReflector(t)
	relay := impair(t, reflector, impairment.Way{Delay: 30 * time.Millisecond}, impairment.Way{Delay: 10 * time.Millisecond})
	got, complaint, code := probeJSON(t, relay.Address().String(), "--for", "1s", "--trust-clocks")
	// Both ends are this machine: its clock agrees with itself whatever the kernel says.
	if code != exitDone || got.OneWay == nil {
		t.Fatalf("exit code %d (%s): %+v", code, complaint, got)
	}
	there, back := *got.OneWay.Forward.Min, *got.OneWay.Backward.Min
	if there < 30 || there > 35 || back < 10 || back > 15 || *got.OneWay.Forward.Avg < there || *got.OneWay.Backward.Max < back {
		t.Errorf("%g ms there and %g ms back", there, back)
	}
	if *got.DelayBasis != basisForward || *got.DelayMs < 90 || *got.DelayMs > 100 || *got.Clock.OffsetMs < 5 || *got.Clock.OffsetMs > 15 {
		t.Errorf("%+v", got)
	}
	if !got.Clock.Synchronised && !strings.Contains(got.Clock.Note, "--trust-clocks") {
		t.Errorf("the clocks: %+v", got.Clock)
	}
}

func TestClocksThatContradictEachOther(t *testing.T) {
	session := &probe.Session{Arrivals: []int{0}, Exchanges: []probe.Exchange{
		{Fate: probe.InTime, RTT: 20 * time.Millisecond, Forward: -90 * time.Millisecond, Backward: 110 * time.Millisecond, Clocks: true},
	}}
	session.LocalClock = probe.NewErrorEstimate(true, false, time.Millisecond)
	for name, test := range map[string]struct {
		trust   bool
		stepped time.Duration
		there   time.Duration
		remote  time.Duration // error of the reflector's clock
		oneWay  bool
		note    string
	}{
		"as they say":          {there: 9 * time.Millisecond, oneWay: true, note: "both clocks are synchronised"},
		"an answer too early":  {there: -90 * time.Millisecond, note: "contradict each other"},
		"too early, trusted":   {there: -90 * time.Millisecond, trust: true, note: "differ by about -100.000 ms"},
		"set meanwhile":        {there: 9 * time.Millisecond, stepped: time.Second, trust: true, note: "was set by 1s meanwhile"},
		"too coarse":           {there: 9 * time.Millisecond, remote: 30 * time.Millisecond, note: "may be off by 31.0 ms"},
		"coarse, trusted":      {there: 9 * time.Millisecond, remote: 30 * time.Millisecond, trust: true, oneWay: true, note: "both clocks are synchronised"},
		"too late on the back": {there: 110 * time.Millisecond, note: "contradict each other"},
	} {
		session.Exchanges[0].Forward, session.Exchanges[0].Backward = test.there, 20*time.Millisecond-test.there
		session.Stepped = test.stepped
		session.RemoteClock = probe.NewErrorEstimate(true, false, max(test.remote, time.Millisecond))
		command := voiceProbe{Interval: 20 * time.Millisecond, TrustClocks: test.trust}
		got := command.measure(probe.Once{Codec: "G.711", Interval: 20 * time.Millisecond}, session)
		if (got.OneWay != nil) != test.oneWay || !strings.Contains(got.Clock.Note, test.note) || *got.Clock.ErrorMs < 1 || *got.Clock.ErrorMs > 1.01 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

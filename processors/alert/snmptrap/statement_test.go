package snmptrap

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mimamori/processors/alert/notify"
)

func TestScaled(t *testing.T) {
	for text, want := range map[string]int{
		"0": 0, "97.5": 97500, "-0.25": -250, "0.0005": 1, "0.00049": 0, "2147483.647": math.MaxInt32, "2147483.648": math.MaxInt32,
		"-2147483.648": -math.MaxInt32, "1e300": math.MaxInt32, "1e400": math.MaxInt32, "-Inf": -math.MaxInt32,
		"": noValue, "NaN": noValue, "97.5 %": noValue, "down": noValue,
	} {
		if got := scaled(text); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}

// An alert that is not an alarm of ours is told of as well as may be.
func TestWhatIsLeftOut(t *testing.T) {
	began := time.Date(2026, 2, 28, 23, 59, 58, 765_000_000, time.FixedZone("JST", 9*3600))
	bare := notify.Member{
		Alert:  notify.Alert{Labels: map[string]string{"alertname": "Test"}, Annotations: map[string]string{"id": "../../etc", "since": "yesterday", "devices": "-1"}, StartsAt: began},
		Status: notify.Firing, Fingerprint: "0123456789abcdef",
	}
	got := state(bare, 7)
	if got.id != "0123456789abcdef" || got.severity != indeterminate || got.value != noValue || got.devices != 0 || got.sequence != 7 || got.summary != "" || got.owner != "" {
		t.Errorf("%+v", got)
	}
	if want := []byte{0x07, 0xea, 2, 28, 14, 59, 58, 7, '+', 0, 0}; !bytes.Equal(got.since, want) {
		t.Errorf("since %v, want %v", got.since, want)
	}
}

func TestCut(t *testing.T) {
	for length := range 12 {
		got := cut("a守り", length)
		if len(got) > length || !utf8.ValidString(got) || !strings.HasPrefix("a守り", got) {
			t.Errorf("%d bytes: %q", length, got)
		}
	}
	if got := cut("a守り", 4); got != "a守" {
		t.Errorf("4 bytes: %q", got)
	}
}

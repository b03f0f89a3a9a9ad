package syslog

import (
	"strings"
	"testing"
	"testing/synctest"
)

func TestARepeatedLineCountsAsTheLastOne(t *testing.T) {
	const again = "<46>Oct 11 22:14:45 web1 last message repeated 7 times"
	for _, test := range []struct {
		name        string
		from        string
		lines       []string
		severity    uint8
		app         string
		mnemonic    string
		occurrences uint32
		raw         string
	}{
		{"of the same sender", "192.168.1.1", []string{"<11>Oct 11 22:14:15 web1 app: x", again}, 3, "app", "", 7, again},
		{"the latest", "192.168.1.1", []string{"<8>Oct 11 22:14:15 web1 other: x", "<11>Oct 11 22:14:15 web1 app: x", again}, 3, "app", "", 7, again},
		{"again and again", "192.168.1.1", []string{"<11>Oct 11 22:14:15 web1 app: x", again, again}, 3, "app", "", 7, again},
		{"a mnemonic", "192.168.1.1", []string{
			"<187>45: web1: *Oct 11 22:14:15.003: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down", again,
		}, 3, "", "LINK-3-UPDOWN", 7, again},
		{"of another host behind a relay", "192.168.1.9", []string{"<11>Oct 11 22:14:15 web2 app: x", again}, 6, "", "", 7, ""},
		{"of nobody", "192.168.1.1", []string{again}, 6, "", "", 7, ""},
		{"with a name beyond measure", "192.168.1.1", []string{"<11>Oct 11 22:14:15 web1 app: x", "<11>1 2026-10-11T22:14:15Z web1 " + strings.Repeat("a", 512) + " - - - x", again}, 6, "", "", 7, ""},
		{"once", "192.168.1.1", []string{"<11>Oct 11 22:14:15 web1 app: x", "<46>Oct 11 22:14:45 web1 last message repeated 1 time"}, 3, "app", "", 1,
			"<46>Oct 11 22:14:45 web1 last message repeated 1 time"},
		{"never", "192.168.1.1", []string{"<11>Oct 11 22:14:15 web1 app: x", "<46>Oct 11 22:14:45 web1 last message repeated 0 times"}, 6, "", "", 1, ""},
		{"with what is repeated", "192.168.1.1", []string{"<11>Oct 11 22:14:15 web1 app: x", "<13>Oct 11 22:14:45 web1 other[7]: message repeated 7 times: [ again [x]]"}, 5, "other", "", 7,
			"<13>Oct 11 22:14:45 web1 other[7]: message repeated 7 times: [ again [x]]"},
		{"with what is not closed", "192.168.1.1", []string{"<11>Oct 11 22:14:15 web1 app: x", "<13>Oct 11 22:14:45 web1 other[7]: message repeated 7 times: [ again"}, 5, "other", "", 7, ""},
		{"a line about it", "192.168.1.1", []string{"<11>Oct 11 22:14:15 web1 app: x", "<46>Oct 11 22:14:45 web1 app: the last message repeated 7 times"}, 6, "app", "", 1, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := hear(t, RateLimit{})
				for _, line := range test.lines {
					h.say(test.from, line, 1)
				}
				rows, last := &h.site.rows, len(test.lines)-1
				if rows.Severity[last] != test.severity || rows.AppName[last] != test.app || rows.Mnemonic[last] != test.mnemonic ||
					rows.Occurrences[last] != test.occurrences || rows.Raw[last] != test.raw {
					t.Errorf("severity %d of %q, %q, %d times, raw %q; want %d, %q, %q, %d, %q",
						rows.Severity[last], rows.AppName[last], rows.Mnemonic[last], rows.Occurrences[last], rows.Raw[last],
						test.severity, test.app, test.mnemonic, test.occurrences, test.raw)
				}
			})
		})
	}
}

// TestARepeatBearsItsMessage: what is searched for is the message, however often.
func TestARepeatBearsItsMessage(t *testing.T) {
	for text, want := range map[string]string{
		"message repeated 7 times: [ again [x]]": "again [x]",
		"message repeated 7 times: [again]":      "again",
		"message repeated 7 times: [ again":      "",
		"message repeated 7 times":               "",
		"message repeated 7 times: []":           "",
	} {
		if got := repeatedMessage(text); got != want {
			t.Errorf("%q bears %q, want %q", text, got, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		h := hear(t, RateLimit{})
		h.say("192.168.1.1", "<13>Oct 11 22:14:45 web1 app: message repeated 7 times: [ again]", 1)
		h.say("192.168.1.1", "<13>Oct 11 22:14:45 web1 app: message repeated 7 times", 1)
		if rows := &h.site.rows; rows.Message[0] != "again" || rows.Message[1] != "message repeated 7 times" {
			t.Errorf("%q", rows.Message)
		}
	})
}

// TestARepeatOfWhatWasLeftOut counts for nothing but itself: what was said before it is
// not what was taken last.
func TestARepeatOfWhatWasLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hear(t, RateLimit{MessagesPerSecond: 1, Burst: 1})
		h.say("192.168.1.1", "<13>Oct 11 22:14:15 web1 app: taken", 1)
		h.say("192.168.1.1", "<13>Oct 11 22:14:15 web1 other: left out", 1)
		h.say("192.168.1.1", "<2>Oct 11 22:14:45 web1 last message repeated 7 times", 1)
		if rows := &h.site.rows; rows.Len() != 2 || rows.AppName[1] != "" || rows.Severity[1] != 2 || rows.Occurrences[1] != 7 {
			t.Errorf("%q %v %v", rows.AppName, rows.Severity, rows.Occurrences)
		}
	})
}

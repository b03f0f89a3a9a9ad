package board

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/storage"
)

func troubled() Figures {
	at := time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC)
	down := storage.DeviceStatus{Entity: storage.Entity{Customer: "青葉フーズ", Site: "Sendai", Device: "sw-core-1"},
		State: storage.StateDown, Cause: storage.CauseNoAnswer, Since: at.Add(-90 * time.Second)}
	return Figures{
		At: at, Running: 75 * time.Second, Customers: 3, Sites: 8,
		States: map[storage.State]int{storage.StateUp: 198, storage.StateDown: 1, storage.StateUnknown: 1},
		More:   7,
		Blind:  3, Watched: 200,
		Troubles: []Trouble{{down, 1}, {storage.DeviceStatus{Entity: storage.Entity{Customer: "Aoba", Site: "Osaka"},
			State: storage.StateDown, Cause: storage.CauseUnreachable, Since: at}, 24}},
		Worst: []storage.Availability{{Entity: down.Entity, UpMs: 9000, DownMs: 1000}},
		Voice: []storage.PathVoice{{Entity: storage.Entity{Customer: "Aoba", Site: "Sendai", Name: "to Osaka"},
			VoiceMinute: storage.VoiceMinute{MOS: 2.1, R: 41, LossPct: 8.2, DelayMs: 82, Sent: 3000}}},
		Links: []storage.LinkUtilization{{Entity: storage.Entity{Customer: "Aoba", Site: "Sendai", Device: "rt-edge-1", Name: "Gi0/0"},
			LinkProfile: storage.LinkProfile{Kind: storage.LinkWAN}, CoveredMs: 1000, InBits: 98e6, SpeedBps: 100e6}},
		Rows: 1234567, RowsPerSec: 1500, Lag: 3, MemoryBytes: 700 << 20,
		Script: []Incident{{Name: "device outage", Entity: "sw-core-1", From: 20 * time.Second, To: 40 * time.Second},
			{Name: "flap", Entity: "ap-3", From: 70 * time.Second, To: 80 * time.Second},
			{Name: "reboot", Entity: "rt-2", From: 90 * time.Second, To: 91 * time.Second}},
	}
}

func TestTheBoardSaysWhatNeedsAttention(t *testing.T) {
	for _, language := range []Language{English, Japanese} {
		lines := Draw(troubled(), Canvas{Width: 140, Height: 50, Language: language})
		all := strings.Join(lines, "\n")
		words := vocabulary[language]
		for _, want := range []string{"01:15", "1,234,567", "1,500", "700 MB", "青葉フーズ / Sendai / sw-core-1", "01:30",
			fmt.Sprintf(words.more, 7), "? " + fmt.Sprintf(words.blind, 3, 200), fmt.Sprintf("Aoba / Osaka  "+words.together, 24),
			"X 1 " + words.states[storage.StateDown], "? 1 " + words.states[storage.StateUnknown], words.causes[storage.CauseNoAnswer],
			"90.000%", "X MOS 2.10", "8.2%", "82 ms", "98.0% [##########]", words.over, words.underWay, words.upcoming} {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is not on the board:\n%s", language, want, all)
			}
		}
	}
}

func TestTheBoardFitsAnyTerminal(t *testing.T) {
	for _, width := range []int{40, 80, 109, 110, 200} {
		for _, color := range []bool{false, true} {
			for _, language := range []Language{English, Japanese} {
				lines := Draw(troubled(), Canvas{Width: width, Height: 24, Language: language, Color: color})
				if len(lines) > 24 {
					t.Errorf("%d lines on a terminal of 24", len(lines))
				}
				for _, line := range lines {
					if cells(line) > width {
						t.Errorf("%d cells on a terminal of %d: %q", cells(line), width, line)
					}
				}
			}
		}
	}
}

func TestColorIsNeverTheOnlySignal(t *testing.T) {
	bare := Draw(troubled(), Canvas{Width: 140, Height: 50, Language: English})
	if strings.Contains(strings.Join(bare, ""), "\x1b") {
		t.Fatal("a board without colour has escape sequences")
	}
	painted := Draw(troubled(), Canvas{Width: 140, Height: 50, Language: English, Color: true})
	for i, line := range painted {
		if stripped := strip(line); strings.TrimRight(stripped, " ") != strings.TrimRight(bare[i], " ") {
			t.Errorf("colour changes the words: %q and %q", stripped, bare[i])
		}
	}
}

func TestAnEmptyStoreIsSaidNotPaintedGreen(t *testing.T) {
	lines := Draw(Figures{States: map[storage.State]int{}}, Canvas{Width: 80, Height: 24, Language: English})
	all := strings.Join(lines, "\n")
	if strings.Contains(all, "every device answers") || !strings.Contains(all, "waiting for the first figures") {
		t.Fatalf("an empty board says:\n%s", all)
	}
}

func TestOldFiguresAreCalledOld(t *testing.T) {
	for _, language := range []Language{English, Japanese} {
		figures := troubled()
		figures.Stale, figures.Problem, figures.Troubles = 13*time.Second, "the disk is full", nil
		all := strings.Join(Draw(figures, Canvas{Width: 100, Height: 40, Language: language}), "\n")
		if want := fmt.Sprintf(vocabulary[language].stale, "00:13") + ": the disk is full"; !strings.Contains(all, want) {
			t.Errorf("%s: %q is not on the board:\n%s", language, want, all)
		}
		if strings.Contains(all, vocabulary[language].allWell) {
			t.Errorf("%s: old figures are called well:\n%s", language, all)
		}
	}
}

func TestEveryWordStandsInBothLanguages(t *testing.T) {
	english, japanese := vocabulary[English], vocabulary[Japanese]
	for state := range english.states {
		if japanese.states[state] == "" {
			t.Errorf("state %s has no Japanese word", state)
		}
	}
	for cause := range english.causes {
		if japanese.causes[cause] == "" {
			t.Errorf("cause %s has no Japanese word", cause)
		}
	}
	if LanguageOf("ja_JP.UTF-8") != Japanese || LanguageOf("C.UTF-8") != English {
		t.Error("the locale does not choose the language")
	}
}

func TestTheMostUrgentComesFirstAndWhatIsBehindIsCounted(t *testing.T) {
	at := time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC)
	status := func(site, device string, state storage.State, cause storage.Cause, since int) storage.DeviceStatus {
		return storage.DeviceStatus{Entity: storage.Entity{Customer: "Aoba", Site: site, Device: device},
			State: state, Cause: cause, Since: at.Add(time.Duration(since) * time.Second)}
	}
	all := troubles([]storage.DeviceStatus{
		status("Osaka", "sv-1", storage.StateUnknown, storage.CauseSilent, 0),
		status("Sendai", "sw-1", storage.StateDown, storage.CauseUnreachable, 5),
		status("Sendai", "sw-2", storage.StateDown, storage.CauseUnreachable, 4),
		status("Sendai", "rt-1", storage.StateDown, storage.CauseNoAnswer, 6),
		status("Sendai", "ap-1", storage.StateUp, storage.CauseNone, 0),
		status("Kobe", "sw-9", storage.StateDown, storage.CauseUnreachable, 9),
		status("Kobe", "rt-9", storage.StateDown, storage.CauseNoAnswer, 3),
	})
	var got []string
	for _, trouble := range all {
		got = append(got, fmt.Sprintf("%s/%s %d since %d", trouble.Site, trouble.Device, trouble.Devices, int(trouble.Since.Sub(at).Seconds())))
	}
	want := []string{"Kobe/rt-9 1 since 3", "Sendai/rt-1 1 since 6", "Sendai/ 2 since 4", "Kobe/sw-9 1 since 9", "Osaka/sv-1 1 since 0"}
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestALongNameKeepsItsEnd(t *testing.T) {
	long := storage.Entity{Customer: "Hokuto Logistics 北斗物流", Site: "Fukuoka", Name: "to Hiroshima"}
	if got := name(long, 25); cells(got) != 25 || !strings.HasSuffix(strings.TrimSpace(got), "Fukuoka / to Hiroshima") || !strings.HasPrefix(got, "…") {
		t.Fatalf("%q takes %d cells", got, cells(got))
	}
}

func strip(text string) string {
	var kept strings.Builder
	escape := false
	for _, r := range text {
		switch {
		case r == '\x1b':
			escape = true
		case escape:
			escape = r != 'm'
		default:
			kept.WriteRune(r)
		}
	}
	return kept.String()
}

package alert

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/storage/embedded/embeddedtest"
	"mimamori/storage/storetest"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// TestBacktest tries the rules on a world whose figures are known, in the real engine.
func TestBacktest(t *testing.T) {
	store, _ := storetest.Open(t)
	day := 24 * time.Hour
	linkDown, lines, busy := ruleOf("TrapReceived"), ruleOf("SyslogPattern"), ruleOf("LinkSaturated")
	linkDown.Traps = TrapFilter{Names: []string{"linkDown"}}
	lines.Lines = LineFilter{Severity: "error", Pattern: "state to (down|dead)"}
	busy.Raise, busy.Clear = 85, 80
	const minute = time.Minute
	for _, tried := range []struct {
		rule     Rule
		from, to time.Duration
		step     time.Duration
		raised   []string
	}{
		{ruleOf("SiteDown"), 9*time.Hour + 50*minute, 12*time.Hour + 10*minute, 10 * minute, []string{"acme/tokyo site/tokyo 10:10 to 12:10"}},
		{ruleOf("DeviceDown"), 9*time.Hour + 50*minute, 10*time.Hour + 20*minute, 10 * minute, nil}, // the site is down
		{ruleOf("DeviceDown"), 5*day - minute, 5*day + 21*minute, minute, []string{"acme/tokyo device/switch 00:01 to 00:21"}},
		{ruleOf("VoiceQualityLow"), 10*time.Hour + 59*minute, 11*time.Hour + 10*minute, minute, nil}, // in maintenance
		{ruleOf("DeviceRebooted"), 3*day + 69*minute, 3*day + 86*minute, minute, []string{"acme/tokyo device/router 01:11 to 01:25"}},
		{lines, 9*time.Hour + 59*minute, 10*time.Hour + 31*minute, 2 * minute, []string{"acme/tokyo device/router 10:01 to 10:31"}},
		{linkDown, 9*time.Hour + 59*minute, 10*time.Hour + 31*minute, 2 * minute, []string{"acme/tokyo device/switch 10:01 to 10:31"}},
		{busy, day + 10*time.Hour + 55*minute, day + 12*time.Hour + 15*minute, 5 * minute, []string{"acme/tokyo interface/router/Gi0/0 11:15 to 12:10"}},
	} {
		t.Run(tried.rule.Alert, func(t *testing.T) {
			cfg := DefaultConfig()
			cfg.Rules = []Rule{tried.rule}
			past, err := Backtest(t.Context(), cfg, tried.rule.Alert, store, nil, storetest.Begin.Add(tried.from), storetest.Begin.Add(tried.to), tried.step, func(time.Time) {})
			if err != nil {
				t.Fatal(err)
			}
			var raised []string
			for _, a := range past {
				raised = append(raised, fmt.Sprintf("%s/%s %s %s to %s", a.Customer, a.Site, a.Entity, a.Raised.Format("15:04"), a.Cleared.Format("15:04")))
			}
			if !slices.Equal(raised, tried.raised) {
				t.Errorf("raised\n  %s\nwanted\n  %s", strings.Join(raised, "\n  "), strings.Join(tried.raised, "\n  "))
			}
		})
	}
}

// ruleOf is the default rule of a kind, to be changed.
func ruleOf(kind string) Rule {
	rule := kindOf(kind).defaults
	rule.Alert, rule.Kind = kind, kind
	return rule
}

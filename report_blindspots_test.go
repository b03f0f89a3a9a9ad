package main

import (
	"strings"
	"testing"
)

// TestReportBlindSpots asks the program about a device that turns us down, and holds that
// no other report passes it for healthy.
func TestReportBlindSpots(t *testing.T) {
	t.Parallel()
	configuration := keptStore(t)
	ask := func(arguments ...string) string {
		t.Helper()
		output, problems, code := call(t, append([]string{"report", arguments[0], "--config", configuration}, arguments[1:]...)...)
		if code != exitDone {
			t.Fatalf("%v: exit %d: %s", arguments, code, problems)
		}
		return output
	}
	rows := table(t, ask("blindspots", "--format", "csv"))
	if len(rows) != 1 {
		t.Fatalf("%v", rows)
	}
	for column, want := range map[string]string{"customer": "acme", "site": "berlin", "device": "router-b", "address": "192.0.2.2",
		"what": "snmp", "reason": "credentials", "state": "up", "version": "3", "detail": "wrong digest", "last_good": "", "devices": "1"} {
		if rows[0][column] != want {
			t.Errorf("%s is %q, want %q", column, rows[0][column], want)
		}
	}
	if rows[0]["since"] == "" || !strings.Contains(rows[0]["remedy"], "correct") {
		t.Errorf("%v", rows[0])
	}
	const note = "1 of 2 devices tell nothing of themselves"
	for _, name := range []string{"health", "availability", "blindspots"} {
		if output := ask(name); !strings.Contains(output, note) {
			t.Errorf("%s does not say %q:\n%s", name, note, output)
		}
	}
	if output := ask("blindspots"); !strings.Contains(output, "\n\ncredentials: the agent turns") || !strings.Contains(output, "\n  router-b: wrong digest\n") {
		t.Errorf("the table does not say what its words stand for:\n%s", output)
	}
	if output := ask("availability", "--from", "2026-03-01", "--to", "2026-04-01"); strings.Contains(output, note) {
		t.Errorf("what is blind now is noted of last spring:\n%s", output)
	}
	if output := ask("blindspots", "--device", "router-a"); !strings.HasPrefix(output, "nothing is blind: every device") {
		t.Errorf("router-a:\n%s", output)
	}
	if output := ask("blindspots", "--customer", "nobody"); !strings.Contains(output, "nobody") {
		t.Errorf("a customer that there is none of:\n%s", output)
	}
}

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestLinksMistakesAreUsage(t *testing.T) {
	for says, arguments := range map[string][]string{
		"--top -1 is negative":        {"report", "utilization", "--top", "-1"},
		"--kind must be one":          {"report", "utilization", "--kind", "uplink"},
		"--order must be one":         {"report", "capacity", "--order", "name"},
		"--full-at 0 is no":           {"report", "capacity", "--full-at", "0"},
		"--full-at NaN is no":         {"report", "capacity", "--full-at", "NaN"},
		"at least 10 minutes":         {"report", "capacity", "--from", "5m"},
		"\"Mars\" is not a time zone": {"report", "capacity", "--tz", "Mars"},
	} {
		_, problems, code := call(t, append(arguments, "--config", "examples/site.yaml")...)
		if code != exitUsage || !strings.Contains(problems, says) {
			t.Errorf("%v: exit %d, want %d saying %q; it says:\n%s", arguments, code, exitUsage, says, problems)
		}
	}
}

// TestLinkRulesAreCheckedByLine holds that a mistake in a rule is found where it stands,
// and that numbers may stand without quotes.
func TestLinkRulesAreCheckedByLine(t *testing.T) {
	const good = `processors:
  utilization:
    rules:
      - {alias: radio, types: [6, ppp], min_speed: 1000000, kind: wan, duplex: half, tx: 10M, rx: 2500000}
    links:
      - {customer: A, site: S, device: d, interface: Gi0/0, tx: 64k}
ingest: {inventory: {customers: [{name: A, sites: [{name: S, appliance: {name: s-1}, devices: [{name: d, address: 10.0.0.1}]}]}]}}
`
	check := func(text string) (string, int) {
		_, problems, code := call(t, "check", "--config", writeFile(t, filepath.Join(t.TempDir(), "site.yaml"), text))
		return problems, code
	}
	if problems, code := check(good); code != exitDone {
		t.Fatalf("exit %d:\n%s", code, problems)
	}
	for from, mistake := range map[string][2]string{
		"alias: radio": {"alias: '('", "site.yaml:4: utilization: rules[0]: alias is not a regular expression"},
		"tx: 64k":      {"tx: 0", "site.yaml:6: utilization: links[0]: tx is \"0\""},
		"device: d":    {"device: e", "site.yaml:6: utilization: links[0]: device A / S / e is not in the inventory"},
		"kind: wan":    {"kind: uplink", "site.yaml:4: utilization: rules[0]: kind is \"uplink\""},
	} {
		if problems, code := check(strings.Replace(good, from, mistake[0], 1)); code == exitDone || !strings.Contains(problems, mistake[1]) {
			t.Errorf("%s: exit %d, want it to say %q:\n%s", mistake[0], code, mistake[1], problems)
		}
	}
}

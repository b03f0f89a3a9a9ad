package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrokenConfigurations holds the words a user gets for each way a file can be
// wrong: the line, what is wrong and what to do.
func TestBrokenConfigurations(t *testing.T) {
	const site = "ingest:\n  inventory:\n    customers:\n      - name: A\n        sites:\n          - name: S\n            appliance: {name: s-1}\n            devices:\n"
	cases := []struct {
		name, text string
		line       string
		words      []string
	}{
		{"unknown key", "ingest:\n  snpm:\n    interval: 5s\n", ":2: ", []string{"unknown key \"snpm\"", "correct its spelling"}},
		{"not YAML", "ingest: [\n", ":1: ", nil},
		{"a word for a duration", "ingest:\n  snmp:\n    interval: often\n", ":3: ", []string{"often"}},
		{"a duration without its unit", "ingest:\n  snmp:\n    interval: 10\n", ":3: ", []string{`"10" is no duration: write it with its unit`}},
		{"a port out of range", site + "              - {name: d, address: 10.0.0.1, snmp: {port: 70000, community: c}}\n", ":9: ", []string{`"70000" is a number out of range`}},
		{"a word for a number", "ingest:\n  icmp:\n    packets: many\n", ":3: ", []string{`"many" is no whole number`}},
		{"a word for a yes", site + "              - {name: d, address: 10.0.0.1, no_ping: maybe}\n", ":9: ", []string{`"maybe" is neither true nor false`}},
		{"a name for a list", "ingest:\n  bus:\n    brokers: kafka:9092\n", ":3: ", []string{"a string stands where a list is expected"}},
		{"a duration in two words", "ingest:\n  snmp:\n    interval: 10 s\n", ":3: ", []string{`"10 s"`, "write it as"}},
		{"a community that is no number", site + "              - {name: d, address: 10.0.0.1, snmp: {community: 0123}}\n", ":9: ", []string{"0123 is read as the number 83: put it in quotes"}},
		{"interval too short", "ingest:\n  snmp:\n    interval: 1ms\n", ":3: ", []string{"interval"}},
		{"no folder of profiles", "ingest:\n  snmp:\n    profiles: away\n", ":3: ", []string{"away", "make it, or correct its path"}},
		{"no such profile", site + "              - {name: d, address: 10.0.0.1, snmp: {community: c, profile: cisko}}\n", ":9: ", []string{"no device profile \"cisko\"", "cisco-ios"}},
		{"an uplink that is no address", "ingest: {inventory: {customers: [{name: A, sites: [{name: S, appliance: {name: s-1,\n  uplink: 'unix:data/broker.sock'}}]}]}}\n", ":2: ", []string{"data/broker.sock", "absolute path"}},
		{"bad address", site + "              - {name: d, address: 10.0.0.256}\n", ":9: ", []string{"10.0.0.256", "neither an IP address nor a host name"}},
		{"no way", site + "              - {name: d, address: 10.0.0.1, behind: x}\n", ":9: ", []string{"no device \"x\""}},
		{"a key that is none", site + "            paths:\n              - {name: p, target: 10.0.0.9, authentication_key: open sesame}\n", ":10: ", []string{"hexadecimal digits"}},
		{"a key too short", site + "            paths:\n              - {name: p, target: 10.0.0.9, authentication_key: 0badc0de}\n", ":10: ", []string{"4 octets", "openssl rand"}},
		{"a reflector's key that is none", "ingest:\n  voice:\n    reflector:\n      authentication_keys: [open sesame]\n", ":4: ", []string{"number 1", "hexadecimal digits"}},
		{"a codec without figures", site + "            paths:\n              - {name: p, target: 10.0.0.9, codec: G.7221C}\n", ":10: ", []string{"G.7221C", "\n  G.729, G.729A, G.729A+VAD\n", "processors.voice.codecs"}},
		{"a codec without packets", "processors: {voice: {codecs: {Opus: {ie: 5, bpl: 10}}}}\n" + site + "            paths:\n              - {name: p, target: 10.0.0.9, codec: opus}\n", ":11: ", []string{`"Opus"`, "ingest.voice.codec_bit_rates"}},
		{"broker without port", "ingest:\n  bus:\n    brokers: [kafka]\n", ":3: ", []string{"kafka"}},
		{"listen without port", "http:\n  listen: localhost\n", ":2: ", []string{"127.0.0.1:9464"}},
		{"packets per round", "ingest:\n  icmp:\n    packets: 99\n", ":3: ", []string{"packets"}},
		{"batch of nothing", "processors:\n  group: a\n  batch_rows: 0\n", ":3: ", []string{"batch_rows"}},
		{"a drain longer than a session", "ingest:\n  bus: {session_timeout: 3s, heartbeat_interval: 1s}\nprocessors:\n  drain_timeout: 3s\n", ":4: ", []string{"drain_timeout is 3s", "ingest.bus.session_timeout is 3s"}},
		{"a drain longer than a rebalance", "ingest:\n  bus: {rebalance_timeout: 2s}\nprocessors:\n  drain_timeout: 3s\n", ":4: ", []string{"ingest.bus.rebalance_timeout is 2s"}},
		{"sessions of a reflector", "ingest:\n  voice:\n    reflector:\n      listen: 0.0.0.0:862\n      max_sessions: 0\n", ":5: ", []string{"max_sessions"}},
		{"jitter buffer", "processors:\n  voice:\n    jitter_buffer_ms: -1\n", ":3: ", []string{"jitter_buffer_ms"}},
		{"rows later than polls are kept", "processors:\n  rollup:\n    late_days: 89\n", ":", []string{"late_days is 89", "at most 88"}},
		{"rows later than hours are kept", "storage:\n  retention:\n    customers: {a: short}\n    short: {hour_days: 9}\n", ":", []string{"late_days is 80", "at most 7"}},
		{"rows later than averages are kept", "storage:\n  retention:\n    standard: {five_minute_days: 20}\n", ":", []string{"late_days is 80", "at most 18"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), c.text)
			_, err := loadConfig(path)
			if err == nil {
				t.Fatal("the file was taken for right")
			}
			if !strings.HasPrefix(err.Error(), path+c.line) {
				t.Errorf("got %q, want it to begin with the file and %s", err, c.line)
			}
			for _, word := range c.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("got %q, want it to say %q", err, word)
				}
			}
		})
	}
}

// TestABrokenProfileIsNamed finds the folder of profiles beside the configuration file,
// and names the line of the profile.
func TestABrokenProfileIsNamed(t *testing.T) {
	folder := t.TempDir()
	path := writeFile(t, filepath.Join(folder, "mimamori.yaml"), "ingest:\n  snmp:\n    profiles: own\n")
	if err := os.Mkdir(filepath.Join(folder, "own"), 0o700); err != nil {
		t.Fatal(err)
	}
	at := writeFile(t, filepath.Join(folder, "own", "acme.yaml"), "extends: [generic]\nmax_repetitions: 0\n")
	_, problems, code := call(t, "check", "--config", path)
	if code == exitDone || !strings.Contains(problems, path+":3: ") || !strings.Contains(problems, at+":2: max_repetitions is 0: use 1 to 127") {
		t.Errorf("exit code %d: %s", code, problems)
	}
	writeFile(t, at, "extends: [generic]\nmax_repetitions: 5\n")
	if _, problems, code := call(t, "check", "--config", path); code != exitDone {
		t.Errorf("exit code %d: %s", code, problems)
	}
}

func TestEveryProblemIsNamedAtOnce(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), "http: {listen: x}\ningest:\n  icmp: {packets: 99}\n")
	_, err := loadConfig(path)
	if err == nil || !strings.Contains(err.Error(), ":1: ") || !strings.Contains(err.Error(), ":3: ") {
		t.Fatalf("got %v, want the problems of lines 1 and 3", err)
	}
}

func TestTheOperatorMayRateACodec(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), `
ingest: {inventory: {customers: [{name: A, sites: [{name: S, appliance: {name: s-1}, paths: [{name: p, target: 10.0.0.9, codec: G.722}]}]}]}}
processors: {voice: {codecs: {G.722: {ie: 13, bpl: 14, scale: wb}}}}
`)
	if _, err := loadConfig(path); err != nil {
		t.Error(err)
	}
}

// TestCodecsGoByTheNamesOfTheProbe holds that a path's codec is found as voice probe finds
// it and is known by one name from there on.
func TestCodecsGoByTheNamesOfTheProbe(t *testing.T) {
	for written, name := range map[string]string{"g729": "G.729", "G.729A+vad": "G.729A+VAD", "pcma": "G.711", "g722": "G.722", "G.722.1": "G.722.1", "opus": "Opus",
		"amr-wb 12.65 diotic": "AMR-WB 12.65 diotic", "G.723.1(6.3k)": "G.723.1(6.3k)"} {
		path := writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), fmt.Sprintf(`
ingest:
  inventory: {customers: [{name: A, sites: [{name: S, appliance: {name: s-1}, paths: [{name: p, target: 10.0.0.9, codec: %s}]}]}]}
  voice: {codec_bit_rates: {Opus: 24}}
`, written))
		config, err := loadConfig(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := config.Ingest.Inventory.Stations()[0].Paths[0].Codec; got != name {
			t.Errorf("%s is taken for %q, want %q", written, got, name)
		}
	}
}

func TestAnEmptyFileIsOneProblem(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing but a comment\n"} {
		_, err := loadConfig(writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), text))
		if err == nil || !strings.Contains(err.Error(), "examples/site.yaml") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestTheExampleIsRight(t *testing.T) {
	config, err := loadConfig("examples/site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(config.Ingest.Inventory.Stations()) != 1 || !config.embeddedBroker() || !config.embeddedStore() {
		t.Fatalf("the example is not one site with everything embedded: %+v", config)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), `
ingest:
  inventory:
    customers:
    - name: A
      sites:
      - name: S
        appliance:
          name: s-1
          notifications:
            communities: [whisper one, whisper two]
            users: [{name: traps, auth: SHA-1, auth_password: whisper three, privacy: AES-128, privacy_password: whisper four}]
        devices:
        - {name: d, address: 10.0.0.1, snmp: {community: whisper five}}
        - {name: e, address: 10.0.0.2, snmp: {user: {name: noc, auth: SHA-1, auth_password: whisper six, privacy: AES-128, privacy_password: whisper seven}}}
        paths: [{name: p, target: 10.0.0.3, authentication_key: "d1ce0000d1ce0000d1ce0000d1ce0009"}]
  voice: {reflector: {authentication_keys: ["d1ce0000d1ce0000d1ce0000d1ce0010", "base64:d1ceAAAAd1ceAAAAd1ceAA=="]}}
storage: {clickhouse: {address: "127.0.0.1:9000", password: whisper eight}}
`)
	output, problems, code := call(t, "config", "--config", path)
	if code != 0 || strings.Contains(output+problems, "whisper") || strings.Contains(output+problems, "d1ce") {
		t.Fatalf("exit %d, printed:\n%s%s", code, output, problems)
	}
	if strings.Count(output, secret) != 11 {
		t.Errorf("want %q in the place of 11 secrets and nowhere else:\n%s", secret, output)
	}
	for _, plain := range []string{"10.0.0.1", "traps", "noc", "AES-128"} {
		if !strings.Contains(output, plain) {
			t.Errorf("%q is not in the configuration:\n%s", plain, output)
		}
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		arguments []string
		code      int
		says      string
	}{
		{[]string{"version"}, exitDone, ""},
		{[]string{"frobnicate"}, exitUsage, "--help"},
		{[]string{"check"}, exitUsage, "--config"},
		{[]string{"check", "--config", "/does/not/exist"}, exitUsage, "/does/not/exist"},
		{[]string{"report", "availability", "--config", "examples/site.yaml", "--from", "yesterday"}, exitUsage, "2026-05-01"},
		{[]string{"report", "availability", "--config", "examples/site.yaml", "--from", "1h", "--to", "2h"}, exitUsage, "the time range is empty"},
		{[]string{"demo", "--devices", "6000"}, exitUsage, "5000"},
		{[]string{"demo", "--for", "10s", "--verify"}, exitUsage, "too short"},
	} {
		_, problems, code := call(t, c.arguments...)
		if code != c.code || !strings.Contains(problems, c.says) {
			t.Errorf("%v: exit %d, want %d saying %q; it says:\n%s", c.arguments, code, c.code, c.says, problems)
		}
	}
}

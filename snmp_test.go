package main

import (
	"encoding/json"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp"
	"mimamori/ingest/snmp/replay"
)

// branchRouter is what a small router has: one interface of both tables, one of the
// older alone, a processor.
const branchRouter = `.1.3.6.1.2.1.1.1.0 = STRING: "Branch router, \"north\" wing"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.32473.1.7
.1.3.6.1.2.1.1.3.0 = Timeticks: (8640150) 1 day, 0:00:01.50
.1.3.6.1.2.1.1.5.0 = STRING: "rt-branch"
.1.3.6.1.2.1.2.2.1.1.3 = INTEGER: 3
.1.3.6.1.2.1.2.2.1.1.9 = INTEGER: 9
.1.3.6.1.2.1.2.2.1.2.3 = STRING: "GigabitEthernet0/3"
.1.3.6.1.2.1.2.2.1.2.9 = STRING: "Serial0"
.1.3.6.1.2.1.2.2.1.3.3 = INTEGER: ethernetCsmacd(6)
.1.3.6.1.2.1.2.2.1.3.9 = INTEGER: 22
.1.3.6.1.2.1.2.2.1.4.3 = INTEGER: 1500
.1.3.6.1.2.1.2.2.1.4.9 = INTEGER: 1504
.1.3.6.1.2.1.2.2.1.5.3 = Gauge32: 1000000000
.1.3.6.1.2.1.2.2.1.5.9 = Gauge32: 2048000
.1.3.6.1.2.1.2.2.1.6.3 = Hex-STRING: 02 00 5E 10 00 03
.1.3.6.1.2.1.2.2.1.7.3 = INTEGER: up(1)
.1.3.6.1.2.1.2.2.1.7.9 = INTEGER: up(1)
.1.3.6.1.2.1.2.2.1.8.3 = INTEGER: up(1)
.1.3.6.1.2.1.2.2.1.8.9 = INTEGER: down(2)
.1.3.6.1.2.1.2.2.1.10.3 = Counter32: 17
.1.3.6.1.2.1.2.2.1.10.9 = Counter32: 4000
.1.3.6.1.2.1.2.2.1.14.3 = Counter32: 5
.1.3.6.1.2.1.2.2.1.14.9 = Counter32: 1
.1.3.6.1.2.1.2.2.1.16.3 = Counter32: 18
.1.3.6.1.2.1.2.2.1.16.9 = Counter32: 5000
.1.3.6.1.2.1.25.3.3.1.2.1 = INTEGER: 42
.1.3.6.1.2.1.31.1.1.1.1.3 = STRING: "Gi0/3"
.1.3.6.1.2.1.31.1.1.1.6.3 = Counter64: 12345678901234
.1.3.6.1.2.1.31.1.1.1.10.3 = Counter64: 98765432109876
.1.3.6.1.2.1.31.1.1.1.15.3 = Gauge32: 1000
.1.3.6.1.2.1.31.1.1.1.18.3 = STRING: "to 本社"
`

var nocUser = inventory.SNMPUser{
	Name: "noc", Auth: "SHA-256", AuthPassword: "authenticated", Privacy: "AES-256-C", PrivacyPassword: "encrypted too",
}

func branchAgent(t *testing.T) netip.AddrPort {
	t.Helper()
	walk, err := replay.Read(strings.NewReader(branchRouter))
	if err != nil {
		t.Fatal(err)
	}
	agent, err := replay.New(replay.Config{Walk: walk, Users: []inventory.SNMPUser{nocUser}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- agent.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return agent.Addr()
}

func TestSNMPPollPrintsWhatAProfileYields(t *testing.T) {
	agent := branchAgent(t).String()
	rights := map[string][]string{
		"1":  {"--version", "1", "--community", "public"},
		"2c": {"--community", "public"},
		"3": {
			"--v3-user", "noc", "--v3-auth", "sha256", "--v3-auth-password", "authenticated",
			"--v3-privacy", "aes256c", "--v3-privacy-password", "encrypted too",
		},
	}
	for version, flags := range rights {
		t.Run("version "+version, func(t *testing.T) {
			output, problems, code := call(t, append([]string{"snmp", "poll", "--json", "--target", agent}, flags...)...)
			if code != exitDone {
				t.Fatalf("exit code %d: %s", code, problems)
			}
			var answer struct {
				SysObjectID string  `json:"sys_object_id"`
				SysName     string  `json:"sys_name"`
				SysDescr    string  `json:"sys_descr"`
				Profile     string  `json:"profile"`
				Uptime      float64 `json:"uptime_s"`
				Interfaces  []map[string]any
				Health      []map[string]any
				Notes       []string
			}
			if err := json.Unmarshal([]byte(output), &answer); err != nil {
				t.Fatalf("%v in %s", err, output)
			}
			if answer.SysObjectID != "1.3.6.1.4.1.32473.1.7" || answer.SysName != "rt-branch" || answer.SysDescr != `Branch router, "north" wing` ||
				answer.Profile != "generic" || answer.Uptime < 86401.5 || answer.Uptime > 87000 || answer.Notes == nil {
				t.Errorf("the device is %+v", answer)
			}
			if len(answer.Interfaces) != 2 {
				t.Fatalf("interfaces %v, want two", answer.Interfaces)
			}
			gigabit := map[string]any{
				"if_index": 3.0, "name": "Gi0/3", "alias": "to 本社", "descr": "GigabitEthernet0/3", "type": 6.0, "mtu": 1500.0,
				"speed_bps": 1e9, "phys_address": "02:00:5e:10:00:03", "admin": "up", "oper": "up",
				"in_octets": 12345678901234.0, "out_octets": 98765432109876.0, "in_errors": 5.0, "out_errors": nil, "counter_bits": 64.0,
			}
			if version == "1" { // which has no 64-bit counters
				gigabit["in_octets"], gigabit["out_octets"], gigabit["counter_bits"] = 17.0, 18.0, 32.0
			}
			serial := map[string]any{
				"if_index": 9.0, "name": "Serial0", "type": 22.0, "speed_bps": 2048000.0, "admin": "up", "oper": "down",
				"in_octets": 4000.0, "out_octets": 5000.0, "in_errors": 1.0, "counter_bits": 32.0,
			}
			for i, expected := range []map[string]any{gigabit, serial} {
				for key, value := range expected {
					if got := answer.Interfaces[i][key]; got != value {
						t.Errorf("interface %d: %s is %v, want %v", i, key, got, value)
					}
				}
			}
			cpu := map[string]any{"kind": "cpu", "value": 42.0, "unit": "percent"}
			for key, value := range cpu {
				if len(answer.Health) == 0 || answer.Health[0][key] != value {
					t.Errorf("health is %v, want a processor at 42 percent first", answer.Health)
				}
			}
		})
	}
}

func TestSNMPPollSaysWhyThereIsNoAnswer(t *testing.T) {
	agent := branchAgent(t).String()
	poll := func(flags ...string) []string {
		return append([]string{"snmp", "poll", "--timeout", "200ms", "--retries", "0", "--target", agent}, flags...)
	}
	user := func(auth, password string) []string {
		return poll("--v3-user", "noc", "--v3-auth", auth, "--v3-auth-password", password, "--v3-privacy", "AES-256-C", "--v3-privacy-password", "encrypted too")
	}
	for name, c := range map[string]struct {
		arguments []string
		code      int
		problem   string
	}{
		"wrong community":  {poll("--community", "secret"), exitFailed, "community"},
		"wrong password":   {user("SHA-256", "not this one"), exitFailed, "password"},
		"unknown user":     {poll("--v3-user", "nobody"), exitFailed, "user"},
		"no right at all":  {poll(), exitUsage, "give --community"},
		"no such protocol": {user("SHA-3", "authenticated"), exitUsage, "--v3-auth"},
		"no such port":     {[]string{"snmp", "poll", "--target", "127.0.0.1:0", "--community", "public"}, exitUsage, "1 to 65535"},
		"no host":          {[]string{"snmp", "poll", "--target", "udp:127.0.0.1:161", "--community", "public"}, exitUsage, "names no host"},
		"both rights":      {poll("--community", "public", "--v3-user", "noc"), exitUsage, "give one of them"},
		"3 by community":   {poll("--version", "3", "--community", "public"), exitUsage, "give --v3-user"},
		"nothing listens":  {[]string{"snmp", "poll", "--target", "127.0.0.1:9", "--community", "public"}, exitFailed, "nothing listens on its SNMP port (connection refused): turn the agent on"},
		"no such profile":  {poll("--community", "public", "--profile", "no-such"), exitUsage, "no-such"},
	} {
		t.Run(name, func(t *testing.T) {
			output, problems, code := call(t, c.arguments...)
			if code != c.code || output != "" || !strings.Contains(problems, c.problem) {
				t.Errorf("exit code %d, output %q, problems %q; want %d and %q", code, output, problems, c.code, c.problem)
			}
			for _, secret := range []string{"not this one", "encrypted too"} {
				if strings.Contains(problems, secret) {
					t.Errorf("a password is shown: %s", problems)
				}
			}
		})
	}
}

// TestSNMPPollAlignsForPeople holds that a name in Japanese moves no column, and that a
// speed the agent does not know is no speed of 0.
func TestSNMPPollAlignsForPeople(t *testing.T) {
	polled := pollOut{Answer: snmp.Answer{Interfaces: []snmp.Interface{
		{Name: "本社向け", AdminStatus: "up", OperStatus: "up", SpeedBps: 1e8, Alias: "a"}, {Name: "lo", AdminStatus: "up", OperStatus: "up", Alias: "b"},
	}}}
	var output strings.Builder
	if err := polled.print(&output); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"INTERFACE  ADMIN  OPER  MBIT/S  IN OCTETS", "\n本社向け   up     up       100          -", "\nlo         up     up         -          -",
	} {
		if !strings.Contains(output.String(), want) {
			t.Errorf("%q is missing:\n%s", want, output.String())
		}
	}
}

func TestSNMPWalkCanBeReplayed(t *testing.T) {
	agent := branchAgent(t).String()
	output, problems, code := call(t, "snmp", "walk", "--community", "public", "--target", agent)
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, problems)
	}
	lines, expected := strings.Split(strings.TrimSpace(output), "\n"), strings.Split(strings.TrimSpace(branchRouter), "\n")
	if len(lines) != len(expected) {
		t.Fatalf("%d objects, want %d", len(lines), len(expected))
	}
	for i, line := range expected {
		line = strings.NewReplacer("up(1)", "1", "down(2)", "2", "ethernetCsmacd(6)", "6").Replace(line)
		if strings.Contains(line, "本社") {
			line = ".1.3.6.1.2.1.31.1.1.1.18.3 = Hex-STRING: 74 6F 20 E6 9C AC E7 A4 BE"
		}
		if lines[i] != line && !strings.Contains(line, "Timeticks") {
			t.Errorf("object %d is %q, want %q", i, lines[i], line)
		}
	}
	output, _, _ = call(t, "snmp", "walk", "--json", "--community", "public", "--target", agent, "1.3.6.1.2.1.31.1.1.1.6.3")
	if strings.TrimSpace(output) != `{"oid":".1.3.6.1.2.1.31.1.1.1.6.3","type":"Counter64","value":12345678901234}` {
		t.Errorf("one object in JSON is %s", output)
	}
	for what, arguments := range map[string][]string{"nothing there": {"1.3.6.1.4.1.99999"}, "no OID": {"ifTable"}, "too short": {"1"}, "no such tree": {"9.9.9"}} {
		_, problems, code := call(t, append([]string{"snmp", "walk", "--community", "public", "--target", agent}, arguments...)...)
		if code == exitDone || problems == "" {
			t.Errorf("%s: exit code %d, %q", what, code, problems)
		}
	}
}

func TestUptimeInWords(t *testing.T) {
	for seconds, want := range map[float64]string{59.99: "0:00:59", 86_400: "1 day, 0:00:00", 4_924_466.2: "56 days, 23:54:26"} {
		if got := uptime(seconds); got != want {
			t.Errorf("%v seconds are %q, want %q", seconds, got, want)
		}
	}
}

// TestSNMPReplayAnswersAWalk records a device and polls the recording: it yields what the
// device did.
func TestSNMPReplayAnswersAWalk(t *testing.T) {
	rights := []string{"--v3-user", "noc", "--v3-auth", "SHA-256", "--v3-auth-password", "authenticated", "--v3-privacy", "AES-128", "--v3-privacy-password", "encrypted too"}
	recorded, problems, code := call(t, "snmp", "walk", "--community", "public", "--target", branchAgent(t).String(), "1.3")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, problems)
	}
	file := writeFile(t, filepath.Join(t.TempDir(), "branch.walk"), recorded)
	port := freePort(t, "udp")
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	replaying := start(t, append([]string{"snmp", "replay", file, "--listen", address}, rights...)...)
	until(t, 10*time.Second, func() (bool, string) {
		output, problems, code := call(t, append([]string{"snmp", "poll", "--json", "--timeout", "500ms", "--target", address}, rights...)...)
		return code == exitDone && strings.Contains(output, `"sys_name": "rt-branch"`) && strings.Contains(output, "98765432109876"), problems
	})
	replaying.stop()

	for what, arguments := range map[string][]string{
		"no walk":      {writeFile(t, filepath.Join(t.TempDir(), "empty.walk"), "")},
		"no address":   {file, "--listen", "1161"},
		"a bad user":   {file, "--v3-user", "noc", "--v3-auth", "none"},
		"no such file": {file + ".gone"},
	} {
		if _, problems, code := call(t, append([]string{"snmp", "replay"}, arguments...)...); code != exitUsage || problems == "" {
			t.Errorf("%s: exit code %d, %q; want %d", what, code, problems, exitUsage)
		}
	}
}

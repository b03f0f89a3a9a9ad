package replay

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"mimamori/ingest/inventory"
)

// recorded is a small walk with every type there is.
const recorded = `# a switch
.1.3.6.1.2.1.1.1.0 = STRING: "A \"switch\"
of two lines"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.32473.1
.1.3.6.1.2.1.1.3.0 = Timeticks: (1234567) 3:25:45.67
.1.3.6.1.2.1.1.5.0 = STRING: "sw-1"
.1.3.6.1.2.1.2.2.1.2.1 = STRING: "Port 1"
.1.3.6.1.2.1.2.2.1.2.2 = STRING: "Port 2"
.1.3.6.1.2.1.2.2.1.2.200 = STRING: "Port 200"
.1.3.6.1.2.1.2.2.1.2.16400 = STRING: "Port 16400"
.1.3.6.1.2.1.2.2.1.6.1 = Hex-STRING: 00 1B 21 00 00 01 
.1.3.6.1.2.1.2.2.1.8.1 = INTEGER: up(1)
.1.3.6.1.2.1.2.2.1.10.1 = Counter32: 4000000000
.1.3.6.1.2.1.4.20.1.1.10.0.0.1 = IpAddress: 10.0.0.1
.1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: 18446744073709551000
.1.3.6.1.2.1.31.1.1.1.6.2 = Counter64: 7
.1.3.6.1.2.1.31.1.1.1.15.1 = Gauge32: 1000
.1.3.6.1.4.1.32473.1.1 = Opaque: Float: 1.500000
.1.3.6.1.4.1.32473.1.2 = INTEGER: -42
`

func recordedWalk(t testing.TB) *Walk {
	t.Helper()
	walk, err := Read(strings.NewReader(recorded))
	if err != nil {
		t.Fatal(err)
	}
	return walk
}

// start runs an agent until the test ends.
func start(t testing.TB, config Config) *Agent {
	t.Helper()
	agent, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- agent.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return agent
}

// netSNMP runs one of net-snmp's programs and returns what it prints, and whether it
// was content. The last argument is what is asked.
func netSNMP(t *testing.T, agent *Agent, program string, arguments ...string) (printed string, ok bool) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: install Debian's snmp", program)
		}
		t.Skipf("%s is missing: install Debian's snmp", program)
	}
	last := len(arguments) - 1
	all := append([]string{"-t", "1", "-r", "1", "-m", "", "-One"}, arguments[:last]...)
	all = append(all, agent.Addr().String(), arguments[last])
	command := exec.CommandContext(t.Context(), path, all...)
	// No configuration of this host, and nothing kept of an engine.
	command.Env = append(os.Environ(), "SNMPCONFPATH="+t.TempDir(), "SNMP_PERSISTENT_DIR="+t.TempDir())
	output, err := command.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return string(output) + string(exit.Stderr), false
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(output), true
}

var version2 = []string{"-v2c", "-c", "public"}

func ask(protocol []string, rest ...string) []string {
	return append(append([]string{}, protocol...), rest...)
}

// asUser are the arguments by which net-snmp asks as a user.
func asUser(u inventory.SNMPUser) []string {
	level := "noAuthNoPriv"
	arguments := []string{"-v3", "-u", u.Name}
	if u.Auth != "" {
		level = "authNoPriv"
		arguments = append(arguments, "-a", strings.Replace(u.Auth, "SHA-1", "SHA", 1), "-A", u.AuthPassword)
	}
	if u.Privacy != "" {
		level = "authPriv"
		arguments = append(arguments, "-x", u.Privacy, "-X", u.PrivacyPassword)
	}
	if u.Context != "" {
		arguments = append(arguments, "-n", u.Context)
	}
	return append(arguments, "-l", level)
}

package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	namespaceMark = "MIMAMORI_TEST_IN_NAMESPACE"
	skipMark      = "not exercised: "
)

// inOwnNamespace runs the test that calls it once more, in a network namespace of its
// own, and reports whether this is that run. The caller returns when it is not.
func inOwnNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(namespaceMark) != "" {
		return true
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v=true")
	command.Env = append(os.Environ(), namespaceMark+"=1")
	command.SysProcAttr = ownNamespace()
	output, err := command.CombinedOutput()
	need(t, command.Process != nil, "the right to make a network namespace")
	switch _, reason, skipped := strings.Cut(string(output), skipMark); {
	case err != nil:
		t.Fatalf("in a network namespace: %v\n%s", err, output)
	case skipped:
		reason, _, _ = strings.Cut(reason, "\n")
		t.Skip(reason)
	}
	t.Logf("in a network namespace:\n%s", output)
	return false
}

// ownNamespace is what gives a process a network namespace of its own.
func ownNamespace() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	return attributes
}

// configure runs ip, tc or nsenter.
func configure(t *testing.T, format string, arguments ...any) error {
	t.Helper()
	fields := strings.Fields(fmt.Sprintf(format, arguments...))
	output, err := exec.CommandContext(t.Context(), fields[0], fields[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(fields, " "), err, strings.Join(strings.Fields(string(output)), " "))
	}
	return nil
}

// farReflector starts the program's reflector in a namespace of its own, behind a pair of
// virtual links: here it is "near", 198.18.0.1, there "far", 198.18.0.2.
func farReflector(t *testing.T) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, "voice", "reflect", "--listen", "0.0.0.0:862", "--json")
	command.SysProcAttr = ownNamespace()
	reflector := startCommand(t, command)
	reflector.wait("listening", 20*time.Second)
	there := reflector.command.Process.Pid
	for _, err := range []error{
		configure(t, "ip link add near type veth peer name far netns %d", there),
		configure(t, "ip addr add 198.18.0.1/30 dev near"), configure(t, "ip link set near up"),
		configure(t, "nsenter -t %d -n ip addr add 198.18.0.2/30 dev far", there), configure(t, "nsenter -t %d -n ip link set far up", there),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func needLinks(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"ip", "tc", "nsenter"} {
		_, err := exec.LookPath(tool)
		need(t, err == nil, tool+" (Debian iproute2 and util-linux)")
	}
}

func TestVoiceProbeAcrossLinks(t *testing.T) {
	needLinks(t)
	if !inOwnNamespace(t) {
		return
	}
	farReflector(t)
	got, complaint, code := probeJSON(t, "198.18.0.2", "--for", "1s", "--source", "198.18.0.1", "--source-port", "4000")
	if code != exitDone || got.Received != 50 || *got.Ways.Forward.TTL != 255 || *got.Ways.Backward.TTL != 255 || *got.DSCPReceived != 46 {
		t.Errorf("exit code %d (%s): %+v", code, complaint, got)
	}
	_, complaint, code = probeJSON(t, "198.51.100.1", "--for", "100ms", "--timeout", "100ms")
	if code != exitFailed || !strings.Contains(complaint, "no packet could be sent to 198.51.100.1:862") {
		t.Errorf("without a route, exit code %d: %s", code, complaint)
	}
}

// TestVoiceProbeAcrossNetem measures what the kernel itself is told to do to packets.
func TestVoiceProbeAcrossNetem(t *testing.T) {
	needLinks(t)
	if !inOwnNamespace(t) {
		return
	}
	farReflector(t)
	// A kernel without netem is no fault of what was installed: CI goes on too.
	if err := configure(t, "tc qdisc add dev near root netem delay 30ms 10ms loss 2%%"); err != nil {
		t.Skipf("%sthe kernel has no netem (CONFIG_NET_SCH_NETEM): %v", skipMark, err)
	}
	got, complaint, code := probeJSON(t, "198.18.0.2", "--for", "30s")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, complaint)
	}
	// netem spreads a jitter evenly, to both sides of the delay.
	sent, received := float64(got.Sent), float64(got.Received)
	applied(t, "loss %", *got.LossPct, 2, 100*math.Sqrt(0.02*0.98/sent), 0)
	applied(t, "round trip, mean", *got.RTT.Avg, 30, 10/math.Sqrt(3)/math.Sqrt(received), 0.5)
	// The mean difference of two such delays is a third of their range; RFC 3550's mean
	// looks back over about 31 packets, whose differences overlap in pairs.
	applied(t, "jitter", *got.JitterMs, 20./3, 20*math.Sqrt(1./18)*math.Sqrt(1.5/31), 0.5)
	applied(t, "variation, 95 %", *got.PDV.P95, 19, 20*math.Sqrt(0.95*0.05/received), 0.5)
	if got.Late != 0 || *got.DSCPReceived != 46 || got.Ways.Backward.Lost != nil && *got.Ways.Backward.Lost != 0 {
		t.Errorf("%+v", got)
	}
}

// applied demands a figure within its sampling error and a slack of the machine's own.
func applied(t *testing.T, name string, got, want, deviation, slack float64) {
	t.Helper()
	t.Logf("%s is %.3f, applied %.3f with a deviation of %.3f", name, got, want, deviation)
	if math.Abs(got-want) > sigmas*deviation+slack {
		t.Errorf("%s is %.3f, applied %.3f with a deviation of %.3f", name, got, want, deviation)
	}
}

package snmp

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// snmpd is net-snmp's agent on a port of its own.
type snmpd struct {
	t       *testing.T
	path    string
	dir     string // of its configuration, and of what it keeps over a restart
	port    uint16
	command *exec.Cmd
	output  strings.Builder
}

// startSnmpd runs net-snmp's agent on a free port and returns it.
func startSnmpd(t *testing.T) uint16 {
	t.Helper()
	return newSnmpd(t, "rocommunity public 127.0.0.1", "sysName real-agent").port
}

// newSnmpd runs net-snmp's agent with the lines of configuration.
func newSnmpd(t *testing.T, lines ...string) *snmpd {
	t.Helper()
	path, err := exec.LookPath("snmpd")
	if err != nil {
		path = "/usr/sbin/snmpd"
		if _, err = os.Stat(path); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal("net-snmp's snmpd is missing: install the package snmpd")
			}
			t.Skip("net-snmp's snmpd is missing: install the package snmpd to run this test")
		}
	}
	probe, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	a := &snmpd{t: t, path: path, dir: t.TempDir(), port: probe.LocalAddr().(*net.UDPAddr).AddrPort().Port()}
	_ = probe.Close()
	a.configure(append(lines, "dontLogTCPWrappersConnects yes")...)
	t.Cleanup(func() {
		a.stop()
		if t.Failed() {
			t.Log(a.output.String())
		}
	})
	a.start()
	return a
}

func (a *snmpd) configure(lines ...string) {
	a.t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, "snmpd.conf"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *snmpd) start() {
	a.t.Helper()
	a.command = exec.Command(a.path, "-f", "-Lo", "-m", "", "-p", filepath.Join(a.dir, "pid"), fmt.Sprintf("udp:127.0.0.1:%d", a.port))
	a.command.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+filepath.Join(a.dir, "kept"), "SNMPCONFPATH="+a.dir+":"+filepath.Join(a.dir, "kept"))
	a.command.Stdout, a.command.Stderr = &a.output, &a.output
	if err := a.command.Start(); err != nil {
		a.t.Fatal(err)
	}
}

func (a *snmpd) stop() {
	_ = a.command.Process.Signal(os.Interrupt)
	_ = a.command.Wait()
}

func statistic(t *testing.T, name string) uint64 {
	t.Helper()
	content, err := os.ReadFile("/sys/class/net/lo/statistics/" + name)
	if err != nil {
		t.Fatal(err)
	}
	value, err := strconv.ParseUint(strings.TrimSpace(string(content)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestNetSNMP(t *testing.T) {
	earliest, earliestPackets := statistic(t, "rx_bytes"), statistic(t, "rx_packets")
	cfg := quickConfig()
	cfg.Timeout = time.Second
	s := newSingleAt(t, cfg, nil, startSnmpd(t))
	eventually(t, "snmpd answers", 20*time.Second, func() bool {
		s.poll()
		return s.device.result == resultOK
	})
	at := slices.Index(s.keyframes.Interface, s.id("lo"))
	if at < 0 {
		t.Fatalf("there is no keyframe of lo among %v", s.identities.Name)
	}
	octets := s.keyframes.InOctets[at]
	if now := statistic(t, "rx_bytes"); octets < earliest || octets > now || s.keyframes.Width[at] != 64 {
		t.Errorf("lo has received %d octets by a %d-bit counter, the kernel says %d to %d", octets, s.keyframes.Width[at], earliest, now)
	}
	identity := slices.Index(s.identities.Name, "lo")
	if identity < 0 || s.identities.IfType[identity] != 24 || s.identities.IfIndex[identity] != 1 {
		t.Errorf("identities %+v", s.identities)
	}
	if s.devices.Len() != 1 || s.devices.SysName[0] != "real-agent" {
		t.Errorf("devices %+v", s.devices)
	}
	if s.uptimes.Len() != 1 || s.uptimes.Presence[0] != 3 {
		t.Errorf("uptimes %+v: net-snmp has all of the clocks", s.uptimes)
	}

	// What passes now is found in the differences. net-snmp reads the kernel's
	// counters only every few seconds.
	const passed = 2_000_000
	conn, err := net.Dial("udp4", "127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	datagram := make([]byte, 20_000)
	for range passed / len(datagram) {
		_, _ = conn.Write(datagram) // nobody listens: every other one is refused
		_, _ = conn.Write(datagram)
	}
	before := statistic(t, "rx_bytes")
	sum := octets
	eventually(t, "the octets that passed are in the rows", 60*time.Second, func() bool {
		s.poll()
		for i, id := range s.interfaces.Interface {
			if id == s.id("lo") {
				sum += s.interfaces.InOctets[i]
				if s.interfaces.Evidence[i] != 0 {
					t.Fatalf("evidence %d of a reset that was none", s.interfaces.Evidence[i])
				}
			}
		}
		return sum >= before
	})
	if now := statistic(t, "rx_bytes"); sum > now || sum < octets+passed {
		t.Errorf("keyframe and differences make %d octets, the kernel says %d to %d", sum, octets+passed, now)
	}

	// net-snmp answers 0 packets until it has read the kernel's counters twice, so
	// they are looked at now.
	s.device.refreshAt = s.worker.clock(time.Now())
	s.poll()
	at = slices.Index(s.keyframes.Interface, s.id("lo"))
	if at < 0 {
		t.Fatal("there is no keyframe of lo after an hour")
	}
	if packets, now := s.keyframes.InUcastPkts[at], statistic(t, "rx_packets"); packets < earliestPackets || packets > now {
		t.Errorf("lo has received %d packets, the kernel says %d to %d", packets, earliestPackets, now)
	}
}

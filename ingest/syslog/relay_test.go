package syslog

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"mimamori/ingest/inventory"
)

// needTool returns where a program of Debian is.
func needTool(t *testing.T, name, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path = filepath.Join("/usr/sbin", name)
		_, err = os.Stat(path)
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing (Debian package %s)", name, debianPackage)
		}
		t.Skipf("%s is missing (Debian package %s)", name, debianPackage)
	}
	return path
}

// startRelay starts rsyslogd, which takes datagrams on 127.0.0.1 and passes them on to
// an address, and returns its port. What it sends comes from 127.0.0.1.
func startRelay(t *testing.T, to, how string) int {
	t.Helper()
	rsyslogd := needTool(t, "rsyslogd", "rsyslog")
	reserved, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := reserved.LocalAddr().(*net.UDPAddr).Port
	reserved.Close()
	host, target, err := net.SplitHostPort(to)
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	config := filepath.Join(directory, "rsyslog.conf")
	text := fmt.Sprintf(`global(workDirectory="%s" net.enableDNS="off")
module(load="imudp")
input(type="imudp" address="127.0.0.1" port="%d")
action(type="omfwd" target="%s" port="%s" %s)
`, directory, port, host, target, how)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	relay := exec.Command(rsyslogd, "-n", "-i", filepath.Join(directory, "pid"), "-f", config)
	relay.Stdout, relay.Stderr = &output, &output
	if err := relay.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = relay.Process.Kill()
		_ = relay.Wait()
		if t.Failed() {
			t.Logf("rsyslogd said: %s", output.String())
		}
	})
	return port
}

// TestBehindRsyslog: a host's logger and a router send to rsyslogd, which forwards to
// the receiver over UDP and over TCP.
func TestBehindRsyslog(t *testing.T) {
	logger := needTool(t, "logger", "bsdutils")
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for over, how := range map[string]string{
		"UDP": `protocol="udp"`,
		"TCP": `protocol="tcp" tcp_framing="octet-counted"`,
	} {
		t.Run(over, func(t *testing.T) {
			s := runStation(t, DefaultConfig(), inventory.Station{
				Appliance: inventory.Appliance{Name: "a", Syslog: &inventory.Syslog{
					UDP: "127.0.0.1:0", TCP: "127.0.0.1:0", Relays: []string{"127.0.0.1"},
				}},
				Devices: []inventory.StationDevice{
					{ID: 1, Device: inventory.Device{Name: name + ".example.com", Address: "192.168.1.1"}},
					{ID: 2, Device: inventory.Device{Name: "router", Address: "127.0.0.2"}},
					{ID: 3, Device: inventory.Device{Name: "switch", Address: "192.168.1.3"}},
				},
			})
			to := s.address
			if over == "TCP" {
				to = s.tcp
			}
			port := startRelay(t, to, how)
			// rsyslogd takes its time to listen.
			rows := 0
			for deadline := time.Now().Add(20 * time.Second); rows == 0; rows = s.count() {
				if time.Now().After(deadline) {
					t.Fatal("nothing comes through the relay")
				}
				send := exec.Command(logger, "--udp", "--server", "127.0.0.1", "--port", strconv.Itoa(port), "--rfc3164", "--tag", "backup", "done")
				if output, err := send.CombinedOutput(); err != nil {
					t.Fatalf("logger: %v: %s", err, output)
				}
				<-time.After(300 * time.Millisecond)
			}
			relayed := &site{address: fmt.Sprintf("127.0.0.1:%d", port)}
			relayed.send(t, "127.0.0.2", "<189>45: *Oct 11 22:14:15.003: %SYS-5-CONFIG_I: Configured from console")
			relayed.send(t, "127.0.0.9", "<13>Oct 11 22:14:15 switch app: named")
			relayed.send(t, "127.0.0.9", "<13>Oct 11 22:14:15 stranger app: of nobody")
			want := map[string]whose{
				"done":                    {1, "127.0.0.1", 1},
				"Configured from console": {2, "127.0.0.1", 1}, // rsyslogd names who sent it
				"named":                   {3, "127.0.0.1", 1},
				"of nobody":               {0, "127.0.0.1", 0},
			}
			for deadline := time.Now().Add(10 * time.Second); s.count() < rows+3; {
				if time.Now().After(deadline) {
					t.Fatalf("%d rows, want %d", s.count(), rows+3)
				}
				<-time.After(5 * time.Millisecond)
			}
			if err := s.stop(); err != nil {
				t.Fatal(err)
			}
			for i := range s.rows.Len() {
				got := whose{s.rows.Device[i], s.rows.Source[i], s.rows.Relayed[i]}
				if got != want[s.rows.Message[i]] {
					t.Errorf("%q of %q: %+v, want %+v", s.rows.Message[i], s.rows.Hostname[i], got, want[s.rows.Message[i]])
				}
			}
		})
	}
}

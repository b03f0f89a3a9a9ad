package snmptrap

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/processors/alert/alerttest"
	"mimamori/processors/alert/notify"
)

const (
	community       = "not-to-be-seen"
	authPassword    = "the long first"
	privacyPassword = "the long second"

	alarmID = "00c0ffee00c0ffee"
)

// needTool returns where a program of Debian is.
func needTool(t *testing.T, name, debianPackage string) string {
	t.Helper()
	for _, place := range []string{"/usr/bin", "/usr/sbin"} {
		if path, err := exec.LookPath(filepath.Join(place, name)); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing (Debian package %s)", name, debianPackage)
	}
	t.Skipf("%s is missing (Debian package %s)", name, debianPackage)
	return ""
}

// mibs are the folders of the module and of what it stands on.
func mibs(t *testing.T, module string) string {
	t.Helper()
	base, err := filepath.Abs("testdata/mibs")
	if err != nil {
		t.Fatal(err)
	}
	if module == "" {
		module = filepath.Join(base, "../../../../../docs")
	}
	return base + ":" + module
}

// received is a notification as snmptrapd says it.
type received struct {
	how       string // TRAP or INFORM, and by which version
	name      string // of the notification
	variables map[string]string
	order     []string // of the variables
}

// trapd is net-snmp's snmptrapd.
type trapd struct {
	t       *testing.T
	path    string
	dir     string
	address string
	modules string
	lines   []string
	command *exec.Cmd
	said    bytes.Buffer
}

// listen runs snmptrapd with the lines of configuration on a free port.
func listen(t *testing.T, lines ...string) *trapd {
	t.Helper()
	d := &trapd{t: t, path: needTool(t, "snmptrapd", "snmptrapd"), modules: mibs(t, ""), lines: lines}
	var err error
	if d.dir, err = os.MkdirTemp("", "snmptrapd-"); err != nil { // a comma of the test's name would be two paths
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(d.dir) })
	probe, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.address = probe.LocalAddr().String()
	probe.Close()
	d.start()
	t.Cleanup(func() {
		d.stop()
		if t.Failed() {
			t.Logf("snmptrapd: %s\n%s", d.said.String(), d.output())
		}
	})
	return d
}

func (d *trapd) start() {
	d.t.Helper()
	lines := append([]string{
		`format1 <<%P|%q\n%V\n%v\n>>\n`, `format2 <<%P|\n%V\n%v\n>>\n`,
	}, d.lines...)
	configuration := filepath.Join(d.dir, "snmptrapd.conf")
	if err := os.WriteFile(configuration, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.command = exec.Command(d.path, "-f", "-A", "-C", "-c", configuration, "-p", filepath.Join(d.dir, "pid"),
		"-m", "MIMAMORI-ALARM-MIB:SNMPv2-MIB", "-M", d.modules, "-OQ", "-LF", "i", filepath.Join(d.dir, "out"), "udp:"+d.address)
	// Neither the machine's settings nor what an earlier run kept of its engine.
	d.command.Env = append(os.Environ(), "SNMPCONFPATH=/nonexistent", "SNMP_PERSISTENT_DIR="+filepath.Join(d.dir, "kept"))
	d.command.Stdout, d.command.Stderr = &d.said, &d.said
	if err := d.command.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(d.stop)
	alerttest.Until(d.t, "snmptrapd listens", func() bool { return listens(d.t, d.address) })
}

// listens says whether somebody does: the kernel refuses what comes for nobody.
func listens(t *testing.T, address string) bool {
	t.Helper()
	connection, err := net.Dial("udp4", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_, _ = connection.Write([]byte{0})
	_ = connection.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	_, err = connection.Read(make([]byte, 1))
	return !errors.Is(err, syscall.ECONNREFUSED)
}

func (d *trapd) stop() {
	if d.command != nil {
		_ = d.command.Process.Kill()
		_ = d.command.Wait()
		d.command = nil
	}
}

func (d *trapd) output() string {
	content, err := os.ReadFile(filepath.Join(d.dir, "out"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		d.t.Fatal(err)
	}
	return string(content)
}

// notifications are all that were received.
func (d *trapd) notifications() []received {
	var all []received
	for _, part := range strings.Split(d.output(), "<<")[1:] {
		text, _, whole := strings.Cut(part, "\n>>")
		if !whole {
			continue
		}
		head, body, _ := strings.Cut(text, "\n")
		how, name, _ := strings.Cut(head, "|")
		how, _, _ = strings.Cut(how, ", community")
		how, _, _ = strings.Cut(how, ", user")
		got := received{how: how, name: name, variables: map[string]string{}}
		for _, line := range strings.Split(body, "\n") {
			variable, value, _ := strings.Cut(line, " = ")
			got.variables[variable] = value
			got.order = append(got.order, variable)
		}
		if got.name == "" {
			got.name = got.variables["SNMPv2-MIB::snmpTrapOID.0"]
		}
		all = append(all, got)
	}
	return all
}

// wait returns the notifications once there are as many.
func (d *trapd) wait(count int) []received {
	d.t.Helper()
	alerttest.Until(d.t, fmt.Sprintf("%d notifications were received", count), func() bool { return len(d.notifications()) >= count })
	all := d.notifications()
	if len(all) != count {
		d.t.Fatalf("%d notifications, want %d", len(all), count)
	}
	return all
}

// open makes the only destination of a configuration, with its state in a directory.
func open(t *testing.T, target Target, directory string) (*Destination, *prometheus.Registry) {
	t.Helper()
	if target.Receiver == "" {
		target.Receiver = "noc"
	}
	config := Config{Targets: []Target{target}}
	if err := config.Validate(); err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	destinations, err := Open(config, directory, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		t.Fatal(err)
	}
	return destinations[0], registry
}

// deliver sends alarms and fails where that does.
func deliver(t *testing.T, to *Destination, alarms ...notify.Member) {
	t.Helper()
	if retry, err := try(t, to, alarms...); err != nil || retry {
		t.Fatalf("deliver: retry %v, %v", retry, err)
	}
}

func try(t *testing.T, to *Destination, alarms ...notify.Member) (retry bool, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return to.Deliver(ctx, group(alarms...))
}

func group(alarms ...notify.Member) notify.Group {
	return notify.Group{Receiver: "noc", Key: "key", Alerts: alarms}
}

// raised is an alarm with all that can be said of one.
func raised() notify.Member {
	return notify.Member{
		Alert: notify.Alert{
			Labels: map[string]string{
				"alertname": "LinkUtilization", "severity": "major", "customer": "青葉フーズ", "site": "Sendai", "entity": "rt-1 Gi0/1",
			},
			Annotations: map[string]string{
				"id": alarmID, "summary": "rt-1 Gi0/1 sends 97.5 % of its line rate", "value": "97.5", "since": "2026-11-22T15:04:05+09:00",
				"devices": "12", "owner": "hanako",
			},
			StartsAt: time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC),
		},
		Status: notify.Firing, Fingerprint: "0123456789abcdef",
	}
}

// over is the end of raised.
func over() notify.Member {
	alarm := raised()
	alarm.Status, alarm.EndsAt = notify.Resolved, alarm.StartsAt.Add(time.Hour)
	alarm.Annotations["value"] = "-0.25"
	return alarm
}

// engineID of a destination, as net-snmp writes it.
func engineID(of *Destination) string { return "0x" + hex.EncodeToString([]byte(of.engine.engineID)) }

func retries(count int) *int { return &count }

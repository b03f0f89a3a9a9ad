package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// TestRealInput polls this host through net-snmp's agent, pings loopback addresses
// and takes lines from logger, and finds all of it in the store and in the reports.
func TestRealInput(t *testing.T) {
	needEngine(t)
	agent, err := exec.LookPath("snmpd")
	if err != nil {
		agent = "/usr/sbin/snmpd"
		_, err = os.Stat(agent)
	}
	need(t, err == nil, "snmpd (Debian package snmpd)")
	logger, err := exec.LookPath("logger")
	need(t, err == nil, "logger (Debian package bsdutils)")

	inform, err := exec.LookPath("snmpinform")
	need(t, err == nil, "snmpinform (Debian package snmp)")

	directory := t.TempDir()
	agentPort, syslogPort, httpPort := freePort(t, "udp"), freePort(t, "udp"), freePort(t, "tcp")
	notificationPort := freePort(t, "udp")
	startAgent(t, agent, directory, agentPort)
	config := writeFile(t, filepath.Join(directory, "site.yaml"), example(t, map[string]string{
		"data: ../data": fmt.Sprintf("data: store\nhttp: {listen: '127.0.0.1:%d'}", httpPort),
		"{udp: 127.0.0.1:5514, tcp: 127.0.0.1:5514}": fmt.Sprintf("127.0.0.1:%d\n              notifications: {listen: '127.0.0.1:%d', users: [{name: noc, auth: sha256, auth_password: the long first, privacy: aes, privacy_password: the long second}]}",
			syslogPort, notificationPort),
		"port: 161":        fmt.Sprintf("port: %d", agentPort),
		"public":           "watched",
		"interval: 30s":    "interval: 2s\n    health_interval: 2s",
		"interval: 10s":    "interval: 1s\n    timeout: 300ms",
		"  snmp:\n    int": "              - {name: loopback-2, address: 127.0.0.2}\n              - {name: writes-only, address: 127.0.0.3, no_ping: true}\n  snmp:\n    int",
	}))

	running := start(t, "all", "--config", config)
	running.wait("msg=ready", 30*time.Second)
	address := fmt.Sprintf("127.0.0.1:%d", httpPort)
	expectStatus(t, "http://"+address+"/healthz", http.StatusOK)
	expectStatus(t, "http://"+address+"/ready", http.StatusOK)
	began := time.Now()
	sendGarbage(t, running, address, syslogPort)
	const line = "the host speaks of itself"
	if output, err := exec.CommandContext(t.Context(), logger, "-n", "127.0.0.1", "-P", strconv.Itoa(syslogPort), "-d", "--rfc5424", line).CombinedOutput(); err != nil {
		t.Fatalf("logger: %v\n%s", err, output)
	}
	sendFrom(t, "127.0.0.3", syslogPort, "<14>app: nobody asks me")
	// It is acknowledged, so it is on its way to the store.
	notify := exec.CommandContext(t.Context(), inform, "-v3", "-u", "noc", "-l", "authPriv", "-a", "SHA-256", "-A", "the long first", "-x", "AES", "-X", "the long second",
		fmt.Sprintf("127.0.0.1:%d", notificationPort), "4711", "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.1", "i", "1", "1.3.6.1.2.1.2.2.1.2.1", "s", "lo")
	notify.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+t.TempDir(), "MIBS=")
	if output, err := notify.CombinedOutput(); err != nil {
		t.Fatalf("snmpinform: %v\n%s", err, output)
	}
	before := loopbackOctets(t)
	makeTraffic(t, 2<<20)

	store := openRunning(t, filepath.Join(directory, "store", "engine"))
	query := func() storage.Query {
		return storage.Query{Scope: storage.EveryCustomer(), From: began.Add(-time.Minute), To: time.Now()}
	}
	until(t, 30*time.Second, func() (bool, string) {
		links, err := store.Utilization(t.Context(), query())
		if err != nil {
			return false, err.Error()
		}
		for _, link := range links {
			// What passed since the first poll is known to the kernel too.
			if link.Name == "lo" && link.Device == "this-machine" && link.InBits >= 8*(2<<20) {
				passed := float64(8 * (loopbackOctets(t) - before + 1<<20))
				return link.InBits <= passed, fmt.Sprintf("%.0f bits are stored, at most %.0f passed", link.InBits, passed)
			}
		}
		return false, fmt.Sprintf("the traffic of lo is not in the store: %+v", links)
	})
	until(t, 20*time.Second, func() (bool, string) {
		devices, err := store.Availability(t.Context(), query())
		if err != nil {
			return false, err.Error()
		}
		up := 0
		for i := range devices {
			if percent, known := devices[i].Percent(); known && percent == 100 {
				up++
			}
		}
		return up == 2 && len(devices) == 2, fmt.Sprintf("%d of 2 devices were up all the time, nothing was measured of the third: %+v", up, devices)
	})
	until(t, 20*time.Second, func() (bool, string) {
		lines, err := store.Syslog(t.Context(), query())
		if err != nil {
			return false, err.Error()
		}
		asked, unasked := false, false
		for _, stored := range lines {
			asked = asked || strings.Contains(stored.Message, line) && stored.Device == "this-machine"
			unasked = unasked || strings.Contains(stored.Message, "nobody asks me") && stored.Device == "writes-only"
		}
		return asked && unasked, fmt.Sprintf("the lines of logger and of the device that nobody asks are not both in the store: %+v", lines)
	})
	until(t, 20*time.Second, func() (bool, string) {
		received, err := store.Notifications(t.Context(), query())
		if err != nil || len(received) != 1 {
			return false, fmt.Sprintf("%d notifications are stored, want 1, error %v", len(received), err)
		}
		one := received[0]
		return one.What == "linkDown" && one.Inform && one.Version == "3" && one.Device == "this-machine" && one.Name == "lo", fmt.Sprintf("%+v", one)
	})
	until(t, 20*time.Second, func() (bool, string) {
		sensors, err := store.Health(t.Context(), query())
		if err != nil {
			return false, err.Error()
		}
		for i := range sensors {
			if value, ok := sensors[i].Value(); sensors[i].Device == "this-machine" && sensors[i].Kind.String() == "memory" {
				return ok && value > 0 && value < 100, fmt.Sprintf("%v %% of the memory is in use", value)
			}
		}
		return false, fmt.Sprintf("the memory of this machine is not in the store: %+v", sensors)
	})
	if metrics := get(t, "http://"+address+"/metrics"); !strings.Contains(metrics, "mimamori_") {
		t.Error("/metrics has nothing of ours")
	}
	output, problems, code := call(t, "report", "availability", "--config", config, "--from", "1h", "--format", "json")
	var answer struct {
		Rows []struct {
			Device       string
			Availability float64 `json:"availability_pct"`
		}
	}
	if err := json.Unmarshal([]byte(output), &answer); err != nil || code != 0 || len(answer.Rows) != 2 || answer.Rows[0].Availability != 100 {
		t.Fatalf("report beside the running program: exit %d, %v\n%s\n%s", code, err, output, problems)
	}
	output, problems, code = call(t, "report", "blindspots", "--config", config, "--from", "1h", "--device", "writes-only")
	if code != 0 || !strings.Contains(output, "nothing_asked") || !strings.Contains(output, "whether it is up is not measured") || strings.Contains(output, "tell nothing of themselves") {
		t.Errorf("blind spots: exit %d\n%s\n%s", code, output, problems)
	}
	if took := running.stop(); took > 5*time.Second {
		t.Errorf("the interrupt took %s, want at most 5 s\n%s", took, running.output)
	}
	output, problems, code = call(t, "report", "utilization", "--config", config, "--from", "1h", "--device", "this-machine", "--format", "csv")
	if code != 0 || !strings.Contains(output, ",lo,") {
		t.Fatalf("report on a store nobody runs: exit %d\n%s\n%s", code, output, problems)
	}
	output, problems, code = call(t, "report", "notifications", "--config", config, "--from", "1h", "--name", "linkDown", "--format", "csv")
	if code != 0 || !strings.Contains(output, ",linkDown,4,lo,1,47.11,3,true,127.0.0.1,") {
		t.Fatalf("report of notifications: exit %d\n%s\n%s", code, output, problems)
	}
	output, problems, code = call(t, "report", "notifications", "--config", config, "--from", "1h", "--name", "linkUp")
	if code != 0 || !strings.Contains(output, "no notification") {
		t.Fatalf("report of notifications that did not come: exit %d\n%s\n%s", code, output, problems)
	}
	if _, _, code = call(t, "report", "notifications", "--config", config, "--limit", "-1"); code != 2 {
		t.Errorf("a negative limit: exit %d, want 2", code)
	}
	output, problems, code = call(t, "report", "health", "--config", config, "--from", "1h", "--format", "csv")
	if code != 0 || !strings.Contains(output, ",this-machine,Memory,memory,") {
		t.Fatalf("report of health: exit %d\n%s\n%s", code, output, problems)
	}
	output, problems, code = call(t, "report", "health", "--config", config, "--from", "1h", "--not-ok")
	if code != 0 || !strings.Contains(output, "no sensor of this selection was in danger") {
		t.Fatalf("report of what is not ok: exit %d\n%s\n%s", code, output, problems)
	}
	if _, _, code = call(t, "report", "health", "--config", config, "--step", "1ms"); code != 2 {
		t.Errorf("a step of a millisecond: exit %d, want 2", code)
	}
	if children := childrenOf(t, directory); children != "" {
		t.Errorf("left behind: %s", children)
	}
}

// sendFrom sends a datagram to a port of the loopback address from another address of it.
func sendFrom(t *testing.T, address string, port int, message string) {
	t.Helper()
	connection, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(address)}, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if _, err := connection.Write([]byte(message)); err != nil {
		t.Fatal(err)
	}
}

// example is examples/site.yaml with some of its values replaced.
func example(t *testing.T, changes map[string]string) string {
	t.Helper()
	content, err := os.ReadFile("examples/site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for from, to := range changes {
		if strings.Count(text, from) != 1 {
			t.Fatalf("%q is not once in the example", from)
		}
		text = strings.Replace(text, from, to, 1)
	}
	return text
}

func startAgent(t *testing.T, agent, directory string, port int) {
	t.Helper()
	config := writeFile(t, filepath.Join(directory, "snmpd.conf"), "rocommunity watched 127.0.0.1\n")
	command := exec.Command(agent, "-f", "-Lo", "-C", "-c", config, "-I", "-smux", fmt.Sprintf("udp:127.0.0.1:%d", port))
	command.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+directory)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
}

// sendGarbage sends what does not belong there to every port that is listened on.
func sendGarbage(t *testing.T, running *program, address string, syslogPort int) {
	t.Helper()
	garbage := []byte("\x00\xff\xfe garbage \r\n\r\n\x80\x81")
	for _, target := range append(listeningPorts(t, running), address) {
		connection, err := net.DialTimeout("tcp", target, time.Second)
		if err != nil {
			t.Fatalf("connect to %s: %v", target, err)
		}
		_, _ = connection.Write(garbage)
		connection.Close()
	}
	socket, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", syslogPort))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for range 10 {
		if _, err := socket.Write(garbage); err != nil {
			t.Fatal(err)
		}
	}
}

// listeningPorts returns the TCP addresses that the program and its children listen
// on.
func listeningPorts(t *testing.T, running *program) []string {
	t.Helper()
	inodes := map[string]bool{}
	for process := range family(running.command.Process.Pid) {
		links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", process))
		for _, link := range links {
			if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, "socket:[") {
				inodes[strings.Trim(target, "socket:[]")] = true
			}
		}
	}
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	var ports []string
	for _, row := range strings.Split(string(table), "\n")[1:] {
		fields := strings.Fields(row)
		const listening = "0A"
		if len(fields) < 10 || fields[3] != listening || !inodes[fields[9]] {
			continue
		}
		_, digits, _ := strings.Cut(fields[1], ":")
		port, err := strconv.ParseUint(digits, 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, fmt.Sprintf("127.0.0.1:%d", port))
	}
	if len(ports) < 2 {
		t.Fatalf("found only %v listening: the store and /metrics should be", ports)
	}
	return ports
}

func openRunning(t *testing.T, directory string) *clickhouse.Store {
	t.Helper()
	endpoint, err := embedded.ReadEndpoint(directory)
	if err != nil {
		t.Fatal(err)
	}
	store, err := clickhouse.Open(t.Context(), clickhouseConfig(clickhouse.DefaultConfig(), endpoint), slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func loopbackOctets(t *testing.T) uint64 {
	t.Helper()
	text, err := os.ReadFile("/sys/class/net/lo/statistics/rx_bytes")
	if err != nil {
		t.Fatal(err)
	}
	octets, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

// makeTraffic sends octets over loopback, for as long as the first poll may take,
// so that the counters have something to show after it. It is 6.6 Mbit/s: snmpd calls lo a
// link of 10 Mbit/s, and more than a link can carry is not believed.
func makeTraffic(t *testing.T, octets int) {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop, stopped := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		packet := make([]byte, 8192)
		every := time.NewTicker(10 * time.Millisecond)
		defer every.Stop()
		for sent := 0; sent < 10*octets; sent += len(packet) {
			select {
			case <-stop.Done():
				return
			case <-every.C:
			}
			_, _ = socket.WriteTo(packet, socket.LocalAddr()) // nobody reads: the kernel counts it all the same
		}
	}()
	t.Cleanup(func() {
		stopped()
		<-done
		socket.Close()
	})
}

func expectStatus(t *testing.T, url string, status int) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != status {
		t.Fatalf("%s answers %s", url, response.Status)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var text strings.Builder
	if _, err := io.Copy(&text, response.Body); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// childrenOf returns the command lines of processes that work in the directory.
func childrenOf(t *testing.T, directory string) string {
	t.Helper()
	found := ""
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		line, _ := os.ReadFile(process + "/cmdline")
		if text := strings.ReplaceAll(string(line), "\x00", " "); strings.Contains(text, directory) && !strings.Contains(text, "snmpd") {
			found += text + "\n"
		}
	}
	return found
}

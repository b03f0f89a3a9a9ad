package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/signature"
)

// secrets are values that nobody may read anywhere but where they were written.
type secrets struct {
	t      *testing.T
	values map[string]string // by what they are
}

// make makes a secret that is found wherever it stands.
func (s *secrets) make(what string) string {
	value := fmt.Sprintf("whisper-%s-%02d", strings.ReplaceAll(what, " ", "-"), len(s.values))
	s.values[what] = value
	return value
}

// check finds the secrets in a text, also as base64 and as hexadecimal digits.
func (s *secrets) check(where, text string) {
	s.t.Helper()
	for what, value := range s.values {
		for form, written := range map[string]string{
			"in clear": value, "as base64": base64.StdEncoding.EncodeToString([]byte(value)), "as hexadecimal digits": hex.EncodeToString([]byte(value)),
		} {
			if at := strings.Index(text, written); at >= 0 {
				s.t.Errorf("%s says %s %s: ...%s...", where, what, form, text[max(0, at-120):min(len(text), at+len(written)+20)])
			}
		}
	}
}

// checkFiles finds the secrets in all files below a directory.
func (s *secrets) checkFiles(directory string) {
	s.t.Helper()
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() { // else it has gone meanwhile, or is a socket
			if text, err := os.ReadFile(path); err == nil {
				s.check(path, string(text))
			}
		}
		return nil
	})
	if err != nil {
		s.t.Error(err)
	}
}

// TestNoSecretIsSaid fills in every secret the configuration knows, has everything fail
// that can, at the level of the log that says most, and looks for the secrets in all that
// is said and kept.
func TestNoSecretIsSaid(t *testing.T) {
	needEngine(t)
	folder := t.TempDir()
	hidden := &secrets{t: t, values: map[string]string{}}
	t.Setenv("MIMAMORI_TEST_KAFKA", hidden.make("password of Kafka"))
	t.Setenv("MIMAMORI_LOG_LEVEL", "debug")
	writeFile(t, filepath.Join(folder, "community"), hidden.make("community in a file"))
	key := filepath.Join(folder, "appliance.key")
	public, err := signature.NewFile(key)
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	hidden.values["the appliance's key"] = strings.Split(string(pem), "\n")[1][22:] // behind what all such keys begin with
	octets := func(what string) string {
		value := (hidden.make(what) + "................")[:32]
		hidden.values[what+" in digits"] = hex.EncodeToString([]byte(value))
		return hex.EncodeToString([]byte(value))
	}
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		if named := r.Header.Get("X-ClickHouse-User"); named != "" {
			user = named
		}
		http.Error(w, "Code: 516. DB::Exception: "+user+": Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)", http.StatusForbidden)
	}))
	defer refusing.Close()
	traps, echo := freePort(t, "udp"), echoing(t, "127.0.0.3:0")
	silent := regexp.MustCompile(`mimamori_snmp_silent_devices\{.*\} [34]`)
	inventory := fmt.Sprintf(`
  inventory:
    customers:
    - name: A
      sites:
      - name: S
        appliance:
          name: s-1
          public_keys: [%q]
          private_key_file: %q
          notifications:
            listen: 127.0.0.1:%d
            communities: [%q]
            users: [{name: traps, auth: SHA-1, auth_password: %q, privacy: AES-128, privacy_password: %q}]
        devices:
        - {name: v1, address: 127.0.0.2, snmp: {port: %d, version: "1", community: !file community}}
        - {name: v2c, address: 127.0.0.3, snmp: {port: %d, community: %q}}
        - {name: v3, address: 127.0.0.4, snmp: {port: %d, user: {name: noc, auth: SHA-1, auth_password: %q, privacy: AES-128, privacy_password: %q}}}
        - {name: nowhere, address: no.such.host.invalid, snmp: {community: %q}}
        paths: [{name: p, target: "127.0.0.1:%d", authentication_key: %q}]
  voice: {reflector: {listen: "127.0.0.1:%d", authentication_keys: [%q]}}
  snmp: {interval: 2s, timeout: 100ms, retries: 0}
  icmp: {interval: 5s}
`, signature.FormatPublicKey(public), key, traps, hidden.make("community of traps"), hidden.make("auth of traps"), hidden.make("privacy of traps"),
		freePort(t, "udp"), echo, hidden.make("community"), freePort(t, "udp"), hidden.make("auth of a device"), hidden.make("privacy of a device"),
		hidden.make("community of no device"), freePort(t, "udp"), octets("key of a path"), freePort(t, "udp"), octets("key of the reflector"))
	token := "mm_" + hidden.make("token")
	serve := func(listen string) string {
		return fmt.Sprintf("data: data\nhttp: {listen: %q}\napi: {tokens: [{name: noc, sha256: '%x', customers: ['*'], may: [read]}]}\n", listen, sha256.Sum256([]byte(token)))
	}
	listen := fmt.Sprintf("127.0.0.1:%d", freePort(t, "tcp"))
	centre := writeFile(t, filepath.Join(folder, "centre.yaml"), serve(listen)+"ingest:"+inventory)
	pollers := writeFile(t, filepath.Join(folder, "poll.yaml"), serve(listen)+fmt.Sprintf("ingest:\n  bus: {brokers: ['127.0.0.1:%d'], retry_timeout: 1s, sasl: {username: u, password: !env MIMAMORI_TEST_KAFKA}}", freePort(t, "tcp"))+inventory)
	store := writeFile(t, filepath.Join(folder, "store.yaml"), fmt.Sprintf("ingest: {bus: {brokers: ['127.0.0.1:9']}}\nstorage: {clickhouse: {address: %q, protocol: http, username: w, password: %q, reader: {username: r, password: %q}, migrator: {username: m, password: %q}}}\n",
		strings.TrimPrefix(refusing.URL, "http://"), hidden.make("password of the writer"), hidden.make("password of the reader"), hidden.make("password of the migrator")))

	for _, path := range []string{centre, pollers, store} {
		for _, command := range []string{"check", "config"} {
			output, problems, code := call(t, command, "--config", path)
			if code != exitDone {
				t.Fatalf("%s %s: exit %d: %s", command, path, code, problems)
			}
			hidden.check(command+" "+filepath.Base(path), output+problems)
		}
	}
	spoilt := writeFile(t, filepath.Join(folder, "spoilt.yaml"), "ingest: {icmp: {packets: !file community}}\n")
	_, problems, _ := call(t, "check", "--config", spoilt)
	hidden.check("check of a broken file", problems)
	_, problems, code := call(t, "report", "availability", "--config", store, "--from", "1h")
	if code != exitFailed || !strings.Contains(problems, "516") && !strings.Contains(problems, "password") {
		t.Errorf("report with a wrong password: exit %d: %s", code, problems)
	}
	hidden.check("report with a wrong password", problems)

	for name, role := range map[string][]string{
		"poll": {"poll", "--config", pollers},
		"all":  {"all", "--config", centre},
	} {
		running := start(t, role...)
		running.wait("msg=ready", 60*time.Second)
		sendTraps(t, traps, hidden)
		ask := func(path string) string {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listen+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer "+token)
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		until(t, 20*time.Second, func() (bool, string) { // every agent was asked in vain
			metrics := ask("/metrics")
			return silent.MatchString(metrics), metrics + running.output.String()
		})
		hidden.check(name+": /api/v1/availability", ask("/api/v1/availability"))
		hidden.check(name+": /metrics", ask("/metrics"))
		hidden.check(name+": /ready", ask("/ready"))
		running.stop()
		hidden.check(name+" at level debug", running.output.String())
		hidden.checkFiles(filepath.Join(folder, "data"))
	}
	migrating := start(t, "migrate", "--config", store)
	migrating.wait("516", 20*time.Second)
	migrating.stop()
	hidden.check("migrate with a wrong password", migrating.output.String())
}

// echoing returns the port of something that answers every datagram with itself.
func echoing(t *testing.T, address string) int {
	t.Helper()
	conn, err := net.ListenPacket("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		for memory := make([]byte, 1<<16); ; {
			n, from, err := conn.ReadFrom(memory)
			if err != nil {
				return // the test is over
			}
			_, _ = conn.WriteTo(memory[:n], from)
		}
	}()
	return conn.LocalAddr().(*net.UDPAddr).Port
}

// sendTraps sends a notification by the community that is taken and one by another.
func sendTraps(t *testing.T, port int, hidden *secrets) {
	t.Helper()
	snmptrap, err := exec.LookPath("snmptrap")
	need(t, err == nil, "snmptrap of net-snmp")
	for _, community := range []string{hidden.values["community of traps"], hidden.values["community"]} {
		command := exec.CommandContext(t.Context(), snmptrap, "-v2c", "-c", community, fmt.Sprintf("127.0.0.1:%d", port), "", "1.3.6.1.6.3.1.1.5.3")
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
	}
}

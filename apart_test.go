package main

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRolesApart runs every role as a process of its own on loopback, started in the
// wrong order. Figures come out; each role is killed and starts again without a manual
// step; not one round of pings is missing or stored twice; and at the end each drains
// within its deadline.
func TestRolesApart(t *testing.T) {
	t.Parallel()
	needEngine(t)
	apart := newInstallation(t)

	waiting := []string{"process", "alert", "poll", "api"}
	for _, role := range waiting {
		apart.start(role)
	}
	apart.expect("process", http.StatusServiceUnavailable, "store is starting: ", "bus has not been started yet")
	apart.expect("alert", http.StatusServiceUnavailable, "what raises alarms cannot be used just now: ")
	apart.expect("api", http.StatusServiceUnavailable, "HTTP API cannot be used just now: ")
	apart.start("store")
	apart.start("broker")
	apart.running["store"].wait("msg=ready", 20*time.Second)
	apart.expect("process", http.StatusServiceUnavailable, "run mimamori migrate")
	for _, migrating := range []*program{start(t, "migrate", "--config", apart.config), start(t, "migrate", "--config", apart.config)} {
		select {
		case <-migrating.done:
		case <-time.After(20 * time.Second):
			t.Fatalf("migrate does not end:\n%s", migrating.output)
		}
		if code := migrating.command.ProcessState.ExitCode(); code != exitDone || !strings.Contains(migrating.output.String(), "the topics telemetry, logs, dead-letter") {
			t.Fatalf("migrate: exit %d:\n%s", code, migrating.output)
		}
	}
	for _, role := range waiting {
		apart.expect(role, http.StatusOK)
		if output, problems, code := call(t, "health", "--config", apart.config, "--listen", apart.listen[role]); code != exitDone {
			t.Errorf("health of %s: exit %d: %s%s", role, code, output, problems)
		}
	}
	apart.awaitRounds("the first", 2)

	for _, roles := range [][]string{{"store", "alert"}, {"broker", "api"}, {"process"}} {
		before := apart.lastRound()
		for _, role := range roles {
			apart.kill(role)
		}
		for _, role := range roles {
			apart.start(role)
		}
		apart.awaitRounds("those after "+strings.Join(roles, " and ")+" were killed", before+2)
	}
	until(t, 15*time.Second, func() (bool, string) {
		const each = "SELECT count() = uniqExact(slot) AND count() = toUnixTimestamp(max(slot)) - toUnixTimestamp(min(slot)) + 1 FROM raw_pings FINAL"
		return apart.number(each) == 1, "a round is missing or stored twice:\n" + apart.ask("SELECT slot, count() FROM raw_pings FINAL GROUP BY slot ORDER BY slot")
	})
	before := apart.lastRound()
	apart.kill("poll")
	apart.start("poll")
	apart.awaitRounds("those after poll was killed", before+2)
	for _, role := range waiting {
		apart.expect(role, http.StatusOK)
	}
	if table, problems, code := call(t, "report", "availability", "--config", apart.config, "--from", "5m"); code != exitDone || !strings.Contains(table, "100.000") {
		t.Errorf("exit %d: %s%s", code, table, problems)
	}

	for _, role := range []string{"poll", "api", "alert", "process", "broker", "store"} {
		apart.stop(role)
	}
}

// installation is the roles of one configuration.
type installation struct {
	t       *testing.T
	config  string
	store   string            // host:port
	listen  map[string]string // where a role serves /ready
	running map[string]*program
	origin  int64 // the first round of pings, seconds since 1970; 0 before
}

// drains is how long each role may take to end, in the defaults of the configuration.
var drains = map[string]time.Duration{
	"process": 8 * time.Second, "poll": 5 * time.Second, "alert": 5 * time.Second, "api": 5 * time.Second, "broker": 5 * time.Second, "store": 6 * time.Second,
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	made, _, _ := call(t, "api", "token", "tester")
	_, tokens, _ := strings.Cut(made, "\n")
	local := func() string { return fmt.Sprintf("127.0.0.1:%d", freePort(t, "tcp")) }
	apart := &installation{t: t, store: local(), listen: map[string]string{}, running: map[string]*program{}}
	for _, role := range []string{"process", "poll", "alert", "api"} {
		apart.listen[role] = local()
	}
	apart.config = writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), fmt.Sprintf(`data: data
ingest:
  bus: {brokers: ["%s"], session_timeout: 2s, heartbeat_interval: 500ms}
  icmp: {interval: 1s, timeout: 300ms}
  linger: 100ms
  routine_linger: 100ms
  inventory:
    customers: [{name: A, sites: [{name: S, appliance: {name: s-1}, devices: [{name: d, address: 127.0.0.1}]}]}]
processors: {tick_interval: 1s, batch_linger: 100ms, drain_timeout: 1s}
storage: {clickhouse: {address: "%s", protocol: http, password: "only on loopback"}}
%s`, local(), apart.store, strings.TrimSpace(tokens)+"\n"))
	return apart
}

func (i *installation) start(role string) {
	i.t.Helper()
	arguments := []string{role, "--config", i.config}
	if listen := i.listen[role]; listen != "" {
		arguments = append(arguments, "--listen", listen)
	}
	i.running[role] = start(i.t, arguments...)
}

func (i *installation) kill(role string) {
	i.t.Helper()
	if err := i.running[role].command.Process.Signal(syscall.SIGKILL); err != nil {
		i.t.Fatal(err)
	}
	<-i.running[role].done
}

// stop tells a role to end and holds it to its deadline and its exit code.
func (i *installation) stop(role string) {
	i.t.Helper()
	running, began := i.running[role], time.Now()
	if err := running.command.Process.Signal(syscall.SIGTERM); err != nil {
		i.t.Fatal(err)
	}
	select {
	case <-running.done:
	case <-time.After(drains[role]):
		i.t.Fatalf("%s did not drain within %s:\n%s", role, drains[role], running.output)
	}
	if code := running.command.ProcessState.ExitCode(); code != exitDone {
		i.t.Errorf("%s: exit %d:\n%s", role, code, running.output)
	}
	i.t.Logf("%s drained within %s", role, time.Since(began).Round(10*time.Millisecond))
}

// expect waits until /ready of a role answers so.
func (i *installation) expect(role string, code int, words ...string) {
	i.t.Helper()
	until(i.t, 20*time.Second, func() (bool, string) {
		answered, text := fetch(i.t, "http://"+i.listen[role]+"/ready")
		said := answered == code
		for _, word := range words {
			said = said && strings.Contains(text, word)
		}
		return said, fmt.Sprintf("%s says %d, want %d and %q: %s\n%s", role, answered, code, words, text, i.running[role].output)
	})
}

// ask asks the store in SQL.
func (i *installation) ask(sql string) string {
	request, err := http.NewRequestWithContext(i.t.Context(), http.MethodPost, "http://"+i.store+"/?database=mimamori", strings.NewReader(sql))
	if err != nil {
		i.t.Fatal(err)
	}
	request.Header.Set("X-ClickHouse-Key", "only on loopback")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text))
}

// number asks for one; 0 where there is no answer just now.
func (i *installation) number(sql string) (answer int64) {
	_, _ = fmt.Sscan(i.ask(sql), &answer)
	return answer
}

// lastRound is the number of the newest round of pings in the store, counted from the
// first.
func (i *installation) lastRound() int64 {
	if i.origin == 0 {
		i.origin = i.number("SELECT toUnixTimestamp(min(slot)) FROM raw_pings")
	}
	newest := i.number("SELECT toUnixTimestamp(max(slot)) FROM raw_pings")
	if i.origin == 0 || newest == 0 {
		return 0
	}
	return newest - i.origin + 1
}

// awaitRounds waits for a round of pings to be stored.
func (i *installation) awaitRounds(which string, number int64) {
	i.t.Helper()
	began := time.Now()
	until(i.t, 25*time.Second, func() (bool, string) {
		last := i.lastRound()
		state := fmt.Sprintf("of the rounds, %s: number %d is not stored, the last is %d", which, number, last)
		for _, role := range []string{"process", "poll", "broker", "store"} {
			state += "\n" + role + ":\n" + i.running[role].output.String()
		}
		return last >= number, state
	})
	i.t.Logf("%s: stored after %s", which, time.Since(began).Round(10*time.Millisecond))
}

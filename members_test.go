package main

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMembersComeAndGo lets three processes share the partitions while appliances measure:
// each is frozen for longer than its session and woken again, one is killed, one leaves
// and two join. Whoever is left covers every partition, each once, and no round of any
// appliance is missing or stored twice.
func TestMembersComeAndGo(t *testing.T) {
	needEngine(t)
	apart := newInstallation(t)
	text, err := os.ReadFile(apart.config)
	if err != nil {
		t.Fatal(err)
	}
	var sites []string
	for i := range 6 {
		sites = append(sites, fmt.Sprintf("{name: S%d, appliance: {name: s-%d}, devices: [{name: d%d, address: 127.0.0.1}]}", i, i, i))
	}
	many := strings.Replace(string(text), "{name: S, appliance: {name: s-1}, devices: [{name: d, address: 127.0.0.1}]}", strings.Join(sites, ", "), 1)
	many = strings.Replace(many, "session_timeout: 2s,", "partitions: {telemetry: 4, logs: 2}, session_timeout: 2s,", 1)
	writeFile(t, apart.config, many)
	for _, role := range []string{"store", "broker"} {
		apart.start(role)
	}
	apart.running["store"].wait("msg=ready", 20*time.Second)
	if output, problems, code := call(t, "migrate", "--config", apart.config); code != exitDone {
		t.Fatalf("migrate: exit %d: %s%s", code, output, problems)
	}
	apart.start("poll")
	join := func(name string) {
		apart.listen[name] = fmt.Sprintf("127.0.0.1:%d", freePort(t, "tcp"))
		apart.running[name] = start(t, "process", "--config", apart.config, "--listen", apart.listen[name])
	}
	signal := func(name string, signal syscall.Signal) {
		t.Helper()
		if err := apart.running[name].command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	members := []string{"one", "two", "three"}
	for _, name := range members {
		join(name)
	}
	apart.covered(members, 6)
	// The last round of the appliance that is furthest behind.
	last := func() int64 {
		return apart.number("SELECT if(count() = 6, min(last), 0) FROM (SELECT device_id, toUnixTimestamp(max(slot)) AS last FROM raw_pings GROUP BY device_id)")
	}
	goesOn := func(when string) {
		t.Helper()
		want := time.Now().Unix() + 1
		until(t, 30*time.Second, func() (bool, string) {
			return last() >= want, fmt.Sprintf("%s: rounds until %d are stored, want %d", when, last(), want)
		})
	}
	goesOn("at the beginning")
	for _, name := range members {
		signal(name, syscall.SIGSTOP)
		goesOn(name + " is frozen")
		signal(name, syscall.SIGCONT)
	}
	apart.covered(members, 6)

	apart.kill("two")
	join("four")
	goesOn("one was killed, another joins")
	signal("three", syscall.SIGTERM)
	join("five")
	goesOn("one leaves, another joins")
	apart.covered([]string{"one", "four", "five"}, 6)
	goesOn("at the end")
	until(t, 15*time.Second, func() (bool, string) {
		const uneven = `SELECT count() FROM (SELECT device_id FROM raw_pings FINAL GROUP BY device_id
HAVING count() != uniqExact(slot) OR count() != toUnixTimestamp(max(slot)) - toUnixTimestamp(min(slot)) + 1)`
		return apart.number(uneven) == 0, "rounds are missing or stored twice:\n" + apart.ask("SELECT device_id, count(), uniqExact(slot), min(slot), max(slot) FROM raw_pings FINAL GROUP BY device_id")
	})
	if states := apart.ask("SELECT count() FROM intervals FINAL WHERE state = 3"); strings.TrimSpace(states) != "0" {
		t.Errorf("devices that answered all the time were down %s times", states)
	}
	for _, name := range []string{"one", "four", "five"} {
		signal(name, syscall.SIGTERM)
	}
}

var ownedPartition = regexp.MustCompile(`mimamori_processors_lag_messages\{partition="(\d+)",topic="(\w+)"\}`)

// covered waits until the members own so many partitions, each one of them.
func (i *installation) covered(members []string, partitions int) {
	i.t.Helper()
	until(i.t, 30*time.Second, func() (bool, string) {
		var owned, said []string
		for _, name := range members {
			code, text := fetch(i.t, "http://"+i.listen[name]+"/metrics")
			if code != http.StatusOK {
				return false, name + " does not answer: " + text + i.running[name].output.String()
			}
			for _, match := range ownedPartition.FindAllStringSubmatch(text, -1) {
				owned = append(owned, match[2]+"-"+match[1])
				said = append(said, name+" has "+match[2]+"-"+match[1])
			}
		}
		slices.Sort(owned)
		return len(owned) == partitions && len(slices.Compact(owned)) == partitions, fmt.Sprintf("want %d partitions, each once: %q", partitions, said)
	})
}

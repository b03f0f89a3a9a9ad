package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestNothingListensBeyondThisMachine runs everything with as little configured as can be,
// and looks at the sockets of the process and its children as the kernel has them.
func TestNothingListensBeyondThisMachine(t *testing.T) {
	t.Parallel()
	needEngine(t)
	folder := t.TempDir()
	agent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer agent.Close()
	port := agent.LocalAddr().(*net.UDPAddr).Port
	http := fmt.Sprintf("127.0.0.1:%d", freePort(t, "tcp"))
	path := writeFile(t, filepath.Join(folder, "mimamori.yaml"), fmt.Sprintf(`
data: data
http: {listen: "%s"}
ingest: {inventory: {customers: [{name: A, sites: [{name: S, appliance: {name: s-1},
  devices: [{name: d, address: 127.0.0.1, snmp: {port: %d, community: c}}],
  paths: [{name: p, target: "127.0.0.1:%d"}]}]}]}}
`, http, port, port))
	all := start(t, "all", "--config", path)
	all.wait("msg=ready", 60*time.Second)
	until(t, 20*time.Second, func() (bool, string) { // the pollers have begun: the agent was asked
		_ = agent.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, _, err := agent.ReadFrom(make([]byte, 1500))
		return err == nil, all.output.String()
	})
	// One socket sends to the reflectors of all voice paths and so is connected to none; it
	// takes what those reflectors send, see ingest/voice.
	probing := 1
	var listening []string
	for pid := range family(all.command.Process.Pid) {
		for _, socket := range socketsOf(t, pid) {
			listening = append(listening, socket.address.String())
			if socket.address.Addr().IsUnspecified() && socket.transport == "udp6" && probing > 0 {
				probing--
				continue
			}
			if !socket.address.Addr().IsLoopback() {
				t.Errorf("process %d: %s listens on %s, beyond this machine", pid, socket.transport, socket.address)
			}
		}
	}
	if !slices.Contains(listening, http) || len(listening) < 2 { // and the store's
		t.Errorf("it listens on %v: that cannot be all, the test looks in the wrong place", listening)
	}
	checkOwnersOnly(t, filepath.Join(folder, "data"))
	all.stop()
}

// socket is one that takes what anybody sends.
type socket struct {
	transport string
	address   netip.AddrPort
}

// socketsOf returns the sockets of a process that are not connected to one peer: TCP that
// listens, and UDP that is bound.
func socketsOf(t *testing.T, pid int) []socket {
	t.Helper()
	own := map[string]bool{}
	descriptors, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(descriptors) == 0 {
		t.Fatalf("no descriptors of process %d: %v", pid, err)
	}
	for _, descriptor := range descriptors {
		if name, err := os.Readlink(descriptor); err == nil && strings.HasPrefix(name, "socket:[") {
			own[strings.Trim(name, "socket:[]")] = true
		}
	}
	var found []socket
	for _, transport := range []string{"tcp", "tcp6", "udp", "udp6"} {
		table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, transport))
		if err != nil {
			continue // no IPv6 here
		}
		for line := range bytes.Lines(table) {
			fields := strings.Fields(string(line))
			if len(fields) < 10 || !own[fields[9]] {
				continue
			}
			const listen, unconnected = "0A", "07"
			if state := fields[3]; state == listen || strings.HasPrefix(transport, "udp") && state == unconnected {
				found = append(found, socket{transport, kernelAddress(t, fields[1])})
			}
		}
	}
	return found
}

// kernelAddress reads an address as /proc/net has it: words of 32 bits in the machine's
// order, little-endian wherever this runs.
func kernelAddress(t *testing.T, text string) netip.AddrPort {
	t.Helper()
	host, number, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(host)
	if err != nil {
		t.Fatal(err)
	}
	for word := 0; word+4 <= len(raw); word += 4 {
		slices.Reverse(raw[word : word+4])
	}
	address, _ := netip.AddrFromSlice(raw)
	port, err := strconv.ParseUint(number, 16, 16)
	if err != nil {
		t.Fatal(err)
	}
	return netip.AddrPortFrom(address.Unmap(), uint16(port))
}

// checkOwnersOnly holds that another user of the machine can open nothing below a
// directory: what may be read or connected to is in a folder that may not be entered.
func checkOwnersOnly(t *testing.T, directory string) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it has gone meanwhile
		}
		if err != nil {
			return err
		}
		state, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		seen++
		open := state.Mode().Perm()&0o077 != 0
		switch {
		case entry.IsDir() && !open:
			if path != directory {
				return filepath.SkipDir // whatever is in it
			}
		case open:
			t.Errorf("%s has mode %v: others than its owner may reach it", path, state.Mode())
		}
		return nil
	})
	if err != nil || seen < 3 {
		t.Errorf("only %d entries in %s: %v", seen, directory, err)
	}
}

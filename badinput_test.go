package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const oneDevice = `
ingest:
  inventory:
    customers:
      - name: Example Customer
        sites:
          - name: Head office
            appliance: {name: head-office-1}
            devices: [{name: loopback, address: 127.0.0.1}]
`

// TestServersThatAreAwayAreWaitedFor starts against a broker and a store that are
// not there: the program says so, with the address and what to check, and goes on
// trying until it is stopped.
func TestServersThatAreAwayAreWaitedFor(t *testing.T) {
	t.Parallel()
	needEngine(t)
	nobody := fmt.Sprintf("127.0.0.1:%d", freePort(t, "tcp"))
	for name, config := range map[string]string{
		"broker": "http: {listen: ''}\n" + strings.Replace(oneDevice, "ingest:\n", "ingest:\n  bus: {brokers: ['"+nobody+"']}\n", 1),
		"store":  "http: {listen: ''}\nstorage: {clickhouse: {address: '" + nobody + "'}}\n" + oneDevice,
	} {
		t.Run(name, func(t *testing.T) {
			running := start(t, "all", "--config", writeFile(t, filepath.Join(t.TempDir(), "site.yaml"), config))
			until(t, 20*time.Second, func() (bool, string) {
				select {
				case <-running.done:
					t.Fatalf("it ended:\n%s", running.output)
				default:
				}
				output := running.output.String()
				return strings.Count(output, nobody) >= 2, "no second attempt was announced:\n" + output
			})
			if took := running.stop(); took > 5*time.Second {
				t.Errorf("the interrupt took %s", took)
			}
		})
	}
}

func TestATakenPortIsSaidWithTheKeyToChange(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	config := writeFile(t, filepath.Join(t.TempDir(), "site.yaml"), fmt.Sprintf("http: {listen: '%s'}\n", taken.Addr())+oneDevice)
	_, problems, code := call(t, "all", "--config", config)
	if code != exitFailed || !strings.Contains(problems, "http.listen") || !strings.Contains(problems, "address already in use") {
		t.Fatalf("exit %d:\n%s", code, problems)
	}
}

func TestATakenSyslogPortIsSaid(t *testing.T) {
	t.Parallel()
	needEngine(t)
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	text := "http: {listen: ''}\n" + strings.Replace(oneDevice, "{name: head-office-1}", fmt.Sprintf("{name: head-office-1, syslog: '%s'}", taken.LocalAddr()), 1)
	_, problems, code := call(t, "all", "--config", writeFile(t, filepath.Join(t.TempDir(), "site.yaml"), text))
	if code != exitFailed || !strings.Contains(problems, taken.LocalAddr().String()) || !strings.Contains(problems, "head-office-1") {
		t.Fatalf("exit %d:\n%s", code, problems)
	}
}

func TestAMissingEngineSaysWhichCommandFetchesIt(t *testing.T) {
	t.Setenv("MIMAMORI_ENGINE_LIBRARY", filepath.Join(t.TempDir(), "nowhere", "libchdb.so"))
	config := writeFile(t, filepath.Join(t.TempDir(), "site.yaml"), "http: {listen: ''}\n"+oneDevice)
	_, problems, code := call(t, "all", "--config", config)
	if code != exitFailed || !strings.Contains(problems, "make engine") || !strings.Contains(problems, "nowhere") {
		t.Fatalf("exit %d:\n%s", code, problems)
	}
}

func TestAStoreThatWasNeverMadeIsNotMadeByAsking(t *testing.T) {
	directory := t.TempDir()
	config := writeFile(t, filepath.Join(directory, "site.yaml"), "data: store\n"+oneDevice)
	_, problems, code := call(t, "report", "availability", "--config", config)
	if code != exitFailed || !strings.Contains(problems, "mimamori all") {
		t.Fatalf("exit %d:\n%s", code, problems)
	}
	if _, err := os.Stat(filepath.Join(directory, "store")); err == nil {
		t.Fatal("asking made a store")
	}
}

func TestADataDirectoryThatIsInUseIsRefused(t *testing.T) {
	t.Parallel()
	needEngine(t)
	directory := t.TempDir()
	config := writeFile(t, filepath.Join(directory, "site.yaml"), "http: {listen: ''}\n"+oneDevice)
	running := start(t, "all", "--config", config)
	running.wait("msg=ready", 30*time.Second)
	_, problems, code := call(t, "all", "--config", config)
	if code != exitFailed || !strings.Contains(problems, filepath.Join(directory, "data")) {
		t.Fatalf("a second program on the same data: exit %d\n%s", code, problems)
	}
}

// TestAFullDiskIsSaidAndEnds runs on a small file system that is full.
func TestAFullDiskIsSaidAndEnds(t *testing.T) {
	needEngine(t)
	directory := t.TempDir()
	if err := syscall.Mount("tmpfs", directory, "tmpfs", 0, "size=256k"); err != nil {
		need(t, false, "the right to mount a small file system (root): "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(directory, syscall.MNT_DETACH) })
	config := writeFile(t, filepath.Join(directory, "site.yaml"), "http: {listen: ''}\n"+oneDevice)
	writeFile(t, filepath.Join(directory, "filler"), strings.Repeat("x", 200<<10))
	_, problems, code := call(t, "all", "--config", config)
	if code != exitFailed || !strings.Contains(problems, "space") {
		t.Fatalf("exit %d:\n%s", code, problems)
	}
}

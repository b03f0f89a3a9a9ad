package snmp

import (
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mimamori/ingest/sample"
)

// memoryInUse returns what /proc/meminfo says is in use and no cache, percent.
func memoryInUse(t *testing.T) float64 {
	t.Helper()
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Fatal(err)
	}
	kilobytes := map[string]float64{}
	for line := range strings.Lines(string(content)) {
		name, rest, _ := strings.Cut(line, ":")
		kilobytes[name], _ = strconv.ParseFloat(strings.Fields(rest)[0], 64)
	}
	free := kilobytes["MemFree"] + kilobytes["Buffers"] + kilobytes["Cached"] + kilobytes["SReclaimable"]
	return 100 * (1 - free/kilobytes["MemTotal"])
}

// ticks is the time the processors were idle and all time, in the kernel's ticks.
type ticks struct {
	at        time.Time
	idle, all float64
}

func ticksNow() (now ticks, err error) {
	content, err := os.ReadFile("/proc/stat")
	if err != nil {
		return now, err
	}
	now.at = time.Now()
	first, _, _ := strings.Cut(string(content), "\n")
	for i, field := range strings.Fields(first)[1:] {
		value, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return now, err
		}
		if i == 3 {
			now.idle = value
		}
		if now.all += value; i == 7 { // guests are counted as users
			break
		}
	}
	return now, nil
}

// watchTicks looks at the kernel's ticks each second. What it returns says how busy the
// processors were in the last minute, or since there is anything, percent.
func watchTicks(t *testing.T) func() float64 {
	t.Helper()
	var mu sync.Mutex
	var seen []ticks
	look := func() {
		now, err := ticksNow()
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, now)
	}
	look()
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				look()
			}
		}
	}()
	t.Cleanup(func() {
		close(done)
		<-ended
	})
	return func() float64 {
		look()
		mu.Lock()
		defer mu.Unlock()
		from, to := seen[0], seen[len(seen)-1]
		for _, each := range seen {
			if to.at.Sub(each.at) >= time.Minute {
				from = each
			}
		}
		return 100 * (1 - (to.idle-from.idle)/(to.all-from.all))
	}
}

// TestNetSNMPHealth holds what net-snmp's agent says of this machine against what the
// kernel says.
func TestNetSNMPHealth(t *testing.T) {
	cfg := quickConfig()
	cfg.Timeout, cfg.HealthInterval = time.Second, time.Minute
	port := startSnmpd(t)
	busy := watchTicks(t)
	s := newSingleAt(t, cfg, nil, port)
	names := map[sample.ID]string{}
	var found map[string]said
	eventually(t, "snmpd says what memory is in use", 20*time.Second, func() bool {
		s.poll()
		found = s.sensorsOf(names)
		_, ok := found["Memory"]
		return ok
	})
	if got, want := float64(found["Memory"].milli)/1000, memoryInUse(t); math.Abs(got-want) > 5 {
		t.Errorf("%v %% of the memory is in use, the kernel says %v %%", got, want)
	}
	var root syscall.Statfs_t
	if err := syscall.Statfs("/", &root); err != nil {
		t.Fatal(err)
	}
	if disk, ok := found["/"]; ok {
		if got, want := float64(disk.milli)/1000, 100*float64(root.Blocks-root.Bfree)/float64(root.Blocks); disk.kind != sample.SensorStorage || math.Abs(got-want) > 5 {
			t.Errorf("/ is a %d, %v %% full, the kernel says %v %%", disk.kind, got, want)
		}
	}
	if testing.Short() {
		return // net-snmp looks at the processors for a minute before it says anything
	}
	t.Parallel() // the agent's minute passes while other tests run
	asked := time.Now()
	eventually(t, "snmpd says how busy the processors are", 2*time.Minute, func() bool {
		if time.Since(asked) < time.Second {
			return false
		}
		asked = time.Now()
		s.device.health.forget()
		s.poll()
		found = s.sensorsOf(names)
		_, ok := found["CPU"]
		return ok
	})
	if got, want := float64(found["CPU"].milli)/1000, busy(); math.Abs(got-want) > 20 {
		t.Errorf("the processors are %v %% busy, the kernel says %v %% of the same time", got, want)
	}
	processors := 0
	for name, each := range found {
		if each.kind == sample.SensorCPU && name != "CPU" {
			processors++
		}
	}
	t.Logf("%d processors, %+v", processors, found)
	if processors == 0 {
		t.Error("no processor of its own")
	}
}

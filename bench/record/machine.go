package record

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine is what a benchmark ran on.
type Machine struct {
	CPU    string // model
	Cores  int    // that this process may use
	Memory uint64 // bytes
	Kernel string
	Go     string // version that built the program
}

// ThisMachine says what this process runs on; what the system does not tell is empty.
func ThisMachine() Machine {
	m := Machine{Cores: runtime.NumCPU(), Go: runtime.Version()}
	m.CPU = lineOf("/proc/cpuinfo", "model name")
	if fields := strings.Fields(lineOf("/proc/meminfo", "MemTotal")); len(fields) > 0 {
		kilobytes, _ := strconv.ParseUint(fields[0], 10, 64)
		m.Memory = kilobytes << 10
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = unix.ByteSliceToString(name.Sysname[:]) + " " + unix.ByteSliceToString(name.Release[:])
	}
	return m
}

// String describes the machine in one line.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %d cores, %.1f GB of memory, %s, %s, %s/%s", m.CPU, m.Cores, float64(m.Memory)/1e9, m.Kernel, m.Go, runtime.GOOS, runtime.GOARCH)
}

// lineOf returns what stands behind a word and a colon in a file; empty where it does not.
func lineOf(path, word string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(content)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == word {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

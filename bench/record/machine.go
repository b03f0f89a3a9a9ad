package record

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine is what a benchmark ran on.
type Machine struct {
	CPU    string `json:"cpu"`   // model
	Cores  int    `json:"cores"` // that this process may use
	Memory uint64 `json:"memory_bytes"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"` // version that built the program
	OS     string `json:"os"`
	Arch   string `json:"arch"`
}

// ThisMachine says what this process runs on; what the system does not tell is empty.
func ThisMachine() Machine {
	m := Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
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
	return fmt.Sprintf("%s, %d cores, %.1f GB of memory, %s, %s, %s/%s", m.CPU, m.Cores, float64(m.Memory)/1e9, m.Kernel, m.Go, m.OS, m.Arch)
}

// described is what String makes of a machine.
var described = regexp.MustCompile(`^(.*), (\d+) cores, ([0-9.]+) GB of memory, (.*), (.*), (.*)/(.*)$`)

// machineOf reads what String has written.
func machineOf(text string) (m Machine) {
	parts := described.FindStringSubmatch(text)
	if parts == nil {
		return m
	}
	m = Machine{CPU: parts[1], Kernel: parts[4], Go: parts[5], OS: parts[6], Arch: parts[7]}
	m.Cores, _ = strconv.Atoi(parts[2]) // digits alone
	gigabytes, _ := strconv.ParseFloat(parts[3], 64)
	m.Memory = uint64(gigabytes * 1e9)
	return m
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

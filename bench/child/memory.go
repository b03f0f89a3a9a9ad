package child

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// Memory is what a process holds resident and the most it ever did, bytes.
func Memory(process int) (held, most uint64, err error) {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(process), "status"))
	if err != nil {
		return 0, 0, fmt.Errorf("read the memory of process %d: %w", process, err)
	}
	read := func(name string) uint64 {
		_, rest, _ := bytes.Cut(status, []byte(name))
		if fields := bytes.Fields(rest); len(fields) > 0 {
			kilobytes, _ := strconv.ParseUint(string(fields[0]), 10, 64)
			return kilobytes << 10
		}
		return 0
	}
	return read("VmRSS:"), read("VmHWM:"), nil
}

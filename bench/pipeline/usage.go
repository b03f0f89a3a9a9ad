package pipeline

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// processorTime is what a process has used so far, user and system.
func processorTime(process int) (time.Duration, error) {
	// The clock of a process (Linux, include/linux/posix-timers.h): the inverted id
	// above the clock's kind, of which 2 counts what the scheduler gave.
	const scheduled = 2
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^process<<3|scheduled), &used); err != nil {
		return 0, fmt.Errorf("read the processor time of process %d: %w", process, err)
	}
	return time.Duration(used.Nano()), nil
}

// memory is what a process holds resident and the most it ever did, bytes.
func memory(process int) (held, most uint64, err error) {
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

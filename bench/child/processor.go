package child

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// ProcessorTime is what a process and its threads have used so far, user and system,
// in nanoseconds as the kernel counts them.
func ProcessorTime(process int) (time.Duration, error) {
	// The clock of another process (Linux, include/linux/posix-timers.h): the inverted
	// id above the clock's kind, of which 2 counts what the scheduler gave.
	const scheduled = 2
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^process<<3|scheduled), &used); err != nil {
		return 0, fmt.Errorf("read the processor time of process %d: %w", process, err)
	}
	return time.Duration(used.Nano()), nil
}

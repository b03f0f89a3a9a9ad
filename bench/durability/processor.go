package durability

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// processorTime is what this process and its children have used so far, user and
// system.
func processorTime() (time.Duration, error) {
	total := time.Duration(0)
	for _, process := range append(children(), os.Getpid()) {
		// The clock of a process (Linux, include/linux/posix-timers.h): the inverted id
		// above the clock's kind, of which 2 counts what the scheduler gave.
		const scheduled = 2
		var used unix.Timespec
		if err := unix.ClockGettime(int32(^process<<3|scheduled), &used); err != nil {
			return 0, fmt.Errorf("read the processor time of process %d: %w", process, err)
		}
		total += time.Duration(used.Nano())
	}
	return total, nil
}

// children are the processes that this one started, from whichever thread.
func children() (ids []int) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil
	}
	for _, thread := range threads {
		text, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/children")
		if err != nil {
			continue // the thread has ended
		}
		for _, field := range strings.Fields(string(text)) {
			if id, err := strconv.Atoi(field); err == nil {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// timed is how long a piece of work took and what processor time it used.
func timed(work func() error) (lap, error) {
	before, err := processorTime()
	if err != nil {
		return lap{}, err
	}
	began := time.Now()
	if err := work(); err != nil {
		return lap{}, err
	}
	took := time.Since(began)
	after, err := processorTime()
	return lap{took, after - before}, err
}

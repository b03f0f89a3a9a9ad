package record

import (
	"os"
	"strconv"
	"strings"
)

// ProcessorTime is what the system says of its processors since it was started, in its ticks; zero where it says nothing.
type ProcessorTime struct {
	all, stolen uint64
}

// ProcessorTimeNow reads it from /proc/stat (proc(5)).
func ProcessorTimeNow() ProcessorTime {
	content, err := os.ReadFile("/proc/stat")
	if err != nil {
		return ProcessorTime{}
	}
	return parseProcessorTime(string(content))
}

// parseProcessorTime reads the line of all processors: user, nice, system, idle, iowait, irq, softirq and steal; what guests
// used is in the first two.
func parseProcessorTime(stat string) (time ProcessorTime) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return ProcessorTime{}
	}
	for i, field := range fields[1:9] {
		ticks, err := strconv.ParseUint(field, 10, 64)
		if err != nil {
			return ProcessorTime{}
		}
		if time.all += ticks; i == 7 {
			time.stolen = ticks
		}
	}
	return time
}

// StolenSince returns how much of the processors' time since another moment others on the same host had while something here
// wanted it, percent: what measured times are too long by at least. 0 where the system does not say, or is no guest.
func (t ProcessorTime) StolenSince(before ProcessorTime) float64 {
	if t.all <= before.all || t.stolen < before.stolen {
		return 0
	}
	return 100 * float64(t.stolen-before.stolen) / float64(t.all-before.all)
}

package chaos

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// memory is the most that a part has held resident in all its lives.
type memory struct {
	mutex sync.Mutex
	most  uint64 // bytes
}

// measure takes note of what a process has held; 0 is none.
func (m *memory) measure(pid int) {
	if pid == 0 {
		return
	}
	held := highWater(pid)
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.most = max(m.most, held)
}

func (m *memory) peak() uint64 {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.most
}

// highWater is the most memory a process has held resident, bytes; 0 where it is gone.
func highWater(pid int) uint64 {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	_, rest, found := bytes.Cut(status, []byte("VmHWM:"))
	if !found {
		return 0
	}
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, _ := strconv.ParseUint(string(fields[0]), 10, 64)
	return kilobytes << 10
}

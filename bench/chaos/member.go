package chaos

import (
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
)

// member is one part of the pipeline that things can be done to. What is done to it is
// delivered once it has the signal, and never where nothing runs that could have it.
type member interface {
	// id is its name in the events.
	id() string
	// up starts it where it does not run.
	up() error
	// kill ends it without a chance to do anything.
	kill(delivered func())
	// freeze stops it in the middle of what it does, thaw lets it go on.
	freeze(delivered func())
	thaw()
	// terminate asks it to end; an error says that it did not do so properly.
	terminate(delivered func()) error
	// measure takes note of its memory, peak is the most it ever had, bytes.
	measure()
	peak() uint64
}

// unnoted is for what is delivered and counts for nothing.
func unnoted() {}

// process is a member that is a process of this program.
type process struct {
	*child
	died func(c *child, code int)
}

func (p process) id() string { return p.name }
func (p process) up() error  { return p.start(p.died) }
func (p process) thaw()      { p.signal(syscall.SIGCONT) }

func (p process) freeze(delivered func()) {
	if p.signal(syscall.SIGSTOP) {
		delivered()
	}
}

// engine is the child process of the store, which starts it again by itself.
type engine struct {
	store *child
	data  string // the store's data directory
}

func (e engine) id() string { return "engine" }
func (e engine) up() error  { return nil }

// pid is the engine's number as it says so itself; 0 where it does not run.
func (e engine) pid() int {
	if e.store.pid() == 0 {
		return 0
	}
	content, err := os.ReadFile(filepath.Join(e.data, "engine", "engine.json"))
	if err != nil {
		return 0
	}
	var endpoint struct {
		PID int `json:"pid"`
	}
	if json.Unmarshal(content, &endpoint) != nil || !e.isChild(endpoint.PID) {
		return 0
	}
	return endpoint.PID
}

// isChild says whether the process is still the store's own: numbers are used again.
func (e engine) isChild(pid int) bool { return pid > 1 && parentOf(pid) == e.store.pid() }

func (e engine) signal(signal syscall.Signal, delivered func()) {
	// It may have ended just now.
	if pid := e.pid(); pid != 0 && syscall.Kill(pid, signal) == nil {
		delivered()
	}
}

func (e engine) kill(delivered func())   { e.signal(syscall.SIGKILL, delivered) }
func (e engine) freeze(delivered func()) { e.signal(syscall.SIGSTOP, delivered) }
func (e engine) thaw()                   { e.signal(syscall.SIGCONT, unnoted) }
func (e engine) terminate(func()) error  { return nil }
func (e engine) measure()                {}
func (e engine) peak() uint64            { return 0 }

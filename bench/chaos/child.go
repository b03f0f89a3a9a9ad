package chaos

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// loadTime is how long a busy machine may take until a process that was started listens
// to signals.
const loadTime = 10 * time.Second

// child is one part of the pipeline as a process of its own, started again and again.
type child struct {
	name      string
	arguments []string // of this program
	binary    string
	log       *os.File      // what it says, of all its lives
	drain     time.Duration // how long it may take to end when it is asked to
	held      memory

	mutex   sync.Mutex
	process *os.Process
	ended   chan struct{} // closed when the present process has
	code    int           // of the one that ended last
	began   time.Time     // when the present process did
	wanted  bool          // that it runs: it was neither killed nor asked to end
	// untimely says that the one that ended last did so by the signal itself, because it
	// had hardly begun and did not listen yet.
	untimely bool
	starts   int
}

func newChild(name, binary, directory string, drain time.Duration, arguments ...string) (*child, error) {
	log, err := os.OpenFile(filepath.Join(directory, name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("set up %s: %w", name, err)
	}
	return &child{name: name, binary: binary, arguments: arguments, log: log, drain: drain}, nil
}

// start starts the process, where none runs. died hears of an end that nobody asked for.
func (c *child) start(died func(c *child, code int)) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.process != nil {
		return nil
	}
	command := exec.Command(c.binary, c.arguments...)
	command.Stdout, command.Stderr = c.log, c.log
	// A group of its own, because Ctrl-C is to reach this program alone, which ends the others.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	fmt.Fprintf(c.log, "--- start %d\n", c.starts+1)
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		// Pdeathsig follows the thread that starts the process, so the thread must stay.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err != nil {
			return
		}
		err = command.Wait()
		c.mutex.Lock()
		unasked := c.wanted
		c.process, c.code = nil, command.ProcessState.ExitCode()
		code := c.code
		status, _ := command.ProcessState.Sys().(syscall.WaitStatus)
		c.untimely = status.Signaled() && status.Signal() == syscall.SIGTERM && time.Since(c.began) < loadTime
		fmt.Fprintf(c.log, "--- ended: %v\n", err)
		c.mutex.Unlock()
		close(ended)
		if unasked && died != nil {
			died(c, code)
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", c.name, err)
	}
	c.process, c.ended, c.wanted, c.began = command.Process, ended, true, time.Now()
	c.starts++
	return nil
}

// signal sends a signal to the process, and says whether one ran to receive it.
func (c *child) signal(signal syscall.Signal) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.process == nil {
		return false
	}
	if signal == syscall.SIGKILL || signal == syscall.SIGTERM {
		c.wanted = false
	}
	fmt.Fprintf(c.log, "--- %s\n", signal)
	return c.process.Signal(signal) == nil // it may have ended by itself just now
}

// kill ends the process at once and waits for it.
func (c *child) kill(delivered func()) {
	if c.signal(syscall.SIGKILL) {
		delivered()
	}
	c.wait(0)
}

// errLate says that a process did not end in time and was killed.
var errLate = errors.New("it did not end in time and was killed")

// terminate asks the process to end and waits for it. The error says that it did not do
// so in time, or not cleanly, or had done so already though nobody had asked it to.
func (c *child) terminate(delivered func()) error {
	c.mutex.Lock()
	running, died, code := c.process != nil, c.wanted, c.code
	c.mutex.Unlock()
	if !running {
		if died {
			return fmt.Errorf("%s was to be asked to end and had done so by itself with code %d", c.name, code)
		}
		return nil
	}
	began := time.Now()
	if c.signal(syscall.SIGTERM) {
		delivered()
	}
	if !c.wait(c.drain) {
		c.kill(unnoted)
		return fmt.Errorf("%s, asked to end: %w (after %s)", c.name, errLate, c.drain)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.untimely {
		return nil
	}
	if c.code != 0 {
		return fmt.Errorf("%s, asked to end, did so with code %d after %s", c.name, c.code, time.Since(began).Round(time.Millisecond))
	}
	return nil
}

// wait returns when no process runs any more, false after a time; 0 waits for ever.
func (c *child) wait(most time.Duration) bool {
	c.mutex.Lock()
	ended, running := c.ended, c.process != nil
	c.mutex.Unlock()
	if !running {
		return true
	}
	var late <-chan time.Time
	if most > 0 {
		timer := time.NewTimer(most)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-ended:
		return true
	case <-late:
		return false
	}
}

// pid is the process's number, 0 where none runs.
func (c *child) pid() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.process == nil {
		return 0
	}
	return c.process.Pid
}

func (c *child) measure()     { c.held.measure(c.pid()) }
func (c *child) peak() uint64 { return c.held.peak() }

// parentOf returns the parent of a process, 0 where it is gone.
func parentOf(pid int) int {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("PPid:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[0]))
	return parent
}

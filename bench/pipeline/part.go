package pipeline

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// endTime is how long a part may take to end.
const endTime = 20 * time.Second

// part is a process of this program. It ends when this process does.
type part struct {
	name    string
	log     string // path of what it says
	command *exec.Cmd
	ended   chan struct{}
	err     error // of its end, once ended is closed
	heard   chan struct{}
	rows    atomic.Uint64 // as it said last on its standard output
}

// startPart starts a process. What it prints are numbers, of which the last holds.
func startPart(name, log, binary string, arguments ...string) (*part, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer file.Close() // the child has its own
	p := &part{name: name, log: log, command: exec.Command(binary, arguments...), ended: make(chan struct{}), heard: make(chan struct{}, 1)}
	p.command.Stderr = file
	// A group of its own, because Ctrl-C is to reach this program alone, which ends the others.
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	output, err := p.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	started := make(chan error, 1)
	go func() {
		// Pdeathsig follows the thread that starts the process, so the thread must stay.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.command.Start()
		started <- err
		if err != nil {
			return
		}
		for lines := bufio.NewScanner(output); lines.Scan(); {
			if rows, err := strconv.ParseUint(lines.Text(), 10, 64); err == nil {
				p.rows.Store(rows)
				select {
				case p.heard <- struct{}{}:
				default:
				}
			}
		}
		p.err = p.command.Wait()
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

func (p *part) pid() int { return p.command.Process.Pid }

// await returns once the part has said so many rows, or that it is ready where that is 0.
func (p *part) await(ctx context.Context, rows uint64, most time.Duration) error {
	late := time.NewTimer(most)
	defer late.Stop()
	for first := true; first && rows == 0 || p.rows.Load() < rows; first = false {
		select {
		case <-p.heard:
		case <-p.ended:
			return fmt.Errorf("%s ended (%s): %s", p.name, p.command.ProcessState, p.lastWords())
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-late.C:
			return fmt.Errorf("%s has stored %d of %d rows after %s: %s", p.name, p.rows.Load(), rows, most, p.lastWords())
		}
	}
	return nil
}

func (p *part) signal(which syscall.Signal) error {
	if err := p.command.Process.Signal(which); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send %s to %s: %w", which, p.name, err)
	}
	return nil
}

// stop asks the part to end, and ends it where it does not.
func (p *part) stop() error {
	if err := errors.Join(p.signal(syscall.SIGCONT), p.signal(syscall.SIGTERM)); err != nil {
		return err
	}
	late := time.NewTimer(endTime)
	defer late.Stop()
	select {
	case <-p.ended:
		if p.err != nil {
			return fmt.Errorf("%s, asked to end: %w: %s", p.name, p.err, p.lastWords())
		}
		return nil
	case <-late.C:
		err := p.signal(syscall.SIGKILL)
		<-p.ended
		return errors.Join(fmt.Errorf("%s did not end within %s and was killed: %s", p.name, endTime, p.lastWords()), err)
	}
}

// lastWords is the end of what the part said.
func (p *part) lastWords() string {
	const most = 1 << 10
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-most):])
}

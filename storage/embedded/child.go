package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// child is the engine's process. It lives in a process group of its own, so that
// Ctrl-C at a terminal reaches the parent alone, which drains first. It ends when its
// standard input does. When the parent is killed the kernel kills it too, which loses
// nothing: what it acknowledged is on disk.
type child struct {
	command *exec.Cmd
	stdin   io.WriteCloser
	tail    *tail
	ended   chan struct{} // closed when the process is gone
	err     error         // of the process, set before ended is closed
}

// startChild starts the process and waits until it serves.
func startChild(ctx context.Context, argv []string, config ServeConfig, listener net.Listener, logger *slog.Logger) (*child, error) {
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		return nil, fmt.Errorf("handing the engine its port: %w", err)
	}
	defer file.Close()
	config.ListenerFD = 3 // the first of ExtraFiles

	c := &child{command: exec.Command(argv[0], argv[1:]...), tail: &tail{logger: logger}, ended: make(chan struct{})}
	c.command.ExtraFiles = []*os.File{file}
	c.command.Stderr = c.tail
	// The engine counts days in its own time zone, which it takes from here.
	c.command.Env = append(os.Environ(), "TZ=UTC")
	c.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if c.stdin, err = c.command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting the embedded engine: %w", err)
	}
	stdout, err := c.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the embedded engine: %w", err)
	}

	started := make(chan error, 1)
	greetings := make(chan greeting, 1)
	go func() {
		// The signal of a parent's death is tied to the thread that made the
		// child: keep it for as long as the child lives.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := c.command.Start()
		started <- err
		if err != nil {
			return
		}
		readGreeting(stdout, greetings)
		c.err = c.command.Wait()
		close(c.ended)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting the embedded engine with %s: %w", argv[0], err)
	}
	line, err := json.Marshal(config)
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	if _, err := c.stdin.Write(append(line, '\n')); err != nil {
		return nil, errors.Join(fmt.Errorf("telling the embedded engine its configuration: %w", err), c.stop(), c.death())
	}
	return c, c.await(ctx, greetings, config.StartTimeout)
}

// await waits for the child's greeting and stops the child if it is not a good one.
func (c *child) await(ctx context.Context, greetings <-chan greeting, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case g, ok := <-greetings:
		switch {
		case !ok:
			<-c.ended
			return c.death()
		case g.Error != "":
			return errors.Join(errors.New(g.Error), c.stop())
		}
		return nil
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("the embedded engine did not serve within %s: raise start_timeout if the data are large", limit), c.stop())
	}
}

// readGreeting passes on the first line that is one and discards all else that the
// engine may print. It returns at the end of the output.
func readGreeting(stdout io.Reader, greetings chan<- greeting) {
	defer close(greetings)
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var g greeting
		if json.Unmarshal(lines.Bytes(), &g) == nil && (g.Address != "" || g.Error != "") {
			greetings <- g
			break
		}
	}
	_, _ = io.Copy(io.Discard, stdout)
}

func (c *child) pid() int { return c.command.Process.Pid }

// stop ends the child: it closes its standard input, waits, and kills it in the end.
func (c *child) stop() error {
	if err := c.stdin.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("stopping the embedded engine: %w", err)
	}
	select {
	case <-c.ended:
		return nil
	case <-time.After(closeTimeout + time.Second):
	}
	if err := c.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("killing the embedded engine: %w", err)
	}
	<-c.ended
	return errors.New("the embedded engine did not end in time and was killed; what it acknowledged is on disk")
}

// death says how the child ended and the last that it said.
func (c *child) death() error {
	how := "it ended"
	if c.err != nil {
		how = c.err.Error()
	}
	if said := c.tail.String(); said != "" {
		return fmt.Errorf("the embedded engine is gone: %s; it last said: %s", how, said)
	}
	return fmt.Errorf("the embedded engine is gone: %s", how)
}

// tail passes the child's log on, line by line, and keeps the end of it.
type tail struct {
	logger *slog.Logger

	mu   sync.Mutex
	last []byte // the end of all output
	line []byte // the line that is not complete
}

// tailSize is how much is kept of what the child said, in bytes.
const tailSize = 2048

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, p...)
	if excess := len(t.last) - tailSize; excess > 0 {
		t.last = append(t.last[:0], t.last[excess:]...)
	}
	t.line = append(t.line, p...)
	for {
		line, rest, complete := strings.Cut(string(t.line), "\n")
		if !complete && len(t.line) < tailSize {
			return len(p), nil
		}
		t.logger.Info("embedded engine", "said", line)
		t.line = append(t.line[:0], rest...)
	}
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.last))
}

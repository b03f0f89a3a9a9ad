package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the built program, which whole-binary tests drive as a user would.
var binary = sync.OnceValues(func() (string, error) {
	directory, err := os.MkdirTemp("", "mimamori-binary")
	if err != nil {
		return "", err
	}
	path := filepath.Join(directory, "bin", "mimamori")
	if output, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, output)
	}
	// The engine is found relative to the program, as after make build.
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	return path, os.Symlink(filepath.Join(here, ".engine"), filepath.Join(directory, ".engine"))
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(filepath.Dir(path)))
	}
	os.Exit(code)
}

// need skips a test whose real part is missing, and fails it where everything must
// be there.
func need(t *testing.T, condition bool, what string) {
	t.Helper()
	if condition {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("missing: %s", what)
	}
	t.Skipf("missing: %s", what)
}

func needEngine(t *testing.T) {
	t.Helper()
	_, err := os.Stat(".engine/installed")
	need(t, err == nil || os.Getenv("MIMAMORI_ENGINE_LIBRARY") != "", "the embedded engine; make engine fetches it")
}

// program is a running mimamori.
type program struct {
	t       *testing.T
	command *exec.Cmd
	output  *lockedBuffer
	done    chan struct{}
}

type lockedBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.String()
}

// start starts the program; the test's end stops it.
func start(t *testing.T, arguments ...string) *program {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return startCommand(t, exec.Command(path, arguments...))
}

// startCommand starts the program by a command; the test's end stops it.
func startCommand(t *testing.T, command *exec.Cmd) *program {
	t.Helper()
	started := &program{t: t, command: command, output: &lockedBuffer{}, done: make(chan struct{})}
	started.command.Stdout, started.command.Stderr = started.output, started.output
	if err := started.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = started.command.Wait()
		close(started.done)
	}()
	t.Cleanup(func() {
		_ = started.command.Process.Signal(syscall.SIGKILL)
		<-started.done
	})
	return started
}

// stop interrupts the program as Ctrl-C does and returns how long it took to end.
func (p *program) stop() time.Duration {
	p.t.Helper()
	began := time.Now()
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatalf("interrupt: %v\n%s", err, p.output)
	}
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		p.t.Fatalf("it did not end within 20 s of the interrupt:\n%s", p.output)
	}
	return time.Since(began)
}

// wait waits until the output holds a text.
func (p *program) wait(text string, within time.Duration) {
	p.t.Helper()
	until(p.t, within, func() (bool, string) {
		select {
		case <-p.done:
			p.t.Fatalf("it ended before it said %q:\n%s", text, p.output)
		default:
		}
		return strings.Contains(p.output.String(), text), p.output.String()
	})
}

// until waits for a condition; the text says how things stand when it never comes.
func until(t *testing.T, within time.Duration, condition func() (bool, string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	every := time.NewTicker(100 * time.Millisecond)
	defer every.Stop()
	for {
		met, state := condition()
		if met {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("not within %s:\n%s", within, state)
		case <-every.C:
		}
	}
}

// call runs the program to its end.
func call(t *testing.T, arguments ...string) (output, problems string, code int) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), path, arguments...)
	var standard, diagnostics bytes.Buffer
	command.Stdout, command.Stderr = &standard, &diagnostics
	_ = command.Run() // the exit code says how it ended
	return standard.String(), diagnostics.String(), command.ProcessState.ExitCode()
}

// freePort returns a port nobody listens on just now.
func freePort(t *testing.T, network string) int {
	t.Helper()
	if strings.HasPrefix(network, "udp") {
		socket, err := net.ListenPacket(network, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		return socket.LocalAddr().(*net.UDPAddr).Port
	}
	listener, err := net.Listen(network, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

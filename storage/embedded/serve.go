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
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ServeConfig is what the parent tells the child.
type ServeConfig struct {
	Config
	// ListenerFD is an inherited listening socket. 0: a port of 127.0.0.1 is chosen.
	ListenerFD int
}

// greeting is the line that the child prints when it serves, or cannot.
type greeting struct {
	Address string `json:"address,omitempty"`
	Token   string `json:"token,omitempty"`
	Error   string `json:"error,omitempty"`
}

// closeTimeout is how long the child takes to end, at most.
const closeTimeout = 3 * time.Second

// lockTimeout is how long a start waits for the engine before it on the same
// directory, whose parent died, to end.
const lockTimeout = closeTimeout + 2*time.Second

// ServeStdio is all that the child process does: it reads its ServeConfig as one line
// of JSON from stdin and calls Serve.
func ServeStdio(ctx context.Context, stdin io.Reader, stdout io.Writer, logger *slog.Logger) error {
	lines := bufio.NewReader(stdin)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("reading the engine's configuration from standard input: %w; "+
			"this command is started by the program itself", err)
	}
	var config ServeConfig
	if err := json.Unmarshal(line, &config); err != nil {
		return fmt.Errorf("reading the engine's configuration from standard input: %w", err)
	}
	return Serve(ctx, config, stdout, lines, logger)
}

// Serve runs the engine in this process until ctx ends or stdin does, which is when
// the parent has died. It prints one line of JSON on ready: address and token once it
// serves, or the error that kept it from serving. It returns nil after a clean end,
// within 3 s. It changes the working directory and is called once in a process.
func Serve(ctx context.Context, config ServeConfig, ready io.Writer, stdin io.Reader, logger *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		// Nothing is expected on stdin: its end is what matters.
		_, _ = io.Copy(io.Discard, stdin)
		cancel()
	}()

	s, err := start(ctx, config, logger)
	if err != nil {
		return errors.Join(err, announce(ready, greeting{Error: err.Error()}))
	}
	if err := announce(ready, greeting{Address: s.listener.Addr().String(), Token: s.handler.config.Token}); err != nil {
		return errors.Join(err, s.close())
	}
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	select {
	case <-ctx.Done():
		return s.close()
	case err := <-served:
		return errors.Join(fmt.Errorf("serving the embedded engine: %w", err), s.close())
	}
}

func announce(ready io.Writer, g greeting) error {
	line, err := json.Marshal(g)
	if err != nil {
		return err
	}
	if _, err := ready.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("telling the parent that the engine serves: %w", err)
	}
	return nil
}

// server is the engine serving in this process.
type server struct {
	handler  *handler
	http     *http.Server
	listener net.Listener
	lock     *os.File
}

func start(ctx context.Context, config ServeConfig, logger *slog.Logger) (*server, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	path, err := FindLibrary(config.Library)
	if err != nil {
		return nil, err
	}
	directory, err := filepath.Abs(config.Directory)
	if err != nil {
		return nil, fmt.Errorf("finding the engine's directory %s: %w", config.Directory, err)
	}
	// The engine shows the files of its working directory as tables: it is empty.
	work := filepath.Join(directory, "work")
	if err := os.MkdirAll(work, 0o700); err != nil {
		return nil, fmt.Errorf("making the engine's directory: %w", err)
	}
	s := &server{}
	if s.lock, err = lockDirectory(ctx, directory); err != nil {
		return nil, err
	}
	if err := os.Chdir(work); err != nil {
		return nil, fmt.Errorf("entering the engine's directory: %w", err)
	}
	if config.Token == "" {
		config.Token = randomHex(24)
	}
	if s.listener, err = listen(config.ListenerFD); err != nil {
		return nil, err
	}
	serverConfig, err := writeServerConfig(directory, config)
	if err != nil {
		return nil, err
	}
	library, err := openLibrary(path)
	if err != nil {
		return nil, err
	}
	arguments := []string{"--path=" + filepath.Join(directory, "store"), "--config-file=" + serverConfig}
	if s.handler, err = newHandler(library, config, arguments, logger); err != nil {
		return nil, fmt.Errorf("starting the embedded engine in %s: %w", directory, err)
	}
	s.http = &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    1 << 20,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	return s, nil
}

func listen(fd int) (net.Listener, error) {
	if fd == 0 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("opening a port of 127.0.0.1 for the embedded engine: %w", err)
		}
		return l, nil
	}
	file := os.NewFile(uintptr(fd), "listener")
	defer file.Close()
	l, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("taking over the engine's port from the parent: %w", err)
	}
	return l, nil
}

// lockDirectory makes this process the only one with an engine on the directory.
// The lock goes with the process.
func lockDirectory(ctx context.Context, directory string) (*os.File, error) {
	path := filepath.Join(directory, "lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the engine's directory: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("locking the engine's directory %s: %w", directory, err)
		}
		select {
		case <-ctx.Done():
			owner, _ := os.ReadFile(path)
			return nil, fmt.Errorf("the engine's directory %s is in use by process %s: stop that one or choose another directory",
				directory, owner)
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := errors.Join(file.Truncate(0), writeAt(file, fmt.Sprint(os.Getpid()))); err != nil {
		return nil, fmt.Errorf("locking the engine's directory: %w", err)
	}
	return file, nil
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

// close ends the engine, or gives up on it when the time is over: acknowledged rows
// are on disk in any case.
func (s *server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- s.shutDown(ctx) }()
	select {
	case err := <-closed:
		return err
	case <-ctx.Done():
		return errors.New("the embedded engine did not close in time; what it acknowledged is on disk")
	}
}

func (s *server) shutDown(ctx context.Context) error {
	requests, cancel := context.WithTimeout(ctx, closeTimeout/3)
	defer cancel()
	if err := s.http.Shutdown(requests); err != nil {
		// Requests still run: their connections go, and with them their queries.
		err = s.http.Close()
		if err != nil {
			return fmt.Errorf("closing the engine's connections: %w", err)
		}
	}
	// With its last session the engine closes its tables. Some of its threads live on
	// until the process ends.
	s.handler.close(ctx)
	return s.lock.Close()
}

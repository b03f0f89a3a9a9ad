package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	listen   string
	engine   string
	folder   string
	customer string
	alarms   string
	troubles bool
	leash    bool
}

// errUsage is a wrong command line, of which the flags have said what is wrong.
var errUsage = errors.New("wrong usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		stop()
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "mimamori-preview:", err)
		stop()
		os.Exit(1)
	}
}

func readOptions(arguments []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("mimamori-preview", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.engine, "engine", "", "directory of the running embedded engine whose figures are shown, as DATA/engine; required")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "host:port on loopback; port 0 takes a free one")
	flags.StringVar(&o.folder, "plugin", "", "folder grafana/ with what make plugin built; default: the one beside the folder of this program")
	flags.StringVar(&o.customer, "customer", "", "name of the customer that the second organisation belongs to; empty for none")
	flags.StringVar(&o.alarms, "alarms", "", "address of the role that raises alarms of that engine's figures, as http://127.0.0.1:9464; empty for none")
	flags.BoolVar(&o.troubles, "troubles", false, "add organisations in which something is wrong: no token, one that expired or is another's, no store, no data")
	flags.BoolVar(&o.leash, "leash", false, "end when the standard input ends")
	switch err := flags.Parse(arguments); {
	case errors.Is(err, flag.ErrHelp):
		return o, err
	case err != nil:
		return o, errUsage
	}
	problem := ""
	host, _, err := net.SplitHostPort(o.listen)
	switch {
	case flags.NArg() > 0:
		problem = fmt.Sprintf("there is nothing to be said beside the flags: %q", flags.Arg(0))
	case o.engine == "":
		problem = "--engine is missing: name the directory of a running embedded engine, such as DATA/engine"
	case err != nil:
		problem = fmt.Sprintf("--listen %q is no host:port", o.listen)
	case host != "localhost" && !net.ParseIP(host).IsLoopback():
		problem = fmt.Sprintf("--listen %s is not on loopback: the preview asks nobody for a password, use 127.0.0.1:PORT", o.listen)
	}
	if problem != "" {
		fmt.Fprintln(stderr, "mimamori-preview:", problem)
		return o, errUsage
	}
	if o.folder == "" {
		program, err := os.Executable()
		if err != nil {
			return o, fmt.Errorf("find this program's own file: %w; name the folder with --plugin", err)
		}
		o.folder = filepath.Join(filepath.Dir(program), "..", "grafana")
	}
	return o, nil
}

// started is the one line that is printed, when the page can be opened.
type started struct {
	Address string `json:"address"` // of the page
}

// drain is how long requests may take to end.
const drain = 2 * time.Second

// run serves until its context ends, or its input where it is on a leash.
func run(ctx context.Context, arguments []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	o, err := readOptions(arguments, stderr)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(stderr, nil))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if o.leash {
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			cancel(nil)
		}()
	}
	built, err := readPlugin(o.folder)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, o.engine, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.close()) }()
	organisations, err := store.organisations(o.customer, o.alarms, o.troubles, time.Now())
	if err != nil {
		return err
	}
	backend := newBackend(built.executable(runtime.GOOS, runtime.GOARCH), logger)
	defer backend.stop()
	if err := backend.start(ctx); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listen for the preview's page: %w; name another place with --listen", err)
	}
	server := &http.Server{
		Handler:           newServer(built, organisations, backend, logger),
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	go func() { cancel(server.Serve(listener)) }()
	if err := json.NewEncoder(stdout).Encode(started{"http://" + listener.Addr().String() + "/"}); err != nil {
		return fmt.Errorf("say where the preview is: %w", err)
	}
	<-ctx.Done()
	ending, release := context.WithTimeout(context.Background(), drain)
	defer release()
	if err := server.Shutdown(ending); err != nil {
		_ = server.Close() // what still runs had its time
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return fmt.Errorf("serve the preview: %w", cause)
	}
	return nil
}

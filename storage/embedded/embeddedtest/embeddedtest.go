package embeddedtest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/storage/embedded"
)

// childVariable tells the test binary that it is the engine's process.
const childVariable = "MIMAMORI_TEST_ENGINE_CHILD"

// Main runs the tests of a package, or the engine when the test binary was started as
// its process.
func Main(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
		if err := embedded.ServeStdio(context.Background(), os.Stdin, os.Stdout, logger); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Argv is the command that starts the test binary as the engine's process.
func Argv(tb testing.TB) []string {
	tb.Helper()
	executable, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	return []string{"/usr/bin/env", childVariable + "=1", executable}
}

// RequireLibrary skips the test where the engine is not installed. In continuous
// integration (CI=true) it fails the test.
func RequireLibrary(tb testing.TB) {
	tb.Helper()
	if _, err := embedded.FindLibrary(""); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal(err)
		}
		tb.Skip(err)
	}
}

// Config is that of an engine on a directory of the test's own.
func Config(tb testing.TB) embedded.Config {
	tb.Helper()
	config := embedded.DefaultConfig()
	config.Directory = tb.TempDir()
	return config
}

// Start runs an engine on an empty directory until the test ends.
func Start(tb testing.TB) embedded.Endpoint {
	tb.Helper()
	RequireLibrary(tb)
	engine, _ := Run(tb, Config(tb), prometheus.NewRegistry())
	endpoint, err := engine.Endpoint(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return endpoint
}

// Run runs an engine until the test ends or stop is called. stop returns what
// Engine.Run did.
func Run(tb testing.TB, config embedded.Config, registerer prometheus.Registerer) (engine *embedded.Engine, stop func() error) {
	tb.Helper()
	engine, err := embedded.New(config, Argv(tb), slog.New(slog.NewTextHandler(io.Discard, nil)), registerer)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var result error
	go func() {
		defer close(done)
		result = engine.Run(ctx)
	}()
	stop = func() error {
		cancel()
		<-done
		return result
	}
	tb.Cleanup(func() {
		if err := stop(); err != nil {
			tb.Logf("embedded engine: %v", err)
		}
	})
	return engine, stop
}

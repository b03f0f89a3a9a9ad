package bustest_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/bustest"
	"mimamori/ingest/bus/embedded"
)

// childDirectory and childListen make the test binary a broker that can be killed.
const (
	childDirectory = "BUSTEST_DIRECTORY"
	childListen    = "BUSTEST_LISTEN"
)

func TestMain(m *testing.M) {
	if directory := os.Getenv(childDirectory); directory != "" {
		if err := child(directory, os.Getenv(childListen)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func configuration(directory, listen string) embedded.Config {
	config := embedded.DefaultConfig()
	config.Directory = directory
	config.Listen = listen
	if listen != "" {
		config.Socket = ""
	}
	return config
}

// child runs a broker until the process is told to stop, or to the end of its input.
func child(directory, listen string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	broker, err := embedded.New(configuration(directory, listen), slog.New(slog.NewTextHandler(os.Stderr, nil)), prometheus.NewRegistry())
	if err != nil {
		return err
	}
	go func() {
		<-broker.Ready()
		fmt.Println(broker.Addresses()[0])
	}()
	go func() {
		var one [1]byte
		_, _ = os.Stdin.Read(one[:]) // ends when the test does, however it does
		cancel()
	}()
	return broker.Run(ctx)
}

// shortDirectory is short enough for a socket in it, unlike t.TempDir.
func shortDirectory(t testing.TB) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "bus")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(directory); err != nil {
			t.Error(err)
		}
	})
	return directory
}

// start runs an embedded broker in this process and returns how to reach it.
func start(t testing.TB, listen string) bus.Config {
	t.Helper()
	return startSynced(t, listen, true)
}

// startSynced is start with or without waiting for the disk.
func startSynced(t testing.TB, listen string, synced bool) bus.Config {
	t.Helper()
	config := configuration(shortDirectory(t), listen)
	config.SyncWrites = synced
	broker, err := embedded.New(config, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- broker.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-broker.Ready():
	case err := <-done:
		done <- nil
		t.Fatal(err)
	}
	client := bus.DefaultConfig()
	client.Brokers = broker.Addresses()
	return client
}

func TestEmbedded(t *testing.T) {
	t.Run("socket", func(t *testing.T) {
		bustest.Run(t, func(t *testing.T) bus.Config { return start(t, "") })
	})
	t.Run("tcp", func(t *testing.T) {
		bustest.Run(t, func(t *testing.T) bus.Config { return start(t, "127.0.0.1:0") })
	})
}

func TestEmbeddedRestarts(t *testing.T) {
	t.Run("socket", func(t *testing.T) {
		bustest.RunRestarts(t, func(t *testing.T) bustest.Broker { return startChild(t, "") })
	})
	t.Run("tcp", func(t *testing.T) {
		bustest.RunRestarts(t, func(t *testing.T) bustest.Broker { return startChild(t, freeAddress(t)) })
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// startChild runs an embedded broker in a process of its own.
func startChild(t *testing.T, listen string) bustest.Broker {
	t.Helper()
	directory := filepath.Join(shortDirectory(t), "log")
	var running *exec.Cmd
	broker := bustest.Broker{Config: bus.DefaultConfig()}
	broker.Start = func(t *testing.T) {
		t.Helper()
		command := exec.Command(os.Args[0])
		command.Env = append(os.Environ(), childDirectory+"="+directory, childListen+"="+listen)
		command.Stderr = t.Output()
		if _, err := command.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		output, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		running = command
		address, err := bufio.NewReader(output).ReadString('\n')
		if err != nil {
			t.Fatalf("the broker did not start: %v", err)
		}
		broker.Config.Brokers = []string{strings.TrimSpace(address)}
	}
	end := func(with os.Signal) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			if err := running.Process.Signal(with); err != nil {
				t.Fatal(err)
			}
			stuck := time.AfterFunc(10*time.Second, func() {
				t.Error("the broker did not end in time")
				_ = running.Process.Kill() // so that the test ends
			})
			defer stuck.Stop()
			if err := running.Wait(); err != nil && with != os.Kill {
				t.Errorf("the broker ended with %v", err)
			}
			running = nil
		}
	}
	broker.Stop, broker.Kill = end(syscall.SIGTERM), end(os.Kill)
	broker.Start(t)
	t.Cleanup(func() {
		if running != nil {
			broker.Stop(t)
		}
	})
	return broker
}

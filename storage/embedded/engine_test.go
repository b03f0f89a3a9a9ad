package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/prometheus/client_golang/prometheus"

	"mimamori/storage/embedded"
	"mimamori/storage/embedded/embeddedtest"
)

func TestKilledEngineComesBackWithAllThatItAcknowledged(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	registry := prometheus.NewRegistry()
	engine, stop := embeddedtest.Run(t, embeddedtest.Config(t), registry)
	first, err := engine.Endpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db := connect(t, first, clickhouse.CompressionNone)
	mustExec(t, db, "CREATE TABLE t (w UInt8, b UInt32, n UInt32) ENGINE = ReplacingMergeTree ORDER BY (w, b, n)")

	const writers, kills, size = 3, 3, 500
	var acknowledged [writers]atomic.Uint32
	finished := make(chan struct{})
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for b := uint32(0); ; b++ {
				select {
				case <-finished:
					return
				default:
				}
				// As a consumer does: again, until it is stored. Without a token: an engine killed between noting
				// one and placing the part takes the second attempt for done.
				for deadline := time.Now().Add(limit); ; {
					err := sendNumbers(t.Context(), first, w, b, size)
					if err == nil {
						break
					}
					if time.Now().After(deadline) {
						t.Errorf("writer %d: %v", w, err)
						return
					}
				}
				acknowledged[w].Store(b + 1)
			}
		})
	}
	pid := first.PID
	for range kills {
		before := acknowledged[0].Load()
		eventually(t, "batches are acknowledged", func() bool { return acknowledged[0].Load() > before+2 })
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the engine serves again", func() bool {
			next, err := engine.Endpoint(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if next.Address != first.Address || next.Token != first.Token {
				t.Fatalf("it moved from %s to %s", first.Address, next.Address)
			}
			if next.PID == pid {
				return false
			}
			pid = next.PID
			return true
		})
	}
	close(finished)
	group.Wait()
	want := uint64(0)
	for w := range writers {
		want += uint64(acknowledged[w].Load()) * size
	}
	if n := count(t, db, "SELECT count() FROM t FINAL"); n != want {
		t.Errorf("%d rows, %d were acknowledged", n, want)
	}
	if restarts := metric(t, registry, "mimamori_engine_restarts_total"); restarts != kills {
		t.Errorf("mimamori_engine_restarts_total is %v, want %d", restarts, kills)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if up := metric(t, registry, "mimamori_engine_up"); up != 0 {
		t.Errorf("mimamori_engine_up is %v after the end", up)
	}
}

func sendNumbers(ctx context.Context, endpoint embedded.Endpoint, w int, b uint32, size int) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+endpoint.Address,
		strings.NewReader(fmt.Sprintf("INSERT INTO t SELECT %d, %d, number FROM numbers(%d)", w, b, size)))
	if err != nil {
		return err
	}
	r.SetBasicAuth("default", endpoint.Token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(string(text))
	}
	return err
}

func metric(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()[0].GetCounter().GetValue() + family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func TestStopIsCleanAndDataStay(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	config := embeddedtest.Config(t)
	for round := range uint64(2) {
		engine, stop := embeddedtest.Run(t, config, prometheus.NewRegistry())
		endpoint, err := engine.Endpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if group, err := syscall.Getpgid(endpoint.PID); err != nil || group != endpoint.PID {
			t.Errorf("the engine is in process group %d (%v): Ctrl-C would reach it", group, err)
		}
		found, err := embedded.ReadEndpoint(config.Directory)
		if err != nil || found != endpoint {
			t.Errorf("another process finds %v, %v", found, err)
		}
		if info, err := os.Stat(filepath.Join(config.Directory, "engine.json")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("engine.json: %v, %v", info.Mode(), err)
		}
		db := connect(t, endpoint, clickhouse.CompressionNone)
		mustExec(t, db, "CREATE TABLE IF NOT EXISTS t (a UInt64) ENGINE = MergeTree ORDER BY a")
		if n := count(t, db, "SELECT count() FROM t"); n != round {
			t.Errorf("round %d: %d rows", round, n)
		}
		mustExec(t, db, "INSERT INTO t VALUES (1)")
		// A query that would run for ever does not hold up the end.
		go db.Exec(context.Background(), "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 7")
		eventually(t, "the query runs", func() bool {
			return count(t, db, "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%processes%'") == 1
		})
		before := time.Now()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(before); took > 5*time.Second {
			t.Errorf("the end took %s", took)
		}
		if err := syscall.Kill(endpoint.PID, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("the engine's process is still there: %v", err)
		}
		if _, err := embedded.ReadEndpoint(config.Directory); !errors.Is(err, embedded.ErrNotRunning) {
			t.Errorf("after the end another process finds: %v", err)
		}
		if _, err := engine.Endpoint(t.Context()); err == nil {
			t.Error("a stopped engine still has an endpoint")
		}
	}
}

func TestStaleEndpointIsRecognised(t *testing.T) {
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "engine.json"), []byte(`{"address":"127.0.0.1:1","token":"x","database":"mimamori","pid":4242}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.ReadEndpoint(directory); !errors.Is(err, embedded.ErrNotRunning) || !strings.Contains(err.Error(), "4242") {
		t.Errorf("%v", err)
	}
}

func TestSecondEngineOnADirectoryIsRefused(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	config := embeddedtest.Config(t)
	engine, _ := embeddedtest.Run(t, config, prometheus.NewRegistry())
	endpoint, err := engine.Endpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, stop := embeddedtest.Run(t, config, prometheus.NewRegistry())
	_, err = second.Endpoint(t.Context())
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("in use by process %d", endpoint.PID)) {
		t.Errorf("%v", err)
	}
	if err := stop(); err == nil {
		t.Error("Run returned no error")
	}
	if found, err := embedded.ReadEndpoint(config.Directory); err != nil || found != endpoint {
		t.Errorf("the first one is reached at %v, %v", found, err)
	}
}

// parentVariable makes TestParentProcess the parent of an engine on the directory.
const parentVariable = "MIMAMORI_TEST_ENGINE_PARENT"

func TestParentProcess(t *testing.T) {
	directory := os.Getenv(parentVariable)
	if directory == "" {
		t.Skip("this is the other half of TestEngineEndsWithItsParent")
	}
	config := embedded.DefaultConfig()
	config.Directory = directory
	embeddedtest.Run(t, config, prometheus.NewRegistry())
	<-t.Context().Done()
}

func TestEngineEndsWithItsParent(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	directory := t.TempDir()
	parent := exec.Command(os.Args[0], "-test.run=^TestParentProcess$")
	parent.Env = append(os.Environ(), parentVariable+"="+directory)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var endpoint embedded.Endpoint
	eventually(t, "the engine serves", func() bool {
		var err error
		endpoint, err = embedded.ReadEndpoint(directory)
		return err == nil
	})
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	eventually(t, "the engine is gone", func() bool { return gone(endpoint.PID) })
	if _, err := embedded.ReadEndpoint(directory); !errors.Is(err, embedded.ErrNotRunning) {
		t.Errorf("%v", err)
	}
	// Its directory can be used at once.
	config := embedded.DefaultConfig()
	config.Directory = directory
	engine, _ := embeddedtest.Run(t, config, prometheus.NewRegistry())
	if _, err := engine.Endpoint(t.Context()); err != nil {
		t.Error(err)
	}
}

// gone tells whether a process has ended, although its new parent may not have
// noticed yet.
func gone(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err != nil || strings.Contains(string(status), "zombie")
}

func TestMissingLibraryNamesTheRemedy(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "libchdb.so")
	if _, err := embedded.FindLibrary(missing); err == nil || !strings.Contains(err.Error(), missing) || !strings.Contains(err.Error(), "make engine") {
		t.Errorf("named: %v", err)
	}
	t.Setenv(embedded.LibraryVariable, missing)
	if _, err := embedded.FindLibrary(""); err == nil || !strings.Contains(err.Error(), missing) || !strings.Contains(err.Error(), embedded.LibraryVariable) {
		t.Errorf("in the environment: %v", err)
	}
	config := embeddedtest.Config(t)
	if _, err := embedded.New(config, embeddedtest.Argv(t), slog.New(slog.DiscardHandler), prometheus.NewRegistry()); err == nil {
		t.Error("New found a library")
	}
	t.Setenv(embedded.LibraryVariable, "")
	t.Chdir(t.TempDir())
	if _, err := embedded.FindLibrary(""); err == nil || !strings.Contains(err.Error(), "make engine") {
		t.Errorf("nowhere: %v", err)
	}
	platform := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	folder := filepath.Join(".engine", "node_modules", "@chdb", "lib-linux-"+platform+"-gnu")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "libchdb.so"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("deep/er", 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir("deep/er")
	found, err := embedded.FindLibrary("")
	if err != nil || !strings.HasSuffix(found, filepath.Join(folder, "libchdb.so")) {
		t.Errorf("above the working directory: %q, %v", found, err)
	}
}

func TestLibraryThatIsNotOne(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	config := embeddedtest.Config(t)
	config.Library = filepath.Join(t.TempDir(), "libchdb.so")
	if err := os.WriteFile(config.Library, []byte("not a library"), 0o644); err != nil {
		t.Fatal(err)
	}
	engine, stop := embeddedtest.Run(t, config, prometheus.NewRegistry())
	if _, err := engine.Endpoint(t.Context()); err == nil || !strings.Contains(err.Error(), "make engine") {
		t.Errorf("%v", err)
	}
	if err := stop(); err == nil {
		t.Error("Run returned no error")
	}
}

func TestChildThatIsNotOne(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	for _, argv := range [][]string{{"/nonexistent/mimamori"}, {"/bin/sh", "-c", "echo broken pipes >&2; exit 3"}} {
		engine, err := embedded.New(embeddedtest.Config(t), argv, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
		if err != nil {
			t.Fatal(err)
		}
		if err := engine.Run(t.Context()); err == nil || strings.HasSuffix(argv[0], "sh") && !strings.Contains(err.Error(), "broken pipes") {
			t.Errorf("%v: %v", argv, err)
		}
	}
}

func TestConfigValidate(t *testing.T) {
	if err := embedded.DefaultConfig().Validate(); err != nil {
		t.Errorf("the default: %v", err)
	}
	for field, spoil := range map[string]func(*embedded.Config){
		"directory":     func(c *embedded.Config) { c.Directory = "" },
		"database":      func(c *embedded.Config) { c.Database = "a-b" },
		`"default"`:     func(c *embedded.Config) { c.Database = "default" },
		"memory_limit":  func(c *embedded.Config) { c.MemoryLimit = 1 },
		"threads":       func(c *embedded.Config) { c.Threads = 0 },
		"max_body":      func(c *embedded.Config) { c.MaxBody = 0 },
		"start_timeout": func(c *embedded.Config) { c.StartTimeout = 0 },
	} {
		config := embedded.DefaultConfig()
		spoil(&config)
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/embedded"
	"mimamori/storage/embedded/embeddedtest"
)

// connect returns a store of an engine that the test runs itself.
func connect(t *testing.T, engine *embedded.Engine) *Store {
	t.Helper()
	endpoint, err := engine.Endpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	config := DefaultConfig()
	config.Address, config.Password, config.Protocol, config.Database = endpoint.Address, endpoint.Token, ProtocolHTTP, endpoint.Database
	return open(t, config)
}

// pings are a batch of its own rows.
func pings(t *testing.T, offset int64, rows int) *storage.Batch {
	t.Helper()
	return &storage.Batch{Source: source(3, offset, offset), Tables: map[sample.Kind]*storage.Table{
		sample.KindPings: table(filled(t, sample.KindPings, rows, rows*int(offset)), at(0), offset, acme)}}
}

// TestDisk fills the disk of a real engine.
func TestDisk(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	config := embeddedtest.Config(t)
	if err := syscall.Mount("tmpfs", config.Directory, "tmpfs", 0, "size=64m"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("mount a small disk for the engine: %v", err)
		}
		t.Skipf("a small disk for the engine needs the right to mount: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(config.Directory, syscall.MNT_DETACH) }) // before TempDir goes, after the engine
	engine, stop := embeddedtest.Run(t, config, prometheus.NewRegistry())
	store := connect(t, engine)
	var offset int64
	write := func() error { return store.WriteRaw(t.Context(), pings(t, offset, 1000)) }
	failsWith := func(reason string) {
		t.Helper()
		err := write()
		if failure := (*storage.Failure)(nil); !errors.As(err, &failure) || failure.Reason != reason {
			t.Errorf("%v\nwant the reason %s", err, reason)
		}
	}
	insist(t, write)

	offset++
	filler := config.Directory + "/filler"
	fill(t, filler)
	failsWith(storage.FailureFull)
	failsWith(storage.FailureFull)
	// It still answers. Of a batch that failed one table may have its rows: they come again, and count once.
	if n := store.count(t, "raw_pings FINAL"); n != 1000 && n != 2000 {
		t.Errorf("%d rows while the disk is full, want those of one batch or two", n)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	insist(t, write)

	if n := store.count(t, "raw_pings FINAL"); n != 2000 {
		t.Errorf("%d rows in the end, want 2000", n)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// fill writes to a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = file.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

// TestKilledUnderLoad kills the engine while rows are written, while it merges and while
// it is migrated: what was written is there once.
func TestKilledUnderLoad(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	engine, stop := embeddedtest.Run(t, embeddedtest.Config(t), prometheus.NewRegistry())
	store := connect(t, engine)
	const writers, rows = 2, 500
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writing sync.WaitGroup
	var mutex sync.Mutex
	var next int64
	done := func() int64 { mutex.Lock(); defer mutex.Unlock(); return next }
	for range writers {
		writing.Go(func() {
			for ctx.Err() == nil {
				mutex.Lock()
				offset := next
				next++
				mutex.Unlock()
				batch := pings(t, offset, rows)
				insist(t, func() error { return store.WriteRaw(t.Context(), batch) })
			}
		})
	}
	kill := func() {
		endpoint, err := engine.Endpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(endpoint.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	more := func() { // batches have been written
		for from := done(); done() < from+4*writers; {
			<-time.After(5 * time.Millisecond)
		}
	}
	more()
	kill()
	more()
	merged := make(chan struct{})
	go func() { // it is cut off
		defer close(merged)
		_ = store.execute(ctx, "OPTIMIZE TABLE raw_pings FINAL")
	}()
	<-time.After(20 * time.Millisecond)
	kill()
	<-merged
	more()
	migrated := make(chan error, 1)
	store.lock.expires = 2 * time.Second
	late := openOnly(t, store.config)
	late.lock.expires = 2 * time.Second
	late.migrations = append(late.migrations, slowly("2"))
	go func() { migrated <- late.Migrate(ctx) }()
	for store.wait(t.Context(), func(context.Context) error {
		if n := store.count(t, "system.tables WHERE database = currentDatabase() AND name = 'begun'"); n == 0 {
			return errors.New("not yet")
		}
		return nil
	}, "the migration begins") != nil {
	}
	kill()
	if err := <-migrated; err == nil {
		t.Error("the migration was not cut off")
	}
	late.migrations[len(late.migrations)-1] = slowly("0")
	insist(t, func() error { return late.Migrate(t.Context()) })
	more()
	cancel()
	writing.Wait()
	if n, want := store.count(t, "(SELECT * FROM raw_pings FINAL)"), uint64(done())*rows; n != want {
		t.Errorf("%d rows were written, %d are there", want, n)
	}
	t.Logf("%d rows of %d batches, %s before merges", done()*rows, done(), fmt.Sprint(store.count(t, "raw_pings")))
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestKilledBeforePartsTookPlace writes a batch again whose parts the engine lost when it
// was killed: whatever else it remembers of the first time, the rows are there.
func TestKilledBeforePartsTookPlace(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	config := embeddedtest.Config(t)
	engine, stop := embeddedtest.Run(t, config, prometheus.NewRegistry())
	store := connect(t, engine)
	batch, derived := everything(t, 0)
	write := func() {
		t.Helper()
		insist(t, func() error { return store.WriteRaw(t.Context(), batch) })
		insist(t, func() error { return store.WriteDerived(t.Context(), batch.Source, derived) })
		onceEach(t, store, 200, 1)
	}
	write()
	var parts []string
	var path string
	if err := store.query(t.Context(), "parts", "SELECT path FROM system.parts WHERE active AND database = currentDatabase() AND table NOT LIKE 'schema_%'",
		nil, []any{&path}, func() { parts = append(parts, path) }); err != nil {
		t.Fatal(err)
	}
	if len(parts) < len(rawKinds) {
		t.Fatalf("only %d parts: %q", len(parts), parts)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if err := os.RemoveAll(part); err != nil {
			t.Fatal(err)
		}
	}
	engine, stop = embeddedtest.Run(t, config, prometheus.NewRegistry())
	store = connect(t, engine)
	if n := store.count(t, "raw_pings"); n != 0 {
		t.Fatalf("%d rows are there that were lost", n)
	}
	write()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

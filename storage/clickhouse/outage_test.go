package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// insist repeats a call until it works, as the runner does.
func insist(t *testing.T, call func() error) {
	t.Helper()
	for began := time.Now(); ; {
		err := call()
		if err == nil {
			return
		}
		failure := (*storage.Failure)(nil)
		if !errors.As(err, &failure) {
			t.Errorf("a failure that says no reason: %v", err)
			return
		}
		if time.Since(began) > time.Minute {
			t.Errorf("it does not heal: %v", err)
			return
		}
		<-time.After(20 * time.Millisecond)
	}
}

// everything is a batch with rows of every kind and what is derived from it.
func everything(t *testing.T, first int64) (*storage.Batch, *storage.Derived) {
	t.Helper()
	batch := &storage.Batch{Source: source(3, first, first+9), Tables: map[sample.Kind]*storage.Table{}}
	for i, kind := range rawKinds {
		batch.Tables[kind] = table(filled(t, kind, 200, int(first)*20), at(0), first+int64(i%10), acme)
	}
	return batch, someDerived()
}

// onceEach holds that every raw table has so many rows and every derived one so many, as
// queries see them.
func onceEach(t *testing.T, store *Store, raw, derived uint64) {
	t.Helper()
	for _, kind := range rawKinds {
		if n := store.count(t, "(SELECT * FROM "+rawTable(kind)+" FINAL)"); n != raw {
			t.Errorf("%s has %d rows, want %d", rawTable(kind), n, raw)
		}
	}
	for _, name := range []string{"utilization", "links", "device_states", "device_current", "intervals", "reboots", "voice_minutes", "dirty_ranges"} {
		if n := store.count(t, "(SELECT * FROM "+name+" FINAL)"); n != derived {
			t.Errorf("%s has %d rows, want %d", name, n, derived)
		}
	}
}

// testCuts: connections break in the middle of INSERTs, and after the store has done
// them but before it said so. No row is lost and none is there twice.
func testCuts(t *testing.T, config Config) {
	between := newRelay(t, config.Address)
	config.Address = between.address
	store := open(t, config)
	batches := uint64(0)
	for _, cut := range []struct {
		after   int
		swallow bool
	}{{after: 100}, {after: 3000}, {after: 12000}, {swallow: true}} {
		batch, derived := everything(t, int64(batches)*10)
		batches++
		before := between.set(cut.after, cut.swallow, 0)
		for _, call := range []func() error{
			func() error { return store.WriteRaw(t.Context(), batch) },
			func() error { return store.WriteDerived(t.Context(), batch.Source, derived) },
		} {
			for range 4 { // the more often it is cut, the further a batch of many INSERTs has come
				err := call()
				if failure := (*storage.Failure)(nil); err != nil && (!errors.As(err, &failure) || failure.Reason != storage.FailureAway) {
					t.Errorf("%+v: %v", cut, err)
				}
			}
		}
		if spoiled := between.set(0, false, 0) - before; spoiled < 2 {
			t.Errorf("%+v: only %d INSERTs were cut", cut, spoiled)
		}
		insist(t, func() error { return store.WriteRaw(t.Context(), batch) })
		insist(t, func() error { return store.WriteDerived(t.Context(), batch.Source, derived) })
	}
	onceEach(t, store, 200*batches, 1)
}

// testSlow: a store that takes an INSERT too slowly is given up in time, and takes it
// once when it is quick again.
func testSlow(t *testing.T, config Config) {
	between := newRelay(t, config.Address)
	config.Address, config.InsertTimeout = between.address, 700*time.Millisecond
	store := open(t, config)
	batch, derived := everything(t, 0)
	between.set(0, false, 4<<10)
	for range 2 {
		began := time.Now()
		err := store.WriteRaw(t.Context(), batch)
		if failure := (*storage.Failure)(nil); !errors.As(err, &failure) || failure.Reason != storage.FailureSlow {
			t.Errorf("a slow store: %v", err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it was given up after %s, insert_timeout is %s", took, config.InsertTimeout)
		}
	}
	between.set(0, false, 0)
	patient := openOnly(t, func() Config { config.InsertTimeout = time.Minute; return config }()) // this machine may be slow itself
	insist(t, func() error { return patient.WriteRaw(t.Context(), batch) })
	insist(t, func() error { return patient.WriteDerived(t.Context(), batch.Source, derived) })
	onceEach(t, store, 200, 1)
}

// testAway: a store that is not there refuses at once.
func testAway(t *testing.T, config Config) {
	config.Address = "127.0.0.1:1"
	err := openOnly(t, config).WriteDerived(t.Context(), source(3, 0, 1), someDerived())
	if failure := (*storage.Failure)(nil); !errors.As(err, &failure) || failure.Reason != storage.FailureAway || !failure.Heals() {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = openOnly(t, config).WriteDerived(ctx, source(3, 0, 1), someDerived())
	if failure := (*storage.Failure)(nil); errors.As(err, &failure) {
		t.Errorf("that the caller ended is the store's failure: %v", err)
	}
}

// testTroubles: what a real engine says when it is in trouble is told apart, and goes
// away with the trouble.
func testTroubles(t *testing.T, config Config) {
	store := open(t, config)
	ctx := t.Context()
	offset := int64(0)
	for _, trouble := range []struct {
		reason, make, heal string
	}{
		{storage.FailureTooManyParts, "ALTER TABLE raw_pings MODIFY SETTING parts_to_throw_insert = 1, parts_to_delay_insert = 1", "ALTER TABLE raw_pings RESET SETTING parts_to_throw_insert, parts_to_delay_insert"},
		{storage.FailureReadOnly, "ALTER TABLE raw_pings MODIFY SETTING table_readonly = 1", "ALTER TABLE raw_pings RESET SETTING table_readonly"},
		{storage.FailureSchema, "ALTER TABLE raw_pings DROP COLUMN reply_ttl", "ALTER TABLE raw_pings ADD COLUMN reply_ttl UInt8"},
		{storage.FailureSchema, "RENAME TABLE raw_pings TO elsewhere", "RENAME TABLE elsewhere TO raw_pings"},
		{storage.FailureRejected, "ALTER TABLE raw_pings DROP COLUMN reply_ttl, ADD COLUMN reply_ttl Array(Date)", "ALTER TABLE raw_pings DROP COLUMN reply_ttl, ADD COLUMN reply_ttl UInt8"},
	} {
		write := func() error {
			batch := &storage.Batch{Source: source(3, offset, offset), Tables: map[sample.Kind]*storage.Table{
				sample.KindPings: table(filled(t, sample.KindPings, 5, 10*int(offset)), at(0), offset, acme)}}
			return store.WriteRaw(ctx, batch)
		}
		insist(t, write)
		offset++
		if err := store.execute(ctx, trouble.make); err != nil {
			t.Fatal(err)
		}
		err := write()
		failure := (*storage.Failure)(nil)
		if !errors.As(err, &failure) || failure.Reason != trouble.reason {
			t.Errorf("%s: %v\nwant the reason %s", trouble.make, err, trouble.reason)
		}
		if err := store.execute(ctx, trouble.heal); err != nil {
			t.Fatal(err)
		}
		insist(t, write)
		offset++
	}
	if n := store.count(t, "raw_pings"); n != uint64(5*offset) {
		t.Errorf("%d rows, want %d", n, 5*offset)
	}
	little := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_memory_usage": 10 << 20}))
	var n uint64
	err := store.query(little, "much", "SELECT length(groupArray(number)) FROM numbers(50000000)", nil, []any{&n}, func() {})
	if failure := (*storage.Failure)(nil); !errors.As(err, &failure) || failure.Reason != storage.FailureMemory {
		t.Errorf("without memory: %v", err)
	}
	config.Password = "wrong"
	err = openOnly(t, config).CheckSchema(ctx)
	if failure := (*storage.Failure)(nil); !errors.As(err, &failure) || failure.Reason != storage.FailureAccess {
		t.Errorf("a wrong password: %v", err)
	}
	for reason := range remedies {
		if remedies[reason] == "" {
			t.Errorf("%s has no remedy", reason)
		}
	}
	for code, reason := range reasons {
		if remedies[reason] == "" {
			t.Error(fmt.Sprint("error ", code, " has the reason ", reason, ", which has no remedy"))
		}
	}
}

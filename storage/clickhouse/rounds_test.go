package clickhouse

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	dto "github.com/prometheus/client_model/go"
	"golang.org/x/sync/errgroup"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// table names stand for what callers want written.
func wanted(table string) []insertion { return []insertion{{table: table}} }

// writer is a store that writes down what it is given, and waits to be told how that ended.
type writer struct {
	given chan string
	ends  chan error
}

func (w writer) write(ctx context.Context, of [][]insertion) error {
	var tables []string
	for _, rows := range of {
		tables = append(tables, rows[0].table)
	}
	slices.Sort(tables)
	w.given <- strings.Join(tables, " ")
	select {
	case err := <-w.ends:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestRounds(t *testing.T) {
	refused := &storage.Failure{Reason: storage.FailureRejected, Err: errors.New("no")}
	away := &storage.Failure{Reason: storage.FailureAway, Err: errors.New("gone")}
	tests := []struct {
		name   string
		during func(leave func()) error // what becomes of the round of b and c
		more   []string                 // the rounds after it, which succeed but for that of c alone
		b, c   error
	}{
		{"it succeeds", func(func()) error { return nil }, nil, nil, nil},
		{"the store is away", func(func()) error { return away }, nil, away, away},
		{"one of them is refused", func(func()) error { return refused }, []string{"b", "c"}, nil, refused},
		{"one of them leaves", func(leave func()) error { leave(); return nil }, []string{"b"}, nil, context.Canceled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := writer{make(chan string), make(chan error)}
				r := newRounds(store.write)
				start := func(ctx context.Context, name string) <-chan error {
					ended := make(chan error, 1)
					go func() { ended <- r.do(ctx, wanted(name)) }()
					return ended
				}
				a := start(t.Context(), "a")
				if got := <-store.given; got != "a" {
					t.Fatalf("the first round is of %s", got)
				}
				leaving, leave := context.WithCancel(t.Context())
				b := start(t.Context(), "b")
				synctest.Wait()
				c := start(leaving, "c")
				synctest.Wait()
				store.ends <- nil
				if got := <-store.given; got != "b c" {
					t.Fatalf("the second round is of %s, want those who came during the first", got)
				}
				if err := test.during(leave); leaving.Err() == nil {
					store.ends <- err
				}
				for _, want := range test.more {
					if got := <-store.given; got != want {
						t.Fatalf("the next round is of %s, want %s", got, want)
					}
					if want == "c" {
						store.ends <- test.c
						continue
					}
					store.ends <- nil
				}
				if got := <-a; got != nil {
					t.Errorf("the first has %v", got)
				}
				if got := <-b; !errors.Is(got, test.b) {
					t.Errorf("b has %v, want %v", got, test.b)
				}
				if got := <-c; !errors.Is(got, test.c) {
					t.Errorf("c has %v, want %v", got, test.c)
				}
				leave()
			})
		})
	}
}

// TestRoundsWaitForCompany has two callers come one shortly after the other, as they did before.
func TestRoundsWaitForCompany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var made []int
		r := newRounds(func(_ context.Context, of [][]insertion) error {
			made = append(made, len(of))
			<-time.After(400 * time.Millisecond)
			return nil
		})
		come := func(apart time.Duration, callers int) {
			var group errgroup.Group
			for i := range callers {
				group.Go(func() error {
					<-time.After(time.Duration(i) * apart)
					return r.do(t.Context(), wanted("a"))
				})
			}
			if err := group.Wait(); err != nil {
				t.Fatal(err)
			}
		}
		come(50*time.Millisecond, 3) // 1, then the 2 who came meanwhile
		come(50*time.Millisecond, 2) // together
		come(time.Second, 2)         // too far apart
		come(50*time.Millisecond, 2) // nobody is waited for any more
		if want := []int{1, 2, 2, 1, 1, 1, 1}; !slices.Equal(made, want) {
			t.Errorf("rounds of %v, want %v", made, want)
		}
	})
}

func TestRoundsWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := writer{make(chan string), make(chan error)}
		r := newRounds(store.write)
		var group errgroup.Group
		group.Go(func() error { return r.do(t.Context(), wanted("a")) })
		<-store.given
		leaving, leave := context.WithCancel(t.Context())
		leave()
		if err := r.do(leaving, wanted("b")); !errors.Is(err, context.Canceled) {
			t.Errorf("who leaves while he waits has %v", err)
		}
		store.ends <- nil
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if r.going {
			t.Error("rounds go on without anybody who wants one")
		}
	})
}

// testSharedInserts writes batches of three partitions of the topic, of two days, at once.
func testSharedInserts(t *testing.T, config Config) {
	store := open(t, config)
	store.raw.expected, store.raw.took = 3, time.Minute
	store.derived.expected, store.derived.took = 3, time.Minute
	var group errgroup.Group
	for partition := range 3 {
		offset := int64(10 * (partition + 1))
		pings := table(filled(t, sample.KindPings, 5, 5*partition), at(0), offset, acme)
		pings.SlotMs[4] = at(24 * time.Hour)
		batch := &storage.Batch{Source: source(partition, offset, offset), Tables: map[sample.Kind]*storage.Table{sample.KindPings: pings}}
		if partition == 1 { // others have no such rows
			batch.Tables[sample.KindSyslog] = table(filled(t, sample.KindSyslog, 2, 0), at(0), offset, acme)
		}
		derived := someDerived()
		for i := range derived.DeviceStates {
			derived.DeviceStates[i].Partition, derived.DeviceStates[i].Offset = partition, offset
		}
		for i := range derived.Dirty {
			derived.Dirty[i].Partition = partition
		}
		group.Go(func() error {
			if err := store.WriteRaw(t.Context(), batch); err != nil {
				return err
			}
			return store.WriteDerived(t.Context(), batch.Source, derived)
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]float64{"raw_pings": 2, "raw_syslog": 1, "device_states": 1} {
		var inserts dto.Metric
		if err := store.metrics.inserts.WithLabelValues(table).Write(&inserts); err != nil {
			t.Fatal(err)
		}
		if got := inserts.GetCounter().GetValue(); got != want {
			t.Errorf("%v INSERTs into %s, want %v", got, table, want)
		}
	}
	for partition := range 3 {
		offset := int64(10 * (partition + 1))
		read, err := store.Raw(t.Context(), storage.RawQuery{Kinds: []sample.Kind{sample.KindPings, sample.KindSyslog}, Partition: partition, Before: 1000, After: -1})
		if err != nil {
			t.Fatal(err)
		}
		want := 5
		if partition == 1 {
			want = 7
		}
		if read.Rows() != want {
			t.Errorf("%d raw rows of partition %d, want %d", read.Rows(), partition, want)
		}
		got := read.Tables[sample.KindPings]
		if rows := filled(t, sample.KindPings, 5, 5*partition).(*sample.Pings); !slices.Equal(got.Rows.(*sample.Pings).Device, rows.Device) || !slices.Equal(got.Rows.(*sample.Pings).RTT.Values, rows.RTT.Values) {
			t.Errorf("partition %d has %+v, want %+v", partition, got.Rows, rows)
		}
		states, err := store.DeviceStates(t.Context(), partition, offset+1)
		if err != nil || len(states) != len(someDerived().DeviceStates) {
			t.Errorf("%d states of partition %d, %v", len(states), partition, err)
		}
	}
}

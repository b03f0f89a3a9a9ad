package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"

	"mimamori/storage"
)

// Store is the ClickHouse implementation of the store. It is safe for concurrent
// use.
type Store struct {
	config     Config
	connection driver.Conn
	inserting  driver.Conn // nothing else: see writers
	logger     *slog.Logger
	metrics    *metrics
	migrations []migration // that this program knows, in order
	lock       lockTimes
	// Batches, and what is derived of them; what is added up.
	raw, derived  *rounds[[]insertion]
	hourly, daily *rounds[storage.RollUp]
	// bucketsAtOnce is that of the constant, but in tests.
	bucketsAtOnce int64
	// What was answered a moment ago: see Config.Remember.
	holdings   briefly[rolledUp]
	registries briefly[registry]
	listings   briefly[*listing]
	gone       briefly[removedDevices]
	heard      briefly[heard]
	sums       keptSums
	devices    briefly[map[ownedID]string] // their names
	days       briefly[daysRevision]
	chosen     briefly[chosenPage]
	named      briefly[*linkNames]
	listed     briefly[listedLinks]
	// Of whole days, as capacity is worked out from.
	samples   sampleShelf
	revisions briefly[hoursRevision]
	rankings  *rankings
}

// Open returns a store. It connects when it is first used: WaitReady waits for the
// server, Migrate makes the tables.
func Open(_ context.Context, cfg Config, logger *slog.Logger, registerer prometheus.Registerer) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure the ClickHouse store: %w", err)
	}
	migrations, err := readMigrations()
	if err != nil {
		return nil, err
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of the ClickHouse store: %w", err)
	}
	settings, err := options(cfg, cfg.Database)
	if err != nil {
		return nil, fmt.Errorf("configure the ClickHouse store: %w", err)
	}
	connection, err := clickhouse.Open(settings)
	if err != nil {
		return nil, fmt.Errorf("open the ClickHouse store at %s: %w", cfg.Address, err)
	}
	settings.MaxOpenConns, settings.MaxIdleConns = writers, writers
	inserting, err := clickhouse.Open(settings)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the ClickHouse store at %s for writing: %w", cfg.Address, err), connection.Close())
	}
	store := &Store{
		config: cfg, connection: connection, inserting: inserting, logger: logger, metrics: metrics, migrations: migrations, lock: defaultLockTimes, bucketsAtOnce: bucketsAtOnce,
		rankings: newRankings(cfg.Remember > 0, logger),
	}
	store.raw, store.derived = newRounds(store.insertAll), newRounds(store.insertAll)
	store.hourly, store.daily = newRounds(store.rollUpEach(store.rollUpHours)), newRounds(store.rollUpEach(store.rollUpDays))
	return store, nil
}

func options(cfg Config, database string) (*clickhouse.Options, error) {
	o := &clickhouse.Options{
		Addr:         []string{cfg.Address},
		Auth:         clickhouse.Auth{Database: database, Username: cfg.Username, Password: cfg.Password},
		DialTimeout:  cfg.DialTimeout,
		ReadTimeout:  max(cfg.InsertTimeout, cfg.QueryTimeout),
		MaxOpenConns: cfg.Connections,
		MaxIdleConns: cfg.Connections,
		Settings: clickhouse.Settings{
			// An asynchronous insert would be acknowledged, or dropped as a repeat, by
			// other rules than the ones the tokens rest on.
			"async_insert":       0,
			"insert_deduplicate": 1,
			// Rows of an INSERT differ in their keys, but for the rare repeat, which readers and
			// merges see to: looking for it row by row costs a quarter of all an INSERT does.
			"optimize_on_insert": 0,
			// The versions of a row never differ in their table partition, so FINAL need
			// not look across partitions.
			"do_not_merge_across_partitions_select_final": 1,
			// FINAL looks at the rows alone that a condition on the key selects, in place of all that
			// stand in their granules: what wins of a key is the same.
			"optimize_move_to_prewhere_if_final": 1,
			// A question may name thousands of entities.
			"max_query_size":   16 << 20,
			"max_ast_elements": 1_000_000,
		},
	}
	if cfg.Protocol == ProtocolHTTP {
		o.Protocol = clickhouse.HTTP
		o.TransportFunc = func(transport *http.Transport) (http.RoundTripper, error) {
			transport.WriteBufferSize = pieceBytes + 1<<10 // a piece and what HTTP puts around it
			return inLargePieces{transport}, nil
		}
	}
	if cfg.TLS != nil {
		var err error
		if o.TLS, err = cfg.TLS.client(cfg.Address); err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
	}
	switch {
	case cfg.Compression == "zstd":
		o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionZSTD}
	case cfg.Compression == "lz4", cfg.Compression == "" && cfg.Protocol == ProtocolNative:
		o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	}
	return o, nil
}

// WaitReady returns once the store answers, or with the last reason and the context's
// error when the context ends. Why it does not is said when it changes, and each minute.
func (s *Store) WaitReady(ctx context.Context) error {
	err := s.wait(ctx, s.ping, "ClickHouse does not answer yet")
	if err != nil {
		return fmt.Errorf("wait for ClickHouse at %s (last answer: %w): %w", s.config.Address, err, ctx.Err())
	}
	return nil
}

// wait asks until there is no error any more, and returns the last one when the context
// ends.
func (s *Store) wait(ctx context.Context, ask func(context.Context) error, saying string) error {
	const longest, remind = 5 * time.Second, time.Minute
	pause, said, saidAt := 250*time.Millisecond, "", time.Time{}
	for attempt := 1; ; attempt++ {
		err := ask(ctx)
		if err == nil {
			if said != "" {
				s.logger.Info("it need not be waited for any more", "what", saying, "attempts", attempt)
			}
			return nil
		}
		if ctx.Err() == nil && (err.Error() != said || time.Since(saidAt) > remind) {
			said, saidAt = err.Error(), time.Now()
			s.logger.Warn(saying, "address", s.config.Address, "protocol", s.config.Protocol, "attempt", attempt, "error", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
		pause = min(2*pause, longest)
	}
}

func (s *Store) ping(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, s.config.DialTimeout)
	defer cancel()
	err := s.connection.Ping(limited)
	if isUnknownDatabase(err) { // it answers; Migrate makes the database
		return nil
	}
	return s.failed(ctx, err)
}

// isUnknownDatabase recognises UNKNOWN_DATABASE, error 81.
func isUnknownDatabase(err error) bool {
	var exception *clickhouse.Exception
	return errors.As(err, &exception) && exception.Code == 81
}

// Close closes all connections. Whoever writes must have returned.
func (s *Store) Close() error {
	s.rankings.Close()
	s.raw.close()
	s.derived.close()
	s.hourly.close()
	s.daily.close()
	if err := errors.Join(s.inserting.Close(), s.connection.Close()); err != nil {
		return fmt.Errorf("close the ClickHouse store at %s: %w", s.config.Address, err)
	}
	return nil
}

// RawRows returns the number of rows in all raw tables. Repeats that ClickHouse has
// not merged away yet are counted.
func (s *Store) RawRows(ctx context.Context) (uint64, error) {
	var rows uint64
	err := s.query(ctx, "raw_rows",
		`SELECT toUInt64(sum(ifNull(total_rows, 0))) FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'raw_')`,
		nil, []any{&rows}, func() {})
	return rows, err
}

// query runs one SELECT: each row is scanned into the targets, then row is called.
func (s *Store) query(ctx context.Context, name, sql string, arguments []any, targets []any, row func()) error {
	began := time.Now()
	err := s.scan(ctx, sql, arguments, targets, row)
	s.metrics.queried(name, time.Since(began), err)
	if errors.Is(err, storage.ErrTooMuch) {
		return err
	}
	if err != nil {
		return fmt.Errorf("query %s of ClickHouse at %s: %w", name, s.config.Address, s.failed(ctx, err))
	}
	return nil
}

func (s *Store) scan(ctx context.Context, sql string, arguments []any, targets []any, row func()) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.QueryTimeout)
	defer cancel()
	rows, err := s.connection.Query(ctx, sql, arguments...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for n := 1; rows.Next(); n++ {
		if most := s.config.MostRows; most > 0 && n > most {
			cancel() // the rest is not waited for
			return fmt.Errorf("%w: there are more than %d rows behind it: ask for less time, a longer step or fewer names", storage.ErrTooMuch, most)
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		row()
	}
	return rows.Err()
}

package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// The lock on the migrations is a table: of several processes only one can make it.
// Its holder shows that it lives by changing the table's comment, so that the lock of
// one that died goes by itself, however long the migrations of one that lives take.
type lockTimes struct {
	shown   time.Duration // how often the holder shows that it lives
	expires time.Duration // when a lock counts as left behind, whole seconds
}

var defaultLockTimes = lockTimes{shown: 4 * time.Second, expires: 15 * time.Second}

const (
	lockPause   = 500 * time.Millisecond
	tableExists = 57 // ClickHouse's TABLE_ALREADY_EXISTS
)

// errLockLost ends the work of a process that stood still for so long that another took
// its lock.
var errLockLost = errors.New("another process took the lock on the migrations, because this one stood still: run it again")

// lockMigrations makes the table that is the lock. The context it returns ends with the
// lock.
func (s *Store) lockMigrations(ctx context.Context) (held context.Context, unlock func(), err error) {
	host, _ := os.Hostname() // only for the reader of the comment
	holder := fmt.Sprintf("process %d on %s", os.Getpid(), strings.Map(plainRune, host))
	create := "CREATE TABLE schema_lock (held UInt8) ENGINE = MergeTree ORDER BY tuple() COMMENT '" + holder + "'"
	for {
		err := s.run(ctx, create)
		if err == nil {
			held, unlock = s.holdLock(ctx, holder)
			return held, unlock, nil
		}
		var exception *clickhouse.Exception
		if !errors.As(err, &exception) || exception.Code != tableExists {
			return nil, nil, fmt.Errorf("lock the migrations in ClickHouse at %s: %w", s.config.Address, s.failed(ctx, err))
		}
		if err := s.dropExpiredLock(ctx); err != nil {
			return nil, nil, err
		}
		select {
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("wait for another process to finish migrating %s (table schema_lock): %w", s.config.Database, ctx.Err())
		case <-time.After(lockPause):
		}
	}
}

// holdLock shows that the holder lives until unlock is called. Where the lock was taken
// away, because the holder stood still for too long, the context it returns ends.
func (s *Store) holdLock(ctx context.Context, holder string) (held context.Context, unlock func()) {
	held, lost := context.WithCancelCause(ctx)
	var showing sync.WaitGroup
	showing.Go(func() {
		ticker := time.NewTicker(s.lock.shown)
		defer ticker.Stop()
		for shown := 1; ; shown++ {
			select {
			case <-held.Done():
				return
			case <-ticker.C:
			}
			err := s.execute(held, fmt.Sprintf("ALTER TABLE schema_lock MODIFY COMMENT '%s, shown %d times'", holder, shown))
			if isUnknownTable(err) {
				lost(errLockLost)
			}
		}
	})
	return held, func() {
		lost(nil)
		showing.Wait()
		if errors.Is(context.Cause(held), errLockLost) {
			return // it is another's now
		}
		// Its own time: the lock goes even when the work was cancelled.
		if err := s.execute(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS schema_lock SYNC"); err != nil {
			s.logger.Warn("the lock on the migrations was left behind and expires by itself", "error", err)
		}
	}
}

// dropExpiredLock takes away a lock whose process must have died. The server's clock
// judges, for it also wrote the time.
func (s *Store) dropExpiredLock(ctx context.Context) error {
	expired := ""
	err := s.query(ctx, "migration_lock", `SELECT comment FROM system.tables
WHERE database = currentDatabase() AND name = 'schema_lock' AND metadata_modification_time < now() - INTERVAL `+
		strconv.Itoa(int(s.lock.expires.Seconds()))+` SECOND`, nil, []any{&expired}, func() {})
	if err != nil || expired == "" {
		return err
	}
	s.logger.Warn("a process died while it migrated the store; going on in its place", "lock", expired)
	if err := s.execute(ctx, "DROP TABLE IF EXISTS schema_lock SYNC"); err != nil {
		return fmt.Errorf("take away the lock of %s: %w", expired, err)
	}
	return nil
}

// plainRune keeps what may stand in a quoted comment.
func plainRune(r rune) rune {
	if r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r
	}
	return -1
}

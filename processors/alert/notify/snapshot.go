package notify

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// settle is how long a snapshot is rested after, so that a storm of notifications is
	// written together: what a kill may lose.
	settle = 200 * time.Millisecond
	// maintenance is how often what is out of date is thrown away.
	maintenance = 15 * time.Minute
)

// snapshot keeps a state of Alertmanager's in a file.
type snapshot struct {
	path    string
	state   func(io.Writer) (int64, error)
	collect func() (int, error) // throws away what is out of date
	changed chan struct{}
	failed  prometheus.Counter
	logger  *slog.Logger

	writing sync.Mutex
}

func newSnapshot(path string, state func(io.Writer) (int64, error), collect func() (int, error), failed prometheus.Counter, logger *slog.Logger) *snapshot {
	return &snapshot{path: path, state: state, collect: collect, changed: make(chan struct{}, 1), failed: failed, logger: logger}
}

// note says that the state has changed. Alertmanager calls it where it would tell its
// cluster, holding the state's lock.
func (s *snapshot) note([]byte) {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// follow saves the state after each change, until it is told to stop.
func (s *snapshot) follow(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		}
		if _, err := s.save(); err != nil {
			s.failed.Inc()
			s.logger.Error("What was notified or silenced could not be kept: a restart would not know of it", "error", err)
			s.note(nil)
		}
		rest := time.NewTimer(settle)
		select {
		case <-ctx.Done():
			rest.Stop()
			return
		case <-rest.C:
		}
	}
}

// maintain throws away what is out of date, and saves what is left.
func (s *snapshot) maintain() (int64, error) {
	if _, err := s.collect(); err != nil {
		return 0, err
	}
	return s.save()
}

// save writes the state beside its file and puts it in its place, so that there is a
// whole one at every moment.
func (s *snapshot) save() (size int64, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	// Under one name, so that a kill leaves no more than one behind.
	file, err := os.OpenFile(s.path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, fmt.Errorf("save %s: %w", s.path, err)
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
			err = fmt.Errorf("save %s: %w", s.path, err)
		}
	}()
	if size, err = s.state(file); err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return 0, err
	}
	return size, os.Rename(file.Name(), s.path)
}

package embedded

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kfake"
)

// brokerLog passes the broker's warnings on, at most one a second: a full disk makes
// one for every request.
type brokerLog struct {
	logger   *slog.Logger
	problems prometheus.Counter

	mutex   sync.Mutex
	last    time.Time
	skipped int
}

// Logf implements kfake.Logger.
func (l *brokerLog) Logf(level kfake.LogLevel, format string, arguments ...any) {
	if level > kfake.LogLevelWarn {
		return
	}
	l.problems.Inc()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if time.Since(l.last) < time.Second {
		l.skipped++
		return
	}
	l.logger.Warn("embedded broker: "+fmt.Sprintf(format, arguments...), "similar_not_shown", l.skipped)
	l.last, l.skipped = time.Now(), 0
}

package clickhouse

import (
	"context"
	"fmt"
	"sync"
	"time"

	"mimamori/storage"
)

// What whole days of thousands of devices add up to takes the store as long as all else that is asked about a month, and is the
// same until one of the days is added up anew. So it is kept with the revision of the days: what was added up since is
// seen as soon as Config.Remember says.

// mostKeptSums bounds the sums that are kept, of a hundred octets each.
const mostKeptSums = 400_000

// daysRevision tells days as they are stored from days of which some were added up anew or merged away: a row that takes
// the place of another has a higher version.
type daysRevision struct{ rows, newest, versions uint64 }

// keptDays are what the days of a question added up to.
type keptDays struct {
	revision daysRevision
	sums     map[deviceKey]daySum // everybody's, and not to be changed
	asked    time.Time            // last
}

// keptSums keeps them by what was asked. Its zero value is ready to be used.
type keptSums struct {
	mutex sync.Mutex
	kept  map[string]keptDays
}

// find returns the sums of a question at a revision.
func (k *keptSums) find(question string, revision daysRevision) (map[deviceKey]daySum, bool) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	one, known := k.kept[question]
	if !known || one.revision != revision {
		return nil, false
	}
	one.asked = time.Now()
	k.kept[question] = one
	return one.sums, true
}

// keep keeps the sums of a question and forgets those that nobody has asked for the longest, where they are too many.
func (k *keptSums) keep(question string, revision daysRevision, sums map[deviceKey]daySum) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	delete(k.kept, question)
	if len(sums) > mostKeptSums {
		return
	}
	for n := k.count() + len(sums); n > mostKeptSums; n = k.count() + len(sums) {
		oldest := ""
		for other, its := range k.kept {
			if oldest == "" || its.asked.Before(k.kept[oldest].asked) {
				oldest = other
			}
		}
		delete(k.kept, oldest)
	}
	if k.kept == nil {
		k.kept = map[string]keptDays{}
	}
	k.kept[question] = keptDays{revision, sums, time.Now()}
}

// count is how many sums are kept; a question without any counts as one.
func (k *keptSums) count() (n int) {
	for _, one := range k.kept {
		n += max(1, len(one.sums))
	}
	return n
}

// keptDaySums is daySums; of whole customers, where anything is to be remembered, it adds up only what it does not have.
func (s *Store) keptDaySums(ctx context.Context, query storage.Query, days wholeDays) (map[deviceKey]daySum, error) {
	if s.config.Remember <= 0 || query.Site != "" || query.Device != "" {
		return s.daySums(ctx, query, days)
	}
	// Before the sums: what is added up in between has another revision.
	question := fmt.Sprint(conditions(query, entityDevice), days)
	revision, err := s.days.ask(ctx, s.config.Remember, question, func(ctx context.Context) (daysRevision, error) {
		return s.daysRevision(ctx, query, days)
	})
	if err != nil {
		return nil, err
	}
	if sums, ok := s.sums.find(question, revision); ok {
		return sums, nil
	}
	sums, err := s.daySums(ctx, query, days)
	if err == nil {
		s.sums.keep(question, revision, sums)
	}
	return sums, err
}

func (s *Store) daysRevision(ctx context.Context, query storage.Query, days wholeDays) (is daysRevision, err error) {
	err = s.query(ctx, "availability_days_revision", "SELECT count(), max(ver), sum(ver) FROM "+days.table+" WHERE "+conditions(query, entityDevice)+" AND "+days.spans.contain("start_ts"),
		parameters(query), []any{&is.rows, &is.newest, &is.versions}, func() {})
	return is, err
}

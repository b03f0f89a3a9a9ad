package clickhouse

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"mimamori/storage"
)

// Which links of thousands are first takes the store as long as the rows of all of them take, however few are
// asked for, and is nearly the same a minute later. So it is kept for a while, for the questions that end now as for those
// of the past; the figures of the first are read anew for each answer. A question that finds a ranking of some age
// takes it and has it made anew behind its back: who looks at a page each minute waits for none but the first.

const (
	// keptLinks is how many links there are at least where a ranking is kept.
	keptLinks = 1000
	// mostRankings bounds the rankings that are kept.
	mostRankings = 200
	// endsNow is how long before now a question may end that is about the time until now: whole five minutes do.
	endsNow = 6 * time.Minute
)

// rankingAge is for how long a ranking over a time is taken as it is, and for how long at most while it is made anew: an
// answer about ten minutes has the links of half a minute ago at most that were looked at since.
func rankingAge(asked span) (fresh, most time.Duration) {
	fresh = min(max(time.Duration(asked.to-asked.from)*time.Millisecond/20, 15*time.Second), time.Minute)
	return fresh, 5 * fresh
}

// keptRanking are the links that were first at a time.
type keptRanking struct {
	first []linkKey // the highest first, with some more than were asked for
	total int       // how many there are in all
	at    time.Time
}

// rankings keeps rankings, and makes them anew one at a time until it is closed.
type rankings struct {
	atLeast int // keptLinks, but in tests
	age     func(span) (fresh, most time.Duration)
	logger  *slog.Logger

	mutex   sync.Mutex
	kept    map[string]keptRanking
	again   map[string]bool // those that are being made anew
	context context.Context
	close   context.CancelFunc
	running sync.WaitGroup
	turn    chan struct{} // who makes one anew has it
}

// newRankings returns what keeps rankings, or none where nothing is to be remembered.
func newRankings(remember bool, logger *slog.Logger) *rankings {
	atLeast := keptLinks
	if !remember {
		atLeast = math.MaxInt
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &rankings{
		atLeast: atLeast, age: rankingAge, logger: logger, kept: map[string]keptRanking{}, again: map[string]bool{},
		context: ctx, close: cancel, turn: make(chan struct{}, 1),
	}
}

// Close ends what is being made anew.
func (r *rankings) Close() {
	r.close()
	r.running.Wait()
}

// rankingOf names the ranking that a question asks for. Two questions until now about a time of the same length ask for the
// same; where it is of many hours a few minutes more or less are left out.
func rankingOf(what string, query storage.Query, now time.Time) string {
	all := asked(query)
	length, ends := all.to-all.from, all.to
	if now.Sub(query.To) < endsNow {
		ends = 0
		if length >= 6*hourMs {
			length = floor(length+fiveMinutesMs, 2*fiveMinutesMs)
		}
	}
	return fmt.Sprint(what, " ", query.Top, " ", query.Order, " ", query.Kind, " ", query.Limit, " ", length, " ", ends, " ", conditions(query, entityDevice), " ", query.Site, " ", query.Device)
}

// first returns the links of a ranking that is kept and young enough, and whether there is one. Where it is not so
// young any more, rank is called meanwhile to make it anew and keep it.
func (r *rankings) first(name string, over span, rank func(context.Context) error) (keptRanking, bool) {
	fresh, most := r.age(over)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	one, known := r.kept[name]
	age := time.Since(one.at)
	if !known || age >= most {
		return keptRanking{}, false
	}
	if age >= fresh && !r.again[name] && r.context.Err() == nil {
		r.again[name] = true
		r.running.Go(func() { r.make(name, rank) })
	}
	return one, true
}

func (r *rankings) make(name string, rank func(context.Context) error) {
	defer func() {
		r.mutex.Lock()
		delete(r.again, name)
		r.mutex.Unlock()
	}()
	select {
	case r.turn <- struct{}{}:
	case <-r.context.Done():
		return
	}
	defer func() { <-r.turn }()
	// together, because a fault in a ranking must not end the program.
	if err := together(r.context, rank); err != nil && r.context.Err() == nil {
		r.logger.Warn("find out anew which links are first: the earlier ones are shown for a few minutes, then each question asks for itself", "error", err)
	}
}

// keep takes a ranking that began to be made at a time, where so many links have been ranked that it is worth it.
func (r *rankings) keep(name string, ranked int, one keptRanking) {
	if ranked < r.atLeast {
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if _, known := r.kept[name]; !known && len(r.kept) >= mostRankings {
		oldest := ""
		for other, its := range r.kept {
			if oldest == "" || its.at.Before(r.kept[oldest].at) {
				oldest = other
			}
		}
		delete(r.kept, oldest)
	}
	r.kept[name] = one
}

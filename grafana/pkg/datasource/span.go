package datasource

import (
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"mimamori/storage"
)

const (
	day = 24 * time.Hour
	// longestSpan is the longest time that one query is about.
	longestSpan = 11 * 366 * day
	// mostBuckets is how many there may be for each entity.
	mostBuckets = 10_000
	// usualPoints is how many points a panel has that does not say.
	usualPoints = 1000
)

// span is the time asked about and how it is cut.
type span struct {
	from, to time.Time
	step     time.Duration // 0 for one bucket
}

// spanOf reads the time of a query. Figures end at the present, unless the figure reaches
// ahead of it. What makes no sense is refused with what to do.
func spanOf(q Query, asked backend.TimeRange, points int64, ahead bool, now time.Time) (span, error) {
	s := span{from: asked.From, to: asked.To}
	for _, at := range []time.Time{s.from, s.to} {
		if year := at.UTC().Year(); year < 1970 || year > 2200 {
			return s, wrongf("the time range reaches to the year %d: choose one between 1970 and 2200", year)
		}
	}
	switch {
	case !s.from.Before(s.to):
		return s, wrongf("the time range is empty: it ends at %s and begins at %s", written(s.to), written(s.from))
	case s.to.Sub(s.from) > longestSpan:
		return s, wrongf("the time range is %d days long: ask for %d days at most", int(s.to.Sub(s.from)/day), int(longestSpan/day))
	case !ahead && !s.from.Before(now):
		return s, wrongf("the time range begins at %s, which has not been yet: choose one that has begun", written(s.from))
	}
	if !ahead && s.to.After(now) { // what has not been yet is neither up nor down
		s.to = now
	}
	var err error
	if s.step, err = stepOf(q.Step, s.to.Sub(s.from), points); err != nil {
		return s, err
	}
	if s.step > 0 && s.to.Sub(s.from)/s.step > mostBuckets {
		return s, wrongf("step %s cuts the time into more than %d buckets: use auto, a longer step or less time", q.Step, mostBuckets)
	}
	return s, nil
}

// pointsOf is how many points a panel has room for.
func pointsOf(asked int64) int {
	if asked < 1 || asked > mostBuckets {
		return usualPoints
	}
	return int(asked)
}

func written(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// steps are those that auto chooses among: they fit into each other and into what is
// added up by 5 minutes, hour and day.
var steps = []time.Duration{
	time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 7 * day, 28 * day,
}

// stepOf reads a step; auto gives as many buckets as there are points, at most.
func stepOf(text string, whole time.Duration, points int64) (time.Duration, error) {
	switch text {
	case "":
		return 0, nil
	case "auto":
		for _, step := range steps {
			if whole/step <= time.Duration(pointsOf(points)) {
				return step, nil
			}
		}
		return steps[len(steps)-1], nil
	}
	step, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if step, err = time.ParseDuration(days + "h"); err == nil && step < longestSpan {
			step *= 24
		}
	}
	if err != nil || step < time.Second || step > longestSpan {
		return 0, wrongf("step %q is not one: use auto, 5m, 1h, 24h or the like, or nothing for one bucket", text)
	}
	return step, nil
}

// logFilter reads what a query asks of the log.
func logFilter(q Query) (storage.LogFilter, error) {
	filter := storage.LogFilter{Mnemonic: q.Mnemonic, Hostname: q.Host, AppName: q.App}
	var err error
	if q.Search != "" {
		if filter.Text, err = storage.ParseSearch(q.Search); err != nil {
			return filter, wrongf("search %v", err)
		}
	}
	if q.Severity != "" {
		severity, err := storage.ParseSeverity(q.Severity)
		if err != nil {
			return filter, wrongf("severity %v", err)
		}
		filter.Severity = &severity
	}
	if q.Before != "" {
		before, err := storage.ParseLogPosition(q.Before)
		if err != nil {
			return filter, wrongf("before %v", err)
		}
		filter.Before = &before
	}
	if err := filter.Validate(); err != nil {
		return filter, wrongf("%v", err)
	}
	return filter, nil
}

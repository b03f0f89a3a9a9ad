package clickhouse

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// The averages over five minutes of a month are most of what a question about the capacity of links reads, and those of
// whole days are the same until an hour of them is added up anew. So they are kept, by link, with the revision of
// the days: what was added up since is seen as soon as Config.Remember says.

// mostKeptSamples bounds the samples that are kept, of 64 octets each.
const mostKeptSamples = 500_000

// hoursRevision tells days of which some hours were marked or added up anew from the days before that: either is a row of
// dirty_ranges, of which none is ever taken back. Zero is none.
type hoursRevision uint64

// keptDaysOfLink are the samples of a link in some days.
type keptDaysOfLink struct {
	days     string
	revision hoursRevision
	linkSamples
	asked time.Time // last
}

// sampleShelf keeps samples of whole days. Its zero value is ready to be used.
type sampleShelf struct {
	mutex sync.Mutex
	kept  map[linkKey]*keptDaysOfLink
	count int // of all samples; a link without any counts as one
}

// find returns what is kept of some links at a revision, and the links of which nothing is. What it returns is everybody's and not to be
// changed.
func (s *sampleShelf) find(ports []linkKey, days spans, revision hoursRevision) (found map[linkKey]*linkSamples, missing []linkKey) {
	its := fmt.Sprint(days)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found = map[linkKey]*linkSamples{}
	for _, port := range ports {
		one := s.kept[port]
		if one == nil || one.days != its || one.revision != revision {
			missing = append(missing, port)
			continue
		}
		one.asked = time.Now()
		found[port] = &one.linkSamples
	}
	return found, missing
}

// keep keeps what was read of some links, and forgets those that nobody has asked for the longest, where they are too many.
func (s *sampleShelf) keep(ports []linkKey, days spans, revision hoursRevision, read map[linkKey]*linkSamples) {
	its, now := fmt.Sprint(days), time.Now()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.kept == nil {
		s.kept = map[linkKey]*keptDaysOfLink{}
	}
	for _, port := range ports {
		s.forget(port)
		one := &keptDaysOfLink{days: its, revision: revision, linkSamples: linkSamples{linkKey: port}, asked: now}
		if samples := read[port]; samples != nil {
			one.linkSamples = *samples
		}
		s.kept[port] = one
		s.count += max(1, len(one.all))
	}
	if s.count <= mostKeptSamples {
		return
	}
	for _, port := range slices.SortedFunc(maps.Keys(s.kept), func(a, b linkKey) int { return s.kept[a].asked.Compare(s.kept[b].asked) }) {
		if s.forget(port); s.count <= mostKeptSamples {
			return
		}
	}
}

func (s *sampleShelf) forget(port linkKey) {
	if one := s.kept[port]; one != nil {
		s.count -= max(1, len(one.all))
		delete(s.kept, port)
	}
}

// witnessed are the customers of some links of which a sample is kept that lies before a time.
func (s *sampleShelf) witnessed(ports []linkKey, revision hoursRevision, before int64) map[sample.ID]bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	customers := map[sample.ID]bool{}
	for _, port := range ports {
		if one := s.kept[port]; one != nil && one.revision == revision && len(one.all) > 0 && one.all[0].bucket < before {
			customers[port.customer] = true
		}
	}
	return customers
}

// wholeDays cuts stretches of time into whole days and the rest.
func (s spans) wholeDays() (days, rest spans) {
	for _, one := range s {
		from, to := ceil(one.from, dayMs), floor(one.to, dayMs)
		if from >= to {
			rest = append(rest, one)
			continue
		}
		days = append(days, span{from, to})
		if one.from < from {
			rest = append(rest, span{one.from, from})
		}
		if to < one.to {
			rest = append(rest, span{to, one.to})
		}
	}
	return days, rest
}

// hoursRevision returns the revision of the whole days in the time asked for; none where there are none, or nothing is to
// be remembered.
func (s *Store) hoursRevision(ctx context.Context, query storage.Query) (hoursRevision, error) {
	days, _ := spans{asked(query)}.wholeDays()
	if s.config.Remember <= 0 || len(days) == 0 {
		return 0, nil
	}
	sites := query
	sites.Site, sites.Device, sites.Interface, sites.Path, sites.Kind = "", "", "", "", ""
	where := conditions(sites, entityPath)
	return s.revisions.ask(ctx, s.config.Remember, fmt.Sprint(where, days), func(ctx context.Context) (is hoursRevision, err error) {
		var hash uint64
		err = s.query(ctx, "hours_revision", "SELECT sum(cityHash64(part, entity_id, from_ts, kafka_offset, epoch, is_deleted)) FROM dirty_ranges WHERE figure = '"+storage.RollUpHours+"' AND "+where+" AND "+days.contain("from_ts"),
			parameters(sites), []any{&hash}, func() {})
		return hoursRevision(max(1, hash)), err
	})
}

// samplesOfDays is keptSamples of whole days, of which it reads only what is not kept.
func (s *Store) samplesOfDays(ctx context.Context, table string, ports []linkKey, days spans, revision hoursRevision) (map[linkKey]*linkSamples, error) {
	found, missing := s.samples.find(ports, days, revision)
	if len(missing) == 0 {
		return found, nil
	}
	read, err := s.keptSamples(ctx, table, ofPorts(missing), days)
	if err != nil {
		return nil, err
	}
	s.samples.keep(missing, days, revision, read)
	maps.Copy(found, read)
	return found, nil
}

package clickhouse

import (
	"cmp"
	"context"
	"slices"
	"sort"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// linkSample is an average of a link over five minutes.
type linkSample struct {
	bucket          int64 // its beginning, Unix milliseconds
	covered         int64 // ms
	in, out         float64
	inPeak, outPeak float64
	speed           uint64 // the newest that is known
	speedMs         int64  // of the newest speed that is known, of samples made of polls
}

// linkSamples are those of one link, by time.
type linkSamples struct {
	linkKey
	site sample.ID
	all  []linkSample
}

// samplesOfLinks reads the averages over five minutes of some links: those that are kept as they are, for a
// statement that adds up hours, days and links takes the store longer to plan than these do to come. Links
// without any are left out.
func (s *Store) samplesOfLinks(ctx context.Context, ports []linkKey, legs []leg, revision hoursRevision) ([]linkSamples, error) {
	var found []map[linkKey]*linkSamples
	var parts []func(context.Context) error
	read := func(its spans, read func(context.Context, spans) (map[linkKey]*linkSamples, error)) {
		at := len(found)
		found = append(found, nil)
		parts = append(parts, func(ctx context.Context) (err error) { found[at], err = read(ctx, its); return err })
	}
	where := ofPorts(ports)
	for _, table := range tablesOf(legs) {
		its := spansOf(legs, table)
		if table == "" {
			read(its, func(ctx context.Context, its spans) (map[linkKey]*linkSamples, error) {
				return s.polledSamples(ctx, where, its)
			})
			continue
		}
		if days, rest := its.wholeDays(); revision != 0 && len(days) > 0 {
			read(days, func(ctx context.Context, its spans) (map[linkKey]*linkSamples, error) {
				return s.samplesOfDays(ctx, table, ports, its, revision)
			})
			its = rest
		}
		if len(its) > 0 {
			read(its, func(ctx context.Context, its spans) (map[linkKey]*linkSamples, error) {
				return s.keptSamples(ctx, table, where, its)
			})
		}
	}
	if err := together(ctx, parts...); err != nil {
		return nil, err
	}
	var answer []linkSamples
	for _, port := range ports {
		link := linkSamples{linkKey: port}
		var pieces [][]linkSample // legs end where samples do
		for _, some := range found {
			if its := some[port]; its != nil && len(its.all) > 0 {
				link.site = its.site
				pieces = append(pieces, its.all)
			}
		}
		if link.all = byTime(pieces); len(link.all) > 0 {
			answer = append(answer, link)
		}
	}
	return answer, nil
}

// byTime puts pieces together that are by time each, and leaves them as they are: some are everybody's.
func byTime(pieces [][]linkSample) []linkSample {
	if len(pieces) == 0 {
		return nil
	}
	begins := func(a, b []linkSample) int { return cmp.Compare(a[0].bucket, b[0].bucket) }
	n := 0
	for _, piece := range pieces {
		n += len(piece)
	}
	all := make([]linkSample, 0, n)
	for len(pieces) > 1 {
		slices.SortFunc(pieces, begins)
		first, next := pieces[0], pieces[1][0].bucket
		n := 1 + sort.Search(len(first)-1, func(i int) bool { return first[1+i].bucket >= next })
		if all = append(all, first[:n]...); n == len(first) {
			pieces = pieces[1:]
			continue
		}
		pieces[0] = first[n:]
	}
	return append(all, pieces[0]...)
}

// keptSamples reads those of the rollup. Of rows of the same five minutes the newest counts; FINAL says the
// same and takes the store two to three times as long.
func (s *Store) keptSamples(ctx context.Context, table, where string, within spans) (map[linkKey]*linkSamples, error) {
	type version struct {
		linkSample
		of      uint64
		deleted bool
	}
	type versions struct {
		site sample.ID
		all  []version
	}
	read := map[linkKey]*versions{}
	var its *versions
	var key, before linkKey
	var site sample.ID
	var one version
	err := s.query(ctx, "capacity_samples", `SELECT customer_id, site_id, device_id, interface_id, toUnixTimestamp64Milli(start_ts), covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, ver, is_deleted
FROM `+table+` WHERE `+where+` AND `+within.contain("start_ts"), nil,
		[]any{&key.customer, &site, &key.device, &key.port, &one.bucket, &one.covered, &one.in, &one.out, &one.inPeak, &one.outPeak, &one.speed, &one.of, &one.deleted}, func() {
			if its == nil || before != key {
				if its = read[key]; its == nil {
					its = &versions{}
					read[key] = its
				}
				before = key
			}
			its.site, its.all = site, append(its.all, one)
		})
	all := make(map[linkKey]*linkSamples, len(read))
	for key, its := range read {
		slices.SortFunc(its.all, func(a, b version) int {
			return cmp.Or(cmp.Compare(a.bucket, b.bucket), cmp.Compare(b.of, a.of))
		})
		link := &linkSamples{linkKey: key, site: its.site, all: make([]linkSample, 0, len(its.all))}
		for i := range its.all {
			if its.all[i].deleted || i > 0 && its.all[i].bucket == its.all[i-1].bucket {
				continue
			}
			link.all = append(link.all, its.all[i].linkSample)
		}
		all[key] = link
	}
	return all, err
}

// polledSamples makes those of polls.
func (s *Store) polledSamples(ctx context.Context, where string, within spans) (map[linkKey]*linkSamples, error) {
	polls, err := s.polls(ctx, "capacity_polls", where, within, []string{"in_bits", "out_bits"})
	all := map[linkKey]*linkSamples{}
	places := map[trafficKey]int{} // in the samples of its link
	b := buckets{stepMs: storage.SampleStep.Milliseconds()}
	for i := range polls {
		poll := &polls[i]
		in, out := poll.counts[0], poll.counts[1]
		within.spread(b, poll.endMs, poll.length(), func(bucket int64, part pollPart) {
			its := all[poll.linkKey]
			if its == nil {
				its = &linkSamples{linkKey: poll.linkKey}
				all[poll.linkKey] = its
			}
			its.site = poll.site
			at, known := places[trafficKey{poll.linkKey, bucket}]
			if !known {
				at = len(its.all)
				places[trafficKey{poll.linkKey, bucket}] = at
				its.all = append(its.all, linkSample{bucket: bucket})
			}
			one := &its.all[at]
			one.inPeak, one.outPeak = max(one.inPeak, float64(in)*1000/float64(poll.length())), max(one.outPeak, float64(out)*1000/float64(poll.length()))
			if poll.speed > 0 && cmp.Or(cmp.Compare(poll.endMs, one.speedMs), cmp.Compare(poll.speed, one.speed)) > 0 {
				one.speed, one.speedMs = poll.speed, poll.endMs
			}
			if storage.Gap(poll.gap) == storage.GapNone {
				one.covered += part.time()
				one.in += part.of(in)
				one.out += part.of(out)
			}
		})
	}
	for _, its := range all {
		slices.SortFunc(its.all, func(a, b linkSample) int { return cmp.Compare(a.bucket, b.bucket) })
	}
	return all, err
}

package clickhouse

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Paths returns the voice paths with their latest minute and their figures over the
// time asked for, by customer, site and path. Paths of which there is no minute in it are
// there too.
func (s *Store) Paths(ctx context.Context, query storage.Query) ([]storage.PathStatus, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	query = ofCustomer(query)
	var answer []storage.PathStatus
	var latest map[ownedID]storage.VoiceMinute
	var means map[ownedID]storage.VoicePeriod
	var owned []ownedID
	err := together(ctx,
		func(ctx context.Context) (err error) { answer, owned, err = s.listedPaths(ctx, query); return err },
		func(ctx context.Context) (err error) { latest, err = s.latestMinutes(ctx, query); return err },
		func(ctx context.Context) (err error) { means, err = s.pathMeans(ctx, query); return err },
	)
	if err != nil {
		return nil, err
	}
	for i, key := range owned {
		answer[i].Latest, answer[i].Measured = latest[key], latest[key].Sent > 0
		if mean, ok := means[key]; ok {
			mean.Entity = answer[i].Entity
			answer[i].Mean = mean
		}
	}
	return answer, nil
}

// listedPaths are the paths with what was last said of each, and their ids.
func (s *Store) listedPaths(ctx context.Context, query storage.Query) ([]storage.PathStatus, []ownedID, error) {
	type listed struct {
		at           place
		id           sample.ID
		name, target string
		codec        string
		slotMs       int64
	}
	var names placeNames
	newest := map[ownedID]listed{}
	err := together(ctx,
		func(ctx context.Context) (err error) { names, err = s.placeNames(ctx, query); return err },
		func(ctx context.Context) error {
			var row listed
			return s.query(ctx, "paths", "SELECT customer_id, site_id, path_id, name, target, codec, slot FROM raw_paths WHERE "+conditions(query, entityPath), parameters(query),
				[]any{&row.at.customer, &row.at.site, &row.id, &row.name, &row.target, &row.codec, &row.slotMs}, func() {
					if key := (ownedID{row.at.customer, row.id}); newest[key].id == 0 || row.slotMs > newest[key].slotMs {
						newest[key] = row
					}
				})
		},
	)
	if err != nil {
		return nil, nil, err
	}
	all := slices.SortedFunc(maps.Values(newest), func(a, b listed) int {
		return cmp.Or(names.byPlace(a.at, b.at), cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
	})
	all = limited(all, query)
	answer, owned := make([]storage.PathStatus, len(all)), make([]ownedID, len(all))
	for i, one := range all {
		customer, site := named(names.customers[one.at.customer], one.at.customer), named(names.sites[one.at.site], one.at.site)
		answer[i] = storage.PathStatus{Entity: entity(one.id, customer, site, "", named(one.name, one.id)), Target: one.target, Codec: one.codec}
		owned[i] = ownedID{one.at.customer, one.id}
	}
	return answer, owned, nil
}

// latestMinutes returns the latest minute of each path that lies in the time asked for: that in
// voice_current. Of the paths whose row there is newer than that, or a tombstone or without anything sent, most
// have one of the last minutes; only of what is left then more is read.
func (s *Store) latestMinutes(ctx context.Context, query storage.Query) (map[ownedID]storage.VoiceMinute, error) {
	latest := map[ownedID]storage.VoiceMinute{}
	paths, toMs := conditions(query, entityPath), query.To.UnixMilli()
	const since = "minute_ts >= fromUnixTimestamp64Milli({from:Int64})"
	const asked = since + " AND minute_ts < fromUnixTimestamp64Milli({to:Int64})"
	untold := map[ownedID]bool{}
	read := func(from string) error {
		var minutes voiceMinutes
		columns := append(minutes.columns(), minutes.version.columns()...)
		names, targets := selected("v.", columns)
		read := 0
		return s.query(ctx, "paths_latest", `SELECT `+names+` FROM (SELECT * FROM `+from+`) AS v`, parameters(query), targets, func() {
			keep(columns)
			minute := minutes.row(read)
			key := ownedID{minute.Customer, minute.Path}
			told := minute.MinuteMs < toMs && minutes.version.deleted[read] == 0 && minute.Sent > 0
			read++
			if !told {
				untold[key] = true
				return
			}
			latest[key] = minute
			delete(untold, key)
		})
	}
	if err := read("voice_current FINAL WHERE " + paths + " AND " + since); err != nil {
		return nil, err
	}
	for _, within := range []string{asked + " AND " + recently("minute_ts"), asked} {
		if len(untold) == 0 {
			return latest, nil
		}
		of := "(customer_id, path_id) IN (" + ownedIDs(slices.Collect(maps.Keys(untold))).list() + ")"
		if err := read("voice_minutes FINAL WHERE " + of + " AND (customer_id, path_id, minute_ts) IN (SELECT customer_id, path_id, max(minute_ts) FROM (" + minutesThen(of+" AND "+within) + ") GROUP BY customer_id, path_id)"); err != nil {
			return nil, err
		}
	}
	return latest, nil
}

// pathMeans returns the figures of each path over the time asked for: of one that was measured
// on several scales those of the scale with most minutes.
func (s *Store) pathMeans(ctx context.Context, query storage.Query) (map[ownedID]storage.VoicePeriod, error) {
	query.Step, query.Limit = 0, 0
	means := map[ownedID]storage.VoicePeriod{}
	legs, err := s.legs(ctx, query, voiceRollups)
	if err != nil {
		return nil, err
	}
	add := func(customer, _ sample.ID, period storage.VoicePeriod) {
		key := ownedID{customer, period.ID}
		known := means[key]
		if period.Minutes > known.Minutes || period.Minutes == known.Minutes && period.Minutes > 0 && period.Scale < known.Scale {
			means[key] = period
		}
	}
	return means, s.voiceTotals(ctx, query, legs, add)
}

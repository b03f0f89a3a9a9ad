package clickhouse

import (
	"context"

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
	var answer []storage.PathStatus
	where := map[ownedID]int{}
	var path, customerID, siteID sample.ID
	var customer, site, name string
	var row storage.PathStatus
	err := s.query(ctx, "paths", `SELECT p.customer_id, p.site_id, p.path_id, c.customer_name, s.site_name, p.path_name, p.path_target, p.path_codec
FROM (SELECT *, site AS site_id FROM (SELECT customer_id, argMax(site_id, slot) AS site, path_id, argMax(name, slot) AS path_name, argMax(target, slot) AS path_target, argMax(codec, slot) AS path_codec
  FROM raw_paths WHERE `+conditions(query, entityPath)+` GROUP BY customer_id, path_id)) AS p
`+joinOwners(query.Scope, "p")+`
ORDER BY c.customer_name, s.site_name, p.path_name, p.path_id`+limit(query), parameters(query),
		[]any{&customerID, &siteID, &path, &customer, &site, &name, &row.Target, &row.Codec}, func() {
			one := row
			one.Entity = entity(path, named(customer, customerID), named(site, siteID), "", named(name, path))
			where[ownedID{customerID, path}] = len(answer)
			answer = append(answer, one)
		})
	if err != nil || len(answer) == 0 {
		return answer, err
	}
	if err := s.addLatestMinutes(ctx, query, where, answer); err != nil {
		return nil, err
	}
	return answer, s.addPeriods(ctx, query, where, answer)
}

// addLatestMinutes adds the latest minute of each path that lies in the time asked for.
// Most have one of the last minutes; only of the others more is read.
func (s *Store) addLatestMinutes(ctx context.Context, query storage.Query, where map[ownedID]int, answer []storage.PathStatus) error {
	paths := conditions(query, entityPath)
	asked := "minute_ts >= fromUnixTimestamp64Milli({from:Int64}) AND minute_ts < fromUnixTimestamp64Milli({to:Int64})"
	recent := asked + " AND " + recently("minute_ts")
	latest := func(within, more string) string {
		return "SELECT customer_id, path_id, max(minute_ts) FROM (" + minutesThen(paths+" AND "+within+more) + ") GROUP BY customer_id, path_id"
	}
	for _, newest := range []string{
		latest(recent, ""),
		latest(asked, " AND (customer_id, path_id) IN (SELECT customer_id, path_id FROM raw_paths WHERE "+paths+" AND (customer_id, path_id) NOT IN (SELECT customer_id, path_id FROM voice_minutes WHERE "+paths+" AND "+recent+" AND sent > 0))"),
	} {
		var minutes voiceMinutes
		columns := append(minutes.columns(), minutes.version.columns()[:2]...)
		names, targets := selected("v.", columns)
		read := 0
		err := s.query(ctx, "paths_latest", `SELECT `+names+` FROM (SELECT * FROM voice_minutes FINAL WHERE `+paths+` AND (customer_id, path_id, minute_ts) IN (`+newest+`)) AS v`+earlySelection, parameters(query), targets, func() {
			keep(columns)
			minute := minutes.row(read)
			read++
			if at, ok := where[ownedID{minute.Customer, minute.Path}]; ok {
				answer[at].Latest, answer[at].Measured = minute, true
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addPeriods adds the figures over the time asked for: of a path that was measured on
// several scales those of the one with most minutes.
func (s *Store) addPeriods(ctx context.Context, query storage.Query, where map[ownedID]int, answer []storage.PathStatus) error {
	query.Step, query.Limit = 0, 0
	return s.voicePeriods(ctx, query, func(customer sample.ID, period storage.VoicePeriod) {
		at, ok := where[ownedID{customer, period.ID}]
		if ok && period.Minutes > answer[at].Mean.Minutes {
			answer[at].Mean = period
		}
	})
}

package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/storage"
)

// RollUpHours adds up anew the utilization and voice of the hours. Rows of what is in
// the store already and no longer follows become tombstones. Doing it again changes
// nothing. Sites of one customer that several ask for at a time are added up together.
func (s *Store) RollUpHours(ctx context.Context, hours storage.RollUp) error {
	return s.hourly.do(ctx, hours)
}

func (s *Store) rollUpHours(ctx context.Context, hours storage.RollUp) error {
	where, all := rolledFrom(hours), span{hours.FromMs, hours.ToMs}
	length, err := s.addedAtOnce(ctx, where, all)
	if err != nil {
		return err
	}
	for at := all.from; at < all.to; at += length {
		if err := s.rollUpPolls(ctx, where, span{at, min(at+length, all.to)}); err != nil {
			return err
		}
	}
	for _, insert := range []string{
		insertUtilization(utilizationRollups[1], utilizationRollups[2].name, where, all),
		insertRecent(where, all),
		insertVoice(voiceRollups[1], "", where, all),
	} {
		if err := s.rollUp(ctx, "roll_up_hour", insert); err != nil {
			return err
		}
	}
	return nil
}

// rollUpPolls makes the averages over five minutes of some hours of their polls.
func (s *Store) rollUpPolls(ctx context.Context, where string, hours span) error {
	into := utilizationRollups[2]
	var made uint64
	err := s.query(ctx, "rolled_up", "SELECT count() FROM (SELECT 1 FROM "+into.name+" WHERE "+where+" AND "+hours.contains("start_ts")+" LIMIT 1)", nil, []any{&made}, func() {})
	if err != nil {
		return err
	}
	insert := insertUtilization(into, "", where, hours)
	if made == 0 {
		insert = insertFirstPolls(into, where, hours)
	}
	return s.rollUp(ctx, "roll_up_hour", insert)
}

// bucketsAtOnce bounds the averages over five minutes that one INSERT makes, and with them the memory that it takes: of
// more each takes longer.
const bucketsAtOnce = 150_000

// addedAtOnce is how much of some hours one INSERT makes of polls, ms: at least an hour. An hour alone would look
// through the polls of a day after it, too, for those that reach into it: a backlog of a day, hour by hour, reads
// them 25 times.
func (s *Store) addedAtOnce(ctx context.Context, where string, hours span) (int64, error) {
	all := (hours.to - hours.from) / hourMs
	if all <= 1 {
		return hourMs, nil
	}
	var links, polls uint64
	err := s.query(ctx, "roll_up_size", "SELECT uniq(interface_id), count() FROM utilization WHERE "+where+" AND "+span{hours.from + 1, hours.to + usualReach}.contains("end_ts"),
		nil, []any{&links, &polls}, func() {})
	perHour := int64(links)*(hourMs/fiveMinutesMs) + int64(polls)/all
	return hourMs * max(1, min(all, s.bucketsAtOnce/max(1, perHour))), err
}

// RollUpDays adds up anew the utilization, voice and availability of the days. The
// hours of the first two must be added up already. Sites of one customer that several ask
// for at a time are added up together.
func (s *Store) RollUpDays(ctx context.Context, days storage.RollUp) error {
	return s.daily.do(ctx, days)
}

func (s *Store) rollUpDays(ctx context.Context, days storage.RollUp) error {
	where, all := rolledFrom(days), span{days.FromMs, days.ToMs}
	inserts := []string{insertAvailability(where, all), insertRecentDays(where, all)}
	if !days.AvailabilityOnly {
		inserts = append(inserts,
			insertUtilization(utilizationRollups[0], utilizationRollups[1].name, where, all),
			insertVoice(voiceRollups[0], voiceRollups[1].name, where, all))
	}
	for _, insert := range inserts {
		if err := s.rollUp(ctx, "roll_up_day", insert); err != nil {
			return err
		}
	}
	return nil
}

// versionNow is the version of what is added up: of two statements about one
// bucket the one that began later saw more, also where it ends first because the other
// is that of a processor which lost its partitions meanwhile.
const versionNow = "toUInt64(toUnixTimestamp64Milli(now64(3)))"

// rolledVersion is that of what is added up anew: a bucket's version only rises, should the server's clock be set back.
const rolledVersion = "greatest(max(replaced) + 1, " + versionNow + ")"

// rolledFrom is the condition on whose figures are added up.
func rolledFrom(r storage.RollUp) string {
	return fmt.Sprintf("customer_id = %d AND site_id IN (%s)", r.Customer, idList(r.Sites))
}

func (s *Store) rollUp(ctx context.Context, name, insert string) error {
	began := time.Now()
	err := s.execute(ctx, insert)
	s.metrics.queried(name, time.Since(began), err)
	if err != nil {
		return fmt.Errorf("add figures up (%s) in ClickHouse at %s: %w", name, s.config.Address, err)
	}
	return nil
}

// RolledSites returns the sites of a topic partition of which anything is known from
// messages with an offset below before, by customer and site. Those never added up
// have storage.NotRolled for SinceMs.
func (s *Store) RolledSites(ctx context.Context, partition int, before int64) ([]storage.RolledSite, error) {
	var answer []storage.RolledSite
	site := storage.RolledSite{Partition: partition}
	known := func(table string) string {
		return "SELECT DISTINCT customer_id, site_id, toInt64(-1) AS offset, toInt64({never:Int64}) AS since FROM " + table +
			" WHERE part = {part:UInt16} AND kafka_offset < {before:Int64}"
	}
	err := s.query(ctx, "rolled_sites", `SELECT customer_id, site_id, argMax(since, offset), max(offset) AS latest FROM (
`+known("raw_devices")+` UNION ALL `+known("raw_paths")+` UNION ALL `+known("device_states")+`
UNION ALL SELECT customer_id, site_id, kafka_offset AS offset, toUnixTimestamp64Milli(since_ts) AS since
  FROM rolled_sites WHERE part = {part:UInt16} AND kafka_offset < {before:Int64}
) GROUP BY customer_id, site_id ORDER BY customer_id, site_id`,
		[]any{clickhouse.Named("part", partition), clickhouse.Named("before", before), clickhouse.Named("never", int64(storage.NotRolled))},
		[]any{&site.Customer, &site.Site, &site.SinceMs, &site.Offset}, func() { answer = append(answer, site) })
	return answer, err
}

// OldestFigure returns when the oldest figure that is added up was measured, Unix
// milliseconds; storage.NotRolled where there is none.
func (s *Store) OldestFigure(ctx context.Context) (int64, error) {
	oldest := int64(storage.NotRolled)
	var ms int64
	err := s.query(ctx, "oldest_figure", `SELECT toUnixTimestamp64Milli(oldest) FROM (
  SELECT min(end_ts) AS oldest, count() AS n FROM utilization
  UNION ALL SELECT min(minute_ts), count() FROM voice_minutes
  UNION ALL SELECT min(from_ts), count() FROM intervals) WHERE n > 0`,
		nil, []any{&ms}, func() { oldest = min(oldest, ms) })
	return oldest, err
}

func rolledSiteInsertion(part uint16, sites []storage.RolledSite) insertion {
	var customer, site []uint64
	var since, offset []int64
	for _, rolled := range sites {
		customer, site = append(customer, rolled.Customer), append(site, rolled.Site)
		since, offset = append(since, rolled.SinceMs), append(offset, rolled.Offset)
	}
	return insertion{"rolled_sites", []column{
		of("customer_id", &customer), of("site_id", &site), times("since_ts", &since),
		constant("part", part, len(sites)), of("kafka_offset", &offset),
	}, nil}
}

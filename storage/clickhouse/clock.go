package clickhouse

import (
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// clockTold is for how long what is known of an appliance's clock holds: a wrong one shows
// with every heartbeat and every block.
const clockTold = 3 * time.Minute

func clockInsertion(clocks []storage.ApplianceClock) insertion {
	var owner owners
	var at, skew, offset []int64
	var refused []uint8
	for _, clock := range clocks {
		owner.add(clock.Customer, clock.Site, clock.Appliance)
		at, skew, offset = append(at, clock.AtMs), append(skew, clock.SkewMs), append(offset, clock.Offset)
		refused = append(refused, bit(clock.Refused))
	}
	return insertion{"appliance_clocks", append(owner.columns("appliance_id"), times("at_ts", &at), of("skew_ms", &skew),
		of("refused", &refused), of("kafka_offset", &offset)), nil}
}

// addClocks adds the appliances whose clocks are wrong, before the devices of their site.
// One that is silent because what it measures is not taken is listed as that.
func (s *Store) addClocks(ctx context.Context, query storage.Query, sight sight, answer *storage.BlindSpots) error {
	var customerID, siteID sample.ID
	var customer, site, appliance string
	var known uint64
	var skew, since int64
	var refused uint8
	return s.query(ctx, "blind_clocks", `SELECT k.customer_id, k.site_id, c.customer_name, s.site_name, a.appliance, a.known, k.skew_ms, toUnixTimestamp64Milli(k.at_ts), k.refused
FROM (SELECT * FROM appliance_clocks FINAL WHERE `+sight.sites+` AND at_ts > fromUnixTimestamp64Milli({to:Int64} - {told:Int64}) AND at_ts <= fromUnixTimestamp64Milli({to:Int64})) AS k
INNER JOIN (`+sight.appliances()+`) AS a ON a.customer_id = k.customer_id AND a.appliance_id = k.appliance_id
`+joinOwners(query.Scope, "k")+`
ORDER BY c.customer_name, s.site_name, a.appliance`, append(parameters(query), clickhouse.Named("told", clockTold.Milliseconds())),
		[]any{&customerID, &siteID, &customer, &site, &appliance, &known, &skew, &since, &refused},
		func() {
			spot := storage.BlindSpot{
				Entity: deviceEntity(0, customerID, siteID, customer, site, ""), What: storage.BlindAppliance, Reason: storage.BlindClockOff,
				Devices: int(known), Since: momentOrZero(since), Detail: skewText(skew),
			}
			spot.Name = appliance
			if refused != 0 {
				spot.Reason = storage.BlindClockRefused
			}
			same := func(other storage.BlindSpot) bool {
				return other.What == storage.BlindAppliance && other.Customer == spot.Customer && other.Site == spot.Site && other.Name == appliance
			}
			if at := slices.IndexFunc(answer.Spots, same); at >= 0 {
				spot.Since, spot.LastGood = answer.Spots[at].Since, answer.Spots[at].LastGood
				answer.Spots[at] = spot
				return
			}
			at := slices.IndexFunc(answer.Spots, func(other storage.BlindSpot) bool {
				return other.Customer > spot.Customer || other.Customer == spot.Customer && (other.Site > spot.Site || other.Site == spot.Site && other.What != storage.BlindAppliance)
			})
			if at < 0 {
				at = len(answer.Spots)
			}
			answer.Spots = slices.Insert(answer.Spots, at, spot)
		})
}

// skewText says how far a clock is ahead or behind.
func skewText(ms int64) string {
	by := time.Duration(ms) * time.Millisecond
	if by < 0 {
		return "its clock is " + by.Abs().Round(time.Second).String() + " behind the centre's"
	}
	return "its clock is " + by.Round(time.Second).String() + " ahead of the centre's"
}

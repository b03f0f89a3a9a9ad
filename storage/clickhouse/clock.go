package clickhouse

import (
	"cmp"
	"context"
	"slices"
	"time"

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
func (s *Store) addClocks(ctx context.Context, query storage.Query, sight *sight, answer *storage.BlindSpots) error {
	clocks := map[ownedID]clockThen{}
	err := s.clocksThen(ctx, query, clocks)
	type wrong struct {
		applianceThen
		clockThen
	}
	var all []wrong
	for key, clock := range clocks {
		if a, ok := sight.appliances[key]; ok {
			all = append(all, wrong{a, clock})
		}
	}
	slices.SortFunc(all, func(a, b wrong) int {
		return cmp.Or(sight.names.byPlace(a.at, b.at), cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
	})
	for _, clock := range all {
		addClock(answer, storage.BlindSpot{
			Entity: entity(0, named(sight.names.customers[clock.at.customer], clock.at.customer), named(sight.names.sites[clock.at.site], clock.at.site), "", clock.name),
			What:   storage.BlindAppliance, Reason: clockReason(clock.refused), Devices: clock.devices, Since: momentOrZero(clock.atMs), Detail: skewText(clock.skewMs),
		})
	}
	return err
}

func clockReason(refused bool) storage.BlindReason {
	if refused {
		return storage.BlindClockRefused
	}
	return storage.BlindClockOff
}

// addClock puts an appliance with a wrong clock where it belongs.
func addClock(answer *storage.BlindSpots, spot storage.BlindSpot) {
	same := func(other storage.BlindSpot) bool {
		return other.What == storage.BlindAppliance && other.Customer == spot.Customer && other.Site == spot.Site && other.Name == spot.Name
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
}

// skewText says how far a clock is ahead or behind.
func skewText(ms int64) string {
	by := time.Duration(ms) * time.Millisecond
	if by < 0 {
		return "its clock is " + by.Abs().Round(time.Second).String() + " behind the centre's"
	}
	return "its clock is " + by.Round(time.Second).String() + " ahead of the centre's"
}

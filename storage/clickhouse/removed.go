package clickhouse

import (
	"strconv"
	"strings"
	"time"

	"mimamori/storage"
)

// listingTime is how long an appliance that has started may take to say which devices it
// has: until then those of its run before count.
const listingTime = time.Minute

// removed selects the devices, as customer_id and device_id, that are in no inventory any
// more at the end of the time asked for: figures of the present leave them out, those of
// the past keep them. A device is removed when its appliance has started without it, which
// sample.Outcomes tell, and nothing was heard of it since; or when the configuration of
// the centre does not list its appliance any more. Of an appliance that has been silent
// for a day nothing is known, and what was removed from it counts again.
func removed(query storage.Query) string {
	return strings.NewReplacer(
		"$scope", inScope(query.Scope), "$to", "fromUnixTimestamp64Milli({to:Int64})", "$listing", milliseconds(listingTime),
		"$within", "slot > fromUnixTimestamp64Milli({to:Int64} - "+strconv.Itoa(outcomesBack)+") AND slot < fromUnixTimestamp64Milli({to:Int64})",
	).Replace(`
  SELECT k.customer_id, k.device_id FROM (SELECT customer_id, device_id, appliance_id, last_seen_ts FROM device_current FINAL WHERE $scope) AS k
  INNER JOIN (
    SELECT customer_id, appliance_id, max(started) AS began FROM raw_outcomes
    WHERE $scope AND $within AND started <= fromUnixTimestamp64Milli({to:Int64} - $listing) GROUP BY customer_id, appliance_id
  ) AS r ON r.customer_id = k.customer_id AND r.appliance_id = k.appliance_id
  WHERE k.last_seen_ts < r.began AND (k.customer_id, k.device_id, r.began) NOT IN (SELECT customer_id, device_id, started FROM raw_outcomes WHERE $scope AND $within)
  UNION ALL
  SELECT customer_id, device_id FROM device_current FINAL WHERE $scope AND (customer_id, appliance_id) IN (
    SELECT customer_id, appliance_id FROM appliances WHERE $scope GROUP BY customer_id, appliance_id
    HAVING max(listed) < (SELECT max(listed) FROM appliances WHERE $scope) AND (SELECT max(listed) FROM appliances WHERE $scope) <= $to
  )`)
}

// inInventory is the condition that rows with customer_id and device_id are not of a
// removed device.
func inInventory(query storage.Query) string {
	return "(customer_id, device_id) NOT IN (" + removed(query) + ")"
}

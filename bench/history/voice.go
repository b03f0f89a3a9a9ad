package history

import (
	"fmt"
	"time"
)

func (f *Fleet) voice() {
	from, to := f.To.AddDate(0, 0, -Days).Truncate(24*time.Hour).UnixMilli(), f.To.UnixMilli()
	paths := len(f.sites) * pathsOfSite
	owner := f.owner(fmt.Sprintf("intDiv(path, %d) * %d", pathsOfSite, max(1, f.Devices/len(f.sites))))
	f.do(`INSERT INTO raw_paths (customer_id, site_id, appliance_id, path_id, slot, name, target, codec, kafka_offset)
SELECT customer, site, site + 1, path_ids[1 + path], fromUnixTimestamp64Milli(toInt64(%d)), concat('path ', toString(path)), '192.0.2.1:862', 'G.711', 1 FROM (SELECT number AS path, %s FROM numbers(%d))`, from, owner, paths)
	for day := range int64(Days) {
		every := 1
		if day >= 2 {
			every = oneIn
		}
		f.do(`INSERT INTO voice_minutes (customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, delay_ms, jitter_ms, r, mos, mos_lq, scale, model, epoch, kafka_offset, is_deleted)
SELECT customer, site, path_ids[1 + path], fromUnixTimestamp64Milli(toInt64(%[1]d - minute * 60000)), 60000, 'G.711', 3000, 3000, 40, 1.5, 90, if(path %% 100 = 0 AND minute < 30, 2.9, 4.3), 4.3, 'nb', 'test', 0, 1, 0
FROM (SELECT intDiv(number, 1440) * %[4]d AS path, number %% 1440 AS minute, %[2]s FROM numbers(%[3]d))`, to-60_000-day*dayMs, owner, paths/every*1440, every)
	}
	for table, step := range map[string]int64{"voice_1h": hourMs, "voice_1d": dayMs} {
		perPath := Days * dayMs / step
		f.do(`INSERT INTO %s (customer_id, site_id, path_id, scale, start_ts, covered_ms, minutes, sent, received, r_sum, mos_sum, mos_lq_sum, delay_sum, r_min, mos_min, ver)
SELECT customer, site, path_ids[1 + path], 'nb', fromUnixTimestamp64Milli(toInt64(%d + round * %d)), %[3]d, intDiv(%[3]d, 60000), 3000, 3000, 90 * %[3]d / 60000, 4.3 * %[3]d / 60000, 4.3, 120000, 90, 4.3, 1
FROM (SELECT intDiv(number, %[4]d) AS path, number %% %[4]d AS round, %[5]s FROM numbers(%[6]d))`, table, from, step, perPath, owner, int64(paths)*perPath)
	}
}

-- What the 95th percentile of an interface's averages over five minutes is at most, so that the
-- few with the highest are found without reading the averages of all.
--
-- busy_bps: of an hour the highest of its averages in the busier direction, bit/s. Of a day the
-- second highest of its hours, for the twelve averages of one hour are less than a twentieth of a
-- day's; the highest of them where under 22 hours are measured for 55 minutes each.
-- slowest_bps: the lowest speed of any average; 0 where that of a measured one is not known.
-- Rows made before go by their peaks, which are higher.

ALTER TABLE utilization_1h
    ADD COLUMN IF NOT EXISTS busy_bps Float64 DEFAULT greatest(in_peak_bps, out_peak_bps) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS slowest_bps UInt64 DEFAULT speed_bps CODEC(T64, ZSTD(1));

ALTER TABLE utilization_1d
    ADD COLUMN IF NOT EXISTS busy_bps Float64 DEFAULT greatest(in_peak_bps, out_peak_bps) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS slowest_bps UInt64 DEFAULT speed_bps CODEC(T64, ZSTD(1));

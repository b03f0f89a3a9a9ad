-- Of the time down that in which the device's way was down: who contributed to the downtime
-- of a month is told from days. -1 in days that were added up before this was: nobody added
-- it up, and their intervals are read.
ALTER TABLE availability_days ADD COLUMN IF NOT EXISTS unreachable_ms Int64 DEFAULT -1 CODEC(T64, ZSTD(1)) AFTER down_ms;

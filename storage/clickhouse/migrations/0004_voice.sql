-- Bursts as the appliance counted them (RFC 3611, Gmin 16); zero in rows of
-- appliances that did not.
ALTER TABLE raw_voice
    ADD COLUMN IF NOT EXISTS bursts UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS burst_packets UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS burst_lost UInt32 CODEC(T64, ZSTD(1));

-- All that the model was given, so that a better one can be held against it. Rows
-- made before have bpl 0, which no codec has: their inputs were not kept.
ALTER TABLE voice_minutes
    ADD COLUMN IF NOT EXISTS scale LowCardinality(String) DEFAULT 'nb' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS band LowCardinality(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS mos_lq Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS delay_impairment Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS ie Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS bpl Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS jitter_buffer_ms Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS adaptive UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS packet_ms Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS echo_free UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS bursts UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS burst_packets UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS burst_lost UInt32 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS burst_density_pct Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS gap_density_pct Float64 CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS burst_mean_ms Float64 CODEC(ZSTD(1));

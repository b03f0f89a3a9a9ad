-- What batches were derived from beside their rows: the registry and the configuration of
-- the figures, as JSON that the processors write and read. An intent names one by the
-- hash of its content, and whoever finishes the batch makes it of the same.
CREATE TABLE IF NOT EXISTS revisions
(
    revision String,
    document String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY revision
SETTINGS non_replicated_deduplication_window = 1000;

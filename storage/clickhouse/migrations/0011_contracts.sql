-- What was promised to each customer, one row for each revision: the latest holds. The
-- content is JSON that storage/sla writes and reads.

CREATE TABLE IF NOT EXISTS contract_revisions
(
    customer_id UInt64,
    customer    String,
    revision_ts DateTime64(3, 'UTC'),
    content     String CODEC(ZSTD(1)),
    by          String,
    why         String
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, revision_ts);

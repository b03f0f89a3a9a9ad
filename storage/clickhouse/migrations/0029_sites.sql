-- When the configuration last listed a customer or a site: one that was taken out of it
-- keeps its history and stands on no wall. Of the rows of a site the one that was listed
-- last holds, as whom to call may change.
ALTER TABLE customers ADD COLUMN IF NOT EXISTS listed DateTime64(3, 'UTC');

ALTER TABLE sites
    ADD COLUMN IF NOT EXISTS listed DateTime64(3, 'UTC'),
    ADD COLUMN IF NOT EXISTS contact String,
    ADD COLUMN IF NOT EXISTS phone String,
    ADD COLUMN IF NOT EXISTS mail String,
    ADD COLUMN IF NOT EXISTS hours String;

-- What the partner is to do at a site. It is a table of its own because a customer's own
-- user of the database may read the sites and not this.
CREATE TABLE IF NOT EXISTS runbooks
(
    customer_id UInt64,
    site_id     UInt64,
    runbook     String CODEC(ZSTD(1)),
    listed      DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(listed)
ORDER BY (customer_id, site_id)
SETTINGS non_replicated_deduplication_window = 0;

-- The centre's word on who owns what. Ids are hashes of the names, so a row is
-- written again with the same content; the last one wins.

CREATE TABLE IF NOT EXISTS customers
(
    customer_id UInt64,
    name        String
)
ENGINE = ReplacingMergeTree
ORDER BY customer_id;

CREATE TABLE IF NOT EXISTS sites
(
    customer_id UInt64,
    site_id     UInt64,
    name        String
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, site_id);

CREATE TABLE IF NOT EXISTS appliances
(
    customer_id  UInt64,
    site_id      UInt64,
    appliance_id UInt64,
    name         String
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, appliance_id);

-- The public keys that tokens of Grafana's organisations are held against. Once revoked,
-- a key stays so, whoever adds it again: the row with the latest revocation holds.
CREATE TABLE IF NOT EXISTS scope_keys
(
    key_id     String,
    public_key String,
    added_ts   DateTime64(3, 'UTC'),
    revoked_ts DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(revoked_ts)
ORDER BY key_id
SETTINGS non_replicated_deduplication_window = 1000;

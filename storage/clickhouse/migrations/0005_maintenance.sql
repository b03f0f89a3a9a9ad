-- Maintenance windows, one row for each revision: what was entered stays, a change or
-- a cancellation is another row. The highest revision of an id counts.

CREATE TABLE IF NOT EXISTS maintenance
(
    customer_id UInt64,
    id          String,
    revision    UInt32,
    customer    String,
    site        String,
    device      String,
    from_ts     DateTime64(3, 'UTC'),
    to_ts       DateTime64(3, 'UTC'),
    rule        String,
    time_zone   String,
    entered_ts  DateTime64(3, 'UTC'),
    entered_by  String,
    why         String,
    reference   String,
    revised_ts  DateTime64(3, 'UTC'),
    revised_by  String,
    revised_why String,
    cancelled   UInt8
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, id, revision, revised_ts);

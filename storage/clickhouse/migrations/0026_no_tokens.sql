-- A repeat of a write is told by the natural keys alone, which ReplacingMergeTree and
-- FINAL hold to one row each, and no longer by the tokens of INSERTs. ClickHouse notes a
-- token before the part it stands for takes its place: killed in between, it keeps the
-- token, loses the part, and takes the repeat of the write for done.
-- Tables that are added later have no window either.

ALTER TABLE raw_interfaces MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_keyframes MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_pings MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_uptimes MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_voice MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_heartbeats MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_syslog MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_devices MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_interface_identities MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_paths MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE utilization MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE links MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE device_states MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE device_current MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE intervals MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE reboots MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE voice_minutes MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE dirty_ranges MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE rolled_sites MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE recomputes MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE corrections MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_health MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_health_identities MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_outcomes MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE raw_notifications MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE revisions MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE appliance_clocks MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE scope_keys MODIFY SETTING non_replicated_deduplication_window = 0;

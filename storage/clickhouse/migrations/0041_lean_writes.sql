-- What is written all the time is written with less work.
--
-- auto_statistics_types: statistics of every column, made with each INSERT and anew with each
-- merge, choose the order of joins and conditions. These tables are read by their keys.
-- merge_selector_base: how many parts of like size become one. With 5, the default, a row is
-- written anew seven times in a day of an INSERT a second, with 10 five times; there are about
-- twice as many parts to read meanwhile.
ALTER TABLE raw_interfaces MODIFY SETTING auto_statistics_types = '', merge_selector_base = 10;
ALTER TABLE raw_pings MODIFY SETTING auto_statistics_types = '', merge_selector_base = 10;
ALTER TABLE raw_uptimes MODIFY SETTING auto_statistics_types = '', merge_selector_base = 10;
ALTER TABLE raw_health MODIFY SETTING auto_statistics_types = '', merge_selector_base = 10;
ALTER TABLE raw_voice MODIFY SETTING auto_statistics_types = '', merge_selector_base = 10;
ALTER TABLE raw_heartbeats MODIFY SETTING auto_statistics_types = '', merge_selector_base = 10;
ALTER TABLE utilization MODIFY SETTING auto_statistics_types = '', merge_selector_base = 10;
ALTER TABLE interface_current MODIFY SETTING auto_statistics_types = '';
ALTER TABLE device_states MODIFY SETTING auto_statistics_types = '';
ALTER TABLE device_current MODIFY SETTING auto_statistics_types = '';
ALTER TABLE appliance_current MODIFY SETTING auto_statistics_types = '';
ALTER TABLE dirty_ranges MODIFY SETTING auto_statistics_types = '';
ALTER TABLE voice_minutes MODIFY SETTING auto_statistics_types = '';
ALTER TABLE voice_recent MODIFY SETTING auto_statistics_types = '';
ALTER TABLE voice_current MODIFY SETTING auto_statistics_types = '';

-- The polls of the last days are kept three days, so that a sixth more of disk is little. Its
-- parts follow each other in time: a merge column by column copies whole stretches.
ALTER TABLE polls_recent MODIFY SETTING auto_statistics_types = '', merge_selector_base = 10, vertical_merge_algorithm_min_columns_to_activate = 1;
ALTER TABLE polls_recent
    MODIFY COLUMN customer_id CODEC(LZ4),
    MODIFY COLUMN site_id CODEC(LZ4),
    MODIFY COLUMN device_id CODEC(LZ4),
    MODIFY COLUMN interface_id CODEC(NONE),
    MODIFY COLUMN end_ts CODEC(LZ4),
    MODIFY COLUMN interval_ms CODEC(T64, LZ4),
    MODIFY COLUMN in_bits CODEC(T64, LZ4),
    MODIFY COLUMN out_bits CODEC(T64, LZ4),
    MODIFY COLUMN speed_bps CODEC(LZ4),
    MODIFY COLUMN gap CODEC(LZ4),
    MODIFY COLUMN kafka_offset CODEC(Delta, LZ4);

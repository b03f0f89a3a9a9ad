-- An index of the words of the lines, so that a rare word in a hundred million lines
-- reads few of them. Lines are searched by this very expression. What was stored before
-- has it with its next merge and is read as a whole until then.
--
-- A word is of letters, digits and what is not ASCII. The lists of the rows that have a
-- word are packed.
ALTER TABLE raw_syslog
    ADD INDEX IF NOT EXISTS words lower(concat(mnemonic, ' ', app_name, ' ', hostname, ' ', message, ' ', raw))
        TYPE text(tokenizer = splitByNonAlpha, posting_list_codec = 'bitpacking');

CREATE OR REPLACE VIEW v_syslog
(
    customer_id UInt64 COMMENT 'Id of the customer.',
    customer String COMMENT 'Name of the customer.',
    site_id UInt64 COMMENT 'Id of the site.',
    site String COMMENT 'Name of the site.',
    device_id UInt64 COMMENT 'Id of the device that sent it; 0 where the source is not in the inventory.',
    device String COMMENT 'Its name; empty where the source is not in the inventory.',
    received DateTime64(3, 'UTC') COMMENT 'When the appliance received it.',
    stamped Nullable(DateTime64(3, 'UTC')) COMMENT 'The line\'s own time; NULL where it had none.',
    severity Nullable(UInt8) COMMENT '0 emergency to 7 debug (RFC 5424); NULL where it had none.',
    facility Nullable(UInt8) COMMENT 'Facility of RFC 5424; NULL where it had none.',
    source String COMMENT 'Address it came from.',
    hostname String COMMENT 'Host name within the line.',
    app_name String COMMENT 'Application named within the line.',
    process_id String COMMENT 'Process named within the line.',
    message_id String COMMENT 'MSGID of RFC 5424.',
    mnemonic String COMMENT 'Mnemonic of a message in Cisco\'s form.',
    message String COMMENT 'The message.',
    raw String COMMENT 'The line as it came, where reading it lost anything.',
    complaint String COMMENT 'What was odd about it.',
    messages UInt32 COMMENT 'Messages it stands for: more than 1 where it says that the last one was repeated.',
    relayed UInt8 COMMENT '1 where source is a relay and the host name says who sent it.'
)
SQL SECURITY INVOKER
AS SELECT m.customer_id AS customer_id, s.customer AS customer, m.site_id AS site_id, s.site AS site,
  m.device_id AS device_id, if(m.device_id = 0, '', if(d.device = '', lpad(lower(hex(m.device_id)), 16, '0'), d.device)) AS device,
  m.ts AS received, if(toUnixTimestamp64Milli(m.line_ts) = 0, NULL, m.line_ts) AS stamped, nullIf(m.line_severity, 255) AS severity, nullIf(m.line_facility, 255) AS facility,
  m.from_address AS source, m.host AS hostname, m.application AS app_name, m.process AS process_id, m.msgid AS message_id, m.line_mnemonic AS mnemonic, m.line_message AS message, m.line_raw AS raw, m.line_complaint AS complaint, greatest(m.stands_for, 1) AS messages, m.by_relay AS relayed
FROM (
  SELECT customer_id, site_id, device_id, ts, stamped AS line_ts, severity AS line_severity, facility AS line_facility, source AS from_address, hostname AS host, app_name AS application,
    process_id AS process, message_id AS msgid, mnemonic AS line_mnemonic, message AS line_message, raw AS line_raw, complaint AS line_complaint, occurrences AS stands_for, relayed AS by_relay
  FROM raw_syslog FINAL
) AS m
LEFT JOIN v_sites AS s ON s.customer_id = m.customer_id AND s.site_id = m.site_id
LEFT JOIN v_device_names AS d ON d.customer_id = m.customer_id AND d.device_id = m.device_id
COMMENT 'Lines of the log.';

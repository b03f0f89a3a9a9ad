-- What the operator's rules say of an interface: a kind (0 LAN, 1 WAN, 2 ignored),
-- duplex, subrates in bit/s (0 for none) and which rule said so. Links made before had
-- wan alone, which is written on beside kind.
ALTER TABLE links
    ADD COLUMN IF NOT EXISTS kind UInt8 DEFAULT wan CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS half_duplex UInt8 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS tx_bps UInt64 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS rx_bps UInt64 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS rule String CODEC(ZSTD(1));

-- Of the packets, those to everybody and those to a group; 0 in rows made before.
ALTER TABLE utilization
    ADD COLUMN IF NOT EXISTS in_broadcast UInt64 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS out_broadcast UInt64 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS in_multicast UInt64 CODEC(T64, ZSTD(1)),
    ADD COLUMN IF NOT EXISTS out_multicast UInt64 CODEC(T64, ZSTD(1));

-- The speed that the interface says it has, for rules that go by it; 0 unknown and in
-- rows of appliances that did not tell.
ALTER TABLE raw_interface_identities
    ADD COLUMN IF NOT EXISTS speed_bps UInt64 CODEC(T64, ZSTD(1));

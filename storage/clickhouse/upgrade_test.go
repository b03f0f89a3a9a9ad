package clickhouse

import (
	"fmt"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testUpgrade: a store with rows of an earlier program is brought up to date and answers
// from them; what it could not know yet is blank.
func testUpgrade(t *testing.T, config Config) {
	store := openOnly(t, config)
	ctx := t.Context()
	all, err := readMigrations()
	if err != nil {
		t.Fatal(err)
	}
	if err := store.createDatabase(ctx); err != nil {
		t.Fatal(err)
	}
	if err := store.execute(ctx, createLedger); err != nil {
		t.Fatal(err)
	}
	for _, migration := range all {
		if migration.version > 12 {
			break
		}
		if err := store.apply(ctx, migration, nil, false); err != nil {
			t.Fatal(err)
		}
	}
	path, sensor := sample.PathID("acme", "tokyo", "to osaka"), sample.SensorID(router, sample.SensorFan, "Fan 1")
	owner := fmt.Sprintf("%d, %d, %d", acme, acmeTokyo, acmeBox)
	slot := fmt.Sprintf("fromUnixTimestamp64Milli(toInt64(%d))", at(time.Minute))
	for _, statement := range []string{
		fmt.Sprintf("INSERT INTO customers (customer_id, name) VALUES (%d, 'acme')", acme),
		fmt.Sprintf("INSERT INTO sites (customer_id, site_id, name) VALUES (%d, %d, 'tokyo')", acme, acmeTokyo),
		fmt.Sprintf("INSERT INTO appliances (customer_id, site_id, appliance_id, name) VALUES (%s, 'box')", owner),
		fmt.Sprintf("INSERT INTO raw_devices (customer_id, site_id, appliance_id, device_id, slot, name, address) SELECT %s, %d, %s, 'router', '10.0.0.1'", owner, router, slot),
		fmt.Sprintf("INSERT INTO raw_paths (customer_id, site_id, appliance_id, path_id, slot, name, target, codec) SELECT %s, %d, %s, 'to osaka', '192.0.2.1:862', 'G.711'", owner, path, slot),
		fmt.Sprintf("INSERT INTO raw_pings (customer_id, site_id, appliance_id, device_id, slot, interval_ms, attempt, sent, received, rtt_us) SELECT %s, %d, %s, 30000, 1, 3, 2, [1500, 1700]", owner, router, slot),
		fmt.Sprintf("INSERT INTO raw_voice (customer_id, site_id, appliance_id, path_id, slot, duration_ms, codec, sent, received) SELECT %s, %d, %s, 60000, 'G.711', 3000, 2990", owner, path, slot),
		fmt.Sprintf("INSERT INTO raw_health_identities (customer_id, site_id, appliance_id, device_id, sensor_id, slot, sensor_kind, name, source) SELECT %s, %d, %d, %s, 5, 'Fan 1', 'ENTITY-SENSOR-MIB'", owner, router, sensor, slot),
		fmt.Sprintf("INSERT INTO raw_health (customer_id, site_id, appliance_id, device_id, sensor_id, slot, sensor_kind, status, measured, value_milli) SELECT %s, %d, %d, %s, 5, 1, 1, 4000000", owner, router, sensor, slot),
		fmt.Sprintf("INSERT INTO raw_syslog (customer_id, site_id, appliance_id, device_id, slot, offset_ms, sequence, severity, mnemonic, message, part, kafka_offset) SELECT %s, %d, %s, number * 1000, number, 3, 'LINK-3-UPDOWN', 'Gi0/1 down', 3, 7 FROM numbers(2)", owner, router, slot),
		fmt.Sprintf("INSERT INTO voice_minutes (customer_id, site_id, path_id, minute_ts, covered_ms, codec, sent, received, lost, r, mos, mos_lq, scale) SELECT %d, %d, %d, %s, 60000, 'G.711', 3000, 2990, 10, 80.75, 4.0625, 4.125, 'nb'", acme, acmeTokyo, path, slot),
	} {
		if err := store.execute(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := store.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if err := store.CheckSchema(ctx); err != nil {
		t.Error(err)
	}
	derive(t, store, 1, 1, &storage.Derived{DeviceStates: []storage.DeviceState{state(router, storage.StateUp, time.Minute, 1)}})

	voice, err := store.Voice(ctx, ask())
	if err != nil || len(voice) != 1 || voice[0].Name != "to osaka" || voice[0].MOS != 4.0625 || voice[0].Origin != sample.OriginProbe || voice[0].ReportedMOS != 0 {
		t.Errorf("voice: %+v, %v", voice, err)
	}
	health, err := store.Health(ctx, ask())
	if err != nil || len(health) != 1 || health[0].Name != "Fan 1" || health[0].Kind != storage.SensorKind(sample.SensorFan) {
		t.Errorf("health: %+v, %v", health, err)
	}
	search := ask()
	search.Log.Text, _ = storage.ParseSearch("gi0/1")
	lines, err := store.Syslog(ctx, search)
	if err != nil || len(lines) != 2 || lines[0].Occurrences != 1 || lines[0].Relayed {
		t.Errorf("syslog: %+v, %v", lines, err)
	}
	rates, err := store.SyslogRates(ctx, storage.SyslogRatesQuery{Query: ask(), By: []storage.LogGroup{storage.ByMnemonic}})
	if err != nil || len(rates.Rates) != 1 || rates.Rates[0].Messages != 2 {
		t.Errorf("rates of the log, not added up yet: %+v, %v", rates, err)
	}
	pending, err := store.PendingDirty(ctx, 3, 8) // whoever takes the partition over adds it up
	if err != nil || len(pending) != 1 || pending[0].Figure != storage.RollUpLog || pending[0].FromMs != at(0) || pending[0].ToMs != at(time.Hour) || pending[0].Entity != acmeTokyo {
		t.Errorf("what is to be added up: %+v, %v", pending, err)
	}
	availability, err := store.Availability(ctx, ask())
	if err != nil || len(availability) != 1 || availability[0].Device != "router" {
		t.Errorf("availability: %+v, %v", availability, err)
	}
	blind, err := store.BlindSpots(ctx, ask(), false)
	if err != nil || len(blind.Spots) != 1 || blind.Spots[0].What != storage.BlindAppliance {
		t.Errorf("blind spots: %+v, %v", blind, err)
	}
	batch, err := store.Raw(ctx, storage.RawQuery{Kinds: []sample.Kind{sample.KindPings, sample.KindVoice}, Before: 1, After: -1})
	if err != nil {
		t.Fatal(err)
	}
	pings := batch.Tables[sample.KindPings].Rows.(*sample.Pings)
	streams := batch.Tables[sample.KindVoice].Rows.(*sample.Voice)
	if pings.Len() != 1 || pings.Received[0] != 2 || pings.ErrorFrom[0] != "" || pings.ReplyTTL[0] != 0 || streams.Len() != 1 || streams.Origin[0] != sample.OriginProbe {
		t.Errorf("raw rows: %+v, %+v", pings, streams)
	}
	for _, view := range []string{"v_pings", "v_voice_minutes", "v_health", "v_notifications", "v_blind_spots", "v_voice_hour"} {
		want := uint64(1)
		switch view {
		case "v_notifications", "v_voice_hour":
			want = 0
		}
		if n := store.count(t, view); n != want {
			t.Errorf("%s has %d rows, want %d", view, n, want)
		}
	}
}

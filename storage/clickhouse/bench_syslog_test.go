package clickhouse

import (
	"fmt"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// benchmarkLog is a store with two million lines of 200 devices on one day, each fourth
// with a word of its own.
func benchmarkLog(b *testing.B) *Store {
	const lines, perInsert = 2_000_000, 250_000
	store := benchmarkStore(b)
	for first := 0; first < lines; first += perInsert {
		if err := store.execute(b.Context(), fmt.Sprintf(`INSERT INTO raw_syslog (customer_id, site_id, appliance_id, device_id, slot, offset_ms, sequence, severity, hostname, mnemonic, message, part, kafka_offset)
SELECT %d, %d, %d, 1 + rand(1) %% 200, fromUnixTimestamp64Milli(toInt64(%d)), number * 10, number, 3 + rand(2) %% 4, 'host-' || toString(rand(1) %% 200),
  ['LINK-3-UPDOWN', 'SEC-6-IPACCESSLOGP', 'BGP-5-ADJCHANGE', 'AUTH-6-SESSION'][1 + number %% 4],
  [format('Interface GigabitEthernet{}/{}, changed state to down', toString(rand(3) %% 4), toString(rand(4) %% 48)),
   format('list 101 denied tcp 10.{}.{}.{}({}) -> 192.168.1.{}(443), 1 packet', toString(rand(3) %% 256), toString(rand(4) %% 256), toString(rand(5) %% 256), toString(rand(6) %% 65536), toString(rand(7) %% 256)),
   format('neighbor 10.{}.{}.{} Up', toString(rand(3) %% 256), toString(rand(4) %% 256), toString(rand(5) %% 256)),
   format('session s{} opened for user{}', toString(number), toString(rand(4) %% 3000))][1 + number %% 4], 3, number
FROM numbers(%d, %d)`, acme, acmeTokyo, acmeBox, noon.Truncate(24*time.Hour).UnixMilli(), first, perInsert)); err != nil {
			b.Fatal(err)
		}
	}
	return store
}

// BenchmarkSearchLog finds words in two million lines.
func BenchmarkSearchLog(b *testing.B) {
	store := benchmarkLog(b)
	for _, text := range []string{"s1234567", "s1234567*", `"session s1234567"`, "down", "nowhere", "%", ""} {
		b.Run("text="+text, func(b *testing.B) {
			query := ask()
			query.From, query.To, query.Limit = noon.Add(-12*time.Hour), noon.Add(12*time.Hour), 100
			query.Log.Text, _ = storage.ParseSearch(text)
			for b.Loop() {
				if _, err := store.Syslog(b.Context(), query); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRollUpLog counts an hour, of 360,000 lines, of a day of two million.
func BenchmarkRollUpLog(b *testing.B) {
	store := benchmarkLog(b)
	from := noon.Truncate(24 * time.Hour).Add(time.Hour)
	for b.Loop() {
		if err := store.RollUpLog(b.Context(), storage.RollUp{Customer: acme, Sites: []sample.ID{acmeTokyo}, FromMs: from.UnixMilli(), ToMs: from.Add(time.Hour).UnixMilli()}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSyslogRates counts two years by mnemonic, of 100 devices with four mnemonics
// each: seven million hours.
func BenchmarkSyslogRates(b *testing.B) {
	store := benchmarkStore(b)
	const hours = 2 * 365 * 24
	for month := 0; month < hours; month += 730 {
		if err := store.execute(b.Context(), fmt.Sprintf(`INSERT INTO syslog_1h (customer_id, site_id, device_id, start_ts, severity, mnemonic, app_name, messages, ver)
SELECT %d, %d, 1 + number %% 100, fromUnixTimestamp64Milli(toInt64(%d) - toInt64(%d + intDiv(number, 400)) * 3600000), 3, 'FACILITY-3-M' || toString(intDiv(number, 100) %% 4), '', 1 + rand() %% 9, 1
FROM numbers(%d)`, acme, acmeTokyo, noon.UnixMilli(), month, 400*730)); err != nil {
			b.Fatal(err)
		}
	}
	for _, step := range []time.Duration{0, 7 * 24 * time.Hour} {
		b.Run("step="+step.String(), func(b *testing.B) {
			query := storage.Query{Scope: storage.EveryCustomer(), From: noon.Add(-hours * time.Hour), To: noon, Step: step}
			for b.Loop() {
				if _, err := store.SyslogRates(b.Context(), storage.SyslogRatesQuery{Query: query, By: []storage.LogGroup{storage.ByMnemonic}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

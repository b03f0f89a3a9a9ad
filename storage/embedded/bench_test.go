package embedded_test

import (
	"fmt"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/storage/embedded/embeddedtest"
)

// BenchmarkInsertColumns stores batches of 100,000 rows of six columns, client
// included.
func BenchmarkInsertColumns(b *testing.B) {
	const size = 100_000
	endpoint := embeddedtest.Start(b)
	db := connect(b, endpoint, clickhouse.CompressionNone)
	mustExec(b, db, "CREATE TABLE t"+columnsTable)
	rows := makeColumns(size)
	n := 0
	for b.Loop() {
		n++
		if err := rows.send(b, db, "t", fmt.Sprint("batch ", n)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*size/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(residentBytes(b, endpoint.PID))/(1<<20), "MiB-resident")
}

// BenchmarkSmallQuery asks for one device of a table of a million rows.
func BenchmarkSmallQuery(b *testing.B) {
	endpoint := embeddedtest.Start(b)
	db := connect(b, endpoint, clickhouse.CompressionNone)
	mustExec(b, db, "CREATE TABLE t"+columnsTable)
	if err := makeColumns(1_000_000).send(b, db, "t", ""); err != nil {
		b.Fatal(err)
	}
	device := 0
	for b.Loop() {
		device = (device + 17) % 25_000
		if n := count(b, db, "SELECT count() FROM t WHERE device = ?", device); n != 40 {
			b.Fatal(n)
		}
	}
}

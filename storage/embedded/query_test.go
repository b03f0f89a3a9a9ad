package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/storage/embedded/embeddedtest"
)

var compressions = []clickhouse.CompressionMethod{
	clickhouse.CompressionNone, clickhouse.CompressionLZ4, clickhouse.CompressionZSTD,
	clickhouse.CompressionGZIP, clickhouse.CompressionDeflate, clickhouse.CompressionBrotli,
}

func TestTypesSurviveTheWayInAndOut(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	at := time.Date(2024, 2, 29, 23, 59, 59, 123e6, time.UTC)
	text := "Gruezi"
	rows := [][]any{
		{uint8(255), uint16(65535), uint32(1 << 31), uint64(1<<64 - 1), int64(-1 << 63), 0.1, "a\x00'\\\n", "low", at, []uint32{1, 2, 3}, "down", &text},
		{uint8(0), uint16(0), uint32(0), uint64(0), int64(1<<63 - 1), -1e300, "", "low", time.UnixMilli(0).UTC(), []uint32{}, "up", (*string)(nil)},
	}
	for i, method := range compressions {
		t.Run(method.String(), func(t *testing.T) {
			db := connect(t, endpoint, method)
			table := fmt.Sprintf("t%d", i)
			mustExec(t, db, "CREATE TABLE "+table+` (a UInt8, b UInt16, c UInt32, d UInt64, e Int64, f Float64, g String,
				h LowCardinality(String), i DateTime64(3,'UTC'), j Array(UInt32), k Enum8('up' = 1, 'down' = 2), l Nullable(String))
				ENGINE = MergeTree ORDER BY d`)
			batch, err := db.PrepareBatch(t.Context(), "INSERT INTO "+table)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				if err := batch.Append(row...); err != nil {
					t.Fatal(err)
				}
			}
			if err := batch.Send(); err != nil {
				t.Fatal(err)
			}
			found, err := db.Query(t.Context(), "SELECT * FROM "+table+" ORDER BY d DESC")
			if err != nil {
				t.Fatal(err)
			}
			defer found.Close()
			for n := 0; found.Next(); n++ {
				values := make([]any, len(rows[n]))
				for c := range values {
					values[c] = reflect.New(reflect.TypeOf(rows[n][c])).Interface()
				}
				if err := found.Scan(values...); err != nil {
					t.Fatal(err)
				}
				for c := range values {
					if value := reflect.ValueOf(values[c]).Elem().Interface(); !reflect.DeepEqual(value, rows[n][c]) {
						t.Errorf("row %d column %d: sent %#v, found %#v", n, c, rows[n][c], value)
					}
				}
			}
			if err := found.Err(); err != nil {
				t.Fatal(err)
			}
			if n := count(t, db, "SELECT count() FROM "+table); n != uint64(len(rows)) {
				t.Errorf("%d rows, want %d", n, len(rows))
			}
		})
	}
}

func TestMillionRowsStream(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	db := connect(t, endpoint, clickhouse.CompressionNone)
	rows, err := db.Query(t.Context(), "SELECT number, toString(number) FROM numbers(1000000)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := uint64(0)
	for rows.Next() {
		var number uint64
		var text string
		if err := rows.Scan(&number, &text); err != nil {
			t.Fatal(err)
		}
		if number != n || text != fmt.Sprint(n) {
			t.Fatalf("row %d holds %d, %q", n, number, text)
		}
		n++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if n != 1_000_000 {
		t.Errorf("%d rows, want 1000000", n)
	}
	if resident := residentBytes(t, endpoint.PID); resident > 600<<20 {
		t.Errorf("the engine holds %d MiB", resident>>20)
	}
}

func TestErrorInTheMiddleIsAnError(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	for _, method := range compressions {
		db := connect(t, endpoint, method)
		rows, err := db.Query(t.Context(), "SELECT number, throwIf(number = 3000000) FROM numbers(10000000)")
		n := 0
		if err == nil {
			for rows.Next() {
				n++
			}
			err = rows.Err()
		}
		var exception *clickhouse.Exception
		if !errors.As(err, &exception) || exception.Code != 395 {
			t.Errorf("%s: after %d rows: %v", method, n, err)
		}
	}
	db := connect(t, endpoint, clickhouse.CompressionNone)
	if n := count(t, db, "SELECT count() FROM numbers(10)"); n != 10 {
		t.Errorf("after the errors: %d", n)
	}
}

func TestErrorsAreClickHouses(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	db := connect(t, endpoint, clickhouse.CompressionLZ4)
	mustExec(t, db, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
	for sql, code := range map[string]int32{
		"SELEC 1 2":          62,
		"":                   62,
		"SELECT 1; SELECT 2": 62,
		"SELECT nope FROM t": 47,
		"SELECT * FROM nope": 60,
		"CREATE TABLE t (a UInt8) ENGINE = Memory": 57,
		"USE system":                                              497,
		"SET max_threads = 1":                                     497,
		"SYSTEM SHUTDOWN":                                         497,
		"KILL QUERY WHERE 1":                                      497,
		"BACKUP TABLE t TO File('/tmp/x')":                        497,
		"SELECT 1 INTO OUTFILE '/tmp/x'":                          497,
		"INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV":      497,
		"INSERT INTO t (a) /* x */ from\ninfile 'x' FORMAT CSV":   497,
		"INSERT INTO values FROM INFILE 'x' FORMAT CSV":           497,
		"INSERT INTO FUNCTION file('/tmp/x', 'CSV') SELECT 1":     497,
		"SELECT * FROM file('/etc/passwd', 'LineAsString')":       497,
		"SELECT * FROM url('http://127.0.0.1:1', 'LineAsString')": 497,
		"CREATE TABLE f (a String) ENGINE = File(CSV)":            497,
		"CREATE FUNCTION f AS x -> x":                             497,
		"CREATE USER u":                                           497,
		"EXPLAIN AST SELECT 1; SYSTEM SHUTDOWN":                   62,
	} {
		err := db.Exec(t.Context(), sql)
		var exception *clickhouse.Exception
		if !errors.As(err, &exception) || exception.Code != code {
			t.Errorf("%s: %v, want code %d", sql, err, code)
		}
	}
	mustExec(t, db, "INSERT INTO t VALUES (1), (2)")
	mustExec(t, db, "INSERT INTO t SELECT number FROM numbers(10)")
	if n := count(t, db, "SELECT count() FROM t"); n != 12 {
		t.Errorf("%d rows, want 12", n)
	}
}

func TestSettingsAndParametersBelongToTheirRequest(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	db := connect(t, endpoint, clickhouse.CompressionNone)
	with := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_block_size": 7, "log_comment": `it's a \ "test"`}))
	// More often than there are sessions, so that each one is used again.
	for range 12 {
		var blockSize uint64
		var comment string
		if err := db.QueryRow(with, "SELECT toUInt64(getSetting('max_block_size')), getSetting('log_comment')").Scan(&blockSize, &comment); err != nil {
			t.Fatal(err)
		}
		if blockSize != 7 || comment != `it's a \ "test"` {
			t.Fatalf("settings are %d, %q", blockSize, comment)
		}
	}
	for range 12 {
		if n := count(t, db, "SELECT toUInt64(getSetting('max_block_size'))"); n == 7 {
			t.Fatal("a setting stayed on a session")
		}
	}
	// A setting that the profile fixes is the profile's again, and may be named again.
	fixed := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0}))
	for i := range 36 {
		if i/12 == 1 {
			if n := count(t, db, "SELECT toUInt64(getSetting('async_insert'))"); n != 0 {
				t.Fatal("the profile's setting is lost")
			}
			continue
		}
		if err := db.Exec(fixed, "SELECT 1"); err != nil {
			t.Fatal(err)
		}
	}
	bad := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"no_such_setting": 1}))
	for range 12 {
		var exception *clickhouse.Exception
		if err := db.Exec(bad, "SELECT 1"); !errors.As(err, &exception) || exception.Code != 115 {
			t.Fatalf("an unknown setting: %v", err)
		}
	}
	for range 12 {
		if n := count(t, db, "SELECT {x:UInt64} + 1", clickhouse.Named("x", "41")); n != 42 {
			t.Fatalf("parameter: %d", n)
		}
	}
	mustExec(t, db, "CREATE DATABASE other")
	mustExec(t, db, "CREATE TABLE other.only (a UInt8) ENGINE = Memory")
	elsewhere := endpoint
	elsewhere.Database = "other"
	second := connect(t, elsewhere, clickhouse.CompressionNone)
	for range 12 {
		count(t, second, "SELECT count() FROM only")
		if err := db.Exec(t.Context(), "SELECT count() FROM only"); err == nil {
			t.Fatal("a database stayed on a session")
		}
	}
}

func TestCancelEndsTheQuery(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	db := connect(t, endpoint, clickhouse.CompressionNone)
	running := func() uint64 {
		return count(t, db, "SELECT count() FROM system.processes WHERE query LIKE '%numbers(100000000000%' AND query NOT LIKE '%processes%'")
	}
	for _, sql := range []string{
		"SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 7",    // nothing comes before the end
		"SELECT number FROM numbers(100000000000) WHERE sipHash64(number) % 9 = 7", // rows come
		"CREATE TABLE big ENGINE = Memory AS SELECT number FROM numbers(100000000000) WHERE sipHash64(number) = 7",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			if strings.HasPrefix(sql, "CREATE") {
				done <- db.Exec(ctx, sql)
				return
			}
			rows, err := db.Query(ctx, sql)
			if err == nil {
				for rows.Next() {
				}
				err = rows.Err()
			}
			done <- err
		}()
		eventually(t, "the query runs: "+sql, func() bool { return running() == 1 })
		cancel()
		if err := <-done; err == nil {
			t.Errorf("%s: no error after it was cancelled", sql)
		}
		eventually(t, "the query ends: "+sql, func() bool { return running() == 0 })
	}
	timed := clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_execution_time": 1}))
	var exception *clickhouse.Exception
	if err := db.Exec(timed, "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 7"); !errors.As(err, &exception) || exception.Code != 159 {
		t.Errorf("max_execution_time: %v", err)
	}
}

func TestWritersAndReadersTogether(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	db := connect(t, endpoint, clickhouse.CompressionNone)
	mustExec(t, db, "CREATE TABLE t (w UInt8, n UInt64) ENGINE = MergeTree ORDER BY (w, n)")
	const writers, batches, size = 6, 15, 1000
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for b := range batches {
				batch, err := db.PrepareBatch(t.Context(), "INSERT INTO t")
				if err != nil {
					t.Error(err)
					return
				}
				for i := range size {
					if err := batch.Append(uint8(w), uint64(b*size+i)); err != nil {
						t.Error(err)
					}
				}
				if err := batch.Send(); err != nil {
					t.Error(err)
				}
			}
		})
		group.Go(func() {
			for range batches {
				// A batch is seen whole or not at all.
				var n uint64
				if err := db.QueryRow(t.Context(), "SELECT count() FROM t WHERE w = ?", w).Scan(&n); err != nil || n%size != 0 {
					t.Errorf("writer %d: %d rows seen, %v", w, n, err)
				}
			}
		})
	}
	group.Wait()
	if n := count(t, db, "SELECT uniqExact(w, n) FROM t"); n != writers*batches*size {
		t.Errorf("%d rows, want %d", n, writers*batches*size)
	}
}

func TestResultFormatsForOtherClients(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	status, answer := ask(t, endpoint, endpoint.Token, url.Values{"query": {"SELECT 1 AS a, 'x' AS b FORMAT JSONEachRow"}}, nil, nil)
	if status != http.StatusOK || answer != "{\"a\":1,\"b\":\"x\"}\n" {
		t.Errorf("FORMAT JSONEachRow: %d %q", status, answer)
	}
	status, answer = ask(t, endpoint, endpoint.Token, nil, nil, strings.NewReader("SHOW DATABASES LIKE 'mim%'"))
	if status != http.StatusOK || answer != "mimamori\n" {
		t.Errorf("SHOW: %d %q", status, answer)
	}
	status, answer = ask(t, endpoint, endpoint.Token, url.Values{"query": {"SELECT 1 WHERE 0"}}, nil, nil)
	if status != http.StatusOK || answer != "" {
		t.Errorf("no rows: %d %q", status, answer)
	}
	status, _ = ask(t, endpoint, "wrong", url.Values{"query": {"SELECT 1"}}, nil, nil)
	if status != http.StatusUnauthorized {
		t.Errorf("a wrong token: %d", status)
	}
	status, _ = ask(t, endpoint, endpoint.Token, url.Values{"query": {"SELECT 1"}, "database": {"default"}}, nil, nil)
	if status != http.StatusNotFound {
		t.Errorf("database default: %d", status)
	}
}

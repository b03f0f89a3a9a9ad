package embedded_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"

	"mimamori/storage/embedded/embeddedtest"
)

// columns is a batch of the width of interface rows, filled once.
type columns struct {
	device, iface  []uint64
	at             []int64
	octets, errors []uint64
	kind           []string
}

func makeColumns(rows int) columns {
	c := columns{}
	for i := range rows {
		c.device = append(c.device, uint64(i/40))
		c.iface = append(c.iface, uint64(i%40))
		c.at = append(c.at, 1_700_000_000_000+int64(i%300)*1000)
		c.octets = append(c.octets, uint64(i)*1499)
		c.errors = append(c.errors, uint64(i%3))
		c.kind = append(c.kind, [...]string{"wan", "lan", "loopback"}[i%3])
	}
	return c
}

const columnsTable = `(device UInt64, iface UInt64, at Int64, octets UInt64, errors UInt64, kind LowCardinality(String))
	ENGINE = MergeTree ORDER BY (device, iface, at) SETTINGS non_replicated_deduplication_window = 1000`

func (c columns) send(tb testing.TB, db driver.Conn, table, token string) error {
	tb.Helper()
	ctx := tb.Context()
	if token != "" {
		ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token}))
	}
	batch, err := db.PrepareBatch(ctx, "INSERT INTO "+table)
	if err != nil {
		return err
	}
	for i, column := range []any{c.device, c.iface, c.at, c.octets, c.errors, c.kind} {
		if err := batch.Column(i).Append(column); err != nil {
			return err
		}
	}
	return batch.Send()
}

func TestColumnarInsert(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	rows := makeColumns(100_000)
	for i, method := range compressions {
		db := connect(t, endpoint, method)
		table := fmt.Sprintf("t%d", i)
		mustExec(t, db, "CREATE TABLE "+table+columnsTable)
		if err := rows.send(t, db, table, ""); err != nil {
			t.Fatal(err)
		}
		var n, octets uint64
		if err := db.QueryRow(t.Context(), "SELECT count(), sum(octets) FROM "+table).Scan(&n, &octets); err != nil {
			t.Fatal(err)
		}
		if n != 100_000 || octets != 1499*99_999*100_000/2 {
			t.Errorf("%s: %d rows, %d octets", method, n, octets)
		}
	}
}

func TestSameTokenIsOneBlock(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	db := connect(t, endpoint, clickhouse.CompressionNone)
	mustExec(t, db, "CREATE TABLE raw"+columnsTable)
	mustExec(t, db, "CREATE TABLE target (device UInt64, octets UInt64) ENGINE = SummingMergeTree ORDER BY device SETTINGS non_replicated_deduplication_window = 1000")
	mustExec(t, db, "CREATE MATERIALIZED VIEW view TO target AS SELECT device, sum(octets) AS octets FROM raw GROUP BY device")
	rows := makeColumns(1000)
	sum := uint64(1499 * 999 * 1000 / 2)
	for _, send := range []struct {
		token   string
		batches uint64 // stored so far
	}{{"a:0-9", 1}, {"a:0-9", 1}, {"a:10-19", 2}, {"a:0-9", 2}} {
		if err := rows.send(t, db, "raw", send.token); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT count() FROM raw"); n != send.batches*1000 {
			t.Errorf("token %s: %d rows, want %d", send.token, n, send.batches*1000)
		}
		if n := count(t, db, "SELECT sum(octets) FROM target"); n != send.batches*sum {
			t.Errorf("token %s: the view's sum is %d, want %d", send.token, n, send.batches*sum)
		}
	}
}

func TestInsertAboveOneMillionRows(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	db := connect(t, endpoint, clickhouse.CompressionNone)
	mustExec(t, db, "CREATE TABLE t"+columnsTable)
	rows := makeColumns(1_200_000)
	for range 2 {
		if err := rows.send(t, db, "t", "large"); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT count() FROM t"); n != 1_200_000 {
			t.Errorf("%d rows", n)
		}
	}
}

// nativeBlock is a block of one UInt8 column named a, at revision 0.
func nativeBlock(values ...byte) []byte {
	b := binary.AppendUvarint([]byte{1}, uint64(len(values)))
	return append(append(b, "\x01a\x05UInt8"...), values...)
}

func TestBrokenInsertsStoreNothing(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	db := connect(t, endpoint, clickhouse.CompressionNone)
	mustExec(t, db, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
	insert := url.Values{"query": {"INSERT INTO t (a) FORMAT Native"}}
	compressed := url.Values{"query": {"INSERT INTO t (a) FORMAT Native"}, "decompress": {"1"}}
	block := nativeBlock(1, 2, 3, 4, 5)
	var zipped bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	zip.Write(block)
	zip.Close()
	gzipHeader := http.Header{"Content-Encoding": {"gzip"}}
	for name, broken := range map[string]struct {
		values url.Values
		header http.Header
		body   []byte
	}{
		"nothing":                 {insert, nil, nil},
		"nothing compressed":      {compressed, nil, nil},
		"a block cut short":       {insert, nil, block[:len(block)-2]},
		"a second block cut":      {insert, nil, append(bytes.Clone(block), block[:4]...)},
		"garbage":                 {insert, nil, []byte("GET / HTTP/1.1\r\n\r\n")},
		"garbage, compressed":     {compressed, nil, bytes.Repeat([]byte{0xff}, 100)},
		"gzip cut short":          {insert, gzipHeader, zipped.Bytes()[:zipped.Len()-9]},
		"not gzip":                {insert, gzipHeader, block},
		"an unknown encoding":     {insert, http.Header{"Content-Encoding": {"zip"}}, block},
		"no such table":           {url.Values{"query": {"INSERT INTO nope FORMAT Native"}}, nil, bytes.Repeat(block, 100_000)},
		"a statement besides":     {url.Values{"query": {"INSERT INTO t VALUES (1); INSERT INTO t (a) FORMAT Native"}}, nil, block},
		"a function as the table": {url.Values{"query": {"INSERT INTO FUNCTION file('x', 'CSV') FORMAT Native"}}, nil, block},
	} {
		status, answer := ask(t, endpoint, endpoint.Token, broken.values, broken.header, bytes.NewReader(broken.body))
		if status == http.StatusOK || !strings.HasPrefix(answer, "Code: ") {
			t.Errorf("%s: %d %q", name, status, answer)
		}
	}

	// A client that promises more than it sends and goes away.
	connection, err := net.Dial("tcp", endpoint.Address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(connection, "POST /?%s HTTP/1.1\r\nHost: x\r\nX-ClickHouse-Key: %s\r\nContent-Length: %d\r\n\r\n%s",
		insert.Encode(), endpoint.Token, len(block)+1, block)
	connection.Close()

	// More often than there are sessions: none is left unusable.
	for range 10 {
		status, answer := ask(t, endpoint, endpoint.Token, insert, gzipHeader, bytes.NewReader(zipped.Bytes()))
		if status != http.StatusOK {
			t.Fatalf("a good insert: %d %q", status, answer)
		}
	}
	if n := count(t, db, "SELECT count() FROM t"); n != 50 {
		t.Errorf("%d rows, want the 50 of the good inserts", n)
	}
}

func TestBodyLimit(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	config := embeddedtest.Config(t)
	config.MaxBody = 1 << 20
	engine, _ := embeddedtest.Run(t, config, prometheus.NewRegistry())
	endpoint, err := engine.Endpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db := connect(t, endpoint, clickhouse.CompressionNone)
	mustExec(t, db, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
	insert := url.Values{"query": {"INSERT INTO t (a) FORMAT Native"}}
	large := nativeBlock(make([]byte, 2<<20)...)
	var zipped bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	zip.Write(large)
	zip.Close()
	for _, body := range []struct {
		header http.Header
		data   []byte
	}{{nil, large}, {http.Header{"Content-Encoding": {"gzip"}}, zipped.Bytes()}} {
		if status, answer := ask(t, endpoint, endpoint.Token, insert, body.header, bytes.NewReader(body.data)); status != http.StatusRequestEntityTooLarge {
			t.Errorf("%d %q", status, answer)
		}
	}
	if n := count(t, db, "SELECT count() FROM t"); n != 0 {
		t.Errorf("%d rows", n)
	}
}

func TestFullDiskIsAnError(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	directory := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", directory, "tmpfs", 0, "size=24m"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("a small file system cannot be mounted here: %v", err)
		}
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(directory, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	config := embeddedtest.Config(t)
	config.Directory = directory
	engine, stop := embeddedtest.Run(t, config, prometheus.NewRegistry())
	endpoint, err := engine.Endpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db := connect(t, endpoint, clickhouse.CompressionNone)
	mustExec(t, db, "CREATE TABLE t (n UInt64, s String CODEC(NONE)) ENGINE = MergeTree ORDER BY n")
	stored := uint64(0)
	for range 100 {
		if err = db.Exec(t.Context(), "INSERT INTO t SELECT number, toString(cityHash64(number)) FROM numbers(20000)"); err != nil {
			break
		}
		stored += 20000
	}
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) || exception.Code != 243 && exception.Code != 75 {
		t.Fatalf("the disk filled up: %v", err)
	}
	if n := count(t, db, "SELECT count() FROM t"); n != stored {
		t.Errorf("%d rows, %d were acknowledged", n, stored)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestGarbageOnThePort(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	db := connect(t, endpoint, clickhouse.CompressionNone)
	for _, garbage := range []string{
		"\x00\x01\x02\x03", "GET", strings.Repeat("A", 2<<20), "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "POST /?%zz HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /?query=SELECT+1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-ClickHouse-Key: " + endpoint.Token + "\r\n\r\nzz\r\n",
		"POST /?query=%00%ff%27 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nX-ClickHouse-Key: " + endpoint.Token + "\r\n\r\n",
		"POST /?query=SELECT+1&a%27b=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nX-ClickHouse-Key: " + endpoint.Token + "\r\n\r\n",
	} {
		connection, err := net.Dial("tcp", endpoint.Address)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			io.WriteString(connection, garbage)
			connection.(*net.TCPConn).CloseWrite()
		}()
		answer, _ := io.ReadAll(connection)
		connection.Close()
		if strings.HasPrefix(string(answer), "HTTP/1.1 200") {
			t.Errorf("%.40q was answered: %q", garbage, answer)
		}
	}
	if n := count(t, db, "SELECT count() FROM numbers(3)"); n != 3 {
		t.Errorf("after the garbage: %d", n)
	}
	if err := syscall.Kill(endpoint.PID, 0); err != nil {
		t.Errorf("the engine's process: %v", err)
	}
}

func TestPartOfALargeInsertIsMadeWholeByItsRetry(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	db := connect(t, endpoint, clickhouse.CompressionNone)
	mustExec(t, db, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100")
	insert := url.Values{"query": {"INSERT INTO t (a) FORMAT Native"}, "insert_deduplication_token": {"large"}}
	const blocks, size = 24, 1_000_000
	body := bytes.Repeat(nativeBlock(bytes.Repeat([]byte{7}, size)...), blocks)
	if status, _ := ask(t, endpoint, endpoint.Token, insert, nil, bytes.NewReader(body[:len(body)-1])); status == http.StatusOK {
		t.Fatal("a body cut short was accepted")
	}
	t.Logf("%d of %d rows stored by the failed insert", count(t, db, "SELECT count() FROM t"), blocks*size)
	for range 2 {
		if status, answer := ask(t, endpoint, endpoint.Token, insert, nil, bytes.NewReader(body)); status != http.StatusOK {
			t.Fatalf("%d %q", status, answer)
		}
		if n := count(t, db, "SELECT count() FROM t"); n != blocks*size {
			t.Errorf("%d rows, want %d", n, blocks*size)
		}
	}
}

// TestBrokenConnection: rows of which all came, but not that they were all, are not stored.
func TestBrokenConnection(t *testing.T) {
	endpoint := embeddedtest.Start(t)
	db := connect(t, endpoint, clickhouse.CompressionNone)
	mustExec(t, db, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a")
	connection, err := net.Dial("tcp", endpoint.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	block := nativeBlock(1, 2, 3)
	fmt.Fprintf(connection, "POST /?query=%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-ClickHouse-Key: %s\r\n\r\n%x\r\n%s\r\n",
		url.QueryEscape("INSERT INTO t (a) FORMAT Native"), endpoint.Token, len(block), block)
	if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(connection)
	if err != nil || strings.HasPrefix(string(answer), "HTTP/1.1 200") {
		t.Errorf("the answer is %q, error %v", answer, err)
	}
	if n := count(t, db, "SELECT count() FROM t"); n != 0 {
		t.Errorf("%d rows are stored", n)
	}
}

package embedded_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"mimamori/storage/embedded"
	"mimamori/storage/embedded/embeddedtest"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// limit is how long a test waits for what must happen.
const limit = 30 * time.Second

func connect(tb testing.TB, endpoint embedded.Endpoint, method clickhouse.CompressionMethod) driver.Conn {
	tb.Helper()
	db, err := clickhouse.Open(&clickhouse.Options{
		Protocol:     clickhouse.HTTP,
		Addr:         []string{endpoint.Address},
		Auth:         clickhouse.Auth{Database: endpoint.Database, Username: "default", Password: endpoint.Token},
		Compression:  &clickhouse.Compression{Method: method, Level: 3},
		MaxOpenConns: 16,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	return db
}

func mustExec(tb testing.TB, db driver.Conn, sql string, arguments ...any) {
	tb.Helper()
	if err := db.Exec(tb.Context(), sql, arguments...); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

func count(tb testing.TB, db driver.Conn, sql string, arguments ...any) uint64 {
	tb.Helper()
	var n uint64
	if err := db.QueryRow(tb.Context(), sql, arguments...).Scan(&n); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	return n
}

// eventually waits for a condition.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		if condition() {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	tb.Fatalf("not within %s: %s", limit, what)
}

// ask sends a request past the client.
func ask(tb testing.TB, endpoint embedded.Endpoint, token string, values url.Values, header http.Header, body io.Reader) (status int, answer string) {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, "http://"+endpoint.Address+"/?"+values.Encode(), body)
	if err != nil {
		tb.Fatal(err)
	}
	for name, value := range header {
		r.Header[name] = value
	}
	r.SetBasicAuth("default", token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// residentBytes is the memory that a process holds.
func residentBytes(tb testing.TB, pid int) int64 {
	tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		tb.Fatal(err)
	}
	var size, resident int64
	if _, err := fmt.Fscan(bytes.NewReader(text), &size, &resident); err != nil {
		tb.Fatal(err)
	}
	return resident * int64(os.Getpagesize())
}

package embedded

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/compress"
)

func TestFirstWord(t *testing.T) {
	for sql, want := range map[string]string{
		"select 1":                    "SELECT",
		" \n/* insert */-- x\nWith x": "WITH",
		"((SELECT 1) UNION ALL 2)":    "SELECT",
		"":                            "",
		"/* never closed":             "",
		"-- only a comment":           "",
	} {
		if word := firstWord(sql); word != want {
			t.Errorf("%q: %q, want %q", sql, word, want)
		}
	}
}

func TestCutFormat(t *testing.T) {
	for sql, want := range map[string][2]string{
		"INSERT INTO t (a, b) FORMAT Native":          {"INSERT INTO t (a, b) ", "Native"},
		"INSERT INTO t format  JSONEachRow ; ":        {"INSERT INTO t ", "JSONEachRow"},
		"INSERT INTO `FORMAT` FORMAT\nCSV -- a table": {"INSERT INTO `FORMAT` ", "CSV"},
		"INSERT INTO t VALUES ('x FORMAT Native')":    {"INSERT INTO t VALUES ('x FORMAT Native')", ""},
		"INSERT INTO t -- FORMAT Native":              {"INSERT INTO t -- FORMAT Native", ""},
		"INSERT INTO t FORMAT 'Native'":               {"INSERT INTO t FORMAT 'Native'", ""},
		"FORMAT Native":                               {"FORMAT Native", ""},
	} {
		statement, format, found := cutFormat(sql)
		if statement != want[0] || format != want[1] || found != (want[1] != "") {
			t.Errorf("%q: %q, %q, %v", sql, statement, format, found)
		}
	}
}

func TestSettingChanges(t *testing.T) {
	changes := settingChanges(map[string]string{"a": "1", "b": "2", "c": "3"}, map[string]string{"b": "2", "c": `it's \`, "d": ""})
	want := []string{"a = DEFAULT", `c = 'it\'s \\'`, "d = ''"}
	if !reflect.DeepEqual(changes, want) {
		t.Errorf("%q, want %q", changes, want)
	}
	if name := quoteName("a`b\\c"); name != "`a\\`b\\\\c`" {
		t.Errorf("quoted name %s", name)
	}
}

func FuzzTokenize(f *testing.F) {
	for _, seed := range []string{"INSERT INTO t FORMAT Native", "select 'a\\", "/*", "`", "--", "#", "(((", "\x80\x00'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		end := 0
		for _, token := range tokenize(sql) {
			if token.text == "" || token.start < end || sql[token.start:token.start+len(token.text)] != token.text {
				t.Fatalf("token %q at %d after %d", token.text, token.start, end)
			}
			end = token.start + len(token.text)
		}
		statement, format, found := cutFormat(sql)
		if !strings.HasPrefix(sql, statement) || found != (format != "") {
			t.Fatalf("%q, %q, %v", statement, format, found)
		}
		firstWord(sql)
	})
}

// FuzzRequest reads requests of any kind: whatever a client sends, no more comes out
// than is allowed in, and broken data end in an error.
func FuzzRequest(f *testing.F) {
	const limit = 1 << 20
	writer := compress.NewWriter(compress.LevelZero, compress.LZ4)
	if err := writer.Compress([]byte("some data, some data")); err != nil {
		f.Fatal(err)
	}
	f.Add("query=INSERT+INTO+t+FORMAT+Native&decompress=1", "", writer.Data)
	f.Add("query=INSERT+INTO+t+FORMAT+Native", "gzip", []byte{0x1f, 0x8b, 8, 0})
	f.Add("query=INSERT+INTO+t+FORMAT+Native", "br", []byte{0x0b, 0x02, 0x80})
	f.Add("query=SELECT+1&compress=1&network_compression_method=ZSTD&param_x=1&max_threads=2", "deflate", []byte{0x78, 0x9c})
	f.Add("%zz", "", []byte("SELECT 1"))
	f.Fuzz(func(t *testing.T, query, encoding string, body []byte) {
		r := &http.Request{
			Method: http.MethodPost,
			URL:    &url.URL{Path: "/", RawQuery: query},
			Header: http.Header{"Content-Encoding": {encoding}},
			Body:   io.NopCloser(bytes.NewReader(body)),
		}
		req, err := readRequest(deadlines{httptest.NewRecorder()}, r, "mimamori", limit)
		if err != nil || req.data == nil {
			return
		}
		data, err := io.ReadAll(req.data)
		if len(data) > limit {
			t.Fatalf("%d bytes came out", len(data))
		}
		if err == nil && len(data) == 0 && len(body) > 0 && encoding == "" {
			t.Fatal("data vanished")
		}
	})
}

// deadlines is a recorder on which deadlines can be set, like on a connection.
type deadlines struct{ *httptest.ResponseRecorder }

func (deadlines) SetReadDeadline(time.Time) error { return nil }

package embedded

import (
	"compress/gzip"
	"compress/zlib"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
)

// request is what a client asks, taken apart.
type request struct {
	sql         string    // the statement
	data        io.Reader // the data of an INSERT, decompressed; nil without
	dataFormat  string    // of data
	database    string
	format      string // of the result
	settings    map[string]string
	params      parameters
	compression compress.Method // of the result, compress.None without
	protocol    uint64          // client_protocol_version
}

// maxStatement is the longest statement in bytes, inline data of an INSERT included.
const maxStatement = 16 << 20

// bodyStall is how long a client may send nothing in the middle of its data, or take
// nothing of its result. A session is held meanwhile.
const bodyStall = 30 * time.Second

// transport are parameters of the protocol; all others are settings of the query.
// Sessions, roles and external tables are not offered, so their names are not here
// and fail as unknown settings.
var transport = map[string]bool{
	"query": true, "database": true, "default_format": true, "client_protocol_version": true,
	"query_id": true, "quota_key": true, "compress": true, "decompress": true,
	"network_compression_method": true, "network_zstd_compression_level": true,
	"enable_http_compression": true, "http_zlib_compression_level": true,
	"user": true, "password": true, "wait_end_of_query": true, "buffer_size": true,
	"send_progress_in_http_headers": true, "send_profile_events": true,
}

var settingName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,127}$`)

// authorized checks the token, which a client gives as its password.
func authorized(r *http.Request, token string) bool {
	given := r.Header.Get("X-ClickHouse-Key")
	if _, password, ok := r.BasicAuth(); ok {
		given = password
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1
}

// readRequest takes a request apart. The data of an INSERT are not read yet.
func readRequest(w http.ResponseWriter, r *http.Request, defaultDatabase string, maxBody int64) (*request, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refusal(codeSyntaxError, "the address of the request cannot be read: %v", err)
	}
	req := &request{
		sql:      values.Get("query"),
		database: values.Get("database"),
		format:   values.Get("default_format"),
		settings: map[string]string{},
		params:   parameters{},
	}
	switch req.database {
	case "":
		req.database = defaultDatabase
	case "default":
		// There it mixes tables with the files of its working directory.
		return nil, refusal(codeUnknownDatabase, "the embedded engine offers no database named default: use %s", defaultDatabase)
	}
	if req.format == "" {
		req.format = "TabSeparated"
	}
	req.protocol, _ = strconv.ParseUint(values.Get("client_protocol_version"), 10, 32)
	if err := req.readSettings(values); err != nil {
		return nil, err
	}
	if req.compression, err = resultCompression(values); err != nil {
		return nil, err
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return nil, refusal(codeNotImplemented, "external tables are not offered by the embedded engine")
	}

	body, err := decode(r, values.Get("decompress") == "1", &patientReader{http.NewResponseController(w), http.MaxBytesReader(w, r.Body, maxBody)})
	if err != nil {
		return nil, err
	}
	body = &limitedReader{body, maxBody}
	if req.takeFormat() {
		req.data = body
		return req, nil
	}
	text, err := io.ReadAll(&limitedReader{body, maxStatement})
	if err != nil {
		return nil, bodyError(err)
	}
	// A server takes a statement that begins in the address and goes on in the body.
	if req.sql != "" && len(text) > 0 {
		req.sql += "\n"
	}
	req.sql += string(text)
	return req, nil
}

// takeFormat recognises an INSERT in the address whose data are the body, and takes
// the FORMAT clause that announces them off the statement.
func (req *request) takeFormat() bool {
	if firstWord(req.sql) != "INSERT" {
		return false
	}
	statement, format, found := cutFormat(req.sql)
	if found {
		req.sql, req.dataFormat = statement, format
	}
	return found
}

func (req *request) readSettings(values url.Values) error {
	for name, list := range values {
		value := list[0]
		if transport[name] {
			continue
		}
		if parameter, ok := strings.CutPrefix(name, "param_"); ok {
			req.params[parameter] = value
			continue
		}
		if !settingName.MatchString(name) || strings.Contains(value, "\x00") {
			return refusal(codeUnknownSetting, "%q is not a setting", name)
		}
		req.settings[name] = value
	}
	return nil
}

func resultCompression(values url.Values) (compress.Method, error) {
	if values.Get("compress") != "1" {
		return compress.None, nil
	}
	switch method := strings.ToUpper(values.Get("network_compression_method")); method {
	case "", "LZ4":
		return compress.LZ4, nil
	case "ZSTD":
		return compress.ZSTD, nil
	default:
		return compress.None, refusal(codeNotImplemented, "network_compression_method %q is not offered: use LZ4 or ZSTD", method)
	}
}

// decode undoes what the client did to the body: an encoding of HTTP around
// ClickHouse's own compressed blocks.
func decode(r *http.Request, blocks bool, body io.Reader) (io.Reader, error) {
	source := body
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		body = &lazyReader{open: func() (io.Reader, error) { return gzip.NewReader(source) }}
	case "deflate":
		body = &lazyReader{open: func() (io.Reader, error) { return zlib.NewReader(source) }}
	case "br":
		body = brotli.NewReader(source)
	default:
		return nil, refusal(codeNotImplemented, "Content-Encoding %q is not offered: use gzip, deflate, br or none", encoding)
	}
	if blocks {
		body = &blockReader{source: body}
	}
	return body, nil
}

// lazyReader opens a decompressor at the first read, so that a broken header is an
// error of the body like any other and an empty body is none.
type lazyReader struct {
	open   func() (io.Reader, error)
	reader io.Reader
}

func (l *lazyReader) Read(p []byte) (int, error) {
	if l.reader == nil {
		reader, err := l.open()
		if err != nil {
			return 0, err
		}
		l.reader = reader
	}
	return l.reader.Read(p)
}

// patientReader gives a client bodyStall for each read.
type patientReader struct {
	control *http.ResponseController
	reader  io.Reader
}

func (p *patientReader) Read(b []byte) (int, error) {
	if err := p.control.SetReadDeadline(time.Now().Add(bodyStall)); err != nil {
		return 0, err
	}
	return p.reader.Read(b)
}

var errTooLong = errors.New("too long")

// limitedReader fails, rather than ending, beyond its limit.
type limitedReader struct {
	reader io.Reader
	left   int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	n, err := l.reader.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

// bodyError says why a body could not be read.
func bodyError(err error) error {
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) || errors.Is(err, errTooLong) {
		return refusal(codeTooBig, "the body is larger than the embedded engine takes: send smaller batches or raise max_body")
	}
	var known *exception
	if errors.As(err, &known) {
		return err
	}
	return refusal(codeNetworkErrorRead, "the body ended early or is damaged, nothing of it was stored: %v", err)
}

// blockReader reads ClickHouse's compressed blocks. It tells a clean end between two
// blocks from one inside a block.
type blockReader struct {
	source io.Reader
	seen   countingReader
	blocks *compress.Reader
}

func (b *blockReader) Read(p []byte) (int, error) {
	if b.blocks == nil {
		b.seen.reader = b.source
		b.blocks = compress.NewReader(&b.seen)
	}
	before := b.seen.count
	n, err := b.blocks.Read(p)
	if err == nil || n > 0 {
		return n, nil
	}
	if errors.Is(err, io.EOF) && b.seen.count == before {
		return 0, io.EOF
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return 0, fmt.Errorf("compressed block: %w", err)
}

type countingReader struct {
	reader io.Reader
	count  int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.count += int64(n)
	return n, err
}

package embedded

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/ch-go/compress"
)

// The sessions of the engine, by what they are for. Reads never wait behind writes;
// the control session, kept apart, can always cancel.
const (
	writeSessions = 3
	readSessions  = 4
)

// handler answers ClickHouse's HTTP protocol.
type handler struct {
	config   ServeConfig
	logger   *slog.Logger
	writes   *pool
	reads    *pool
	control  *session
	controls sync.Mutex // held while control is used
	version  string
	timezone string
	tag      string // marks an error in the middle of a result
}

// newHandler opens the engine's sessions and makes the database.
func newHandler(lib *library, config ServeConfig, arguments []string, logger *slog.Logger) (*handler, error) {
	h := &handler{config: config, logger: logger, tag: randomHex(8)}
	open := func() (*session, error) { return lib.open(arguments...) }
	var err error
	if h.control, err = open(); err != nil {
		return nil, err
	}
	if err := h.control.run("CREATE DATABASE IF NOT EXISTS "+quoteName(config.Database)+" ENGINE = Atomic", nil); err != nil {
		return nil, err
	}
	facts := h.control.query("SELECT version(), timezone()", "TabSeparated", nil)
	defer facts.close()
	if err := facts.err(); err != nil {
		return nil, err
	}
	h.version, h.timezone, _ = strings.Cut(strings.TrimSpace(string(facts.bytes())), "\t")
	if h.writes, err = newPool(writeSessions, open); err != nil {
		return nil, err
	}
	if h.reads, err = newPool(readSessions, open); err != nil {
		return nil, err
	}
	return h, nil
}

func randomHex(size int) string {
	b := make([]byte, size)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// close ends what still runs and closes all sessions that come back before ctx ends.
func (h *handler) close(ctx context.Context) {
	h.kill("1")
	h.reads.close(ctx)
	h.writes.close(ctx)
	h.controls.Lock()
	defer h.controls.Unlock()
	h.control.close()
}

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _, basic := r.BasicAuth()
	named := basic || r.Header.Get("X-ClickHouse-Key") != ""
	if r.URL.Path == "/ping" && (!named || authorized(r, h.config.Token)) {
		h.say(w, "Ok.\n")
		return
	}
	if !authorized(r, h.config.Token) {
		h.fail(w, refusal(codeAuthentication, "wrong token: give the one in engine.json as the password"))
		return
	}
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	req, err := readRequest(w, r, h.config.Database, h.config.MaxBody)
	if err != nil {
		h.fail(w, err)
		return
	}
	if strings.TrimSpace(req.sql) == helloQuery && req.format == "Native" {
		h.hello(w, req)
		return
	}
	if err := h.execute(r.Context(), w, req); err != nil {
		if req.data != nil {
			// A client that is still sending looks for the answer afterwards. If
			// the rest cannot be read there is nobody left to tell.
			_, _ = io.Copy(io.Discard, req.data)
		}
		h.fail(w, err)
	}
}

func (h *handler) hello(w http.ResponseWriter, req *request) {
	out := newOutput(w, req, h.tag)
	if err := out.write(helloBlock(req.protocol, h.version, h.timezone)); err != nil {
		h.logger.Debug("a client went away", "error", err)
	}
}

// fail answers with an error, in the form that ClickHouse's clients understand.
func (h *handler) fail(w http.ResponseWriter, err error) {
	var known *exception
	if !errors.As(err, &known) {
		known = &exception{code: codeUnknown, text: fmt.Sprintf("Code: %d. DB::Exception: %v (%s)", codeUnknown, err, codeNames[codeUnknown])}
	}
	w.Header().Set("X-ClickHouse-Exception-Code", strconv.Itoa(known.code))
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(statusOf(known.code))
	h.say(w, known.text)
}

// say sends a short text. That a client is gone is no event: it is logged for the curious.
func (h *handler) say(w http.ResponseWriter, text string) {
	if _, err := io.WriteString(w, text); err != nil {
		h.logger.Debug("a client went away", "error", err)
	}
}

// execute runs the statement on a session of its own.
func (h *handler) execute(ctx context.Context, w http.ResponseWriter, req *request) error {
	sessions := h.writes
	if reads(req.sql) {
		sessions = h.reads
	}
	s, err := sessions.take(ctx)
	if err != nil {
		return err
	}
	defer sessions.give(s)
	if s.departs(req.settings) {
		sessions.renew(s)
	}
	if err := s.adopt(req.database, req.settings); err != nil {
		sessions.renew(s)
		return err
	}
	if req.data != nil {
		return h.insert(sessions, s, w, req)
	}
	allowWait(w)
	class, err := checkStatement(s.session, req.sql)
	if err != nil {
		return err
	}
	mark := "/* " + randomHex(12) + " */ "
	cancelled := h.killWhenDone(ctx, mark)
	defer cancelled()
	if class == classReadOnly && streams(req.sql) {
		return h.stream(ctx, sessions, s, w, req, mark)
	}
	r := s.query(mark+req.sql, req.format, req.params)
	defer r.close()
	if err := r.err(); err != nil {
		return err
	}
	if data := r.bytes(); len(data) > 0 {
		return newOutput(w, req, h.tag).write(data)
	}
	return nil
}

// killWhenDone cancels the statement that begins with mark when ctx ends. The
// function it returns ends the watch and waits for it.
func (h *handler) killWhenDone(ctx context.Context, mark string) func() {
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Add(1)
	stop := context.AfterFunc(ctx, func() {
		defer watch.Done()
		// The statement may not have begun yet: ask again until it has ended.
		for {
			h.kill("startsWith(query, " + quoteString(mark) + ")")
			select {
			case <-done:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	return func() {
		close(done)
		if stop() {
			return
		}
		watch.Wait()
	}
}

// kill cancels queries without waiting for them: waiting can hang in the engine.
func (h *handler) kill(condition string) {
	h.controls.Lock()
	defer h.controls.Unlock()
	if err := h.control.run("KILL QUERY WHERE "+condition+" ASYNC", nil); err != nil {
		h.logger.Warn("a query of the embedded engine could not be cancelled", "error", err)
	}
}

// stream sends a query's result as it is made.
func (h *handler) stream(ctx context.Context, sessions *pool, s *pooled, w http.ResponseWriter, req *request, mark string) error {
	rows, err := s.stream(mark+req.sql, req.format, req.params)
	defer rows.close()
	if err != nil {
		sessions.recover(s)
		return err
	}
	out := newOutput(w, req, h.tag)
	for {
		more, err := h.streamPiece(ctx, rows, out)
		if err != nil {
			rows.cancel()
			sessions.recover(s)
			return h.failLate(w, out, err)
		}
		if !more {
			return nil
		}
	}
}

func (h *handler) streamPiece(ctx context.Context, rows rows, out *output) (more bool, err error) {
	piece, err := rows.next()
	defer piece.close()
	if err != nil {
		return false, err
	}
	data := piece.bytes()
	if len(data) == 0 {
		return false, nil
	}
	if ctx.Err() != nil {
		return false, refusal(codeCancelled, "the client went away")
	}
	return true, out.write(data)
}

// failLate reports an error. Once a part of the result is out, the status is too: the
// error then follows in ClickHouse's frame and the connection is cut, so that no
// client takes the part for the whole.
func (h *handler) failLate(w http.ResponseWriter, out *output, err error) error {
	if !out.begun {
		return err
	}
	text := err.Error()
	if limit := 2048; len(text) > limit {
		text = text[:limit]
	}
	h.say(w, fmt.Sprintf("\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n", h.tag, text, len(text)+1, h.tag))
	if err := http.NewResponseController(w).Flush(); err != nil {
		h.logger.Debug("a client went away", "error", err)
	}
	panic(http.ErrAbortHandler)
}

// insert passes the data of an INSERT on to the engine as they come. They are stored
// when the body has ended well, and not before.
func (h *handler) insert(sessions *pool, s *pooled, w http.ResponseWriter, req *request) error {
	if _, err := checkStatement(s.session, req.sql+" FORMAT "+req.dataFormat); err != nil {
		return err
	}
	in, err := s.insert(req.sql, req.dataFormat)
	defer in.close()
	if err != nil {
		sessions.recover(s)
		return err
	}
	if err := feed(in, req.data, s.buffer); err != nil {
		in.cancel()
		sessions.recover(s)
		return err
	}
	allowWait(w)
	if err := in.commit(); err != nil {
		sessions.recover(s)
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// allowWait lifts the deadline under which a body is read: while the statement runs
// the connection is only watched for the client going away.
func allowWait(w http.ResponseWriter) {
	// The error says that the connection is gone, which its next use reports.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
}

// feed appends all of data. No data at all is an error: a client whose encoding
// failed sends an empty body and would take success for its rows being stored.
func feed(in insertion, data io.Reader, buffer []byte) error {
	total := 0
	for ended := false; !ended; {
		n, last, err := fill(buffer, data)
		if err != nil {
			return bodyError(err)
		}
		if err := in.append(buffer[:n]); err != nil {
			return err
		}
		total, ended = total+n, last
	}
	if total == 0 {
		return refusal(codeIncorrectData, "INSERT without data")
	}
	return nil
}

// fill reads until the buffer is full, because each piece that is appended wakes up the engine,
// and says whether the data have come to a clean end.
func fill(buffer []byte, from io.Reader) (n int, ended bool, err error) {
	for n < len(buffer) {
		read, err := from.Read(buffer[n:])
		n += read
		if err == io.EOF {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

// output writes a result, compressed if the client asked for it.
type output struct {
	w          http.ResponseWriter
	control    *http.ResponseController
	compressor *compress.Writer // nil without compression
	begun      bool
}

func newOutput(w http.ResponseWriter, req *request, tag string) *output {
	out := &output{w: w, control: http.NewResponseController(w)}
	if req.compression != compress.None {
		out.compressor = compress.NewWriter(compress.LevelZero, req.compression)
	}
	w.Header().Set("X-ClickHouse-Format", req.format)
	w.Header().Set("X-ClickHouse-Exception-Tag", tag)
	w.Header().Set("Content-Type", "application/octet-stream")
	return out
}

// maxCompressedBlock bounds the memory that a client needs to read a block.
const maxCompressedBlock = 1 << 20

func (o *output) write(data []byte) error {
	o.begun = true
	// A client that takes nothing more must not hold a session for ever.
	if err := o.control.SetWriteDeadline(time.Now().Add(bodyStall)); err != nil {
		return err
	}
	if o.compressor == nil {
		_, err := o.w.Write(data)
		return err
	}
	for len(data) > 0 {
		n := min(len(data), maxCompressedBlock)
		if err := o.compressor.Compress(data[:n]); err != nil {
			return fmt.Errorf("compressing the result: %w", err)
		}
		if _, err := o.w.Write(o.compressor.Data); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

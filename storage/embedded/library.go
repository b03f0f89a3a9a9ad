package embedded

import (
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strconv"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is the engine's C interface. All calls block; each one holds an operating
// system thread for as long as it runs.
type library struct {
	setSignalHandlers func(enabled int32)
	connect           func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConnection   func(conn unsafe.Pointer)

	query           func(conn uintptr, sql *byte, size uintptr, format *byte, formatSize uintptr) uintptr
	queryWithParams func(conn uintptr, sql *byte, size uintptr, format *byte, formatSize uintptr,
		names, nameSizes, values, valueSizes unsafe.Pointer, count uintptr) uintptr
	destroyResult func(result uintptr)

	streamQuery           func(conn uintptr, sql *byte, size uintptr, format *byte, formatSize uintptr) uintptr
	streamQueryWithParams func(conn uintptr, sql *byte, size uintptr, format *byte, formatSize uintptr,
		names, nameSizes, values, valueSizes unsafe.Pointer, count uintptr) uintptr
	streamFetch  func(conn, stream uintptr) uintptr
	streamCancel func(conn, stream uintptr)

	streamInsert        func(conn uintptr, sql *byte, size uintptr, format *byte, formatSize uintptr) uintptr
	streamAppend        func(stream uintptr, data *byte, size uintptr) int32
	streamDone          func(stream uintptr) uintptr
	streamCancelInsert  func(stream uintptr)
	streamInsertError   func(stream uintptr) string
	destroyInsertStream func(stream uintptr)

	resultBuffer func(result uintptr) unsafe.Pointer
	resultLength func(result uintptr) uintptr
	resultError  func(result uintptr) string

	classify func(conn uintptr, sql *byte, size uintptr, database *byte, databaseSize uintptr, out *analysis) int32
}

// openLibrary loads the engine from path. It is called once in a process.
func openLibrary(path string) (*library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("loading the engine %s: %w; run `make engine` to fetch it again", path, err)
	}
	lib := &library{}
	functions := map[string]any{
		"chdb_set_signal_handlers_enabled": &lib.setSignalHandlers,
		"chdb_connect":                     &lib.connect,
		"chdb_close_conn":                  &lib.closeConnection,
		"chdb_query_n":                     &lib.query,
		"chdb_query_with_params_n":         &lib.queryWithParams,
		"chdb_destroy_query_result":        &lib.destroyResult,
		"chdb_stream_query_n":              &lib.streamQuery,
		"chdb_stream_query_with_params_n":  &lib.streamQueryWithParams,
		"chdb_stream_fetch_result":         &lib.streamFetch,
		"chdb_stream_cancel_query":         &lib.streamCancel,
		"chdb_stream_insert_n":             &lib.streamInsert,
		"chdb_stream_append":               &lib.streamAppend,
		"chdb_stream_done":                 &lib.streamDone,
		"chdb_stream_cancel_insert":        &lib.streamCancelInsert,
		"chdb_stream_insert_error":         &lib.streamInsertError,
		"chdb_destroy_insert_stream":       &lib.destroyInsertStream,
		"chdb_result_buffer":               &lib.resultBuffer,
		"chdb_result_length":               &lib.resultLength,
		"chdb_result_error":                &lib.resultError,
		"chdb_classify_query_n":            &lib.classify,
	}
	for name, function := range functions {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("the library %s is not the engine this program was built for: it has no %s; "+
				"run `make engine` to fetch the pinned one", path, name)
		}
		purego.RegisterFunc(function, address)
	}
	// With the engine's own signal handlers a recovered Go panic hangs the process.
	// They are installed by the first connection, so this comes before it.
	lib.setSignalHandlers(0)
	return lib, nil
}

// session is one connection to the engine. It runs one statement at a time and is
// used by one goroutine at a time.
type session struct {
	lib    *library
	handle unsafe.Pointer // what chdb_connect returned
	conn   uintptr        // what it points to
}

func (lib *library) open(arguments ...string) (*session, error) {
	pointers := make([]*byte, 0, len(arguments)+1)
	for _, argument := range append([]string{"clickhouse"}, arguments...) {
		pointers = append(pointers, unsafe.StringData(argument+"\x00"))
	}
	handle := lib.connect(int32(len(pointers)), unsafe.Pointer(&pointers[0]))
	runtime.KeepAlive(pointers)
	if handle == nil {
		return nil, errors.New("the engine refused to start")
	}
	conn := *(*uintptr)(handle)
	if conn == 0 {
		return nil, errors.New("the engine refused to start")
	}
	return &session{lib: lib, handle: handle, conn: conn}, nil
}

func (s *session) close() {
	s.lib.closeConnection(s.handle)
}

// parameters are the values of {name:Type} placeholders.
type parameters map[string]string

// cParameters is parameters laid out for C.
type cParameters struct {
	names, values         []*byte
	nameSizes, valueSizes []uintptr
}

func (p parameters) layOut() cParameters {
	var c cParameters
	for name, value := range p {
		c.names = append(c.names, unsafe.StringData(name))
		c.nameSizes = append(c.nameSizes, uintptr(len(name)))
		c.values = append(c.values, unsafe.StringData(value+"\x00"))
		c.valueSizes = append(c.valueSizes, uintptr(len(value)))
	}
	return c
}

// result is what a statement returned, in the engine's memory. close frees it.
type result struct {
	lib *library
	ptr uintptr
}

// bytes returns the result's data, valid until close.
func (r result) bytes() []byte {
	size := r.lib.resultLength(r.ptr)
	if size == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(r.lib.resultBuffer(r.ptr)), size)
}

func (r result) err() error {
	if r.ptr == 0 {
		return errors.New("the engine returned nothing")
	}
	if text := r.lib.resultError(r.ptr); text != "" {
		return newException(text)
	}
	return nil
}

func (r result) close() {
	if r.ptr != 0 {
		r.lib.destroyResult(r.ptr)
	}
}

// run executes a statement and discards what it returns.
func (s *session) run(sql string, params parameters) error {
	r := s.query(sql, "Null", params)
	defer r.close()
	return r.err()
}

func (s *session) query(sql, format string, params parameters) result {
	text, size := unsafe.StringData(sql), uintptr(len(sql))
	if len(params) == 0 {
		return result{s.lib, s.lib.query(s.conn, text, size, unsafe.StringData(format), uintptr(len(format)))}
	}
	c := params.layOut()
	ptr := s.lib.queryWithParams(s.conn, text, size, unsafe.StringData(format), uintptr(len(format)),
		unsafe.Pointer(&c.names[0]), unsafe.Pointer(&c.nameSizes[0]),
		unsafe.Pointer(&c.values[0]), unsafe.Pointer(&c.valueSizes[0]), uintptr(len(c.names)))
	runtime.KeepAlive(c)
	return result{s.lib, ptr}
}

// rows is a running query whose result is fetched piece by piece.
type rows struct {
	session *session
	ptr     uintptr
}

// stream starts a query. The caller closes the rows in any case.
func (s *session) stream(sql, format string, params parameters) (rows, error) {
	text, size := unsafe.StringData(sql), uintptr(len(sql))
	var ptr uintptr
	if len(params) == 0 {
		ptr = s.lib.streamQuery(s.conn, text, size, unsafe.StringData(format), uintptr(len(format)))
	} else {
		c := params.layOut()
		ptr = s.lib.streamQueryWithParams(s.conn, text, size, unsafe.StringData(format), uintptr(len(format)),
			unsafe.Pointer(&c.names[0]), unsafe.Pointer(&c.nameSizes[0]),
			unsafe.Pointer(&c.values[0]), unsafe.Pointer(&c.valueSizes[0]), uintptr(len(c.names)))
		runtime.KeepAlive(c)
	}
	return rows{s, ptr}, result{s.lib, ptr}.err()
}

// next returns the next piece; an empty one is the end. The caller closes it.
func (r rows) next() (result, error) {
	piece := result{r.session.lib, r.session.lib.streamFetch(r.session.conn, r.ptr)}
	return piece, piece.err()
}

func (r rows) cancel() { r.session.lib.streamCancel(r.session.conn, r.ptr) }

func (r rows) close() { result{r.session.lib, r.ptr}.close() }

// insertion is a running INSERT that data is appended to.
type insertion struct {
	lib *library
	ptr uintptr
}

// insert starts an INSERT whose data follow in format. The statement has no FORMAT
// clause. The caller closes the insertion in any case.
func (s *session) insert(sql, format string) (insertion, error) {
	i := insertion{s.lib, s.lib.streamInsert(s.conn, unsafe.StringData(sql), uintptr(len(sql)),
		unsafe.StringData(format), uintptr(len(format)))}
	return i, i.err()
}

func (i insertion) err() error {
	if i.ptr == 0 {
		return errors.New("the engine returned nothing")
	}
	if text := i.lib.streamInsertError(i.ptr); text != "" {
		return newException(text)
	}
	return nil
}

// append copies data into the engine, waiting while its buffer is full.
func (i insertion) append(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	if i.lib.streamAppend(i.ptr, unsafe.SliceData(data), uintptr(len(data))) == 0 {
		return nil
	}
	if err := i.err(); err != nil {
		return err
	}
	return errors.New("the engine took no more data for this INSERT")
}

// commit writes the last of the data. The rows are stored when it returns nil.
func (i insertion) commit() error {
	r := result{i.lib, i.lib.streamDone(i.ptr)}
	defer r.close()
	return r.err()
}

func (i insertion) cancel() { i.lib.streamCancelInsert(i.ptr) }

func (i insertion) close() {
	if i.ptr != 0 {
		i.lib.destroyInsertStream(i.ptr)
	}
}

// statementClass says what a statement does to state that outlives it.
type statementClass uint32

const (
	classReadOnly statementClass = iota
	classMutating
	classMutatingGlobal
	classControl
	classUnknown
)

// analysis is the engine's chdb_query_analysis_v1.
type analysis struct {
	size       uint32
	statements uint32
	_          uint32 // flags
	class      statementClass
}

// analyse parses a statement without running it.
func (s *session) analyse(sql string) (analysis, error) {
	out := analysis{size: uint32(unsafe.Sizeof(analysis{}))}
	if s.lib.classify(s.conn, unsafe.StringData(sql), uintptr(len(sql)), nil, 0, &out) != 0 {
		return out, errors.New("the engine could not analyse the statement")
	}
	return out, nil
}

// exception is an error of the engine, in the words of a ClickHouse server.
type exception struct {
	code int
	text string // "Code: 60. DB::Exception: ..."
}

func (e *exception) Error() string { return e.text }

var exceptionCode = regexp.MustCompile(`Code: (\d+)\. `)

// newException finds the code in an engine's message and drops what stands before it.
func newException(text string) error {
	match := exceptionCode.FindStringSubmatchIndex(text)
	if match == nil {
		return &exception{code: codeUnknown, text: fmt.Sprintf("Code: %d. DB::Exception: %s", codeUnknown, text)}
	}
	code, err := strconv.Atoi(text[match[2]:match[3]])
	if err != nil {
		code = codeUnknown
	}
	return &exception{code: code, text: text[match[0]:]}
}

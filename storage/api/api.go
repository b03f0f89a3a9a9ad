package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/storage/figures"
	"mimamori/storage/report"
	"mimamori/storage/sla"
)

// API answers requests below Prefix. It is safe for concurrent use.
type API struct {
	config      Config
	service     sla.Config
	store       func() Store
	logger      *slog.Logger
	metrics     *metrics
	known       Known
	questions   chan struct{} // one in it for each question at the store
	description []byte        // the OpenAPI document
	now         func() time.Time
}

// New returns an API on a valid configuration. service is what was promised to whom;
// store returns nil while there is none to ask.
func New(config Config, service sla.Config, store func() Store, logger *slog.Logger, registerer prometheus.Registerer) (*API, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("configure the HTTP API: %w", err)
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of the HTTP API: %w", err)
	}
	a := &API{
		config: config, service: service, store: store, logger: logger, metrics: metrics,
		questions: make(chan struct{}, config.Questions), now: time.Now,
	}
	if a.known, err = config.Known(); err != nil {
		return nil, err
	}
	if a.description, err = a.describe(); err != nil {
		return nil, fmt.Errorf("describe the HTTP API: %w", err)
	}
	return a, nil
}

// descriptionPath is that of the OpenAPI document, which needs no token: it is about
// this program and holds nothing of anybody's.
const descriptionPath = "/api/v1/openapi.json"

// patience is how long a question waits for its turn.
const patience = 2 * time.Second

// largestBody is that of a body in bytes.
const largestBody = 64 << 10

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	exchange := &exchange{api: a, request: r, began: a.now(), id: newID(), label: "unknown"}
	exchange.output = newOutput(w, a.config.WriteStall)
	defer exchange.end()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if problem := exchange.serve(); problem != nil {
		exchange.fail(problem)
	}
}

// exchange is one request and its answer.
type exchange struct {
	api     *API
	request *http.Request
	output  *output
	began   time.Time
	id      string
	label   string // of the route, for the metrics
	who     string
	rows    int
}

func newID() string {
	id := make([]byte, 8)
	_, _ = rand.Read(id) // never fails: the program ends instead
	return hex.EncodeToString(id)
}

func (e *exchange) serve() *problem {
	a, path := e.api, e.request.URL.Path
	if path == descriptionPath && allowed(e.request.Method, http.MethodGet) {
		e.label = path
		e.output.header().Set("Content-Type", "application/json")
		_, _ = e.output.Write(a.description) // whom it fails to reach has gone away
		return nil
	}
	who, problem := a.authenticate(e.request)
	if problem != nil {
		return problem
	}
	e.who = who.name
	route, problem := find(e.request.Method, path)
	if route != nil {
		e.label = route.path
	}
	if problem != nil {
		return problem
	}
	if !slices.Contains(who.may, route.may) {
		return forbidden(fmt.Sprintf("the token %s may not %s", who.name, route.may))
	}
	select {
	case who.requests <- struct{}{}:
		defer func() { <-who.requests }()
	default:
		return again(http.StatusTooManyRequests, fmt.Sprintf("%d requests of the token %s are in hand: wait for their answers", cap(who.requests), who.name), time.Second)
	}
	question, reasons := a.read(e.request.URL.RawQuery, route, who, e.began)
	if len(reasons) > 0 {
		return badRequest(reasons...)
	}
	if route.do != nil {
		return e.do(route, question)
	}
	return e.answer(route, question)
}

// allowed says whether a method is the one meant; HEAD is a GET without its body.
func allowed(method, meant string) bool {
	return method == meant || method == http.MethodHead && meant == http.MethodGet
}

// find returns the route of a request. The route is known even where the method is not.
func find(method, path string) (*route, *problem) {
	var methods []string
	var near *route
	for _, each := range routes {
		if each.path != path {
			continue
		}
		if allowed(method, each.method) {
			return each, nil
		}
		near = each
		methods = append(methods, each.method)
		if each.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	if path == descriptionPath {
		methods = []string{http.MethodGet, http.MethodHead}
	}
	if len(methods) == 0 {
		return nil, newProblem(http.StatusNotFound, "no such path: "+descriptionPath+" lists them")
	}
	p := newProblem(http.StatusMethodNotAllowed, fmt.Sprintf("%s is not among %s", method, strings.Join(methods, ", ")))
	p.header.Set("Allow", strings.Join(methods, ", "))
	return near, p
}

func (e *exchange) answer(route *route, question *question) *problem {
	if question.format.name == "" {
		chosen, ok := accepted(e.request.Header)
		if !ok {
			return newProblem(http.StatusNotAcceptable, "offered are application/json, text/csv and "+report.MediaTypeXLSX)
		}
		question.format = chosen
	}
	var sheet report.Sheet
	problem := e.turn(func(ctx context.Context, store Store) (err error) {
		sheet, err = route.ask(ctx, store, question.asked())
		return err
	})
	if problem != nil {
		return problem
	}
	sheet, more, problem := question.shown(sheet)
	if problem != nil {
		return problem
	}
	e.rows = len(sheet.Rows)
	return e.write(sheet, more, route, question.format)
}

// turn puts a question to the store when it is its turn. The place is given up before
// the answer is written: a slow client holds no connection of the store.
func (e *exchange) turn(ask func(context.Context, Store) error) *problem {
	a := e.api
	ctx, cancel := context.WithTimeout(e.request.Context(), a.config.QueryTimeout)
	defer cancel()
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case a.questions <- struct{}{}:
		defer func() { <-a.questions }()
	case <-ctx.Done():
		return e.failure(ctx, ctx.Err())
	case <-wait.C:
		return again(http.StatusServiceUnavailable, "too many questions are being answered", patience)
	}
	store := a.store()
	if store == nil {
		return again(http.StatusServiceUnavailable, "the store is not there yet, or not any more", awayAgain)
	}
	if err := ask(ctx, store); err != nil {
		return e.failure(ctx, err)
	}
	return nil
}

// awayAgain is when to ask again for a store that is away.
const awayAgain = 5 * time.Second

// statusGone is counted where the client went away before its answer.
const statusGone = 499

// failure says what an error of the store means to a client.
func (e *exchange) failure(ctx context.Context, err error) *problem {
	var known *problem
	var wrong *figures.Wrong
	var network net.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &wrong):
		return badRequest(reason{wrong.Parameter, wrong.Reason})
	case e.request.Context().Err() != nil:
		return newProblem(statusGone, "the client went away")
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return newProblem(http.StatusGatewayTimeout, "there was no answer in the time allowed: ask for less time, fewer devices or longer steps")
	case errors.Is(err, sla.ErrQuestion):
		return newProblem(http.StatusBadRequest, err.Error())
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e.api.logger.Warn("the HTTP API cannot reach the store", "error", err)
		return again(http.StatusServiceUnavailable, "the store does not answer", awayAgain)
	}
	return internal(err)
}

// Error makes a problem an error, for what is done in its turn at the store.
func (p *problem) Error() string { return p.Title + ": " + p.Detail }

// do reads the body and does what it says.
func (e *exchange) do(route *route, question *question) *problem {
	kind, _, err := mime.ParseMediaType(e.request.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return newProblem(http.StatusUnsupportedMediaType, "send the body as Content-Type: application/json")
	}
	body, err := e.output.readBody(e.request, largestBody)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return newProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("a body may have %d bytes", largestBody))
	}
	if err != nil {
		return newProblem(http.StatusBadRequest, "the body ended early")
	}
	var done any
	problem := e.turn(func(ctx context.Context, store Store) (err error) {
		done, err = route.do(ctx, e.api, store, question, body)
		return err
	})
	if problem != nil {
		return problem
	}
	return e.created(done)
}

func (e *exchange) fail(p *problem) {
	p.Instance = "urn:mimamori:request:" + e.id
	if p.cause != nil {
		e.api.logger.Error("a request to the HTTP API failed", "id", e.id, "path", e.request.URL.Path, "token", e.who, "error", p.cause)
	}
	if e.output.begun {
		// A part of the answer is out: cutting the connection says that it is not whole.
		e.output.status = p.Status
		panic(http.ErrAbortHandler)
	}
	p.write(e.output)
}

// end counts the request, and answers where the handler panicked.
func (e *exchange) end() {
	trouble := recover()
	if trouble != nil && trouble != http.ErrAbortHandler { //nolint:errorlint // a value of panic, compared as net/http does
		e.api.logger.Error("a request to the HTTP API failed", "id", e.id, "path", e.request.URL.Path, "panic", trouble, "stack", string(debug.Stack()))
		if !e.output.begun {
			p := newProblem(http.StatusInternalServerError, "it is in the log of the server under the id in instance")
			p.Instance = "urn:mimamori:request:" + e.id
			p.write(e.output)
			trouble = nil
		}
	}
	took := e.api.now().Sub(e.began)
	e.api.metrics.answered(e.label, e.output.status, took)
	e.api.logger.Debug("request to the HTTP API", "id", e.id, "method", e.request.Method, "path", e.request.URL.Path,
		"token", e.who, "status", e.output.status, "rows", e.rows, "bytes", e.output.bytes, "took", took)
	if trouble != nil {
		panic(http.ErrAbortHandler)
	}
}

// calendarsOf returns the calendars that a holder may measure by: all, or those of
// the contracts of its own customers.
func (a *API) calendarsOf(who *holder) []string {
	if who.scope.All() {
		return a.service.CalendarNames()
	}
	known := []string{sla.AroundTheClock}
	for _, contract := range a.service.Contracts {
		if who.sees(contract.Customer) && contract.Calendar != "" && !slices.Contains(known, contract.Calendar) {
			known = append(known, contract.Calendar)
		}
	}
	return known
}

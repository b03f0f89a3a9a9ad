package datasource

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	sdk "github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/prometheus/client_golang/prometheus"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/figures"
	"mimamori/storage/scope"
	"mimamori/storage/sla"
)

// PluginID is that of the data source in Grafana.
const PluginID = "mimamori-noc-datasource"

// Serve answers Grafana until it ends the program.
func Serve() error {
	return sdk.Manage(PluginID, newInstance, sdk.ManageOpts{})
}

// How long questions wait for each other.
const (
	patience      = 10 * time.Second // for a place among those being asked
	queriesAtOnce = 4                // of one request
)

// instance is one data source as it is set. Grafana makes a new one when its settings
// change, and disposes of the old.
type instance struct {
	backend.CallResourceHandler

	settings Settings
	problem  error // why there is no store to ask; nil where there is
	store    Store
	guard    *guard
	client   *http.Client  // to the role that raises alarms
	places   chan struct{} // one in it for each question at the store
	now      func() time.Time
}

// newInstance never fails: what is wrong with the settings is told to who asks.
func newInstance(ctx context.Context, from backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	settings, err := readSettings(from)
	if err != nil {
		return newAnswering(settings, nil, err), nil
	}
	config, err := settings.store()
	if err != nil {
		return newAnswering(settings, nil, err), nil
	}
	store, err := clickhouse.Open(ctx, config, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		return newAnswering(settings, nil, err), nil
	}
	return newAnswering(settings, store, nil), nil
}

// newAnswering returns an instance over a store, or over a problem where there is none.
func newAnswering(settings Settings, store Store, problem error) *instance {
	d := &instance{settings: settings, store: store, problem: problem, client: newAlerterClient(), places: make(chan struct{}, connections), now: time.Now}
	d.guard = newGuard(d.keys, func() time.Time { return d.now() })
	d.CallResourceHandler = d.resources()
	return d
}

// keys reads the keys of scope tokens in a turn of its own.
func (d *instance) keys(ctx context.Context) (keys []scope.Key, err error) {
	err = d.turn(ctx, func(ctx context.Context) (err error) {
		keys, err = d.store.ScopeKeys(ctx)
		return err
	})
	return keys, err
}

// Dispose closes the connections of an instance that is not asked any more.
func (d *instance) Dispose() {
	if d.store == nil {
		return
	}
	if err := d.store.Close(); err != nil {
		log.DefaultLogger.Warn("close the store", "error", err)
	}
}

// turn asks the store something when there is a place, for as long as a question may
// take.
func (d *instance) turn(ctx context.Context, ask func(context.Context) error) error {
	if d.problem != nil {
		return &wrong{"the data source is not set up: " + d.problem.Error()}
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case d.places <- struct{}{}:
		defer func() { <-d.places }()
	case <-ctx.Done():
		return ctx.Err()
	case <-wait.C:
		return errBusy
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	if err := ask(ctx); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return err
	}
	return nil
}

// QueryData answers each query of a request for itself.
func (d *instance) QueryData(ctx context.Context, request *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	alert := request.Headers[backend.FromAlertHeaderName] != ""
	claims, err := d.admit(ctx, request.PluginContext, alert)
	var mutex sync.Mutex
	var running sync.WaitGroup
	response := backend.NewQueryDataResponse()
	some := make(chan struct{}, queriesAtOnce)
	for _, query := range request.Queries {
		some <- struct{}{}
		running.Go(func() {
			defer func() { <-some }()
			answered := d.answer(ctx, claims, err, query, alert)
			mutex.Lock()
			defer mutex.Unlock()
			response.Responses[query.RefID] = answered
		})
	}
	running.Wait()
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return nil, err // nobody waits any more: Grafana counts and logs that as no failure
	}
	return response, nil
}

// admit is what a request sees, or why it is not answered: what is wrong with the
// settings goes before.
func (d *instance) admit(ctx context.Context, from backend.PluginContext, alert bool) (scope.Claims, error) {
	if d.problem != nil {
		return scope.Claims{}, &wrong{"the data source is not set up: " + d.problem.Error()}
	}
	return d.guard.admit(ctx, from, alert)
}

// admitLately is admit for what does not need the store: while that is away the keys that were read last count.
func (d *instance) admitLately(ctx context.Context, from backend.PluginContext) (scope.Claims, error) {
	asking, cancel := context.WithTimeout(ctx, lately)
	defer cancel()
	claims, err := d.admit(asking, from, false)
	failure := (*storage.Failure)(nil)
	if errors.As(err, &failure) || err != nil && asking.Err() != nil && ctx.Err() == nil {
		return d.guard.admitLately(from, err)
	}
	return claims, err
}

// lately is how long a store that does not answer is waited for by what does not need it.
const lately = 3 * time.Second

// answer answers one query. A fault in one costs no other its answer.
func (d *instance) answer(ctx context.Context, claims scope.Claims, refused error, query backend.DataQuery, alert bool) (response backend.DataResponse) {
	defer func() {
		if trouble := recover(); trouble != nil {
			log.DefaultLogger.Error("a query failed", "refId", query.RefID, "panic", fmt.Sprint(trouble), "stack", string(debug.Stack()))
			response = failureOf(ctx, fmt.Errorf("panic: %v", trouble)).response()
		}
	}()
	if refused != nil {
		return d.failed(ctx, query.RefID, refused)
	}
	frame, err := d.frame(ctx, claims, query, alert)
	if err != nil {
		return d.failed(ctx, query.RefID, err)
	}
	frame.RefID = query.RefID
	return backend.DataResponse{Status: backend.StatusOK, Frames: data.Frames{frame}}
}

func (d *instance) failed(ctx context.Context, what string, err error) backend.DataResponse {
	told := failureOf(ctx, err)
	if told.own() {
		log.DefaultLogger.Warn("a question failed", "of", what, "error", err)
	}
	return told.response()
}

// frame asks what a query asks and gives it the shape it wants. An alert rule gets all of
// it or an error: it shows nobody the notice that something was left out, and would never
// fire for that.
func (d *instance) frame(ctx context.Context, claims scope.Claims, query backend.DataQuery, alert bool) (*data.Frame, error) {
	q, err := readQuery(query.JSON)
	if err != nil {
		return nil, err
	}
	f, _ := figureOf(q.Figure)
	s, err := spanOf(q, query.TimeRange, query.MaxDataPoints, f.ahead, d.now())
	if err != nil {
		return nil, err
	}
	found, err := d.find(ctx, claims, f, asking{query: q, points: pointsOf(query.MaxDataPoints), rows: q.rows(f)}, s)
	if err != nil {
		return nil, err
	}
	if alert && found.truncated {
		return nil, wrongf("an alert rule would see a part alone: %s", found.goOn(q))
	}
	var frame *data.Frame
	switch q.Shape {
	case shapeSeries:
		measures := q.Measure
		if len(measures) == 0 {
			measures = f.measures
		}
		most := mostSeries
		if alert {
			most = mostRows * len(measures) // all: rows are at most so many
		}
		frame, err = found.series(f, measures, most)
	case shapeAnnotations:
		frame = found.annotations(f)
	default:
		frame = found.table(f)
	}
	if err == nil && found.truncated {
		frame.AppendNotices(warning(found.goOn(q)))
	}
	if err == nil && found.old() {
		frame.AppendNotices(warning(found.notCurrent()))
	}
	return frame, err
}

// find asks the store and cuts the answer to the rows asked for. It alone makes a query
// of the store for a figure, with the scope of the claims.
func (d *instance) find(ctx context.Context, claims scope.Claims, f figure, a asking, s span) (answer, error) {
	q := a.query
	a.store, a.Now = d.store, d.now()
	a.Query = storage.Query{
		Scope: claims.Scope(), From: s.from, To: s.to, Step: s.step, Location: q.location(),
		Customer: q.Customer, Site: q.Site, Device: q.Device, Interface: q.Interface, Path: q.Path,
	}
	if f.read != nil {
		if err := f.read(&a.Question, q); err != nil {
			return answer{}, err
		}
	}
	whole := f.whole || a.Top > 0
	if !whole {
		a.Limit = q.Offset + a.rows + 1 // one more tells whether there is more
	}
	total := -1
	a.total = &total
	found := answer{until: s.to, step: s.step, now: a.Now, total: -1}
	err := d.turn(ctx, func(ctx context.Context) (err error) {
		if a.Service, err = d.promised(ctx, a.Question); err != nil {
			return err
		}
		newest := a.Query
		newest.To = a.Now
		return storage.Together(ctx,
			func(ctx context.Context) (err error) { found.fresh, err = d.store.Newest(ctx, newest); return err },
			func(ctx context.Context) (err error) { found.sheet, err = f.ask(ctx, a); return err },
		)
	})
	if err != nil {
		return answer{}, err
	}
	if total >= 0 {
		found.total, found.truncated = total, q.Offset+len(found.sheet.Rows) < total
		return found, nil
	}
	found.cut(q.Offset, a.rows, whole)
	return found, nil
}

// promised is what the centre keeps as promised to the customers that a question sees;
// figures that go by no contract need none.
func (d *instance) promised(ctx context.Context, question figures.Question) (sla.Config, error) {
	if question.By == "" {
		return sla.Config{}, nil
	}
	return d.recorded(ctx, question.Scope)
}

// recorded reads the contracts of a scope.
func (d *instance) recorded(ctx context.Context, scope storage.Scope) (sla.Config, error) {
	revisions, err := d.store.Contracts(ctx, storage.Query{Scope: scope, From: time.Unix(0, 0), To: d.now()})
	if err != nil {
		return sla.Config{}, err
	}
	return sla.Recorded(revisions)
}

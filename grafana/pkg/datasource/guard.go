package datasource

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"mimamori/storage/scope"
)

// keysHold is how long the public keys of the store are believed, so that a revoked one
// is refused half a minute later at the latest.
const keysHold = 30 * time.Second

// errNobody refuses a request without a user: only Grafana's alerting asks without one.
var errNobody = errors.New("the request comes from no user of Grafana: log in, or ask through an alert rule")

// refusal is why a request is not answered, whatever it asks.
type refusal struct{ error }

// Unwrap returns the reason.
func (r refusal) Unwrap() error { return r.error }

// guard decides who is answered and what is seen: it holds the token that comes with a
// request against the keys of the store and the organisation that asks. The token is that
// of the request and never one that an instance has kept: Grafana goes on with an
// instance for as long as the time of the settings' last change is the same, and two
// changes may bear the same time.
type guard struct {
	keys func(context.Context) ([]scope.Key, error)
	now  func() time.Time

	mutex   sync.Mutex
	known   []scope.Key
	read    time.Time // when known was read; zero for never
	reading *reading  // nil while nobody reads them
	// The token that was read last, so that one is read once for many requests.
	text    string
	token   scope.Token
	problem error
}

func newGuard(keys func(context.Context) ([]scope.Key, error), now func() time.Time) *guard {
	return &guard{keys: keys, now: now, problem: scope.ErrMissing}
}

// parsed reads the token of a request.
func (g *guard) parsed(from backend.PluginContext) (scope.Token, error) {
	text := ""
	if settings := from.DataSourceInstanceSettings; settings != nil {
		text = settings.DecryptedSecureJSONData["scopeToken"]
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if text == "" || text != g.text {
		g.text = text
		g.token, g.problem = scope.Parse(text)
	}
	return g.token, g.problem
}

// admit returns what a request may see, or a refusal. Where the keys cannot be read
// nobody is admitted and the error is the store's.
func (g *guard) admit(ctx context.Context, from backend.PluginContext, alert bool) (scope.Claims, error) {
	if from.User == nil && !alert {
		return scope.Claims{}, refusal{errNobody}
	}
	return g.verify(ctx, from)
}

// admitLately admits by the keys as they were read last, where they cannot be read for a reason; that is the
// error where they never were.
func (g *guard) admitLately(from backend.PluginContext, reason error) (scope.Claims, error) {
	token, err := g.parsed(from)
	if err != nil {
		return scope.Claims{}, refusal{err}
	}
	g.mutex.Lock()
	keys, read := g.known, !g.read.IsZero()
	g.mutex.Unlock()
	if !read || from.User == nil {
		return scope.Claims{}, reason
	}
	return g.held(token, keys, from)
}

// verify holds the token against keys and organisation, whoever asks.
func (g *guard) verify(ctx context.Context, from backend.PluginContext) (scope.Claims, error) {
	token, err := g.parsed(from)
	if err != nil {
		return scope.Claims{}, refusal{err}
	}
	keys, err := g.current(ctx)
	if err != nil {
		return scope.Claims{}, fmt.Errorf("read the keys of scope tokens: %w", err)
	}
	return g.held(token, keys, from)
}

func (g *guard) held(token scope.Token, keys []scope.Key, from backend.PluginContext) (scope.Claims, error) {
	org := from.OrgID //nolint:staticcheck // the namespace that is to follow it is the same number as text, and not of every Grafana that is supported
	if err := token.Verify(keys, org, g.now()); err != nil {
		return scope.Claims{}, refusal{err}
	}
	return token.Claims, nil
}

// reading is one reading of the keys, for all who came while it was under way.
type reading struct {
	done chan struct{} // closed when keys and err are there
	keys []scope.Key
	err  error
}

// current returns the keys of the store, read anew where they are old. Who comes while
// they are read waits for that reading, and no longer than he would: a store that hangs
// must not have each who asks wait for all before him.
func (g *guard) current(ctx context.Context) ([]scope.Key, error) {
	g.mutex.Lock()
	if !g.read.IsZero() && g.now().Sub(g.read) < keysHold {
		defer g.mutex.Unlock()
		return g.known, nil
	}
	r := g.reading
	if r == nil {
		r = &reading{done: make(chan struct{})}
		g.reading = r
		go g.renew(context.WithoutCancel(ctx), r)
	}
	g.mutex.Unlock()
	select {
	case <-r.done:
		return r.keys, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// renew reads the keys. It goes on where who began it has gone away: others wait for it.
func (g *guard) renew(ctx context.Context, r *reading) {
	defer close(r.done)
	r.keys, r.err = g.keys(ctx)
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.reading = nil
	if r.err == nil {
		g.known, g.read = r.keys, g.now()
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"mimamori/processors/alert/web"
	"mimamori/storage"
	"mimamori/storage/api"
	"mimamori/storage/scope"
)

// access knows who asks for alarms: by the tokens of the HTTP API, by the signed scope tokens of Grafana's
// organisations, and that who asks from this machine is its operator.
type access struct {
	tokens api.Known
	keys   func(context.Context) ([]scope.Key, error) // of scope tokens
	now    func() time.Time

	mutex  sync.Mutex
	known  []scope.Key // as they were read last
	read   bool        // ever
	tried  time.Time   // when that was last tried
	failed error       // of that
}

// The public keys of scope tokens are read again after so long. While the store is away those known
// go on counting: alarms are looked at just then.
const (
	keysHold    = 30 * time.Second
	keysTimeout = 5 * time.Second
)

// grafana is the name of who shows a scope token.
const grafana = "grafana"

// of finds who sends a request.
func (a *access) of(r *http.Request) (web.Asker, error) {
	token, shown, err := tokenOf(r)
	switch {
	case err != nil:
		return web.Asker{}, err
	case !shown && operates(r):
		return web.Asker{Scope: storage.EveryCustomer(), Acts: true}, nil
	case !shown:
		return web.Asker{}, web.ErrNobody
	case scope.Meant(token):
		return a.organisation(r.Context(), token)
	}
	holder, ok := a.tokens.Find(token)
	if !ok || !holder.May(api.MayRead) && !holder.May(api.MayAcknowledge) {
		return web.Asker{}, web.ErrNobody
	}
	return web.Asker{Name: holder.Name, Scope: holder.Scope, Acts: holder.May(api.MayAcknowledge)}, nil
}

// tokenOf is the token that a request shows (RFC 6750), or its password (RFC 7617) for those who know no other way.
func tokenOf(r *http.Request) (token string, shown bool, err error) {
	given := r.Header.Values("Authorization")
	if len(given) == 0 {
		return "", false, nil
	}
	if _, password, ok := r.BasicAuth(); ok && len(given) == 1 {
		return strings.TrimSpace(password), true, nil
	}
	scheme, token, found := strings.Cut(given[0], " ")
	if len(given) > 1 || !found || !strings.EqualFold(scheme, "Bearer") {
		return "", false, fmt.Errorf("%w (the Authorization header is neither Bearer nor Basic)", web.ErrNobody)
	}
	return strings.TrimSpace(token), true, nil
}

// operates says whether a request comes from this machine itself: not through a proxy here, and not from a
// browser that was led here by another name.
func operates(r *http.Request) bool {
	for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	host := r.Host
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(strings.Trim(host, "[]"), "0")
	}
	return loopback(r.RemoteAddr) && loopback(host)
}

// organisation finds what an organisation of Grafana may see. The partner's acts, by those whom the plugin lets; a
// customer's never.
func (a *access) organisation(ctx context.Context, text string) (web.Asker, error) {
	token, err := scope.Parse(text)
	if err != nil {
		return web.Asker{}, fmt.Errorf("%w (%w)", web.ErrNobody, err)
	}
	keys, err := a.current(ctx)
	if err != nil {
		return web.Asker{}, fmt.Errorf("%w (%w)", web.ErrUnsure, err)
	}
	if err := token.Verify(keys, token.Org, a.now()); err != nil {
		return web.Asker{}, fmt.Errorf("%w (%w)", web.ErrNobody, err)
	}
	return web.Asker{Name: grafana, Scope: token.Scope(), Acts: token.All}, nil
}

// current returns the public keys of scope tokens.
func (a *access) current(ctx context.Context) ([]scope.Key, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	hold := keysHold
	if !a.read {
		hold = keysTimeout
	}
	if since := a.now().Sub(a.tried); since >= 0 && since < hold && !a.tried.IsZero() {
		return a.answer()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysTimeout)
	defer cancel()
	found, err := a.keys(ctx)
	a.tried, a.failed = a.now(), err
	if err == nil {
		a.known, a.read = found, true
	}
	return a.answer()
}

func (a *access) answer() ([]scope.Key, error) {
	if !a.read {
		return nil, fmt.Errorf("read the keys of scope tokens: %w", a.failed)
	}
	return a.known, nil
}

// errNoStore says that there is no store to ask.
var errNoStore = errors.New("the store is not there yet, or not any more")

// access returns who may ask for the alarms that are raised here.
func (r *raising) access() (web.Access, error) {
	tokens, err := r.application.config.API.Known()
	if err != nil {
		return nil, err
	}
	known := &access{tokens: tokens, now: time.Now, keys: func(ctx context.Context) ([]scope.Key, error) {
		store := r.asking.store.Load()
		if store == nil {
			return nil, errNoStore
		}
		return store.ScopeKeys(ctx)
	}}
	return known.of, nil
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mimamori/processors/alert/web"
	"mimamori/storage/api"
)

// answering serves the HTTP API, where it is enabled, beside what serving serves.
func answering(a *application) ([]part, error) {
	if err := a.enableAPI(); err != nil {
		return nil, err
	}
	return serving(a)
}

// serving serves /metrics, /healthz and /ready from the first part to the last.
func serving(a *application) ([]part, error) {
	a.warnOfExposures()
	if a.config.HTTP.Listen == "" {
		return nil, nil
	}
	// A write has a minute; the HTTP API moves its own deadlines on.
	server := &http.Server{Handler: a.routes(), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	var listener net.Listener
	return []part{{
		name: "HTTP server",
		ready: func(ctx context.Context) (err error) {
			listener, err = new(net.ListenConfig).Listen(ctx, "tcp", a.config.HTTP.Listen)
			if err != nil {
				return fmt.Errorf("listen on %s: %w; end what listens there (another mimamori?), or set http.listen (the demo's --listen) to a free address, or to \"\" for none", a.config.HTTP.Listen, err)
			}
			a.address = listener.Addr().String()
			go func() { _ = server.Serve(listener) }() // ends with the listener, which stop closes
			return nil
		},
		stop: func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if listener == nil {
				return nil
			}
			return server.Shutdown(ctx)
		},
	}}, nil
}

func (a *application) routes() http.Handler {
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{Registry: a.registry}))
	routes.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	routes.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		var text bytes.Buffer
		if !a.health.report(r.Context(), &text) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write(text.Bytes()) // who asked has gone
	})
	alarms := func(w http.ResponseWriter, r *http.Request) {
		handler := a.alarms.Load()
		if handler == nil {
			http.Error(w, "no alarms are raised here: ask mimamori alert, or all", http.StatusNotFound)
			return
		}
		(*handler).ServeHTTP(w, r)
	}
	for _, path := range []string{web.Prefix, web.Prefix + "/", web.AlertmanagerPrefix} {
		routes.HandleFunc(path, alarms)
	}
	if a.api != nil {
		routes.Handle(api.Prefix, a.api)
	}
	return routes
}

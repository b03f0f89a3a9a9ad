package main

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// server answers as much of Grafana's HTTP API as the plugin uses.
type server struct {
	plugin        plugin
	organisations []*organisation
	backend       *backend
	logger        *slog.Logger
}

// organisationHeader is how Grafana's pages say which organisation they are in.
const organisationHeader = "X-Grafana-Org-Id"

// policy lets the page reach nothing but this server, so that whatever would be fetched
// from elsewhere is an error that shows.
const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; font-src 'self' data:; frame-ancestors 'none'; base-uri 'self'"

func newServer(built plugin, organisations []*organisation, backend *backend, logger *slog.Logger) http.Handler {
	s := &server{plugin: built, organisations: organisations, backend: backend, logger: logger}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/preview/boot", s.boot)
	mux.HandleFunc("POST /api/ds/query", s.query)
	mux.HandleFunc("GET /api/datasources/uid/{uid}/health", s.health)
	mux.HandleFunc("/api/datasources/uid/{uid}/resources/{path...}", s.resource)
	mux.HandleFunc("GET /api/plugins/{id}/settings", s.settings)
	mux.HandleFunc("POST /api/plugins/{id}/settings", s.saveSettings)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		fail(w, http.StatusNotFound, "the preview has no such part of Grafana's API")
	})
	mux.HandleFunc("GET /public/plugins/{id}/{path...}", s.pluginFile)
	mux.Handle("GET /public/build/", http.StripPrefix("/public/build/", s.files(built.host)))
	mux.Handle("GET /public/fonts/", http.StripPrefix("/public/", s.files(built.host)))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		http.ServeFile(w, r, filepath.Join(built.host, "index.html"))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A name that somebody else made to lead here is not answered.
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
			fail(w, http.StatusForbidden, "the preview answers at its address on loopback alone")
			return
		}
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// files serves the files of a folder without listing it.
func (s *server) files(folder string) http.Handler {
	serve := http.FileServer(http.Dir(folder))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") || r.URL.Path == "" || strings.HasPrefix(path.Base(r.URL.Path), "gpx_") {
			http.NotFound(w, r)
			return
		}
		// The build of the next minute has the same names.
		w.Header().Set("Cache-Control", "no-cache")
		serve.ServeHTTP(w, r)
	})
}

// pluginFile serves a plugin's files where Grafana does: below its id, nested or not.
func (s *server) pluginFile(w http.ResponseWriter, r *http.Request) {
	meta, known := s.plugin.meta[r.PathValue("id")]
	if !known {
		http.NotFound(w, r)
		return
	}
	r.URL.Path = "/" + r.PathValue("path")
	s.files(filepath.Join(s.plugin.dist, filepath.FromSlash(meta.folder))).ServeHTTP(w, r)
}

// organisation returns the organisation that a request is in, and answers it where there
// is none.
func (s *server) organisation(w http.ResponseWriter, r *http.Request) (*organisation, bool) {
	text := r.Header.Get(organisationHeader)
	if text == "" {
		text = r.URL.Query().Get("orgId")
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if text == "" {
		id, err = 1, nil
	}
	if err != nil || id < 1 || id > int64(len(s.organisations)) {
		fail(w, http.StatusNotFound, "there is no organisation "+strconv.Quote(text))
		return nil, false
	}
	return s.organisations[id-1], true
}

// answer writes JSON.
func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"message":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // who asked has gone
}

// fail answers with an error in Grafana's form.
func fail(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"message": message})
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	sdk "github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// longestBody bounds what a page sends, in bytes.
const longestBody = 1 << 20

// from is what Grafana says of a request: the organisation, its data source, who asks.
func (s *server) from(in *organisation) sdk.PluginContext {
	source := in.source
	return sdk.PluginContext{
		OrgID:    in.ID, //nolint:staticcheck // scope tokens name organisations by this number
		PluginID: dataSourceID, PluginVersion: s.plugin.meta[dataSourceID].Info.Version,
		User:                       &sdk.User{Login: "preview", Name: "Preview", Email: "preview@localhost", Role: in.Role},
		DataSourceInstanceSettings: &source,
		Namespace:                  fmt.Sprintf("org-%d", in.ID),
	}
}

// asked is the body of /api/ds/query.
type asked struct {
	From    string            `json:"from"` // milliseconds since 1970
	To      string            `json:"to"`
	Queries []json.RawMessage `json:"queries"`
}

// read returns the queries as the backend takes them.
func (a asked) read(in *organisation) ([]sdk.DataQuery, error) {
	from, err := strconv.ParseInt(a.From, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("from %q is no time in milliseconds", a.From)
	}
	to, err := strconv.ParseInt(a.To, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("to %q is no time in milliseconds", a.To)
	}
	if len(a.Queries) == 0 {
		return nil, errors.New("no queries found")
	}
	queries := make([]sdk.DataQuery, len(a.Queries))
	for i, raw := range a.Queries {
		var query struct {
			RefID         string  `json:"refId"`
			IntervalMS    float64 `json:"intervalMs"`
			MaxDataPoints int64   `json:"maxDataPoints"`
			Datasource    struct {
				UID string `json:"uid"`
			} `json:"datasource"`
		}
		if err := json.Unmarshal(raw, &query); err != nil {
			return nil, errors.New("bad request data")
		}
		if query.Datasource.UID != in.source.UID {
			return nil, fmt.Errorf("the organisation %s has no data source %q", in.Name, query.Datasource.UID)
		}
		queries[i] = sdk.DataQuery{
			RefID: query.RefID, JSON: raw, MaxDataPoints: query.MaxDataPoints,
			Interval:  time.Duration(query.IntervalMS * float64(time.Millisecond)),
			TimeRange: sdk.TimeRange{From: time.UnixMilli(from).UTC(), To: time.UnixMilli(to).UTC()},
		}
	}
	return queries, nil
}

// query hands queries to the backend and answers with its frames.
func (s *server) query(w http.ResponseWriter, r *http.Request) {
	in, ok := s.organisation(w, r)
	if !ok {
		return
	}
	var body asked
	if err := json.NewDecoder(io.LimitReader(r.Body, longestBody)).Decode(&body); err != nil {
		fail(w, http.StatusBadRequest, "bad request data")
		return
	}
	queries, err := body.read(in)
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	services, err := s.backend.services(r.Context())
	if err != nil {
		s.lost(w, r, err)
		return
	}
	replied, err := services.data.QueryData(r.Context(), sdk.ToProto().QueryDataRequest(&sdk.QueryDataRequest{
		PluginContext: s.from(in), Headers: map[string]string{}, Queries: queries,
	}))
	if err != nil {
		s.lost(w, r, err)
		return
	}
	response, err := sdk.FromProto().QueryDataResponse(replied)
	if err != nil {
		s.lost(w, r, err)
		return
	}
	status := http.StatusOK
	for _, each := range response.Responses {
		if each.Error != nil {
			status = http.StatusBadRequest // as Grafana, whatever the response's own status
		}
	}
	answer(w, status, response)
}

// lost answers where the backend could not be asked.
func (s *server) lost(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody waits for the answer any more
	}
	s.logger.Warn("the backend of the data source did not answer", "error", err)
	fail(w, http.StatusInternalServerError, "An error occurred within the plugin")
}

// source returns the organisation whose data source the address names.
func (s *server) source(w http.ResponseWriter, r *http.Request) (*organisation, clients, bool) {
	in, ok := s.organisation(w, r)
	if !ok {
		return nil, clients{}, false
	}
	if r.PathValue("uid") != in.source.UID {
		fail(w, http.StatusNotFound, "Unable to find datasource")
		return nil, clients{}, false
	}
	services, err := s.backend.services(r.Context())
	if err != nil {
		s.lost(w, r, err)
		return nil, clients{}, false
	}
	return in, services, true
}

// health answers with the data source's health check.
func (s *server) health(w http.ResponseWriter, r *http.Request) {
	in, services, ok := s.source(w, r)
	if !ok {
		return
	}
	replied, err := services.diagnostics.CheckHealth(r.Context(), &pluginv2.CheckHealthRequest{PluginContext: sdk.ToProto().PluginContext(s.from(in))})
	if err != nil {
		s.lost(w, r, err)
		return
	}
	result := sdk.FromProto().CheckHealthResponse(replied)
	status, body := http.StatusOK, map[string]any{"status": result.Status.String(), "message": result.Message}
	if len(result.JSONDetails) > 0 {
		body["details"] = json.RawMessage(result.JSONDetails)
	}
	if result.Status != sdk.HealthStatusOk {
		status = http.StatusBadRequest
	}
	answer(w, status, body)
}

// resource hands a request to the backend and streams what comes back.
func (s *server) resource(w http.ResponseWriter, r *http.Request) {
	in, services, ok := s.source(w, r)
	if !ok {
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, longestBody))
	if err != nil {
		fail(w, http.StatusBadRequest, "bad request data")
		return
	}
	path := r.PathValue("path")
	address := path
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	headers := map[string][]string{}
	for _, name := range []string{"Accept", "Accept-Language", "Content-Type"} {
		if values := r.Header.Values(name); len(values) > 0 {
			headers[name] = values
		}
	}
	stream, err := services.resource.CallResource(r.Context(), sdk.ToProto().CallResourceRequest(&sdk.CallResourceRequest{
		PluginContext: s.from(in), Path: path, Method: r.Method, URL: address, Headers: headers, Body: body,
	}))
	if err != nil {
		s.lost(w, r, err)
		return
	}
	for first := true; ; first = false {
		part, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil && first:
			s.lost(w, r, err)
			return
		case err != nil:
			panic(http.ErrAbortHandler) // a file that is cut short must not look whole
		}
		if first {
			for name, values := range part.Headers {
				w.Header()[http.CanonicalHeaderKey(name)] = values.Values
			}
			w.WriteHeader(int(part.Code))
		}
		if _, err := w.Write(part.Body); err != nil {
			return // nobody reads any more
		}
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
	}
}

package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/xuri/excelize/v2"

	"mimamori/storage"
	"mimamori/storage/calendar"
	"mimamori/storage/report"
	"mimamori/storage/sla"
)

func TestWhoMayAsk(t *testing.T) {
	store := &fake{devices: someDevices(1)}
	a := newAPI(t, testConfig(), sla.Config{}, store)
	for _, route := range routes {
		got := call(t, a, route.method, route.path, "", "")
		problemOf(t, got, http.StatusUnauthorized)
		if challenge := got.Header().Get("WWW-Authenticate"); challenge != `Bearer realm="mimamori"` {
			t.Errorf("%s %s: challenge %q", route.method, route.path, challenge)
		}
		got = call(t, a, route.method, route.path, "wrong", "")
		problemOf(t, got, http.StatusUnauthorized)
		if challenge := got.Header().Get("WWW-Authenticate"); !strings.Contains(challenge, `error="invalid_token"`) {
			t.Errorf("%s %s: challenge %q", route.method, route.path, challenge)
		}
		cannot := customer
		if route.may == MayRead {
			cannot = writer
		}
		got = call(t, a, route.method, route.path, cannot, "")
		problemOf(t, got, http.StatusForbidden)
	}
	for _, header := range []string{"Basic " + partner, partner, "Bearer", "Bearer " + hashOf(partner)} {
		problemOf(t, call(t, a, http.MethodGet, "/api/v1/devices", "", "", "Authorization", header), http.StatusUnauthorized)
	}
	// In an address a token would end up in logs: it is not looked for there.
	problemOf(t, call(t, a, http.MethodGet, "/api/v1/devices?access_token="+partner, "", ""), http.StatusUnauthorized)
	if len(store.asked) > 0 {
		t.Errorf("the store was asked %d times on behalf of nobody", len(store.asked))
	}
	if rows := answerOf(t, call(t, a, http.MethodGet, "/api/v1/devices", customer, "")).Rows; len(rows) != 1 {
		t.Errorf("%d rows", len(rows))
	}
}

// TestEveryQuestionIsScoped holds that no route asks the store for more than the
// token's customers.
func TestEveryQuestionIsScoped(t *testing.T) {
	store := &fake{}
	a := newAPI(t, testConfig(), sla.Config{}, store)
	for _, route := range routes {
		if route.ask == nil {
			continue
		}
		store.asked = nil
		answerOf(t, call(t, a, route.method, route.path, customer, ""))
		if len(store.asked) == 0 {
			t.Errorf("%s did not ask", route.path)
		}
		for _, query := range store.asked {
			if fmt.Sprint(query.Scope) != fmt.Sprint(a.known.holders[1].scope) || query.Scope.All() {
				t.Errorf("%s asked with the scope %v", route.path, query.Scope)
			}
		}
	}
}

func TestPathsAndMethods(t *testing.T) {
	a := newAPI(t, testConfig(), sla.Config{}, &fake{})
	problemOf(t, call(t, a, http.MethodGet, "/api/v1/nothing", partner, ""), http.StatusNotFound)
	problemOf(t, call(t, a, http.MethodGet, "/api/v1/devices/", partner, ""), http.StatusNotFound)
	for target, allow := range map[string]string{
		"/api/v1/devices": "GET, HEAD", "/api/v1/maintenance": "GET, HEAD, POST", descriptionPath: "GET, HEAD",
	} {
		got := call(t, a, http.MethodDelete, target, partner, "")
		problemOf(t, got, http.StatusMethodNotAllowed)
		if got.Header().Get("Allow") != allow {
			t.Errorf("%s: Allow %q, want %q", target, got.Header().Get("Allow"), allow)
		}
	}
	got := call(t, a, http.MethodHead, "/api/v1/devices", partner, "")
	if got.Code != http.StatusOK || got.Body.Len() > 0 || got.Header().Get("Content-Type") != "application/json" {
		t.Errorf("HEAD: %d %v %q", got.Code, got.Header(), got.Body)
	}
}

func TestFormatsByNameAndByAccept(t *testing.T) {
	a := newAPI(t, testConfig(), sla.Config{}, &fake{devices: someDevices(2)})
	for _, test := range []struct{ accept, query, want string }{
		{"", "", "application/json"},
		{"*/*", "", "application/json"},
		{"text/csv", "", "text/csv; charset=utf-8; header=present"},
		{"text/*", "", "text/csv; charset=utf-8; header=present"},
		{"text/html, application/json;q=0.2, text/csv;q=0.9", "", "text/csv; charset=utf-8; header=present"},
		{report.MediaTypeXLSX + ", */*;q=0.1", "", report.MediaTypeXLSX},
		{"application/json;q=0, */*", "", "text/csv; charset=utf-8; header=present"},
		{"text/html", "?format=json", "application/json"},
		{"application/json", "?format=csv", "text/csv; charset=utf-8; header=present"},
	} {
		got := call(t, a, http.MethodGet, "/api/v1/devices"+test.query, partner, "", "Accept", test.accept)
		if got.Code != http.StatusOK || got.Header().Get("Content-Type") != test.want {
			t.Errorf("Accept %q %s: %d %s, want %s", test.accept, test.query, got.Code, got.Header().Get("Content-Type"), test.want)
		}
	}
	for _, accept := range []string{"text/html", "application/json;q=0", "image/*"} {
		problemOf(t, call(t, a, http.MethodGet, "/api/v1/devices", partner, "", "Accept", accept), http.StatusNotAcceptable)
	}
	rows, err := csv.NewReader(call(t, a, http.MethodGet, "/api/v1/devices?format=csv", partner, "").Body).ReadAll()
	if err != nil || len(rows) != 3 || rows[0][2] != "device" || rows[2][2] != "b" {
		t.Errorf("CSV %q, %v", rows, err)
	}
	file, err := excelize.OpenReader(call(t, a, http.MethodGet, "/api/v1/devices?format=xlsx", partner, "").Body)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got, err := file.GetCellValue("rows", "C3"); err != nil || got != "b" {
		t.Errorf("C3 is %q, %v", got, err)
	}
}

func TestNoMoreRowsThanAskedFor(t *testing.T) {
	store := &fake{devices: someDevices(5)}
	a := newAPI(t, testConfig(), sla.Config{}, store)
	got := call(t, a, http.MethodGet, "/api/v1/devices?limit=3", partner, "")
	if answer := answerOf(t, got); len(answer.Rows) != 3 || len(answer.Notes) != 1 || got.Header().Get("Mimamori-Truncated") != "true" {
		t.Errorf("%d rows, notes %q, %v", len(answer.Rows), answer.Notes, got.Header())
	}
	if store.last().Limit != 4 {
		t.Errorf("asked for %d rows", store.last().Limit)
	}
	got = call(t, a, http.MethodGet, "/api/v1/devices?limit=5", partner, "")
	if answer := answerOf(t, got); len(answer.Rows) != 5 || len(answer.Notes) != 0 || got.Header().Get("Mimamori-Truncated") != "" {
		t.Errorf("%d rows, notes %q, %v", len(answer.Rows), answer.Notes, got.Header())
	}
	if answerOf(t, call(t, a, http.MethodGet, "/api/v1/devices", partner, "")); store.last().Limit != 10_001 {
		t.Errorf("asked for %d rows without a limit", store.last().Limit)
	}
}

func TestTroubleWithTheStore(t *testing.T) {
	store := &fake{}
	a := newAPI(t, testConfig(), sla.Config{}, store)
	for _, test := range []struct {
		err    error
		status int
		retry  bool
	}{
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, http.StatusServiceUnavailable, true},
		{fmt.Errorf("read: %w", io.EOF), http.StatusServiceUnavailable, true},
		{fmt.Errorf("query: %w", context.DeadlineExceeded), http.StatusGatewayTimeout, false},
		{fmt.Errorf("%w: no", sla.ErrQuestion), http.StatusBadRequest, false},
		{errors.New("secret of the database"), http.StatusInternalServerError, false},
	} {
		store.err = test.err
		got := call(t, a, http.MethodGet, "/api/v1/voice", partner, "")
		problemOf(t, got, test.status)
		if (got.Header().Get("Retry-After") != "") != test.retry || strings.Contains(got.Body.String(), "secret") {
			t.Errorf("%v: %v\n%s", test.err, got.Header(), got.Body)
		}
	}
	a.store = func() Store { return nil }
	if got := call(t, a, http.MethodGet, "/api/v1/voice", partner, ""); got.Header().Get("Retry-After") == "" {
		t.Error("no store: no Retry-After")
	} else {
		problemOf(t, got, http.StatusServiceUnavailable)
	}
}

func TestAnInternalErrorIsLoggedOnceUnderItsID(t *testing.T) {
	var logged bytes.Buffer
	for _, store := range []Store{&fake{err: errors.New("disk on fire")}, &panicking{}} {
		logged.Reset()
		a := newAPI(t, testConfig(), sla.Config{}, store)
		a.logger = slog.New(slog.NewTextHandler(&logged, nil))
		p := problemOf(t, call(t, a, http.MethodGet, "/api/v1/voice", partner, ""), http.StatusInternalServerError)
		id := strings.TrimPrefix(p.Instance, "urn:mimamori:request:")
		if n := strings.Count(logged.String(), "id="+id); n != 1 || !strings.Contains(logged.String(), "disk on fire") {
			t.Errorf("logged %d times under %s:\n%s", n, id, logged.String())
		}
	}
}

type panicking struct{ fake }

func (*panicking) Voice(context.Context, storage.Query) ([]storage.PathVoice, error) {
	panic("disk on fire")
}

func TestAQuestionTakesNoLongerThanAllowed(t *testing.T) {
	store := &fake{block: make(chan struct{})}
	config := testConfig()
	config.QueryTimeout = time.Second
	a := newAPI(t, config, sla.Config{}, store)
	problemOf(t, call(t, a, http.MethodGet, "/api/v1/voice", partner, ""), http.StatusGatewayTimeout)
}

// TestTooMuchAtOnce holds that one token cannot have all there is, and that questions
// beyond what the store is asked at once are told to come again.
func TestTooMuchAtOnce(t *testing.T) {
	store := &fake{block: make(chan struct{}), arrived: make(chan struct{}, 8)}
	config := testConfig()
	config.TokenRequests, config.Questions = 2, 2
	a := newAPI(t, config, sla.Config{}, store)
	answers := make(chan int, 2)
	for range 2 {
		go func() { answers <- call(t, a, http.MethodGet, "/api/v1/voice", partner, "").Code }()
		<-store.arrived
	}
	got := call(t, a, http.MethodGet, "/api/v1/voice", partner, "")
	problemOf(t, got, http.StatusTooManyRequests)
	if got.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	got = call(t, a, http.MethodGet, "/api/v1/voice", customer, "")
	problemOf(t, got, http.StatusServiceUnavailable)
	if got.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	close(store.block)
	for range 2 {
		if code := <-answers; code != http.StatusOK {
			t.Errorf("status %d", code)
		}
	}
	if got := call(t, a, http.MethodGet, "/api/v1/voice", partner, ""); got.Code != http.StatusOK {
		t.Errorf("afterwards: %d", got.Code)
	}
}

// TestASlowClientHoldsNoQuestion holds that the place at the store is free while an
// answer is taken slowly, and that a client which takes nothing is cut off.
func TestASlowClientHoldsNoQuestion(t *testing.T) {
	lines := make([]storage.SyslogLine, 20_000)
	for i := range lines {
		lines[i].Raw = strings.Repeat("x", 1000)
	}
	config := testConfig()
	config.Questions, config.WriteStall = 1, time.Second
	a := newAPI(t, config, sla.Config{}, &fake{lines: lines})
	server := httptest.NewServer(a)
	defer server.Close()
	slow, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	fmt.Fprintf(slow, "GET /api/v1/syslog?limit=20000&format=csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", partner)
	if _, err := io.ReadFull(slow, make([]byte, 16)); err != nil { // its answer has begun
		t.Fatal(err)
	}
	if got := call(t, a, http.MethodGet, "/api/v1/devices", customer, ""); got.Code != http.StatusOK {
		t.Errorf("beside a slow client: %d\n%s", got.Code, got.Body)
	}
	gone := a.metrics.requests.WithLabelValues("/api/v1/syslog", "499")
	for deadline := time.Now().Add(20 * time.Second); counted(t, gone) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("a client that takes nothing was not cut off")
		}
		select {
		case <-t.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func counted(t *testing.T, counter prometheus.Counter) float64 {
	t.Helper()
	var value dto.Metric
	if err := counter.Write(&value); err != nil {
		t.Fatal(err)
	}
	return value.GetCounter().GetValue()
}

func TestRequestsAreCounted(t *testing.T) {
	a := newAPI(t, testConfig(), sla.Config{}, &fake{})
	call(t, a, http.MethodGet, "/api/v1/voice", partner, "")
	call(t, a, http.MethodGet, "/api/v1/voice?from=x", partner, "")
	call(t, a, http.MethodGet, "/api/v1/whatever", partner, "")
	for _, test := range []struct{ route, status string }{{"/api/v1/voice", "200"}, {"/api/v1/voice", "400"}, {"unknown", "404"}} {
		if n := counted(t, a.metrics.requests.WithLabelValues(test.route, test.status)); n != 1 {
			t.Errorf("%v: %v", test, n)
		}
	}
}

func TestConfigurationsAreChecked(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"tokens[0]: sha256": func(c *Config) { c.Tokens[0].SHA256 = "abc" },
		"tokens[0]: name":   func(c *Config) { c.Tokens[0].Name = "" },
		"tokens[0]: may":    func(c *Config) { c.Tokens[0].May = []string{"delete"} },
		"tokens[0]: cust":   func(c *Config) { c.Tokens[0].Customers = []string{"*", "acme"} },
		"tokens[1]: \"pa":   func(c *Config) { c.Tokens[1].Name = "partner" },
		"tokens[1]: \"ac":   func(c *Config) { c.Tokens[1].SHA256 = strings.ToUpper(c.Tokens[0].SHA256) },
		"max_rows is 0":     func(c *Config) { c.MaxRows = 0 },
		"query_timeout is":  func(c *Config) { c.QueryTimeout = time.Hour },
	} {
		config := testConfig()
		change(&config)
		if err := config.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if _, err := New(config, sla.Config{}, nil, slog.Default(), prometheus.NewRegistry()); err == nil {
			t.Errorf("%s was taken", want)
		}
	}
	token, hash := NewToken()
	other, _ := NewToken()
	if hash != hashOf(token) || token == other || len(token) < 43 {
		t.Errorf("token %s, %s", token, other)
	}
}

func TestCalendarsOfOthersAreNotKnown(t *testing.T) {
	service := sla.Config{
		Calendars: map[string]calendar.Config{"office": {}, "secret": {}},
		Contracts: []sla.Contract{{Customer: "acme", Calendar: "office"}, {Customer: "zen", Calendar: "secret"}},
	}
	a := newAPI(t, testConfig(), service, &fake{})
	p := problemOf(t, call(t, a, http.MethodGet, "/api/v1/availability?calendar=secret", customer, ""), http.StatusBadRequest)
	if text := fmt.Sprint(p.Errors); strings.Contains(text, "secret") || !strings.Contains(text, "office") {
		t.Errorf("%s", text)
	}
	if p = problemOf(t, call(t, a, http.MethodGet, "/api/v1/availability?calendar=x", partner, ""), http.StatusBadRequest); !strings.Contains(fmt.Sprint(p.Errors), "secret") {
		t.Errorf("%v", p.Errors)
	}
}

// summed is a store that knows sums, too.
type summed struct{ *fake }

func (summed) AvailabilityTotals(context.Context, storage.Query, bool) ([]storage.AvailabilityTotal, error) {
	return []storage.AvailabilityTotal{{Availability: storage.Availability{
		Entity: storage.Entity{Customer: "acme", Site: "tokyo", Device: "a"}, UpMs: 86_000_000, DownMs: 400_000,
	}, Downs: 2, LongestMs: 300_000}}, nil
}

// overfull is a store with more outages than an answer may have.
type overfull struct{ *fake }

func (overfull) Availability(context.Context, storage.Query) ([]storage.Availability, error) {
	return nil, fmt.Errorf("%w: ask for less", storage.ErrTooMuch)
}

func TestACSVOfFiguresNeedsNoOutages(t *testing.T) {
	a := newAPI(t, testConfig(), sla.Config{}, summed{&fake{}})
	rows, err := csv.NewReader(call(t, a, http.MethodGet, "/api/v1/availability?from=24h&format=csv", partner, "").Body).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][2] != "a" {
		t.Errorf("%q, %v", rows, err)
	}
	for _, query := range []string{"&format=csv&rows=outages", "&format=json"} {
		if got := call(t, a, http.MethodGet, "/api/v1/availability?from=24h"+query, partner, ""); strings.Contains(got.Body.String(), "tokyo") {
			t.Errorf("%s was answered from sums:\n%s", query, got.Body)
		}
	}
	full := newAPI(t, testConfig(), sla.Config{}, overfull{&fake{}})
	problemOf(t, call(t, full, http.MethodGet, "/api/v1/availability?from=24h", partner, ""), http.StatusBadRequest)
}

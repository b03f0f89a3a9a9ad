package api

import (
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded/embeddedtest"
	"mimamori/storage/sla"
	"mimamori/storage/storetest"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// TestEngine asks the real engine over a real connection.
func TestEngine(t *testing.T) {
	store, _ := storetest.Open(t)
	service := sla.Config{Groups: []sla.Group{
		{Name: "lan", Customer: storetest.Acme, Kind: sla.Series, Members: []sla.Member{{Site: storetest.Tokyo, Device: storetest.Router}, {Site: storetest.Tokyo, Device: storetest.Switch}}},
		{Name: "zen-net", Customer: storetest.Zen, Kind: sla.Series, Members: []sla.Member{{Site: storetest.Berlin, Device: storetest.Router}}},
	}}
	a := newAPI(t, testConfig(), service, store)
	a.now = func() time.Time { return storetest.End }
	server := httptest.NewServer(a)
	defer server.Close()
	w := &wire{t: t, server: server, api: a}
	t.Run("availability", w.availability)
	t.Run("utilization", w.utilization)
	t.Run("capacity", w.capacity)
	t.Run("voice", w.voice)
	t.Run("devices", w.devices)
	t.Run("syslog", w.syslog)
	t.Run("syslog searched", w.syslogSearched)
	t.Run("syslog rates", w.syslogRates)
	t.Run("notifications", w.notifications)
	t.Run("health", w.health)
	t.Run("blind spots", w.blindSpots)
	t.Run("names are data", w.names)
	t.Run("customers of others", func(t *testing.T) { w.others(t, store) })
	t.Run("maintenance", w.maintenance) // last: it changes the figures
}

type wire struct {
	t      *testing.T
	server *httptest.Server
	api    *API
}

func (w *wire) get(t *testing.T, token, path string, query ...string) *httptest.ResponseRecorder {
	t.Helper()
	return w.send(t, http.MethodGet, token, path, "", query...)
}

func (w *wire) send(t *testing.T, method, token, path, body string, query ...string) *httptest.ResponseRecorder {
	t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	request, err := http.NewRequestWithContext(t.Context(), method, w.server.URL+path+"?"+values.Encode(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer := httptest.NewRecorder()
	answer.Code = response.StatusCode
	maps.Copy(answer.Header(), response.Header)
	if _, err := answer.Body.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	return answer
}

func (w *wire) rows(t *testing.T, token, path string, query ...string) []map[string]any {
	t.Helper()
	return answerOf(t, w.get(t, token, path, query...)).Rows
}

// week is the time of the whole world.
var week = []string{"from", storetest.Begin.Format(time.RFC3339), "to", storetest.End.Format(time.RFC3339)}

func during(more ...string) []string { return append(slices.Clone(week), more...) }

func (w *wire) availability(t *testing.T) {
	rows := w.rows(t, partner, "/api/v1/availability", during()...)
	if len(rows) != 4 {
		t.Fatalf("%d rows, want 4: %v", len(rows), rows)
	}
	// By customer, site and device: osaka first. Maintenance takes an hour out of the
	// outage in tokyo and an hour out of the time.
	const seconds = 7 * 86_400
	for i, want := range []struct {
		device               string
		down, unknown, known float64
	}{
		{"osaka/router", 0, 21_600, seconds - 21_600},
		{"tokyo/router", 3600 + 600, 0, seconds - 7200},
		{"tokyo/switch", 3600 + 1200, 0, seconds - 7200},
		{"berlin/router", 7200, 0, seconds},
	} {
		row := rows[i]
		if name := fmt.Sprint(row["site"], "/", row["device"]); name != want.device {
			t.Errorf("row %d is %s, want %s", i, name, want.device)
		}
		percent := 100 * (want.known - want.down) / want.known
		if row["down_s"] != want.down || row["unknown_s"] != want.unknown || !near(row["availability_pct"], percent) {
			t.Errorf("%s: down %v, unknown %v, %v %%: want %v, %v, %v", want.device, row["down_s"], row["unknown_s"], row["availability_pct"], want.down, want.unknown, percent)
		}
	}
	outages := w.rows(t, customer, "/api/v1/availability", during("rows", "outages", "site", storetest.Tokyo)...)
	counted := 0.0
	for _, outage := range outages {
		if outage["state"] == "down" {
			counted += outage["counted_s"].(float64)
		}
	}
	if counted != 3600+600+3600+1200 {
		t.Errorf("the outages of tokyo count %v s: %v", counted, outages)
	}
	groups := w.rows(t, customer, "/api/v1/availability", during("by", "group")...)
	if len(groups) != 1 || groups[0]["group"] != "lan" {
		t.Errorf("groups of acme: %v", groups)
	}
	customers := w.rows(t, partner, "/api/v1/availability", during("by", "customer")...)
	if len(customers) != 2 || customers[0]["customer"] != storetest.Acme || len(customers[0]["contributors"].([]any)) == 0 {
		t.Errorf("customers: %v", customers)
	}
}

func near(got any, want float64) bool {
	value, ok := got.(float64)
	return ok && value > want-1e-9 && value < want+1e-9
}

func (w *wire) utilization(t *testing.T) {
	rows := w.rows(t, customer, "/api/v1/utilization", during("kind", "wan", "step", "24h")...)
	if len(rows) != 7 || rows[0]["interface"] != storetest.Uplink {
		t.Fatalf("%d rows: %v", len(rows), rows)
	}
	// 15 h at 10, 8 h at 60 and 1 h at 90 Mb/s.
	if mean := (15*10e6 + 8*60e6 + 90e6) / 24.0; rows[0]["in_bps"] != mean || rows[0]["in_peak_bps"] != 90e6 || !near(rows[0]["utilization_pct"], mean/1e6) {
		t.Errorf("%v, want a mean of %v", rows[0], mean)
	}
}

func (w *wire) capacity(t *testing.T) {
	rows := w.rows(t, customer, "/api/v1/capacity", during("top", "1", "order", "percent", "full_at", "80")...)
	// Of 24 hours one is busiest, which is under 5 %: the 95th percentile is below it.
	if len(rows) != 1 || rows[0]["interface"] != storetest.Uplink || rows[0]["p95_in_bps"] != 60e6 || rows[0]["busy_hour"] != "11:00" {
		t.Errorf("%v", rows)
	}
}

func (w *wire) voice(t *testing.T) {
	rows := w.rows(t, customer, "/api/v1/voice", during("path", storetest.Path, "limit", "2000")...)
	if len(rows) != 1440 || rows[660]["mos"] != 3.1 || rows[659]["mos"] != 4.3 {
		t.Errorf("%d minutes", len(rows))
	}
	hours := w.rows(t, customer, "/api/v1/voice", during("path", storetest.Path, "step", "1h")...)
	if len(hours) != 24 || !near(hours[11]["mos"], 3.1) || hours[11]["poor_minutes"] != 60.0 || !near(hours[10]["mos"], 4.3) {
		t.Errorf("%d hours", len(hours))
	}
	response := w.get(t, customer, "/api/v1/voice", during("format", "xlsx", "limit", "5")...)
	file, err := excelize.OpenReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := file.GetRows("rows")
	if err != nil || len(all) != 6 || response.Header().Get("Mimamori-Truncated") != "true" {
		t.Errorf("%d rows in the workbook, %v, %v", len(all), err, response.Header())
	}
}

func (w *wire) devices(t *testing.T) {
	rows := w.rows(t, partner, "/api/v1/devices")
	if len(rows) != 4 || rows[3]["state"] != "down" || rows[3]["cause"] != "no answer" || rows[1]["address"] != "10.0.0.1" {
		t.Errorf("%v", rows)
	}
}

func (w *wire) syslog(t *testing.T) {
	all, err := csv.NewReader(w.get(t, customer, "/api/v1/syslog", during("format", "csv")...).Body).ReadAll()
	if err != nil || len(all) != 4 || all[1][11] != "Interface Gi0/0, changed state to up" || all[2][5] != "" || all[2][12] != "hello" {
		t.Errorf("%v, %q", err, all)
	}
}

func (w *wire) syslogSearched(t *testing.T) {
	texts := func(token string, query ...string) (found []string) {
		for _, row := range w.rows(t, token, "/api/v1/syslog", during(query...)...) {
			found = append(found, fmt.Sprint(row["text"]))
		}
		return found
	}
	const down, up = "Interface Gi0/0, changed state to down", "Interface Gi0/0, changed state to up"
	for _, c := range []struct {
		query []string
		want  []string
	}{
		{[]string{"search", "GI0/0 down"}, []string{down}},
		{[]string{"search", `"changed state" -down`}, []string{up}},
		{[]string{"search", "%"}, nil},
		{[]string{"search", "secret"}, nil},
		{[]string{"severity", "error"}, []string{down}},
		{[]string{"severity", "5", "mnemonic", "LINK-*"}, []string{up, down}},
		{[]string{"mnemonic", "updown"}, []string{up, down}},
		{[]string{"source", "10.0.0.99"}, []string{"hello"}},
		{[]string{"host", "elsewhere"}, nil},
		{[]string{"app", "sshd"}, nil},
	} {
		if got := texts(customer, c.query...); !slices.Equal(got, c.want) {
			t.Errorf("%q finds %q, want %q", c.query, got, c.want)
		}
	}
	if got := texts(partner, "search", "secret"); !slices.Equal(got, []string{"secret of zen"}) {
		t.Errorf("the partner finds %q", got)
	}
	var paged []string
	query := during("limit", "1")
	for range 4 {
		rows := w.rows(t, customer, "/api/v1/syslog", query...)
		if len(rows) == 0 {
			break
		}
		paged = append(paged, fmt.Sprint(rows[0]["text"]))
		query = during("limit", "1", "before", fmt.Sprint(rows[0]["cursor"]))
	}
	if want := texts(customer); !slices.Equal(paged, want) || len(want) != 3 {
		t.Errorf("by pages %q, at once %q", paged, want)
	}
	newest := w.get(t, customer, "/api/v1/syslog", during("limit", "1")...).Body.String()
	if cursor := fmt.Sprint(w.rows(t, customer, "/api/v1/syslog", during("limit", "1")...)[0]["cursor"]); !strings.Contains(newest, "Go on with before="+cursor+",") {
		t.Errorf("the answer does not say how to go on from %s: %s", cursor, newest)
	}
	for _, wrong := range [][]string{{"search", `"open`}, {"search", "*"}, {"severity", "8"}, {"before", "yesterday"}, {"mnemonic", "L*NK"}} {
		if got := w.get(t, customer, "/api/v1/syslog", during(wrong...)...); got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), wrong[0]) {
			t.Errorf("%q: %d %s", wrong, got.Code, got.Body)
		}
	}
}

func (w *wire) syslogRates(t *testing.T) {
	rows := w.rows(t, customer, "/api/v1/syslog/rates", during()...)
	if len(rows) != 2 || rows[0]["mnemonic"] != "LINK-3-UPDOWN" || rows[0]["messages"] != 2.0 || rows[0]["change"] != nil || rows[1]["what"] != "" || rows[1]["share_pct"].(float64) < 33 {
		t.Errorf("%v", rows)
	}
	rows = w.rows(t, customer, "/api/v1/syslog/rates", during("by", "device,severity", "step", "1h", "severity", "5")...)
	if len(rows) != 2 || rows[0]["device"] != storetest.Router || rows[0]["level"] != "error (3)" || rows[1]["level"] != "notice (5)" || rows[1]["messages_before"] != 0.0 {
		t.Errorf("%v", rows)
	}
	if rows = w.rows(t, partner, "/api/v1/syslog/rates", during("by", "customer", "top", "1")...); len(rows) != 1 || rows[0]["customer"] != storetest.Acme || rows[0]["share_pct"] != 75.0 {
		t.Errorf("%v", rows)
	}
	rows = w.rows(t, customer, "/api/v1/syslog/rates", during("by", "source", "top", "1")...)
	if len(rows) != 1 || rows[0]["source"] != "10.0.0.1" || rows[0]["messages"] != 2.0 {
		t.Errorf("%v", rows)
	}
	if got := w.get(t, customer, "/api/v1/syslog/rates", during("by", "port")...); got.Code != http.StatusBadRequest {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func (w *wire) notifications(t *testing.T) {
	rows := w.rows(t, customer, "/api/v1/notifications", during()...)
	if len(rows) != 2 || rows[0]["notification"] != "linkUp" || rows[0]["inform"] != true || rows[0]["interface"] != "Gi0/3" || rows[0]["if_index"] != 3.0 || rows[0]["uptime_s"] != 301.0 {
		t.Errorf("%v", rows)
	}
	rows = w.rows(t, customer, "/api/v1/notifications", during("notification", "linkDown")...)
	if len(rows) != 1 || rows[0]["severity"] != 4.0 {
		t.Errorf("%v", rows)
	}
	rows = w.rows(t, partner, "/api/v1/notifications", during("customer", storetest.Zen)...)
	if len(rows) != 1 || rows[0]["severity"] != nil || rows[0]["if_index"] != nil || rows[0]["device"] != "" || rows[0]["agent"] != "10.9.9.8" {
		t.Errorf("%v", rows)
	}
}

func (w *wire) health(t *testing.T) {
	rows := w.rows(t, customer, "/api/v1/health", during()...)
	if len(rows) != 2 || rows[0]["sensor"] != "inlet" && rows[1]["sensor"] != "inlet" {
		t.Fatalf("%v", rows)
	}
	inlet := rows[slices.IndexFunc(rows, func(row map[string]any) bool { return row["sensor"] == "inlet" })]
	if inlet["value"] != 60.0 || inlet["mean"] != 50.0 || inlet["status"] != "critical" {
		t.Errorf("%v", inlet)
	}
}

// blindSpots are about now, where the clock of the other tests stands at the world's end.
func (w *wire) blindSpots(t *testing.T) {
	now := []string{"from", time.Now().Add(-24 * time.Hour).UTC().Format(time.RFC3339), "to", time.Now().UTC().Format(time.RFC3339)}
	w.api.now = time.Now
	defer func() { w.api.now = func() time.Time { return storetest.End } }()
	rows := w.rows(t, customer, "/api/v1/blindspots", append(now, "site", storetest.Tokyo)...)
	if len(rows) != 1 {
		t.Fatalf("%v", rows)
	}
	locked := rows[0]
	if locked["device"] != storetest.Switch || locked["reason"] != "credentials" || locked["detail"] != "the community is not known" || locked["remedy"] == "" || locked["last_good"] == nil {
		t.Errorf("%v", locked)
	}
	all := w.rows(t, partner, "/api/v1/blindspots", append(now, "customer", storetest.Zen)...)
	if len(all) != 1 || all[0]["reason"] != "timeout" {
		t.Errorf("%v", all)
	}
	// What is not seen is not called well.
	for _, path := range []string{"/api/v1/health", "/api/v1/availability"} {
		if answer := answerOf(t, w.get(t, customer, path, now...)); len(answer.Notes) != 1 || !strings.Contains(answer.Notes[0], "tell nothing of themselves") {
			t.Errorf("%s: %q", path, answer.Notes)
		}
	}
}

// names holds that a name is a value wherever it goes, and that one which nothing
// bears selects nothing.
func (w *wire) names(t *testing.T) {
	for _, name := range []string{`'`, `\`, `' OR 1=1 --`, `{customer:String}`, "日本", `\N`, "%", "?", "$1", "@p1", `"`} {
		for _, route := range routes {
			if route.ask == nil {
				continue
			}
			if rows := w.rows(t, partner, route.path, "customer", name, "site", name); len(rows) != 0 {
				t.Errorf("%s: the customer %q has %d rows", route.path, name, len(rows))
			}
		}
	}
}

// others holds that a token sees nothing of another customer's, by no name, and
// cannot tell another's name from one that nobody bears.
func (w *wire) others(t *testing.T, store *clickhouse.Store) {
	visible := []string{storetest.Zen, storetest.Berlin, "secret of zen", "zen-net"}
	for _, route := range routes {
		if route.ask == nil {
			continue
		}
		for _, query := range [][]string{
			nil, {"customer", storetest.Zen}, {"site", storetest.Berlin}, {"customer", storetest.Zen, "site", storetest.Berlin}, {"by", "group"}, {"by", "customer"},
			{"device", storetest.Router, "customer", storetest.Zen}, {"interface", storetest.Uplink, "customer", storetest.Zen},
		} {
			if len(query) > 0 && (!slices.Contains(route.parameters, query[0]) || route.groups && query[1] == "group") {
				continue
			}
			asked := query
			if slices.Contains(route.parameters, "from") {
				asked = during(query...)
			}
			got := w.get(t, customer, route.path, asked...)
			for _, secret := range visible {
				if strings.Contains(got.Body.String(), secret) {
					t.Errorf("%s %q shows %q:\n%s", route.path, query, secret, got.Body)
				}
			}
			unknown := slices.Clone(asked)
			for i := range unknown {
				if unknown[i] == storetest.Zen || unknown[i] == storetest.Berlin {
					unknown[i] = "nobody"
				}
			}
			if same := w.get(t, customer, route.path, unknown...); same.Code != got.Code || same.Body.String() != got.Body.String() {
				t.Errorf("%s %q tells another's name from an unknown one:\n%s\n%s", route.path, query, got.Body, same.Body)
			}
		}
	}
	// What is not seen is there.
	if rows := w.rows(t, partner, "/api/v1/devices", "customer", storetest.Zen); len(rows) != 1 {
		t.Errorf("zen has %d devices", len(rows))
	}
	before, err := store.Maintenance(context.Background(), everything())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{storetest.Zen, "nobody"} {
		got := w.send(t, http.MethodPost, writer, maintenancePath, `{"customer":"`+name+`","from":"24h","to":"now","why":"x"}`)
		problemOf(t, got, http.StatusBadRequest)
	}
	if after, err := store.Maintenance(context.Background(), everything()); err != nil || len(after) != len(before) {
		t.Errorf("%d windows, were %d: %v", len(after), len(before), err)
	}
}

func everything() storage.Query {
	return storage.Query{Scope: storage.EveryCustomer(), From: storetest.Begin.Add(-24 * time.Hour), To: storetest.End.Add(24 * time.Hour)}
}

func (w *wire) maintenance(t *testing.T) {
	begin := storetest.Begin.Format(time.RFC3339)
	end := storetest.Begin.Add(24 * time.Hour).Format(time.RFC3339)
	got := w.send(t, http.MethodPost, writer, maintenancePath,
		`{"id":"day1","customer":"acme","from":"`+begin+`","to":"`+end+`","why":"the first day"}`)
	if got.Code != http.StatusCreated {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	if rows := w.rows(t, customer, maintenancePath, during()...); len(rows) != 2 {
		t.Errorf("windows %v", rows)
	}
	// The outage of the first day no longer counts.
	rows := w.rows(t, customer, "/api/v1/availability", during("site", storetest.Tokyo, "device", storetest.Router)...)
	if len(rows) != 1 || rows[0]["down_s"] != 600.0 {
		t.Errorf("%v", rows)
	}
	got = w.send(t, http.MethodPost, writer, maintenancePath,
		`{"id":"day1","customer":"acme","from":"`+begin+`","to":"`+end+`","why":"the first day","cancelled":true,"revised_why":"a mistake"}`)
	if got.Code != http.StatusCreated {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	if rows = w.rows(t, customer, "/api/v1/availability", during("site", storetest.Tokyo, "device", storetest.Router)...); rows[0]["down_s"] != 4200.0 {
		t.Errorf("%v", rows)
	}
}

// TestAStoreThatIsAway holds that an engine which is not there is 503, not a secret of
// the machine.
func TestAStoreThatIsAway(t *testing.T) {
	store, config := storetest.Open(t)
	away := config
	away.Address = "127.0.0.1:1"
	gone, err := clickhouse.Open(t.Context(), away, discarded(), registry())
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	a := newAPI(t, testConfig(), sla.Config{}, gone)
	got := call(t, a, http.MethodGet, "/api/v1/voice", partner, "")
	problemOf(t, got, http.StatusServiceUnavailable)
	if strings.Contains(got.Body.String(), "127.0.0.1") || got.Header().Get("Retry-After") == "" {
		t.Errorf("%v\n%s", got.Header(), got.Body)
	}
	current := Store(gone)
	a.store = func() Store { return current }
	current = store
	if got = call(t, a, http.MethodGet, "/api/v1/voice", partner, ""); got.Code != http.StatusOK {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

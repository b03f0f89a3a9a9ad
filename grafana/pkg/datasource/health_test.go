package datasource

import (
	"encoding/csv"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"mimamori/storage/storetest"
)

// TestOverTheWire asks the built program as Grafana does: its health with everything that
// may be wrong, queries, names, and files.
func TestOverTheWire(t *testing.T) {
	w := openWorld(t)
	g := startGrafana(t)
	good := w.token(t, claims(storetest.Acme))
	who := caller{org: organisation, settings: w.settings(t, good)}
	t.Run("health", func(t *testing.T) { healths(t, w, g, good) })
	t.Run("queries", func(t *testing.T) { queries(t, g, who) })
	t.Run("names", func(t *testing.T) { names(t, g, who) })
	t.Run("files", func(t *testing.T) { files(t, g, who) })
}

func healths(t *testing.T, w *world, g *grafana, good string) {
	unused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := unused.Addr().String()
	_ = unused.Close()
	changed := func(change func(map[string]any, map[string]string)) backend.DataSourceInstanceSettings {
		settings := w.settings(t, good)
		var open map[string]any
		if err := json.Unmarshal(settings.JSONData, &open); err != nil {
			t.Fatal(err)
		}
		change(open, settings.DecryptedSecureJSONData)
		if settings.JSONData, err = json.Marshal(open); err != nil {
			t.Fatal(err)
		}
		return settings
	}
	for name, c := range map[string]struct {
		change       func(map[string]any, map[string]string)
		status, says string
	}{
		"well":          {func(map[string]any, map[string]string) {}, "OK", "sees 1 customer until"},
		"no address":    {func(o map[string]any, _ map[string]string) { o["address"] = "" }, "ERROR", "address is empty: write host:9000"},
		"nobody there":  {func(o map[string]any, _ map[string]string) { o["address"] = "http://" + away }, "ERROR", "cannot be reached"},
		"wrong way in":  {func(_ map[string]any, s map[string]string) { s["password"] = "wrong" }, "ERROR", "the store at"},
		"no database":   {func(o map[string]any, _ map[string]string) { o["database"] = "empty" }, "ERROR", "mimamori migrate"},
		"no token":      {func(_ map[string]any, s map[string]string) { delete(s, "scopeToken") }, "ERROR", "there is no scope token: run mimamori grafana sync"},
		"torn token":    {func(_ map[string]any, s map[string]string) { s["scopeToken"] = good[:30] }, "ERROR", "cannot be read"},
		"not a setting": {func(o map[string]any, _ map[string]string) { o["address"] = 9000 }, "ERROR", "save it again"},
	} {
		health := g.health(t, caller{org: organisation, settings: changed(c.change)})
		if health.Status.String() != c.status || !strings.Contains(strings.ToLower(health.Message), strings.ToLower(c.says)) {
			t.Errorf("%s: %s %q, want %s %q", name, health.Status, health.Message, c.status, c.says)
		}
	}
	answer := g.query(t, caller{org: organisation, settings: changed(func(o map[string]any, _ map[string]string) { o["address"] = "http://" + away })},
		query(t, "A", week, map[string]any{"figure": "devices"}))[0]
	if answer.Status != http.StatusBadGateway || answer.ErrorSource != "downstream" || !strings.Contains(answer.Error, "cannot be reached") {
		t.Errorf("a store that is away: %d %s %q", answer.Status, answer.ErrorSource, answer.Error)
	}
}

func queries(t *testing.T, g *grafana, who caller) {
	answers := g.query(t, who,
		query(t, "", week, map[string]any{"figure": "devices"}),
		query(t, "", week, map[string]any{"figure": "weather"}),
		query(t, "", week, map[string]any{"figure": "utilization", "shape": "series", "step": "auto", "top": 2}),
		query(t, "", backend.TimeRange{From: storetest.End, To: storetest.Begin}, map[string]any{"figure": "devices"}),
		query(t, "", week, map[string]any{"figure": "availability", "calendar": "moon"}),
		query(t, "", week, map[string]any{"figure": "devices", "limit": 1}),
	)
	if first := answers[0]; first.Error != "" || rows(first.frames) != 3 {
		t.Errorf("devices: %q, %d rows", first.Error, rows(first.frames))
	}
	for i, says := range map[int]string{1: "there is no figure", 3: "is empty", 4: "there is no calendar"} {
		if answers[i].Status != http.StatusBadRequest || answers[i].ErrorSource != "downstream" || !strings.Contains(answers[i].Error, says) {
			t.Errorf("query %d: %d %s %q, want %q", i, answers[i].Status, answers[i].ErrorSource, answers[i].Error, says)
		}
	}
	if series := answers[2]; series.Error != "" || len(series.frames) != 1 || len(series.frames[0].Fields) != 5 || series.frames[0].Rows() != 84 {
		t.Errorf("series: %q, %v", series.Error, series.frames)
	}
	capped := answers[5]
	if rows(capped.frames) != 1 || len(capped.frames[0].Meta.Notices) != 1 || !strings.Contains(capped.frames[0].Meta.Notices[0].Text, "go on with offset 1") {
		t.Errorf("capped: %+v", capped.frames)
	}
}

func names(t *testing.T, g *grafana, who caller) {
	for address, want := range map[string]string{
		"customers":                           `{"items":[{"value":"acme","text":"acme","customer":"acme"}],"total":1,"more":false}`,
		"sites?search=OK":                     `"total":1,"more":false`,
		"devices?customer=acme&limit=1":       `"total":3,"more":true`,
		"devices?site=osaka":                  `"text":"router`,
		"interfaces?device=switch&site=tokyo": `"value":"Gi0/1"`,
		"paths":                               `"value":"tokyo to osaka"`,
		"scope":                               `"customers":["acme"]`,
		"calendars":                           `{"items":[{"value":"24x7","text":"24x7"}],"total":1,"more":false}`,
		"customers?search=%27%20OR%201":       `"total":0,"more":false`,
	} {
		if status, _, body := g.resource(t, who, address); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %s", address, status, body, want)
		}
	}
	for address, want := range map[string]string{
		"customers?serach=x":                              "not known here",
		"customers?limit=0":                               "is not a page",
		"customers?limit=x":                               "is not a number",
		"customers?offset=1&offset=2":                     "more than once",
		"report?figure=devices":                           "format",
		"report?figure=weather&format=csv":                "no figure",
		"report?figure=devices&format=pdf":                "format",
		"report?figure=devices&format=csv&x":              "not known here",
		"report?figure=devices&format=csv&from=yesterday": "is not a time",
	} {
		status, _, body := g.resource(t, who, address)
		if status != http.StatusBadRequest || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %q", address, status, body, want)
		}
	}
	if status, _, _ := g.resource(t, who, "secrets"); status != http.StatusNotFound {
		t.Errorf("no such path: %d", status)
	}
}

// files holds the file of a figure against its table.
func files(t *testing.T, g *grafana, who caller) {
	status, headers, body := g.resource(t, who, "report?figure=utilization&step=24h&format=csv"+spannedWeek)
	if status != http.StatusOK || !strings.HasPrefix(headers.Get("Content-Disposition"), `attachment; filename="mimamori-utilization-`) {
		t.Fatalf("%d %v %s", status, headers, body)
	}
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	frame := g.query(t, who, query(t, "", week, map[string]any{"figure": "utilization", "step": "24h"}))[0].frames[0]
	if len(lines) != frame.Rows()+1 || len(lines[0]) != len(frame.Fields) {
		t.Fatalf("%d lines of %d, a frame of %d rows and %d fields", len(lines), len(lines[0]), frame.Rows(), len(frame.Fields))
	}
	for i, field := range frame.Fields {
		if lines[0][i] != field.Name {
			t.Errorf("column %d is %s in the file and %s in the frame", i, lines[0][i], field.Name)
		}
	}
	status, headers, body = g.resource(t, who, "report?figure=availability&format=xlsx&tz=Asia/Tokyo"+spannedWeek)
	if status != http.StatusOK || !strings.HasPrefix(body, "PK") || !strings.Contains(headers.Get("Content-Type"), "spreadsheetml") {
		t.Errorf("%d %v %d bytes", status, headers, len(body))
	}
}

package datasource

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"mimamori/storage/calendar"
	"mimamori/storage/scope"
	"mimamori/storage/sla"
	"mimamori/storage/storetest"
)

// secrets are what acme may not see of the world: what is of zen, and its own runbooks.
var secrets = regexp.MustCompile(`(?i)\bzen\b|berlin|secret|10\.9\.9\.|zen-|partner\.example`)

// TestNobodySeesAnother tries every figure in every shape and every resource, over the
// wire, with names and ids of another customer and with tokens that do not count.
func TestNobodySeesAnother(t *testing.T) {
	w := openWorld(t)
	promised := sla.Config{
		Calendars: map[string]calendar.Config{"acme-hours": {TimeZone: "UTC", Hours: []string{"Mon-Sun 00:00-24:00"}}, "zen-hours": {TimeZone: "UTC", Hours: []string{"Mon-Sun 00:00-24:00"}}},
		Contracts: []sla.Contract{{Customer: storetest.Acme, Calendar: "acme-hours"}, {Customer: storetest.Zen, Calendar: "zen-hours"}},
		Groups:    []sla.Group{{Name: "zen-net", Customer: storetest.Zen, Kind: sla.Series, Members: []sla.Member{{Site: storetest.Berlin, Device: storetest.Router}}}},
	}
	if _, err := w.store.SaveContracts(t.Context(), promised.Revisions([]string{storetest.Acme, storetest.Zen}, storetest.Begin, "me", "first")); err != nil {
		t.Fatal(err)
	}
	g := startGrafana(t)
	good := w.token(t, claims(storetest.Acme))
	acme := caller{org: organisation, settings: w.settings(t, good)}
	t.Run("it answers at all", func(t *testing.T) {
		answersAtAll(t, g, caller{org: organisation, settings: w.settings(t, w.token(t, claims()))})
	})
	t.Run("names and ids of another", func(t *testing.T) { othersNames(t, g, acme) })
	t.Run("tokens that do not count", func(t *testing.T) { badTokens(t, w, g, good) })
	t.Run("a token taken back", func(t *testing.T) { takenBack(t, w, g) })
	t.Run("alerting", func(t *testing.T) {
		asked := query(t, "A", week, map[string]any{"figure": "devices", "shape": "series"})
		if answer := g.query(t, caller{org: organisation, nobody: true, alert: true, settings: acme.settings}, asked)[0]; answer.Error != "" || len(answer.frames) != 1 {
			t.Errorf("an alert rule is refused: %s", answer.Error)
		}
		bad := acme
		bad.nobody, bad.alert, bad.settings = true, true, w.settings(t, "")
		refused(t, g, bad, "an alert rule without a token", false)
		status, _, body := g.resource(t, caller{org: organisation, nobody: true, alert: true, settings: acme.settings}, "customers")
		if status != http.StatusForbidden {
			t.Errorf("a resource for nobody: %d %s", status, body)
		}
	})
}

// takenBack changes the token of a data source twice at the same time: Grafana tells
// changes apart by their time, so the program goes on with the instance it has.
func takenBack(t *testing.T, w *world, g *grafana) {
	wide := w.settings(t, w.token(t, claims()))
	narrow, none := w.settings(t, w.token(t, claims(storetest.Acme))), w.settings(t, "")
	narrow.Updated, none.Updated = wide.Updated, wide.Updated
	asked := query(t, "A", week, map[string]any{"figure": "devices"})
	if answer := g.query(t, caller{org: organisation, settings: wide}, asked)[0]; rows(answer.frames) != 4 {
		t.Fatalf("the partner sees %d devices: %s", rows(answer.frames), answer.Error)
	}
	answer := g.query(t, caller{org: organisation, settings: narrow}, asked)[0]
	if rows(answer.frames) != 3 || secrets.MatchString(text(t, answer.frames)) {
		t.Errorf("with the narrower token it sees %d devices: %s", rows(answer.frames), text(t, answer.frames))
	}
	if _, _, body := g.resource(t, caller{org: organisation, settings: narrow}, "customers"); secrets.MatchString(body) {
		t.Errorf("with the narrower token: %s", body)
	}
	if answer := g.query(t, caller{org: organisation, settings: none}, asked)[0]; answer.Status != http.StatusForbidden {
		t.Errorf("without the token: %d %s", answer.Status, answer.Error)
	}
}

// shapes are all shapes that a figure has.
func shapes(f figure) []string {
	all := []string{shapeTable, shapeSeries}
	if f.events != nil {
		all = append(all, shapeAnnotations)
	}
	return all
}

// bys are what the figures may have rows for.
func bys(f figure) []string {
	switch f.name {
	case "availability", "outages":
		return []string{"device", "site", "customer", "group"}
	case "contributors":
		return []string{"site", "customer"}
	case "syslog_rates":
		return []string{"customer", "site,device", "source,host", "mnemonic,severity"}
	}
	return []string{""}
}

// paths are all resources, the file for each figure too.
func paths() []string {
	all := []string{"scope", "calendars"}
	for _, kind := range nameKinds {
		all = append(all, string(kind), string(kind)+"?search=e", string(kind)+"?limit=1000&offset=0")
	}
	for _, f := range known {
		for _, by := range bys(f)[:1] {
			all = append(all, "report?format=csv&figure="+f.name+"&by="+url.QueryEscape(by)+spanned)
		}
	}
	return append(all, "report?format=xlsx&figure=availability"+spanned)
}

// spanned is the whole time of the world as parameters, spannedWeek its week.
var spanned = fmt.Sprintf("&from=%d&to=%d", storetest.Begin.UnixMilli(), time.Now().UnixMilli())

var spannedWeek = fmt.Sprintf("&from=%s&to=%s", storetest.Begin.Format(time.RFC3339), storetest.End.Format(time.RFC3339))

// reach is the time to ask a figure about: the week of the world, and until the present
// for what is only known then.
func reach(f figure) backend.TimeRange {
	if f.name == "blindspots" || f.name == "appliances" {
		return backend.TimeRange{From: storetest.Begin, To: time.Now()}
	}
	return week
}

// answersAtAll shows that the partner sees what the rest of the test looks for: else it
// would find nothing anywhere.
func answersAtAll(t *testing.T, g *grafana, partner caller) {
	var queries []backend.DataQuery
	for _, f := range known {
		queries = append(queries, query(t, "A", reach(f), map[string]any{"figure": f.name, "customer": storetest.Zen, "by": bys(f)[0]}))
	}
	for i, answer := range g.query(t, partner, queries...) {
		switch name := known[i].name; name {
		case "reboots", "paths", "voice", "health", "maintenance", "corrections", "corrected": // zen has none
			if answer.Error != "" {
				t.Errorf("%s: %s", name, answer.Error)
			}
		default:
			if answer.Error != "" || !secrets.MatchString(text(t, answer.frames)) {
				t.Errorf("%s has nothing of zen for the partner: %s", name, answer.Error)
			}
		}
	}
	for _, path := range []string{"customers", "sites", "devices", "interfaces", "calendars"} {
		status, _, body := g.resource(t, partner, path)
		if status != http.StatusOK || !secrets.MatchString(body) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

func othersNames(t *testing.T, g *grafana, acme caller) {
	selections := []map[string]any{
		{},
		{"customer": storetest.Zen},
		{"customer": fmt.Sprintf("%016x", storetest.ZenID)},
		{"customer": storetest.Acme, "site": storetest.Berlin},
		{"customer": storetest.Zen, "site": storetest.Berlin, "device": storetest.Router, "interface": storetest.Uplink},
		{"customer": "zen' OR 1=1 --"},
	}
	special := map[string]map[string]any{"availability": {"calendar": "zen-hours"}, "syslog": {"search": "secret"}, "interfaces": {"search": storetest.Uplink}}
	for _, f := range known {
		var queries []backend.DataQuery
		var asked []map[string]any
		for _, shape := range shapes(f) {
			for at, by := range bys(f) {
				for i, selection := range selections {
					if i > 1 && (shape != shapeTable || at > 0) { // shapes and rows come after the question
						continue
					}
					q := map[string]any{"figure": f.name, "shape": shape, "by": by, "unasked": true}
					maps.Copy(q, selection)
					asked, queries = append(asked, q), append(queries, query(t, "A", reach(f), q))
				}
			}
		}
		if q := special[f.name]; q != nil {
			q["figure"] = f.name
			asked, queries = append(asked, q), append(queries, query(t, "A", reach(f), q))
		}
		for i, answer := range g.query(t, acme, queries...) {
			q := asked[i]
			said := text(t, answer.frames) + answer.Error
			if calendar, ok := q["calendar"].(string); ok { // what was asked for may be told
				said = strings.ReplaceAll(said, calendar, "")
			}
			if leaked := secrets.FindString(said); leaked != "" {
				t.Errorf("%v tells %q", q, leaked)
			}
			if answer.Error != "" && q["calendar"] == nil && q["search"] == nil {
				t.Errorf("%v: %s", q, answer.Error)
			}
			if q["customer"] == storetest.Zen && q["shape"] == shapeTable && rows(answer.frames) > 0 {
				t.Errorf("%v has %d rows", q, rows(answer.frames))
			}
		}
	}
	for _, path := range paths() {
		for _, more := range []string{"", "customer=zen&site=berlin"} {
			address := path
			if more != "" {
				if path == "scope" || path == "calendars" {
					continue
				}
				address += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + more
			}
			status, _, body := g.resource(t, acme, address)
			if status != http.StatusOK {
				t.Errorf("%s: %d %s", address, status, body)
			}
			if leaked := secrets.FindString(body); leaked != "" {
				t.Errorf("%s tells %q: %s", address, leaked, body)
			}
		}
	}
}

// TestNamesThatAreNobodys asks every figure for what looks like everybody or like SQL: a
// name selects who bears exactly it.
func TestNamesThatAreNobodys(t *testing.T) {
	w := openWorld(t)
	d := w.open(t, w.token(t, claims(storetest.Acme)))
	for _, selection := range []map[string]any{
		{"customer": "%"}, {"customer": "*"}, {"customer": "ZEN"}, {"customer": "\uff5a\uff45\uff4e"}, {"customer": "zen\u200b"}, {"customer": "{customer:String}"},
		{"customer": "acme\\", "site": ") OR 1 -- ", "device": "') UNION ALL SELECT * FROM customers -- ", "interface": "\"", "path": "`"},
	} {
		for _, f := range known {
			q := map[string]any{"figure": f.name}
			maps.Copy(q, selection)
			if answer := ask(t, d, reach(f), q); answer.Error != nil || rows(answer.Frames) > 0 {
				t.Errorf("%v: %d rows, error %v", q, rows(answer.Frames), answer.Error)
			}
		}
	}
}

func badTokens(t *testing.T, w *world, g *grafana, good string) {
	widened := func(from, to string) string {
		parts := strings.Split(good, ".")
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil || !strings.Contains(string(payload), from) {
			t.Fatalf("%s: %v", payload, err)
		}
		parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), from, to, 1)))
		return strings.Join(parts, ".")
	}
	expired := claims(storetest.Acme)
	expired.Expires = time.Now().Add(-time.Second).Unix()
	elsewhere := claims(storetest.Acme, storetest.Zen)
	elsewhere.Org = organisation + 1
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	brought, err := scope.Sign(stranger, claims())
	if err != nil {
		t.Fatal(err)
	}
	taken, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	revoked, err := scope.Sign(private, claims())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.SaveScopeKey(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	if err := w.store.RevokeScopeKey(t.Context(), scope.KeyID(taken), time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, token string
		org         int64
		nobody      bool
	}{
		{"none", "", organisation, false},
		{"no token at all", "let me in", organisation, false},
		{"widened by zen", widened(`["acme"]`, `["acme","zen"]`), organisation, false},
		{"widened to all", widened(`"customers":["acme"]`, `"all":true`), organisation, false},
		{"for longer", widened(`"exp":`, `"exp":9`), organisation, false},
		{"expired", w.token(t, expired), organisation, false},
		{"of another organisation", w.token(t, elsewhere), organisation, false},
		{"used in another organisation", good, organisation + 1, false},
		{"moved to another organisation", widened(`"org":7`, `"org":8`), organisation + 1, false},
		{"signed with a key of one's own", brought, organisation, false},
		{"signed with a revoked key", revoked, organisation, false},
		{"no user", good, organisation, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			refused(t, g, caller{org: c.org, nobody: c.nobody, settings: w.settings(t, c.token)}, c.name, true)
			if c.nobody {
				return
			}
			health := g.health(t, caller{org: c.org, settings: w.settings(t, c.token)})
			if health.Status.String() != "ERROR" || secrets.MatchString(health.Message) || !strings.Contains(health.Message, "mimamori grafana sync") {
				t.Errorf("health: %s %s", health.Status, health.Message)
			}
		})
	}
}

// refused asks everything and holds that nothing is answered.
func refused(t *testing.T, g *grafana, who caller, name string, resources bool) {
	t.Helper()
	var queries []backend.DataQuery
	for _, f := range known {
		for _, shape := range shapes(f) {
			queries = append(queries, query(t, "A", reach(f), map[string]any{"figure": f.name, "shape": shape}))
		}
	}
	for i, answer := range g.query(t, who, queries...) {
		if answer.Status != http.StatusForbidden || answer.Error == "" || len(answer.frames) > 0 || secrets.MatchString(answer.Error) || strings.Contains(answer.Error, storetest.Acme) {
			t.Errorf("%s: %s: %d %q, %d frames", name, queries[i].JSON, answer.Status, answer.Error, len(answer.frames))
		}
	}
	if !resources {
		return
	}
	for _, path := range paths() {
		status, _, body := g.resource(t, who, path)
		if status != http.StatusForbidden || secrets.MatchString(body) || strings.Contains(body, storetest.Acme) {
			t.Errorf("%s: %s: %d %s", name, path, status, body)
		}
	}
}

func text(t *testing.T, frames data.Frames) string {
	t.Helper()
	all, err := json.Marshal(frames)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func rows(frames data.Frames) int {
	n := 0
	for _, frame := range frames {
		n += frame.Rows()
	}
	return n
}

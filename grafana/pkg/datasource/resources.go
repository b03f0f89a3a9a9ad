package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"

	"mimamori/storage"
	"mimamori/storage/scope"
	"mimamori/storage/sla"
)

// resource is what stands behind one path: it answers within the claims of who asks.
type resource func(ctx context.Context, claims scope.Claims, parameters url.Values) (any, error)

// nameKinds are the paths that list names.
var nameKinds = []storage.NameKind{storage.NameCustomer, storage.NameSite, storage.NameDevice, storage.NameInterface, storage.NamePath}

// resources are the paths behind variables, editors and exports.
func (d *instance) resources() backend.CallResourceHandler {
	mux := http.NewServeMux()
	for _, kind := range nameKinds {
		mux.Handle("GET /"+string(kind), d.guarded(d.names(kind)))
	}
	mux.Handle("GET /scope", d.guarded(d.seen))
	mux.Handle("GET /calendars", d.guarded(d.calendars))
	mux.HandleFunc("GET /report", d.export)
	d.routeAlarms(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fail(w, failure{backend.StatusNotFound, backend.ErrorSourcePlugin, "no such path: there are customers, sites, devices, interfaces, paths, scope, calendars, report and alarms, to be read with GET"})
	})
	return httpadapter.New(mux)
}

// guarded answers with JSON who may ask.
func (d *instance) guarded(answer resource) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, err := d.admit(r.Context(), backend.PluginConfigFromContext(r.Context()), false)
		var found any
		if err == nil {
			found, err = answer(r.Context(), claims, r.URL.Query())
		}
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		write(w, http.StatusOK, found)
	})
}

// refuse answers that there is no answer, and logs what who asked could not help.
func (d *instance) refuse(w http.ResponseWriter, r *http.Request, err error) {
	told := failureOf(r.Context(), err)
	if told.own() {
		log.DefaultLogger.Warn("a question failed", "of", r.URL.Path, "error", err)
	}
	fail(w, told)
}

func fail(w http.ResponseWriter, told failure) {
	write(w, int(told.status), map[string]string{"message": told.text})
}

func write(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what) // whom it fails to reach has gone away
}

// item is one name to choose.
type item struct {
	Value    string `json:"value"` // what selects it in a query
	Text     string `json:"text"`  // what is shown: the name with what tells it from others of that name
	Customer string `json:"customer,omitempty"`
	Site     string `json:"site,omitempty"`
	Device   string `json:"device,omitempty"`
	Also     string `json:"also,omitempty"` // an interface's alias, a device's address, a path's target
}

// page is some of the names there are.
type page struct {
	Items []item `json:"items"`
	Total int    `json:"total"`
	More  bool   `json:"more"`
}

// usualNames is the length of a page that does not say.
const usualNames = 100

// names lists the names of a kind that have a text.
func (d *instance) names(kind storage.NameKind) resource {
	return func(ctx context.Context, claims scope.Claims, parameters url.Values) (any, error) {
		search := storage.NameSearch{
			Scope: claims.Scope(), Kind: kind, Text: parameters.Get("search"),
			Customer: parameters.Get("customer"), Site: parameters.Get("site"), Device: parameters.Get("device"), Limit: usualNames,
		}
		err := errors.Join(count(parameters, "offset", &search.Offset), count(parameters, "limit", &search.Limit), only(parameters, "search", "offset", "limit", "customer", "site", "device"))
		if err != nil {
			return nil, err
		}
		if err := search.Validate(); err != nil {
			return nil, wrongf("%v", err)
		}
		var found storage.NamePage
		err = d.turn(ctx, func(ctx context.Context) (err error) {
			found, err = d.store.Names(ctx, search)
			return err
		})
		answer := page{Items: []item{}, Total: found.Total, More: found.More(search.Offset)}
		for i := range found.Names {
			answer.Items = append(answer.Items, itemOf(kind, &found.Names[i], search))
		}
		return answer, err
	}
}

// itemOf shows a name with what it belongs to, as far as the search does not say that.
func itemOf(kind storage.NameKind, name *storage.FoundName, search storage.NameSearch) item {
	value := name.Value(kind)
	found := item{Value: value, Text: value, Customer: name.Customer, Site: name.Site, Device: name.Device, Also: name.Also}
	if name.Also != "" {
		found.Text += " - " + name.Also
	}
	var owners []string
	for _, owner := range []struct{ name, given string }{{name.Customer, search.Customer}, {name.Site, search.Site}, {name.Device, search.Device}} {
		if owner.given == "" && owner.name != "" && owner.name != value {
			owners = append(owners, owner.name)
		}
	}
	if len(owners) > 0 && kind != storage.NameCustomer {
		found.Text += " (" + strings.Join(owners, " / ") + ")"
	}
	return found
}

// seen says what the organisation sees.
func (d *instance) seen(_ context.Context, claims scope.Claims, parameters url.Values) (any, error) {
	var customers any = claims.Customers
	if claims.All {
		customers = "all"
	}
	return map[string]any{"customers": customers, "org": claims.Org, "expires": claims.ExpiresAt().UTC().Format(time.RFC3339)}, only(parameters)
}

// calendars lists what availability may be measured by.
func (d *instance) calendars(ctx context.Context, claims scope.Claims, parameters url.Values) (any, error) {
	if err := only(parameters); err != nil {
		return nil, err
	}
	var service sla.Config
	err := d.turn(ctx, func(ctx context.Context) (err error) {
		service, err = d.recorded(ctx, claims.Scope())
		return err
	})
	answer := page{Items: []item{}}
	for _, name := range service.CalendarNames() {
		answer.Items = append(answer.Items, item{Value: name, Text: name})
	}
	answer.Total = len(answer.Items)
	return answer, err
}

// count reads a number that a parameter gives.
func count(parameters url.Values, name string, into *int) error {
	text := parameters.Get(name)
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return wrongf("%s %q is not a number from 0 on", name, text)
	}
	*into = n
	return nil
}

// only refuses parameters that nobody reads: a misspelt name must not widen an answer.
func only(parameters url.Values, names ...string) error {
	for name, values := range parameters {
		known := false
		for _, each := range names {
			known = known || name == each
		}
		if !known {
			return wrongf("the parameter %q is not known here: use %s", name, strings.Join(names, ", "))
		}
		if len(values) > 1 {
			return wrongf("the parameter %s is given more than once", name)
		}
	}
	return nil
}

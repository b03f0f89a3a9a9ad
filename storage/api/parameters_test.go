package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/storage/sla"
)

func TestParametersBecomeAQuery(t *testing.T) {
	store := &fake{}
	a := newAPI(t, testConfig(), sla.Config{}, store)
	answerOf(t, call(t, a, http.MethodGet, "/api/v1/utilization?from=2026-04-30&to=2026-05-01T09:00:00%2B09:00&tz=Asia/Tokyo&step=1h"+
		"&customer=Caf%C3%A9+1&site=s&device=d&interface=Gi0/0&limit=7", partner, ""))
	got := store.last()
	if !got.From.Equal(time.Date(2026, 4, 29, 15, 0, 0, 0, time.UTC)) || !got.To.Equal(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)) ||
		got.Step != time.Hour || got.Customer != "Café 1" || got.Site != "s" || got.Device != "d" || got.Interface != "Gi0/0" || got.Limit != 8 {
		t.Errorf("%+v", got)
	}
	// A plus sign that was not escaped has become a space.
	answerOf(t, call(t, a, http.MethodGet, "/api/v1/voice?from=2026-05-01T09:00:00+09:00&path=p", partner, ""))
	if got = store.last(); !got.From.Equal(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)) || got.Path != "p" || !got.To.Equal(noon) {
		t.Errorf("%+v", got)
	}
	// Figures end at the present; what is planned does not.
	answerOf(t, call(t, a, http.MethodGet, "/api/v1/voice?to=2027-01-01", partner, ""))
	if got = store.last(); !got.To.Equal(noon) {
		t.Errorf("voice until %s", got.To)
	}
	answerOf(t, call(t, a, http.MethodGet, "/api/v1/maintenance", partner, ""))
	if got = store.last(); !got.To.Equal(noon.Add(30 * 24 * time.Hour)) {
		t.Errorf("maintenance until %s", got.To)
	}
}

func TestTimesAreAnsweredInTheZoneAskedFor(t *testing.T) {
	a := newAPI(t, testConfig(), sla.Config{}, &fake{devices: someDevices(1)})
	got := call(t, a, http.MethodGet, "/api/v1/devices?tz=Asia/Tokyo", partner, "")
	if !strings.Contains(got.Body.String(), `"since": "2026-05-01T21:00:00+09:00"`) {
		t.Errorf("%s", got.Body)
	}
}

func TestWhatIsWrongIsSaidForEachParameter(t *testing.T) {
	a := newAPI(t, testConfig(), sla.Config{}, &fake{})
	for query, want := range map[string]string{
		"from=yesterday":                       "from",
		"from=2026-02-30":                      "from",
		"from=-1h":                             "from",
		"from=1969-12-31":                      "from",
		"from=2026-05-01&to=2026-04-01":        "from",
		"from=2026-05-01&to=2026-05-01":        "from",
		"from=2026-06-01":                      "from", // to is the present
		"from=":                                "from",
		"from=24h&from=48h":                    "from",
		"tz=Mars":                              "tz",
		"tz=Local":                             "tz",
		"tz=../../etc/passwd":                  "tz",
		"step=1ms":                             "step",
		"step=-1h":                             "step",
		"step=x":                               "step",
		"from=720h&step=1s":                    "step",
		"from=48h&step=1m&top=5":               "step",
		"limit=0":                              "limit",
		"limit=100001":                         "limit",
		"limit=1e3":                            "limit",
		"format=pdf":                           "format",
		"rows=outages":                         "rows",
		"by=site":                              "by",
		"path=x":                               "path",
		"customer=%00":                         "customer",
		"customer=%FF":                         "customer",
		"customer=" + strings.Repeat("x", 501): "customer",
		"SITE=x":                               "SITE",
		"colour=red":                           "colour",
		"%zz":                                  "",
		"customer=a;site=b":                    "",
	} {
		p := problemOf(t, call(t, a, http.MethodGet, "/api/v1/utilization?"+query, partner, ""), http.StatusBadRequest)
		if len(p.Errors) != 1 || p.Errors[0].Parameter != want || p.Errors[0].Reason == "" {
			t.Errorf("%s: %+v, want %q", query, p.Errors, want)
		}
	}
	p := problemOf(t, call(t, a, http.MethodGet, "/api/v1/availability?by=moon&rows=stars&to=never", partner, ""), http.StatusBadRequest)
	if len(p.Errors) != 3 {
		t.Errorf("%+v, want all three", p.Errors)
	}
	p = problemOf(t, call(t, a, http.MethodGet, "/api/v1/availability?rows=contributors", partner, ""), http.StatusBadRequest)
	if len(p.Errors) != 1 || p.Errors[0].Parameter != "rows" {
		t.Errorf("%+v", p.Errors)
	}
}

func FuzzParameters(f *testing.F) {
	for _, seed := range []string{
		"", "from=2026-05-01&to=now&tz=Asia/Tokyo", "from=24h&step=5m&limit=10", "by=group&rows=outages&calendar=24x7",
		"from=2026-05-01T09:00:00+09:00", "customer=%E2%82%AC&format=csv", "a;b", "%", "tz=Pacific/Apia&from=2011-12-30",
	} {
		f.Add(seed)
	}
	a := newAPI(f, testConfig(), sla.Config{}, &fake{})
	f.Fuzz(func(t *testing.T, raw string) {
		for _, route := range routes {
			question, reasons := a.read(raw, route, a.known.holders[1], noon)
			if (question == nil) != (len(reasons) > 0) {
				t.Fatalf("%s: %+v and %v", route.path, question, reasons)
			}
			if question == nil {
				continue
			}
			if err := question.Validate(); err != nil {
				t.Fatalf("%s: %v", route.path, err)
			}
			if question.Scope.All() || question.limited < 1 || question.limited > a.config.MaxRows || question.Limit != question.limited+1 {
				t.Fatalf("%s: %+v", route.path, question)
			}
			if question.To.After(noon) && route.ahead == 0 {
				t.Fatalf("%s: until %s", route.path, question.To)
			}
			values, err := url.ParseQuery(raw)
			if err != nil {
				t.Fatal(err)
			}
			for name := range values {
				if !slices.Contains(route.parameters, name) {
					t.Fatalf("%s took %q", route.path, name)
				}
			}
			_ = fmt.Sprint(question.From.In(question.location))
		}
	})
}

package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mimamori/storage/report"
	"mimamori/storage/sla"
)

// document is what the tests read of the description.
type document struct {
	OpenAPI string
	Paths   map[string]map[string]struct {
		OperationID string
		Summary     string
		Parameters  []struct {
			Name, In, Description string
			Schema                map[string]any
		}
		RequestBody map[string]any
		Responses   map[string]any
	}
	Components struct {
		Responses       map[string]any
		Schemas         map[string]any
		SecuritySchemes map[string]any
	}
}

func describedAPI(t *testing.T) (document, []byte) {
	t.Helper()
	a := newAPI(t, testConfig(), sla.Config{}, &fake{})
	got := call(t, a, http.MethodGet, descriptionPath, "", "") // without a token
	var d document
	if err := json.Unmarshal(got.Body.Bytes(), &d); err != nil || got.Code != http.StatusOK || got.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v", got.Code, err)
	}
	return d, got.Body.Bytes()
}

func TestTheDescriptionHasEveryRouteAndParameter(t *testing.T) {
	d, _ := describedAPI(t)
	if d.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %s", d.OpenAPI)
	}
	operations, ids := 0, map[string]bool{}
	for _, methods := range d.Paths {
		operations += len(methods)
	}
	if operations != len(routes) {
		t.Errorf("%d operations for %d routes", operations, len(routes))
	}
	for _, route := range routes {
		operation, ok := d.Paths[route.path][strings.ToLower(route.method)]
		if !ok || operation.Summary == "" || ids[operation.OperationID] {
			t.Errorf("%s %s: %+v", route.method, route.path, operation)
		}
		ids[operation.OperationID] = true
		var names []string
		for _, each := range operation.Parameters {
			names = append(names, each.Name)
			if each.In != "query" || each.Description == "" || each.Schema["type"] == nil {
				t.Errorf("%s: parameter %+v", route.path, each)
			}
		}
		slices.Sort(names)
		want := slices.Sorted(slices.Values(route.parameters))
		if !slices.Equal(names, want) {
			t.Errorf("%s describes %q, takes %q", route.path, names, want)
		}
		if (operation.RequestBody != nil) != (route.do != nil) {
			t.Errorf("%s: body %v", route.path, operation.RequestBody)
		}
	}
}

// TestEveryParameterIsTaken holds that no route refuses what it describes.
func TestEveryParameterIsTaken(t *testing.T) {
	a := newAPI(t, testConfig(), sla.Config{}, &fake{})
	values := map[string]string{
		"tz": "Asia/Tokyo", "from": "48h", "to": "1h", "step": "1h", "by": "site", "kind": "wan", "top": "3", "order": "percent", "full_at": "80", "unasked": "true", "open": "true", "calendar": "24x7", "rows": "", "limit": "5", "format": "csv",
		"severity": "error", "before": "1767225600000-0000000000000abc-17",
	}
	for _, route := range routes {
		for _, name := range route.parameters {
			value, ok := values[name]
			if name == "rows" {
				value = route.details()[0]
			}
			if !ok {
				value = "name"
			}
			if _, reasons := a.read(name+"="+value, route, a.known.holders[0], noon); len(reasons) > 0 {
				t.Errorf("%s?%s=%s: %v", route.path, name, value, reasons)
			}
		}
	}
}

func TestEveryColumnIsDescribed(t *testing.T) {
	for _, route := range routes {
		shape := route.shape()
		for _, name := range shape.Columns {
			if _, ok := report.ColumnOf(route.name, name); !ok {
				t.Errorf("nothing is said of %s.%s: describe it in columns.go", route.name, name)
			}
		}
		for _, details := range shape.Details {
			for _, name := range details.Columns {
				if _, ok := report.ColumnOf(route.name+"."+details.Name, name); !ok {
					t.Errorf("nothing is said of %s.%s.%s: describe it in columns.go", route.name, details.Name, name)
				}
			}
		}
	}
}

// TestReferencesLeadSomewhere follows every $ref of the description.
func TestReferencesLeadSomewhere(t *testing.T) {
	_, text := describedAPI(t)
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	count := 0
	var walk func(any)
	walk = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			if reference, ok := node["$ref"].(string); ok {
				count++
				target := whole
				for _, step := range strings.Split(strings.TrimPrefix(reference, "#/"), "/") {
					inner, ok := target.(map[string]any)
					if !ok || inner[step] == nil {
						t.Fatalf("%s leads nowhere", reference)
					}
					target = inner[step]
				}
			}
			for _, each := range node {
				walk(each)
			}
		case []any:
			for _, each := range node {
				walk(each)
			}
		}
	}
	walk(whole)
	if count < len(routes) {
		t.Errorf("%d references", count)
	}
}

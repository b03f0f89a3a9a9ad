package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// TestExamplePlan holds that the example can be used with the example of the configuration.
func TestExamplePlan(t *testing.T) {
	for _, name := range []string{"CLICKHOUSE_READER_PASSWORD", "CLICKHOUSE_ALERTER_PASSWORD", "GRAFANA_NOC_PASSWORD", "CLICKHOUSE_WRITER_PASSWORD", "CLICKHOUSE_MIGRATOR_PASSWORD",
		"KAFKA_USER", "KAFKA_PASSWORD", "API_TOKEN_SHA256"} {
		t.Setenv(name, strings.Repeat("a", 64))
	}
	plan, err := readPlan("examples/compose/grafana-plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Organisations) != 2 || len(plan.doubts) > 0 || plan.Key != filepath.Join("examples", "compose", "scope.pem") {
		t.Errorf("%+v, %v", plan.Plan, plan.doubts)
	}
	config, err := loadConfig("examples/compose/mimamori.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, organisation := range plan.Organisations {
		for _, customer := range organisation.Customers {
			if err := known(config.Ingest.Inventory, customer, "", ""); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestPlansThatAreWrong holds that each problem is told with its line and without secrets.
func TestPlansThatAreWrong(t *testing.T) {
	t.Setenv("MIMAMORI_TEST_SECRET", "of nobody's business")
	const right = "key: scope.pem\ndata_source: {address: 'clickhouse:9000', password: !env MIMAMORI_TEST_SECRET}\norganisations:\n- name: A\n  customers: [a]\n"
	for says, text := range map[string]string{
		"the file says nothing: begin with a copy of examples/compose/grafana-plan.yaml": "",
		":6: role is \"Boss\"":                       right + "  users: [{login: x, role: Boss}]\n",
		":8: password stands in the plan":            right + "  users:\n  - login: x\n    password: Geheimnis1\n",
		":2: password stands in the plan":            strings.Replace(right, "!env MIMAMORI_TEST_SECRET", "Geheimnis1", 1),
		":6: unknown key":                            right + "  colour: red\n",
		"docs/grafana.md lists the keys":             right + "  colour: red\n",
		":6: customers: it sees all":                 strings.Replace(right, "customers: [a]", "all: true\n  customers: [a]", 1),
		":3: organisations is empty":                 "key: x\ndata_source: {address: 'x:9000'}\norganisations: []\n",
		":1: token_life is 1h0m0s":                   "token_life: 1h\n" + right,
		":2: the environment variable MIMAMORI_NONE": strings.Replace(right, "MIMAMORI_TEST_SECRET", "MIMAMORI_NONE", 1),
		":4: A sees nobody":                          strings.Replace(right, "customers: [a]", "view: customer", 1),
	} {
		path := writeFile(t, filepath.Join(t.TempDir(), "plan.yaml"), text)
		_, err := readPlan(path)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "Geheimnis1") || strings.Contains(err.Error(), "nobody's") {
			t.Errorf("want %q: %v", says, err)
		}
	}
	path := writeFile(t, filepath.Join(t.TempDir(), "plan.yaml"), right+"  users: [{login: x, role: Admin}]\n")
	if plan, err := readPlan(path); err != nil || len(plan.doubts) != 1 || !strings.Contains(plan.doubts[0].Error(), ":6: role: as an Admin") {
		t.Errorf("%v, %v", plan.doubts, err)
	}
}

// TestSyncRefuses holds that what is missing is said before anything is done.
func TestSyncRefuses(t *testing.T) {
	folder := t.TempDir()
	plan := writeFile(t, filepath.Join(folder, "plan.yaml"), "key: scope.pem\ndata_source: {address: 'clickhouse:9000'}\norganisations: [{name: A, customers: [Nobody]}]\n")
	password := writeFile(t, filepath.Join(folder, "password"), "wrong\n")
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, given, _ := r.BasicAuth(); user != "root" || given != "wrong" {
			t.Errorf("asked as %q", user)
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer refusing.Close()
	sync := func(arguments ...string) []string {
		return append([]string{"grafana", "sync", "--plan", plan, "--admin", "root", "--grafana", refusing.URL}, arguments...)
	}
	t.Setenv(grafanaPassword, "")
	expect := func(code int, says string, arguments ...string) {
		t.Helper()
		output, problems, got := call(t, arguments...)
		if got != code || !strings.Contains(problems, says) || output != "" {
			t.Errorf("%v: exit %d, want %d saying %q; it says:\n%s%s", arguments, got, code, says, output, problems)
		}
	}
	expect(exitUsage, "or name a file with --password-file", sync()...)
	expect(exitUsage, "mimamori grafana key --out FILE makes one", sync("--password-file", password)...)
	if _, problems, code := call(t, "grafana", "key", "--out", filepath.Join(folder, "scope.pem")); code != exitDone {
		t.Fatal(problems)
	}
	expect(exitFailed, "grafana refuses the login of \"root\"", sync("--password-file", password)...)
	config := writeFile(t, filepath.Join(folder, "site.yaml"), oneDevice)
	expect(exitUsage, "plan.yaml:3: customers: there is no customer \"Nobody\"", sync("--password-file", password, "--config", config)...)
	expect(exitUsage, "is not one: write it as", "grafana", "sync", "--plan", plan, "--grafana", "localhost:3000", "--password-file", password)
}

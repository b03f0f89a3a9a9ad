package clickhouse_test

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/storetest"
)

// TestAnalysis asks the world of storetest in SQL.
func TestAnalysis(t *testing.T) {
	store, _ := storetest.Open(t)
	storetest.RollUp(t, store)
	a := &analyst{store}
	t.Run("the questions of the document", a.questions)
	t.Run("the same as the typed query", a.availability)
	t.Run("names of codes", a.codes)
	t.Run("every view and column is described", a.described)
	t.Run("columns of every type", a.types)
	t.Run("pings", a.pings)
	t.Run("scope", a.scope)
	t.Run("only views", a.refusals)
	t.Run("only dates that there are", a.dates)
	t.Run("limit", a.limit)
	t.Run("grants", a.grants)
}

type analyst struct{ store *clickhouse.Store }

func (a *analyst) ask(t *testing.T, scope storage.Scope, sql string, parameters map[string]string) clickhouse.Findings {
	t.Helper()
	found, err := a.store.Analyse(t.Context(), clickhouse.Analysis{Scope: scope, SQL: sql, Parameters: parameters})
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return found
}

const document = "../../docs/queries.md"

// moment is a time of the world as an answer shows it.
func moment(after time.Duration) string { return storetest.Begin.Add(after).Format(time.RFC3339) }

const day = 24 * time.Hour

// questions runs the twelve questions of the document. What the answers are follows from
// world.go on paper.
func (a *analyst) questions(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	parameters := map[string]string{
		"from": storetest.Begin.Format(time.DateTime), "to": storetest.End.Format(time.DateTime),
		"customer": storetest.Acme, "tz": "Asia/Tokyo", "above": "80", "minutes": "5",
	}
	week := 7 * day.Seconds()
	percent := func(down, known float64) string { return fmt.Sprintf("%.3f", 100*(known-down)/known) }
	trimmed := func(text string) string { return strings.TrimRight(strings.TrimRight(text, "0"), ".") }
	want := map[string][]string{
		"1": {
			"acme tokyo switch " + trimmed(percent(8400, week)) + " " + trimmed(percent(8400, week)) + " 8400 0 2",
			"acme tokyo router " + trimmed(percent(7800, week)) + " " + trimmed(percent(7800, week)) + " 7800 0 2",
			"zen berlin router " + trimmed(percent(7200, week)) + " " + trimmed(percent(7200, week)) + " 7200 0 2",
			"acme osaka router 100 " + trimmed(percent(21600, week)) + " 0 21600 0",
		},
		"2": {
			"acme tokyo router " + moment(10*time.Hour) + " " + moment(12*time.Hour) + " 7200 no answer 3 rounds lost",
			"acme tokyo switch " + moment(10*time.Hour) + " " + moment(12*time.Hour) + " 7200 unreachable behind router",
			"acme tokyo router " + moment(3*day+time.Hour) + " " + moment(3*day+70*time.Minute) + " 600 reboot sysUpTime fell",
			"zen berlin router " + moment(4*day) + " " + moment(4*day+time.Hour) + " 3600 no answer 3 rounds lost",
			"acme tokyo switch " + moment(5*day) + " " + moment(5*day+20*time.Minute) + " 1200 no answer 3 rounds lost",
			"zen berlin router " + moment(7*day-time.Hour) + " " + moment(7*day) + " 3600 no answer ",
		},
		"3": {
			"acme tokyo 2 " + trimmed(percent(16200, 2*week)) + " 16200",
			"zen berlin 1 " + trimmed(percent(7200, week)) + " 7200",
			"acme osaka 1 100 0",
		},
		"4": {"tokyo router 7800 86.7", "tokyo switch 1200 13.3"},
		"5": {
			date(0) + " 2 14400 0 2", date(1) + " 1 0 0 0", date(2) + " 1 0 21600 0", date(3) + " 1 600 0 1", date(4) + " 1 3600 0 1", date(5) + " 1 1200 0 1",
		},
		"6": {"acme tokyo router Gi0/0 576 6e+07 3e+07", "zen berlin router Gi0/0 576 5e+06 1e+06"},
		// 11 h UTC is 20 h in Japan.
		"7": {"acme tokyo switch Gi0/1 0 2e+08", "acme tokyo router Gi0/0 20 1.35e+08", "zen berlin router Gi0/0 0 6e+06"},
		"8": {"acme tokyo router Gi0/0 2 48 90"},
		"9": {"acme tokyo to osaka " + moment(11*time.Hour) + " 3.1 3.1 60 60 2"},
		"10": {
			"acme tokyo router " + moment(10*time.Hour) + " " + moment(10*time.Hour) + " 3 Interface Gi0/0, changed state to down",
			"acme tokyo router " + moment(10*time.Hour) + " " + moment(12*time.Hour) + " 5 Interface Gi0/0, changed state to up",
		},
		"11": {
			"acme LINK-3-UPDOWN 3 2 1 " + moment(10*time.Hour), "acme  <nil> 1 1 " + moment(10*time.Hour), "zen  4 1 1 " + moment(10*time.Hour),
		},
		"12": {"acme tokyo " + date(-(int(storetest.Begin.Weekday())+6)%7) + " 2 1"}, // in Japan it is evening
	}
	found := regexp.MustCompile("(?m)^## (\\d+)\\. [^`]*(?:`[^`]+`[^`]*)*```sql\n((?s:.*?))```").FindAllStringSubmatch(string(text), -1)
	if len(found) != 12 {
		t.Fatalf("%d questions in %s, want twelve", len(found), document)
	}
	for _, question := range found {
		var got []string
		for _, row := range a.ask(t, storage.EveryCustomer(), question[2], parameters).Rows {
			cells := make([]string, len(row))
			for i, value := range row {
				if at, ok := value.(time.Time); ok {
					value = at.Format(time.RFC3339)
				}
				cells[i] = fmt.Sprint(value)
			}
			got = append(got, strings.Join(cells, " "))
		}
		if question[1] == "7" { // hours that are as busy as each other: any of them
			got[0], got[2] = hourless.ReplaceAllString(got[0], " 0 "), hourless.ReplaceAllString(got[2], " 0 ")
		}
		if !reflect.DeepEqual(got, want[question[1]]) {
			t.Errorf("question %s:\n%s\nwant\n%s", question[1], strings.Join(got, "\n"), strings.Join(want[question[1]], "\n"))
		}
		// Under the scope of one customer the same question has only that one's part.
		for _, row := range a.ask(t, storage.OnlyCustomers(storetest.AcmeID), question[2], parameters).Rows {
			if strings.Contains(fmt.Sprint(row...), storetest.Berlin) {
				t.Errorf("question %s shows acme what is zen's: %v", question[1], row)
			}
		}
	}
}

var hourless = regexp.MustCompile(` \d+ `)

func date(days int) string { return storetest.Begin.AddDate(0, 0, days).Format(time.DateOnly) }

// availability holds the view against the typed query.
func (a *analyst) availability(t *testing.T) {
	typed, err := a.store.Availability(t.Context(), storage.Query{Scope: storage.EveryCustomer(), From: storetest.Begin.Add(11 * time.Hour), To: storetest.End.Add(-90 * time.Minute)})
	if err != nil || len(typed) != 4 {
		t.Fatalf("%d devices, %v", len(typed), err)
	}
	found := a.ask(t, storage.EveryCustomer(), `SELECT device_id, up_s, degraded_s, down_s, unknown_s, availability_pct, pessimistic_pct
FROM v_availability(from = {from:DateTime}, to = {to:DateTime}) ORDER BY customer, site, device`, map[string]string{
		"from": storetest.Begin.Add(11 * time.Hour).Format(time.DateTime), "to": storetest.End.Add(-90 * time.Minute).Format(time.DateTime),
	})
	for i := range typed {
		percent, _ := typed[i].Percent()
		pessimistic, _ := typed[i].PessimisticPercent()
		want := []float64{float64(typed[i].UpMs) / 1000, float64(typed[i].DegradedMs) / 1000, float64(typed[i].DownMs) / 1000, float64(typed[i].UnknownMs) / 1000, percent, pessimistic}
		if found.Rows[i][0] != typed[i].ID {
			t.Fatalf("row %d is %v", i, found.Rows[i])
		}
		for j, figure := range want {
			if got, ok := found.Rows[i][j+1].(float64); !ok || got < figure-1e-9 || got > figure+1e-9 {
				t.Errorf("%s: %s is %v, want %v", typed[i].Site, found.Columns[j+1], found.Rows[i][j+1], figure)
			}
		}
	}
}

// codes holds the names that the views give to numbers against those of the program.
func (a *analyst) codes(t *testing.T) {
	var states, causes, sensors, units, statuses, kinds []string
	for state := storage.StateUnknown; state <= storage.StateDown; state++ {
		states = append(states, state.String())
	}
	for cause := storage.CauseNone; cause.String() != "invalid"; cause++ {
		causes = append(causes, cause.String())
	}
	for kind := storage.SensorKind(1); kind.String() != "invalid"; kind++ {
		sensors, units = append(sensors, kind.String()), append(units, kind.Unit())
	}
	for status := storage.SensorStatus(0); status.String() != "invalid"; status++ {
		statuses = append(statuses, status.String())
	}
	for kind := storage.LinkLAN; kind.String() != "invalid"; kind++ {
		kinds = append(kinds, kind.String())
	}
	var gaps []string
	for gap := storage.GapDiscontinuity; gap.String() != "invalid"; gap++ {
		gaps = append(gaps, gap.String())
	}
	text, err := os.ReadFile("migrations/0010_views.sql")
	if err != nil {
		t.Fatal(err)
	}
	later, err := os.ReadFile("migrations/0017_sensor_kinds.sql")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, later...)
	for what, names := range map[string][]string{"states": states, "causes": causes, "sensors": append([]string{"invalid"}, sensors...), "units": append([]string{""}, units...), "statuses": statuses, "links": kinds, "gaps": gaps} {
		if list := "['" + strings.Join(names, "', '") + "']"; !strings.Contains(string(text), list) {
			t.Errorf("the views do not call %s %s: a later migration must", what, list)
		}
	}
}

func (a *analyst) described(t *testing.T) {
	views, err := a.store.Views(t.Context())
	if err != nil || len(views) < 15 {
		t.Fatalf("%d views, %v", len(views), err)
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, view := range views {
		if view.Comment == "" || !strings.Contains(string(text), "`"+view.Name) {
			t.Errorf("%s is not described", view.Name)
		}
		if view.Name == "v_availability" {
			continue
		}
		if len(view.Columns) == 0 || view.Columns[0].Name != "customer_id" {
			t.Errorf("%s does not begin with customer_id: %v", view.Name, view.Columns)
		}
		for _, column := range view.Columns {
			if column.Comment == "" {
				t.Errorf("%s.%s is not described", view.Name, column.Name)
			}
		}
		if found := a.ask(t, storage.EveryCustomer(), "SELECT * FROM "+view.Name, nil); len(found.Columns) != len(view.Columns) {
			t.Errorf("%s has columns %q", view.Name, found.Columns)
		} else if len(found.Rows) == 0 && view.Name != "v_corrections" {
			t.Errorf("%s has no rows", view.Name)
		}
	}
}

func (a *analyst) types(t *testing.T) {
	found := a.ask(t, storage.EveryCustomer(), `SELECT 1::UInt8, -1::Int64, 18446744073709551615, 1.5, nan, NULL, 'x', true, toDate('2026-05-01'), toDateTime64('2026-05-01 00:00:00.5', 3, 'UTC'),
  [1, 2], ('a', 1), map('k', 1), toDecimal64(1.25, 2), toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'), toIPv4('10.0.0.1'), CAST('a', 'LowCardinality(Nullable(String))'), {p:String}; `,
		map[string]string{"p": `it's a \ "tab"`})
	want := []any{uint8(1), int64(-1), uint64(18446744073709551615), 1.5, nil, nil, "x", true, "2026-05-01", time.Date(2026, 5, 1, 0, 0, 0, 500_000_000, time.UTC),
		"[1,2]", `["a",1]`, `{"k":1}`, "1.25", "61f0c404-5cb3-11e7-907b-a6006ad3dba0", "10.0.0.1", "a", `it's a \ "tab"`}
	for i := range want {
		if i >= len(found.Rows[0]) || !reflect.DeepEqual(found.Rows[0][i], want[i]) {
			t.Errorf("column %d: %#v, want %#v", i, found.Rows[0][i], want[i])
		}
	}
}

// pings holds that an ICMP error is said in words.
func (a *analyst) pings(t *testing.T) {
	found := a.ask(t, storage.EveryCustomer(), "SELECT customer, device, received, rtt_min_ms, error, error_from, reply_ttl FROM v_pings ORDER BY customer", nil)
	want := [][]any{
		{"acme", "switch", uint8(0), nil, "administratively prohibited", "10.0.0.9", nil},
		{"zen", "router", uint8(0), nil, "TTL exceeded", "10.0.0.8", nil},
	}
	if !reflect.DeepEqual(found.Rows, want) {
		t.Errorf("%v, want %v", found.Rows, want)
	}
}

// scope holds that the rows of others are not there, in whichever way they are asked
// for.
func (a *analyst) scope(t *testing.T) {
	acme := storage.OnlyCustomers(storetest.AcmeID)
	views, err := a.store.Views(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, view := range views {
		from := view.Name
		if from == "v_availability" {
			from += "(from = '2020-01-01 00:00:00', to = '2100-01-01 00:00:00')"
		}
		if found := a.ask(t, acme, "SELECT count() FROM "+from+fmt.Sprintf(" WHERE customer_id = %d", storetest.ZenID), nil); found.Rows[0][0] != uint64(0) {
			t.Errorf("%s shows %v rows of zen to acme", view.Name, found.Rows[0][0])
		}
		if found := a.ask(t, acme, "SELECT count() FROM "+from, nil); view.Name != "v_corrections" && found.Rows[0][0] == uint64(0) {
			t.Errorf("%s shows acme nothing of its own", view.Name)
		}
	}
	for _, sql := range []string{
		"SELECT count() FROM v_sites WHERE customer = 'zen'",
		"WITH z AS (SELECT * FROM v_sites) SELECT count() FROM z WHERE customer = 'zen'",
		"SELECT (SELECT count() FROM v_syslog WHERE message = 'secret of zen')",
		"SELECT count() FROM v_sites AS a LEFT JOIN v_device_names AS b ON 1 = 1 WHERE b.customer_id != a.customer_id",
		"SELECT count() FROM (SELECT customer FROM v_sites UNION ALL SELECT customer FROM v_maintenance) WHERE customer = 'zen'",
		fmt.Sprintf("SELECT count() FROM numbers(1) WHERE %d IN (SELECT customer_id FROM v_devices)", storetest.ZenID),
	} {
		if found := a.ask(t, acme, sql, nil); found.Rows[0][0] != uint64(0) {
			t.Errorf("%s: %v", sql, found.Rows)
		}
	}
	// The scope of one question is none of the next.
	if found := a.ask(t, storage.EveryCustomer(), "SELECT count() FROM v_sites WHERE customer = 'zen'", nil); found.Rows[0][0] != uint64(1) {
		t.Errorf("zen has %v sites", found.Rows[0][0])
	}
	if _, err := a.store.Analyse(t.Context(), clickhouse.Analysis{SQL: "SELECT 1"}); !errors.Is(err, storage.ErrNoScope) {
		t.Errorf("without a scope: %v", err)
	}
}

func (a *analyst) refusals(t *testing.T) {
	for _, sql := range []string{
		"", ";", "SELEC 1", "SELECT 1; SELECT 2", "SELECT 1) UNION ALL (SELECT 2", "SELECT 1 FORMAT JSON", "SELECT 1 INTO OUTFILE '/tmp/x'",
		"INSERT INTO customers VALUES (1, 'x')", "DROP TABLE customers", "ALTER TABLE customers DELETE WHERE 1", "CREATE TABLE x (a UInt8) ENGINE = Memory", "SHOW TABLES", "SET readonly = 0",
		"SYSTEM FLUSH LOGS", "EXPLAIN SELECT * FROM customers", "DESCRIBE customers",
		"SELECT * FROM customers", "SELECT * FROM mimamori.customers", "SELECT * FROM mimamori.v_sites", "SELECT * FROM `customers`", "SELECT * FROM \"raw_syslog\"", "SELECT * FROM system.tables",
		"SELECT * FROM information_schema.tables", "SELECT (SELECT max(name) FROM customers)", "SELECT 1 WHERE (1, 'x') IN customers", "SELECT 1 WHERE 1 IN mimamori.customers", "SELECT 1 WHERE 1 IN (SELECT customer_id FROM customers)",
		"SELECT * FROM v_sites JOIN sites USING site_id", "SELECT * FROM (SELECT * FROM v_sites SETTINGS additional_table_filters = {})", "SELECT * FROM v_sites SETTINGS readonly = 0", "SELECT * FROM v_sites SETTINGS max_threads = 1",
		"SELECT * FROM merge('mimamori', '.*')", "SELECT * FROM remote('127.0.0.1', mimamori.customers)", "SELECT * FROM url('http://127.0.0.1/', CSV, 'a String')", "SELECT * FROM file('/etc/passwd', CSV, 'a String')",
		"SELECT * FROM view(SELECT * FROM customers)", "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT * FROM customers))", "SELECT * FROM loop(customers)", "SELECT 1 WHERE 1 IN merge('mimamori', 'customers')", "SELECT joinGet('customers', 'name', 1)",
		"SELECT dictGet('d', 'a', 1)", "SELECT hasColumnInTable('mimamori', 'customers', 'name')", "WITH x AS (SELECT * FROM customers) SELECT * FROM x",
		"SELECT file('/etc/passwd')", "SELECT arrayMap(file, ['/etc/passwd'])", "SELECT arrayMap(x -> file(x), ['/etc/passwd'])", "SELECT mapApply(file, map('a', 'b'))", "SELECT arrayMap(AIGenerate, ['a'])",
		"SELECT * APPLY(file) FROM (SELECT '/etc/passwd')", "SELECT * APPLY(x -> file(x)) FROM (SELECT '/etc/passwd')", "SELECT v_sites.* APPLY(toString) FROM v_sites", "SELECT COLUMNS('a') APPLY file FROM (SELECT '/etc/passwd' AS a)",
		"SELECT * REPLACE(file('/etc/passwd') AS a) FROM (SELECT 1 AS a)", "WITH x -> file(x) AS f SELECT f('/etc/passwd')", "WITH file AS f SELECT arrayMap(f, ['/etc/passwd'])",
		"SELECT 1 AS a, '' AS b ORDER BY a WITH FILL TO 5 INTERPOLATE (b AS file('/etc/passwd'))", "SELECT sum(1) OVER w FROM v_sites WINDOW w AS (ORDER BY file('/etc/passwd'))",
		"SELECT 1 AS a QUALIFY file('/etc/passwd') != ''", "SELECT a FROM v_sites ARRAY JOIN [file('/etc/passwd')] AS a", "SELECT count() FROM v_sites GROUP BY GROUPING SETS ((file('/etc/passwd')), ())", "SELECT 1 LIMIT length(file('/etc/passwd'))",
		"SELECT * FROM v_sites AS a JOIN v_sites AS b ON a.site = file('/etc/passwd')", "SELECT 1 WHERE 'x' IN (file('/etc/passwd'))", "SELECT sumIf(1, file('/etc/passwd') != '')",
		"SELECT CASE WHEN file('/etc/passwd') != '' THEN 1 END", "SELECT 1 LIMIT 1 BY file('/etc/passwd')", "SELECT quantile(0.5)(length(file('/etc/passwd')))", "SELECT [1, 2][length(file('/etc/passwd'))]",
		"SELECT * FROM v_availability(from = toDateTime(length(file('/etc/passwd'))), to = now())",
		"SELECT getServerSetting('path')", "SELECT catboostEvaluate('/etc/passwd', 1)", "SELECT AIGenerate('a', 'b')", "SELECT filesystemAvailable()",
		"SELECT 1 AS `a\n TableIdentifier v_sites` FROM customers", "SELECT * FROM v_sites -- \n, customers", "SELECT nothing FROM v_sites", "SELECT {p:String}",
	} {
		var refusal *clickhouse.Refusal
		found, err := a.store.Analyse(t.Context(), clickhouse.Analysis{Scope: storage.OnlyCustomers(storetest.AcmeID), SQL: sql})
		if !errors.As(err, &refusal) {
			t.Errorf("%s: %v, error %v", sql, found.Rows, err)
		} else if strings.Contains(refusal.Reason, "BAD_QUERY_PARAMETER") && !strings.Contains(sql, "{p") {
			t.Errorf("%s: the reason is %s", sql, refusal.Reason)
		}
	}
	// What looks like it and is not.
	for _, sql := range []string{
		"SELECT 'customers', 'system.tables' -- customers", "SELECT count() FROM v_sites WHERE site = 'customers';\n", "/* x */ SELECT 1 AS one ORDER BY one -- the end",
		"SELECT 1 UNION ALL SELECT 2", "(SELECT 1)", "SELECT format('{}', 'x')", "SELECT * FROM numbers(3)", "SELECT arrayMap(upper, ['a']), 'file' AS name", "SELECT site AS airport, 1 AS dictum FROM v_sites ORDER BY airport, dictum", "SELECT * EXCEPT(site) REPLACE(1 AS customer) FROM v_sites", "SELECT sum(n) OVER (PARTITION BY s) FROM (SELECT 1 AS n, 2 AS s)",
	} {
		a.ask(t, storage.OnlyCustomers(storetest.AcmeID), sql, nil)
	}
}

func (a *analyst) dates(t *testing.T) {
	for value, exists := range map[string]bool{"2024-02-29": true, "2026-02-28 23:59:59": true, "1777593600": true, "2026-02-29": false, "2026-13-01 00:00:00": false} {
		_, err := a.store.Analyse(t.Context(), clickhouse.Analysis{Scope: storage.EveryCustomer(),
			SQL: "SELECT {from:DateTime}, {name: String}", Parameters: map[string]string{"from": value, "name": "2026-02-30"}})
		var refusal *clickhouse.Refusal
		if exists && err != nil || !exists && !errors.As(err, &refusal) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func (a *analyst) limit(t *testing.T) {
	for limit, more := range map[int]bool{0: false, 5: true, 10: false} {
		found, err := a.store.Analyse(t.Context(), clickhouse.Analysis{Scope: storage.EveryCustomer(), SQL: "SELECT * FROM numbers(10)", Limit: limit})
		if err != nil || found.More != more || limit > 0 && len(found.Rows) != limit {
			t.Errorf("limit %d: %d rows, more %t, %v", limit, len(found.Rows), found.More, err)
		}
	}
}

// grants holds that the statements for a server are such as ClickHouse can read, and
// that no table is granted whole.
func (a *analyst) grants(t *testing.T) {
	all, err := a.store.Grants(t.Context(), "analyst_acme", storage.OnlyCustomers(storetest.AcmeID))
	if err != nil {
		t.Fatal(err)
	}
	const format = "SELECT formatQuery({statement:String})"
	if _, err := a.store.Analyse(t.Context(), clickhouse.Analysis{Scope: storage.EveryCustomer(), SQL: format, Parameters: map[string]string{"statement": all[0]}}); err == nil {
		t.Errorf("it can be run without a password of one's own: %s", all[0])
	}
	all[0] = strings.Replace(all[0], clickhouse.ChosenPassword, "'one of their own'", 1)
	policies := map[string]bool{}
	for _, statement := range all {
		found := a.ask(t, storage.EveryCustomer(), format, map[string]string{"statement": statement})
		if found.Rows[0][0] == "" {
			t.Errorf("%s", statement)
		}
		if _, on, ok := strings.Cut(statement, "POLICY OR REPLACE analyst_acme ON "); ok {
			table, rest, _ := strings.Cut(on, " ")
			policies[table] = strings.Contains(rest, fmt.Sprintf("USING customer_id IN (%d)", storetest.AcmeID))
		}
		if _, on, ok := strings.Cut(statement, "GRANT SELECT ON "); ok {
			table, _, _ := strings.Cut(on, " ")
			nobodys := strings.HasSuffix(table, ".schema_migrations") || strings.HasSuffix(table, ".scope_keys") || strings.HasSuffix(table, ".streams_read")
			if !strings.Contains(table, ".v_") && !policies[table] && !nobodys {
				t.Errorf("%s is granted without a policy", table)
			}
		}
	}
	if len(policies) < 20 {
		t.Errorf("%d policies", len(policies))
	}
	var refusal *clickhouse.Refusal
	if _, err := a.store.Grants(t.Context(), "x; DROP", storage.EveryCustomer()); !errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
}

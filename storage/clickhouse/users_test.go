package clickhouse_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/calendar"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded/embeddedtest"
	"mimamori/storage/storetest"
)

// TestPrivileges does as each user what that user does, in an engine that grants nothing
// else, and holds that it may not do what is another's.
func TestPrivileges(t *testing.T) {
	embeddedtest.RequireLibrary(t)
	config := embeddedtest.Config(t)
	var analyst []string // what an analyst of some customers is granted
	as := func(role string, do func(t *testing.T, store *clickhouse.Store)) {
		if config.Grants = clickhouse.Privileges(role, config.Database); role == "analyst" {
			config.Grants = analyst
		}
		engine, stop := embeddedtest.Run(t, config, prometheus.NewRegistry())
		endpoint, err := engine.Endpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		settings := clickhouse.DefaultConfig()
		settings.Address, settings.Password, settings.Protocol, settings.Database = endpoint.Address, endpoint.Token, clickhouse.ProtocolHTTP, endpoint.Database
		store, err := clickhouse.Open(t.Context(), settings, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(role, func(t *testing.T) { do(t, store) })
		if err := errors.Join(store.Close(), stop()); err != nil {
			t.Fatal(err)
		}
	}
	as("migrator", func(t *testing.T, store *clickhouse.Store) {
		if err := errors.Join(store.Migrate(t.Context()), store.Migrate(t.Context()), store.Retain(t.Context(), clickhouse.DefaultRetention())); err != nil {
			t.Error(err)
		}
		longer := clickhouse.DefaultRetention()
		longer.Standard.RawDays++
		longer.Customers = map[string]string{storetest.Acme: "long"}
		if err := store.Retain(t.Context(), longer); err != nil {
			t.Error(err)
		}
	})
	as("writer", func(t *testing.T, store *clickhouse.Store) {
		storetest.Fill(t, store)
		everyQuestion(t, store)
		everyChange(t, store, nil)
		less := clickhouse.DefaultRetention()
		for what, err := range map[string]error{"migrate": store.Migrate(t.Context()), "retain": store.Retain(t.Context(), less)} {
			if !denied(err) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
	as("alerter", func(t *testing.T, store *clickhouse.Store) {
		everyQuestion(t, store)
		everyChange(t, store, denied)
		if err := store.SaveAlarms(t.Context(), []storage.RaisedAlarm{{AlarmID: "1", Rule: "DeviceDown", Raised: time.Now()}}); err != nil {
			t.Errorf("alarms: %v", err)
		}
		if err := store.Migrate(t.Context()); !denied(err) {
			t.Errorf("migrate: %v", err)
		}
	})
	as("reader", func(t *testing.T, store *clickhouse.Store) {
		everyQuestion(t, store)
		everyChange(t, store, denied)
		if err := store.Migrate(t.Context()); !denied(err) {
			t.Errorf("migrate: %v", err)
		}
		if err := store.SaveAlarms(t.Context(), []storage.RaisedAlarm{{AlarmID: "1", Raised: time.Now()}}); !denied(err) {
			t.Errorf("alarms: %v", err)
		}
		users := clickhouse.DefaultConfig()
		users.Username, users.Password, users.Reader = "writer", "secret", clickhouse.User{Username: "reader", Password: "secret"}
		statements, err := users.UserStatements()
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range statements { // ClickHouse can read it
			_, err := store.Analyse(t.Context(), clickhouse.Analysis{Scope: storage.EveryCustomer(), SQL: "SELECT formatQuery({statement:String})", Parameters: map[string]string{"statement": statement}})
			if err != nil {
				t.Errorf("%s: %v", statement, err)
			}
		}
		found, err := store.Analyse(t.Context(), clickhouse.Analysis{Scope: storage.OnlyCustomers(storetest.ZenID), SQL: "SELECT DISTINCT customer FROM v_sites", Limit: 9})
		if err != nil || len(found.Rows) != 1 || found.Rows[0][0] != storetest.Zen {
			t.Errorf("%v, %v", found.Rows, err)
		}
		granted, err := store.Grants(t.Context(), "analyst_zen", storage.OnlyCustomers(storetest.ZenID))
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range granted {
			if grant, ok := strings.CutPrefix(statement, "GRANT "); ok {
				grant, _, _ = strings.Cut(grant, " TO ")
				analyst = append(analyst, grant)
			}
		}
	})
	as("analyst", func(t *testing.T, store *clickhouse.Store) {
		asked := storage.Query{Scope: storage.OnlyCustomers(storetest.ZenID), From: storetest.Begin, To: storetest.End}
		if found, err := store.Alarms(t.Context(), asked); err != nil || len(found) != 1 {
			t.Errorf("its alarms: %+v, %v", found, err)
		}
		asked.Scope = storage.EveryCustomer()
		if _, err := store.Alarms(t.Context(), asked); !denied(err) {
			t.Errorf("the partner's words on alarms: %v", err)
		}
		if err := store.SaveAlarms(t.Context(), []storage.RaisedAlarm{{AlarmID: "1", Raised: time.Now()}}); !denied(err) {
			t.Errorf("alarms: %v", err)
		}
	})
}

func denied(err error) bool {
	failure := (*storage.Failure)(nil)
	return errors.As(err, &failure) && failure.Reason == storage.FailureAccess
}

// changes are the methods of a store that write, and who changes tables.
var changes = []string{"WriteRaw", "WriteDerived", "SaveRegistry", "SaveContracts", "SaveMaintenance", "SaveRevision", "SaveScopeKey", "SaveAlarms", "RevokeScopeKey", "RollUpHours", "RollUpDays", "RollUpLog", "Migrate", "Retain"}

// everyQuestion asks everything that a store can be asked, also what is added later.
func everyQuestion(t *testing.T, store *clickhouse.Store) {
	t.Helper()
	query := storage.Query{Scope: storage.EveryCustomer(), From: storetest.Begin, To: storetest.Begin.Add(24 * time.Hour)}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // some wait
	defer cancel()
	value := reflect.ValueOf(store)
	for i := range value.NumMethod() {
		name, method := value.Type().Method(i).Name, value.Method(i)
		if slices.Contains(changes, name) || name == "Close" {
			continue
		}
		var arguments []reflect.Value
		for n := range method.Type().NumIn() {
			kind := method.Type().In(n)
			argument := reflect.Zero(kind)
			switch kind {
			case reflect.TypeFor[context.Context]():
				argument = reflect.ValueOf(ctx)
			case reflect.TypeFor[storage.Query]():
				argument = reflect.ValueOf(query)
			case reflect.TypeFor[storage.Scope]():
				argument = reflect.ValueOf(storage.EveryCustomer())
			case reflect.TypeFor[storage.SyslogRatesQuery]():
				argument = reflect.ValueOf(storage.SyslogRatesQuery{Query: query, By: []storage.LogGroup{storage.ByMnemonic}})
			case reflect.TypeFor[storage.NameSearch]():
				argument = reflect.ValueOf(storage.NameSearch{Scope: storage.EveryCustomer(), Kind: storage.NameDevice, Limit: 9})
			case reflect.TypeFor[storage.RawQuery]():
				argument = reflect.ValueOf(storage.RawQuery{Kinds: []sample.Kind{sample.KindPings, sample.KindSyslog}, Before: 1 << 40, After: -1})
			case reflect.TypeFor[clickhouse.Analysis]():
				argument = reflect.ValueOf(clickhouse.Analysis{Scope: storage.EveryCustomer(), SQL: "SELECT * FROM v_devices", Limit: 9})
			case reflect.TypeFor[[]sample.ID]():
				argument = reflect.ValueOf([]sample.ID{storetest.PathID})
			case reflect.TypeFor[string]():
				argument = reflect.ValueOf("somebody")
			}
			arguments = append(arguments, argument)
		}
		results := method.Call(arguments)
		if err, _ := results[len(results)-1].Interface().(error); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// everyChange writes everything that can be written; expected judges what comes of it,
// nil for success.
func everyChange(t *testing.T, store *clickhouse.Store, expected func(error) bool) {
	t.Helper()
	ctx := t.Context()
	batch := &storage.Batch{Source: storage.Source{Incarnation: "i", Topic: "telemetry", First: 1 << 30, Last: 1 << 30},
		Tables: map[sample.Kind]*storage.Table{sample.KindHeartbeats: {
			Origin: storage.Origin{Customer: []sample.ID{1}, Site: []sample.ID{1}, Appliance: []sample.ID{1}, SlotMs: []int64{time.Now().UnixMilli()}, Offset: []int64{1 << 30}},
			Rows: &sample.Heartbeats{OffsetMs: []uint32{0}, IntervalMs: []uint32{1}, Sequence: []uint64{1}, BacklogBlocks: []uint32{0},
				BacklogBytes: []uint64{0}, DroppedBlocks: []uint64{0}, Version: []string{""}, SentBytes: []uint64{0}, SentMs: []uint32{0}},
		}}}
	_, contracts := store.SaveContracts(ctx, []storage.ContractRevision{{Customer: storetest.Zen, Content: t.Name(), By: "me", Why: "so", At: time.Now()}})
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	roll := storage.RollUp{Customer: storetest.AcmeID, Sites: []sample.ID{storetest.TokyoID}, FromMs: storetest.Begin.UnixMilli(), ToMs: storetest.Begin.Add(24 * time.Hour).UnixMilli()}
	for what, err := range map[string]error{
		"raw":         store.WriteRaw(ctx, batch),
		"derived":     store.WriteDerived(ctx, batch.Source, &storage.Derived{DeviceStates: []storage.DeviceState{{Customer: 1, Site: 1, Device: 1}}}),
		"registry":    store.SaveRegistry(ctx, storage.Registry{Customers: []storage.Customer{{ID: 1, Name: "one"}}}),
		"contracts":   contracts,
		"maintenance": store.SaveMaintenance(ctx, window()),
		"revision":    store.SaveRevision(ctx, t.Name(), []byte("{}")),
		"scope key":   store.SaveScopeKey(ctx, public),
		"hours":       store.RollUpHours(ctx, roll),
		"days":        store.RollUpDays(ctx, roll),
		"log":         store.RollUpLog(ctx, roll),
	} {
		if expected == nil && err != nil || expected != nil && !expected(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestUserStatements(t *testing.T) {
	config := clickhouse.DefaultConfig()
	if _, err := config.UserStatements(); err == nil || !strings.Contains(err.Error(), "no user but default") {
		t.Errorf("only default: %v", err)
	}
	config.Username, config.Password = "writer", "secret of the writer"
	config.Reader = clickhouse.User{Username: "reader", Password: "secret of the reader"}
	config.Alerter = clickhouse.User{Username: "alerter", Password: "secret of the alerter"}
	config.Migrator = clickhouse.User{Username: "migrator"}
	if _, err := config.UserStatements(); err == nil || !strings.Contains(err.Error(), "user migrator: it has no password") {
		t.Errorf("no password: %v", err)
	}
	config.Migrator.Password = "secret of the migrator"
	all, err := config.UserStatements()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{
		"GRANT SELECT, INSERT ON mimamori.* TO writer WITH REPLACE OPTION",
		"GRANT SELECT ON mimamori.* TO reader WITH REPLACE OPTION",
		"GRANT SELECT ON mimamori.* TO alerter WITH REPLACE OPTION", "GRANT INSERT ON mimamori.alarms TO alerter",
		"GRANT TABLE ENGINE ON ReplacingMergeTree TO migrator",
		"USING 1 TO migrator, writer, alerter, reader",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "secret") {
		t.Errorf("a password is printed:\n%s", text)
	}
	config.Migrator = clickhouse.User{} // the writer is it
	all, err = config.UserStatements()
	if err != nil || slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, "migrator") }) ||
		!slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, "CREATE TABLE") && strings.Contains(s, "TO writer") }) {
		t.Errorf("two users: %v\n%s", err, strings.Join(all, "\n"))
	}
}

func window() calendar.Window {
	return calendar.Window{ID: "power", Customer: storetest.Zen, From: storetest.Begin, To: storetest.Begin.Add(time.Hour), TimeZone: "UTC",
		EnteredAt: storetest.Begin, By: "noc", Why: "power works"}
}

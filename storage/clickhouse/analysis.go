package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/storage"
)

// Analysis is a question in an analyst's own SQL. It is the one place where SQL comes
// from outside: it may read the views and nothing else, and the scope holds for every
// table below them, whatever the text says.
type Analysis struct {
	Scope      storage.Scope
	SQL        string            // one SELECT, with or without a semicolon at its end
	Parameters map[string]string // values of {name:Type} in it, as text
	Limit      int               // rows at most; 0 for no limit
}

// Findings are the answer to an analysis.
type Findings struct {
	Columns []string
	Rows    [][]any // string, number, bool, time.Time, or nil for NULL
	More    bool    // there are more rows than the limit
}

// Refusal says why an analysis was not run, and what to write instead.
type Refusal struct{ Reason string }

// Error returns the reason.
func (r *Refusal) Error() string { return r.Reason }

func refused(format string, arguments ...any) error {
	return &Refusal{fmt.Sprintf(format, arguments...)}
}

// Analyse runs an analysis. The error is a Refusal where the SQL is at fault.
func (s *Store) Analyse(ctx context.Context, analysis Analysis) (Findings, error) {
	if !analysis.Scope.All() && len(analysis.Scope.Customers()) == 0 {
		return Findings{}, storage.ErrNoScope
	}
	text := strings.TrimRight(strings.TrimSpace(analysis.SQL), "; \t\r\n")
	if text == "" {
		return Findings{}, refused("there is no question: write a SELECT from the views")
	}
	if err := checkDates(text, analysis.Parameters); err != nil {
		return Findings{}, err
	}
	arguments := make([]any, 0, len(analysis.Parameters))
	for name, value := range analysis.Parameters {
		arguments = append(arguments, clickhouse.Named(name, value))
	}
	schema, err := s.schema(ctx)
	if err != nil {
		return Findings{}, err
	}
	if err := s.inspect(ctx, schema, text, arguments); err != nil {
		return Findings{}, err
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"additional_table_filters": schema.filters(analysis.Scope),
	}))
	began := time.Now()
	found, err := s.find(ctx, text, arguments, analysis.Limit)
	s.metrics.queried("analysis", time.Since(began), err)
	if err != nil {
		return Findings{}, s.mistake("run", err)
	}
	return found, nil
}

// schema is what there is in the database.
type schema struct {
	database  string
	views     []string
	tables    []string // all others
	owned     []string // of these, the ones with customer_id
	databases []string
	functions []string // table functions
	reading   []string // ordinary functions that get at other things than their arguments
}

func (s *Store) schema(ctx context.Context) (schema, error) {
	found := schema{database: s.config.Database}
	var name, engine string
	var owned uint8
	err := s.query(ctx, "schema_tables", `SELECT name, engine, toUInt8(name IN (SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'customer_id'))
FROM system.tables WHERE database = currentDatabase() ORDER BY name`, nil, []any{&name, &engine, &owned}, func() {
		switch {
		case engine == "View" && strings.HasPrefix(name, "v_"):
			found.views = append(found.views, name)
			return
		case owned == 1:
			found.owned = append(found.owned, name)
		}
		found.tables = append(found.tables, name)
	})
	if err != nil {
		return found, err
	}
	for sql, names := range map[string]*[]string{
		"SELECT name FROM system.databases":       &found.databases,
		"SELECT name FROM system.table_functions": &found.functions,
		"SELECT name FROM system.functions":       &found.reading,
	} {
		if err := s.query(ctx, "schema_names", sql, nil, []any{&name}, func() { *names = append(*names, name) }); err != nil {
			return found, err
		}
	}
	found.reading = slices.DeleteFunc(found.reading, func(name string) bool { return !reads(name) })
	return found, nil
}

// filters limits every table to the scope, below all views and however it is reached.
func (s schema) filters(scope storage.Scope) string {
	if scope.All() {
		return "{}"
	}
	all := make([]string, len(s.owned))
	for i, table := range s.owned {
		all[i] = fmt.Sprintf("'%s.%s':'%s'", s.database, table, inScope(scope))
	}
	return "{" + strings.Join(all, ",") + "}"
}

// harmless are table functions that only make rows up, and those that are ordinary
// functions too.
var harmless = []string{"numbers", "numbers_mt", "zeros", "zeros_mt", "values", "generate_series", "generateSeries", "format", "null"}

// reads says whether an ordinary function gets at other things than its arguments: files,
// dictionaries, models, the network, or how the server is set up.
func reads(function string) bool {
	for _, beginning := range []string{"dict", "joinget", "ai", "filesystem", "naivebayesclassifier", "getserver", "tcpport"} {
		if strings.HasPrefix(strings.ToLower(function), beginning) {
			return true
		}
	}
	switch function {
	case "file", "catboostEvaluate", "hasColumnInTable", "getMacro", "getMergeTreeSetting", "showCertificate", "getClientHTTPHeader", "logTrace":
		return true
	}
	return false
}

// inspect asks the engine for the syntax tree of the question as a subquery, which
// only a SELECT can be, and refuses what reads anything but views or brings settings
// of its own. In the tree every table is named in a line of its own; a text in the
// question can add lines to it but take none away.
func (s *Store) inspect(ctx context.Context, schema schema, text string, arguments []any) error {
	var line string
	var tree []string
	err := s.query(ctx, "inspect", "EXPLAIN AST SELECT * FROM (\n"+text+"\n)", arguments, []any{&line}, func() { tree = append(tree, line) })
	if err != nil {
		return s.mistake("read", err)
	}
	for _, line := range tree[min(1, len(tree)):] {
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, _, _ := strings.Cut(rest, " ")
		if err := schema.judge(kind, name); err != nil {
			return err
		}
	}
	return nil
}

func (s schema) judge(kind, name string) error {
	first, _, qualified := strings.Cut(name, ".")
	switch kind {
	case "Set":
		return refused("SETTINGS are not for a question to bring: leave them out")
	case "TableIdentifier":
		if qualified || slices.Contains(s.tables, name) {
			return refused("%s is not a view: ask one of %s", name, strings.Join(s.views, ", "))
		}
	case "Identifier":
		if slices.Contains(s.tables, name) || qualified && slices.Contains(s.databases, first) {
			return refused("%s is the name of a table or a database, which only views may be asked for: give your column or alias another name", name)
		}
		// arrayMap and its like take functions by their names.
		if slices.ContainsFunc(s.reading, func(function string) bool { return strings.EqualFold(function, name) }) {
			return refused("%s is the name of a function that may not be used: give your column or alias another name", name)
		}
	case "ColumnsApplyTransformer": // the tree does not say what it applies
		return refused("APPLY may not be used: write the function around each column")
	case "Function":
		if reads(name) || slices.Contains(s.functions, name) && !slices.Contains(harmless, name) {
			return refused("the function %s may not be used: it reads other things than the views", name)
		}
	}
	return nil
}

// mistake makes a Refusal of what the engine says about the text, and leaves alone what
// is no fault of it.
func (s *Store) mistake(doing string, err error) error {
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		reason, _, _ := strings.Cut(exception.Message, "Stack trace:")
		return refused("ClickHouse cannot %s it: %s", doing, strings.TrimSpace(reason))
	}
	return fmt.Errorf("ask ClickHouse at %s: %w", s.config.Address, err)
}

// View is a view as it describes itself.
type View struct {
	Name, Comment string
	Columns       []ViewColumn
}

// ViewColumn is a column of a view.
type ViewColumn struct{ Name, Type, Comment string }

// Views returns the views with their columns, by name. One with parameters has no
// columns before it is asked.
func (s *Store) Views(ctx context.Context) ([]View, error) {
	var views []View
	var view View
	err := s.query(ctx, "views", `SELECT name, comment FROM system.tables
WHERE database = currentDatabase() AND engine = 'View' AND startsWith(name, 'v_') ORDER BY name`, nil,
		[]any{&view.Name, &view.Comment}, func() { views = append(views, view) })
	if err != nil {
		return nil, err
	}
	var table string
	var column ViewColumn
	err = s.query(ctx, "view_columns", `SELECT table, name, type, comment FROM system.columns
WHERE database = currentDatabase() AND startsWith(table, 'v_') ORDER BY table, position`, nil,
		[]any{&table, &column.Name, &column.Type, &column.Comment}, func() {
			if i := slices.IndexFunc(views, func(v View) bool { return v.Name == table }); i >= 0 {
				views[i].Columns = append(views[i].Columns, column)
			}
		})
	return views, err
}

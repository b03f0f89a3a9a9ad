package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/report"
)

// sqlCommand asks the views in SQL.
type sqlCommand struct {
	storeFlags  `embed:""`
	outputFlags `embed:""`
	Question    string            `arg:"" optional:"" help:"One SELECT from the views; - reads it from standard input. docs/queries.md has examples."`
	Customer    []string          `help:"Only what is this customer's; may be given several times." sep:"none" placeholder:"NAME"`
	Param       map[string]string `help:"Value of {name:Type} in the question; may be given several times." mapsep:"none" placeholder:"NAME=VALUE"`
	TZ          string            `name:"tz" help:"Time zone that times are printed in." default:"UTC"`
	Limit       int               `help:"Rows at most; 0 for all." default:"100000"`
	Views       bool              `help:"List the views and what their columns mean."`
	Grants      string            `help:"Print the statements by which an administrator of a ClickHouse server makes this user, an analyst, who may read the views; mimamori migrate --grants prints those of the program's own users." placeholder:"USER"`
}

// Run prints the answer.
func (c *sqlCommand) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if err := c.check(output); err != nil {
		return usageError{err}
	}
	location, err := zone(c.TZ)
	if err != nil {
		return err
	}
	question := c.Question
	if question == "-" {
		text, err := io.ReadAll(os.Stdin)
		if err != nil {
			return fmt.Errorf("read the question from standard input: %w", err)
		}
		question = string(text)
	}
	return c.withStore(ctx, logger, func(store *clickhouse.Store) error {
		scope, err := c.scope(ctx, store)
		if err != nil {
			return err
		}
		switch {
		case c.Views:
			return c.views(ctx, store, output)
		case c.Grants != "":
			return c.grants(ctx, store, scope, output)
		}
		found, err := store.Analyse(ctx, clickhouse.Analysis{Scope: scope, SQL: question, Parameters: c.Param, Limit: c.Limit})
		if err != nil {
			return blamed(err)
		}
		if found.More {
			logger.Warn("there are more rows: these are the first; raise --limit or narrow the question", "rows", c.Limit)
		}
		return c.write(report.Table(found.Columns, found.Rows, location), output)
	})
}

func (c *sqlCommand) check(output stdout) error {
	asked := 0
	for _, given := range []bool{c.Question != "", c.Views, c.Grants != ""} {
		if given {
			asked++
		}
	}
	switch {
	case asked != 1:
		return errors.New("give one question, or --views, or --grants USER")
	case c.Limit < 0:
		return fmt.Errorf("--limit %d is negative: use how many rows to print, or 0 for all", c.Limit)
	}
	return c.checkOutput(output)
}

// blamed makes a usage error of what is the question's own fault.
func blamed(err error) error {
	if refusal := (*clickhouse.Refusal)(nil); errors.As(err, &refusal) {
		return usageError{err}
	}
	return err
}

// scope is that of the customers named. A name that nobody bears is a mistake: an
// empty answer would pass for one.
func (c *sqlCommand) scope(ctx context.Context, store *clickhouse.Store) (storage.Scope, error) {
	if len(c.Customer) == 0 {
		return storage.EveryCustomer(), nil
	}
	var ids []sample.ID
	for _, name := range c.Customer {
		id := sample.CustomerID(name)
		found, err := store.Analyse(ctx, clickhouse.Analysis{Scope: storage.OnlyCustomers(id), SQL: "SELECT 1 FROM v_sites", Limit: 1})
		if err != nil {
			return storage.Scope{}, err
		}
		if len(found.Rows) == 0 {
			return storage.Scope{}, usageError{fmt.Errorf("--customer: the store knows no customer %q", name)}
		}
		ids = append(ids, id)
	}
	return storage.OnlyCustomers(ids...), nil
}

func (c *sqlCommand) views(ctx context.Context, store *clickhouse.Store, output stdout) error {
	views, err := store.Views(ctx)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, view := range views {
		rows = append(rows, []any{view.Name, "", "", view.Comment})
		for _, column := range view.Columns {
			rows = append(rows, []any{view.Name, column.Name, column.Type, column.Comment})
		}
	}
	return c.write(report.Table([]string{"view", "column", "type", "meaning"}, rows, time.UTC), output)
}

func (c *sqlCommand) grants(ctx context.Context, store *clickhouse.Store, scope storage.Scope, output stdout) error {
	statements, err := store.Grants(ctx, c.Grants, scope)
	if err != nil {
		return blamed(err)
	}
	_, err = fmt.Fprintln(output, strings.Join(statements, ";\n")+";")
	return err
}

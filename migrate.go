package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// migrateCommand makes what the roles need: tables and topics.
type migrateCommand struct {
	configFlag `embed:""`
	Grants     bool `help:"Only print the statements by which an administrator of the ClickHouse server makes the users of the configuration, each with exactly the privileges that it needs."`
}

// Run makes the database, its tables, how long they are kept, and the topics. What is
// there already stays; several may run at once.
func (c *migrateCommand) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	if c.Grants {
		statements, err := config.Storage.ClickHouse.UserStatements()
		if err != nil {
			return blamed(err)
		}
		_, err = fmt.Fprintln(output, strings.Join(statements, ";\n")+";")
		return err
	}
	if err := config.apart(true); err != nil {
		return err
	}
	made := false
	application := newApplication(config, logger)
	application.warnOfExposures()
	err = application.play(ctx, migrateRole, func(context.Context) error {
		made = true
		var topics []string
		for _, topic := range config.Ingest.Bus.Topics() {
			topics = append(topics, topic.Name)
		}
		_, err := fmt.Fprintf(output, "the store %s at %s has the tables of this program, Kafka at %s the topics %s\n",
			config.Storage.ClickHouse.Database, config.Storage.ClickHouse.Address, strings.Join(config.Ingest.Bus.Brokers, ", "), strings.Join(topics, ", "))
		return err
	})
	if err == nil && !made {
		return errors.New("interrupted before all was made: run it again, it goes on where it was")
	}
	return err
}

package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"mimamori/processors/alert"
	"mimamori/storage/clickhouse"
)

// alertBacktestCommand tries rules on the past.
type alertBacktestCommand struct {
	storeFlags  `embed:""`
	outputFlags `embed:""`
	JSON        bool          `name:"json" help:"Print all that is known of each, as JSON."`
	Rule        string        `help:"This rule alone, by its name. Default: all that are on." placeholder:"NAME"`
	From        string        `help:"Beginning: 2026-05-08T22:00 in the time zone, a date, RFC 3339, or 24h or 30d before now." default:"24h" placeholder:"TIME"`
	To          string        `help:"End, as --from." default:"now" placeholder:"TIME"`
	TimeZone    string        `aliases:"tz" help:"Zone of the times; --tz for short." default:"UTC"`
	Step        time.Duration `help:"How far apart the looks are: alarms are raised and cleared at a look." default:"1m"`
}

// mostLooks bounds a backtest: each look takes about as long as a page of the plugin.
const mostLooks = 100_000

// Run prints what would have been raised.
func (c *alertBacktestCommand) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if err := c.checkOutput(output); err != nil {
		return err
	}
	location, err := zone(c.TimeZone)
	if err != nil {
		return err
	}
	now := time.Now()
	from, err := moment("from", c.From, now, location)
	if err != nil {
		return err
	}
	to, err := moment("to", c.To, now, location)
	if err != nil {
		return err
	}
	switch {
	case !from.Before(to):
		return usageError{fmt.Errorf("--from %s is not before --to %s", from.Format(time.RFC3339), to.Format(time.RFC3339))}
	case c.Step < time.Second:
		return usageError{fmt.Errorf("--step %s is too short: use 1s or more", c.Step)}
	case to.Sub(from)/c.Step > mostLooks:
		return usageError{fmt.Errorf("these are %d looks, each of which asks the store: use a longer --step, or less time", to.Sub(from)/c.Step)}
	}
	config, err := configFlag(c.storeFlags).load()
	if err != nil {
		return err
	}
	var past []alert.Alarm
	err = c.withStore(ctx, logger, func(store *clickhouse.Store) (err error) {
		promises := func(ctx context.Context, at time.Time) ([]alert.Promise, error) {
			if len(config.Service.Contracts) == 0 {
				return nil, nil
			}
			return promised(ctx, store, config.Service, at)
		}
		said := now
		past, err = alert.Backtest(ctx, config.Alert.Raising, c.Rule, store, promises, from, to, c.Step, func(at time.Time) {
			if time.Since(said) > 5*time.Second {
				said = time.Now()
				logger.Info("trying the rules", "at", at.Format(time.RFC3339), "done", fmt.Sprintf("%d %%", 100*at.Sub(from)/to.Sub(from)))
			}
		})
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		if past == nil {
			past = []alert.Alarm{}
		}
		return printJSON(output, past)
	}
	return c.write(alarmSheet(past), output)
}

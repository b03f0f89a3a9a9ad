package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mimamori/bench/chaos"
	"mimamori/ingest"
	"mimamori/ingest/inventory"
)

// chaosCommand kills, freezes, cuts off and restarts the parts of a pipeline at random
// and counts what came through.
type chaosCommand struct {
	For       time.Duration `help:"How long the parts are tormented." default:"5m"`
	Broker    string        `help:"What carries the rows: the embedded broker or Apache Kafka, which make kafka fetches." enum:"embedded,kafka" default:"embedded"`
	Seed      uint64        `help:"What happens follows from it, and what the pollers say." default:"1"`
	Rows      int           `help:"Go on until so many numbered rows were made, rather than for a time." placeholder:"N"`
	Rate      int           `help:"Numbered rows a second." default:"6000"`
	Every     time.Duration `help:"Mean time between two events." default:"1200ms"`
	Directory string        `help:"Keep data, logs and configuration files of the run in this directory, which must not exist. Left out: a temporary one, kept when the run fails." placeholder:"DIR"`
	Log       string        `help:"Write the events to this file rather than to standard error." placeholder:"FILE"`
	Spoil     bool          `help:"Leave a row out and store another twice, to show that both are found." hidden:""`
	JSON      bool          `name:"json" help:"Print one JSON object."`
}

// Run torments and counts.
func (c *chaosCommand) Run(ctx context.Context, output stdout) error {
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	config := chaos.Config{
		Binary: binary, For: c.For, Seed: c.Seed, Broker: c.Broker, Rate: c.Rate, Rows: c.Rows, Every: c.Every,
		Spoil: c.Spoil, Events: os.Stderr,
	}
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	if c.Log != "" {
		file, err := os.Create(c.Log)
		if err != nil {
			return fmt.Errorf("write the events: %w", err)
		}
		defer file.Close()
		config.Events = file
	}
	if config.Directory, err = c.directory(); err != nil {
		return err
	}
	outcome, err := chaos.Run(ctx, config)
	if err := c.print(output, outcome); err != nil {
		return err
	}
	if err != nil {
		return unfinished{fmt.Errorf("the run was not finished: %w; what the parts said is in %s", err, config.Directory)}
	}
	if !outcome.OK() {
		return fmt.Errorf("the run failed, seed %d; what the parts said is in %s", c.Seed, config.Directory)
	}
	if c.Directory == "" {
		return os.RemoveAll(config.Directory)
	}
	return nil
}

func (c *chaosCommand) directory() (string, error) {
	if c.Directory == "" {
		return os.MkdirTemp("", "mimamori-chaos")
	}
	path, err := filepath.Abs(c.Directory)
	if err == nil {
		err = os.Mkdir(path, 0o700)
	}
	if err != nil {
		return "", usageError{fmt.Errorf("make the directory of the run: %w", err)}
	}
	return path, nil
}

func (c *chaosCommand) print(output io.Writer, o chaos.Outcome) error {
	if c.JSON {
		return json.NewEncoder(output).Encode(o)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "produced %d, stored %d, lost %d, doubled %d; of other kinds produced %d, stored %d, lost %d, doubled %d\n",
		o.Produced, o.Stored, o.Lost, o.Doubled, o.Others.Produced, o.Others.Stored, o.Others.Lost, o.Others.Doubled)
	fmt.Fprintf(&text, "kills %d, freezes %d, cuts %d, restarts %d in %.0f s; all had gone through %.1f s later\n",
		o.Kills, o.Freezes, o.Cuts, o.Restarts, o.Seconds, o.SettleSeconds)
	if o.Comparison != nil {
		names := []string{}
		for name, rows := range o.Comparison.Figures {
			verdict := "equal"
			if different := o.Comparison.Different[name]; different > 0 {
				verdict = fmt.Sprintf("%d different", different)
			}
			names = append(names, fmt.Sprintf("%s %d rows %s", name, rows, verdict))
		}
		slices.Sort(names)
		fmt.Fprintf(&text, "beside the undisturbed run: %s\n", strings.Join(names, ", "))
	}
	for _, problem := range o.Problems {
		fmt.Fprintln(&text, problem)
	}
	_, err := io.WriteString(output, text.String())
	return err
}

// chaosPoller is an appliance whose rows are those of a run.
type chaosPoller struct {
	configFlag `embed:""`
	Feeding    string `help:"File that says what to say." required:"" type:"existingfile"`
}

// Run feeds the appliance until the context ends.
func (c *chaosPoller) Run(ctx context.Context, logger *slog.Logger) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	feeding, err := chaos.ReadFeeding(c.Feeding)
	if err != nil {
		return usageError{err}
	}
	stations := config.Ingest.Inventory.Stations()
	at := slices.IndexFunc(stations, func(s inventory.Station) bool { return s.Appliance.Name == feeding.Appliance() })
	if at < 0 {
		return usageError{errors.New("the configuration has no appliance " + feeding.Appliance())}
	}
	application := newApplication(config, logger)
	application.stations = stations[at : at+1]
	application.feed = func(appliance *ingest.Appliance) { appliance.Feed("chaos", feeding.Feed) }
	return application.play(ctx, pollRole, nil)
}

// chaosProcessor is the role process that sends no ticks.
type chaosProcessor struct {
	configFlag `embed:""`
}

// Run processes until the context ends.
func (c *chaosProcessor) Run(ctx context.Context, logger *slog.Logger) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	application := newApplication(config, logger)
	application.timeless = true
	return application.play(ctx, processRole, nil)
}

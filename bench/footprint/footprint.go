package footprint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/bench/site"
	"mimamori/ingest"
	"mimamori/ingest/bus"
	embeddedbus "mimamori/ingest/bus/embedded"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/sample"
	"mimamori/processors"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// Mark is what an interface row is to stay under, bytes.
const Mark = 12

// Config says how many rows are stored.
type Config struct {
	Engine     []string // the command that serves the embedded engine as a child process
	Devices    int      // 1 to 2,000
	Interfaces int      // of each device, 1 to 500
	Hours      int      // 1 to 168
	Progress   func(step string)
}

// Validate says what is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if c.Devices < 1 || c.Devices > 2000 {
		problems = append(problems, fmt.Errorf("--devices is %d: use 1 to 2000", c.Devices))
	}
	if c.Interfaces < 1 || c.Interfaces > 500 {
		problems = append(problems, fmt.Errorf("--interfaces is %d: use 1 to 500", c.Interfaces))
	}
	if c.Hours < 1 || c.Hours > 168 {
		problems = append(problems, fmt.Errorf("--hours is %d: use 1 to 168", c.Hours))
	}
	return errors.Join(problems...)
}

// Table is what a table takes.
type Table struct {
	Table                   string   `json:"table"`
	Rows                    uint64   `json:"rows"`
	Bytes                   uint64   `json:"bytes"`
	BytesPerRow             float64  `json:"bytes_per_row"`
	UncompressedBytesPerRow float64  `json:"uncompressed_bytes_per_row"`
	Columns                 []Column `json:"columns,omitempty"` // where the table is large enough to tell
}

// Column is what a column takes of a row.
type Column struct {
	Column      string  `json:"column"`
	Codec       string  `json:"codec"`
	BytesPerRow float64 `json:"bytes_per_row"`
}

// Figures are the result.
type Figures struct {
	Devices    int `json:"devices"`
	Interfaces int `json:"interfaces"` // of each device, half of them idle
	Hours      int `json:"hours"`

	// What a row takes in the table where it stays as it was measured.
	InterfaceRow float64 `json:"bytes_per_interface_row"`
	PingRound    float64 `json:"bytes_per_ping_round"`
	SyslogLine   float64 `json:"bytes_per_syslog_line"`
	Uptime       float64 `json:"bytes_per_uptime"`
	VoiceRow     float64 `json:"bytes_per_voice_row"`

	// What a day of a device takes in all tables.
	BytesPerDeviceDay float64 `json:"bytes_per_device_day"`

	Tables []Table `json:"tables"`
	Mark   float64 `json:"mark_bytes_per_interface_row"`
	Within bool    `json:"within_mark"`
}

// Measure stores the rows and asks what they take.
func Measure(ctx context.Context, config Config, logger *slog.Logger) (figures Figures, err error) {
	if err := config.Validate(); err != nil {
		return figures, err
	}
	folder, err := os.MkdirTemp("", "mimamori-bench") // short enough for a socket in it
	if err != nil {
		return figures, fmt.Errorf("make a folder to measure in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	r := &run{config: config, folder: folder, logger: logger, sent: map[sample.Kind]uint64{}}
	defer func() { err = errors.Join(err, r.close()) }()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"start the broker and the engine", r.open},
		{fmt.Sprintf("publish %d hours of %d devices", config.Hours, config.Devices), r.publish},
		{"store them", r.store},
		{"merge", func(ctx context.Context) error { return clickhouse.Merge(ctx, r.kept) }},
	} {
		if config.Progress != nil {
			config.Progress(step.name)
		}
		if err := step.do(ctx); err != nil {
			return figures, err
		}
	}
	return r.figures(ctx)
}

// run is one measurement.
type run struct {
	config Config
	folder string
	logger *slog.Logger
	place  site.Config
	from   time.Time
	client *kafka.Client
	kept   *clickhouse.Store
	sent   map[sample.Kind]uint64 // rows
	stops  []func() error
}

// running runs a part until the measurement is closed.
func (r *run) running(ctx context.Context, part func(context.Context) error) (ended <-chan error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	end := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		end <- part(ctx)
	}()
	r.stops = append(r.stops, func() error {
		cancel()
		<-done
		select {
		case err := <-end:
			return err
		default: // was heard of before
			return nil
		}
	})
	return end
}

func (r *run) close() (err error) {
	for i := len(r.stops) - 1; i >= 0; i-- {
		err = errors.Join(err, r.stops[i]())
	}
	return err
}

func (r *run) open(ctx context.Context) error {
	r.from = time.Now().Add(-time.Duration(r.config.Hours) * time.Hour).Truncate(site.Interval)
	r.place = site.Config{Customer: "footprint", Name: "site", Devices: r.config.Devices, Interfaces: r.config.Interfaces, HalfIdle: true, From: r.from, Seed: 1}
	config := embedded.DefaultConfig()
	config.Directory = filepath.Join(r.folder, "engine")
	engine, err := embedded.New(config, r.config.Engine, r.logger, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	r.running(ctx, engine.Run)
	endpoint, err := engine.Endpoint(ctx)
	if err != nil {
		return err
	}
	settings := clickhouse.DefaultConfig()
	settings.Protocol, settings.Address, settings.Database, settings.Password = clickhouse.ProtocolHTTP, endpoint.Address, endpoint.Database, endpoint.Token
	settings.QueryTimeout = 10 * time.Minute // merging all of a table
	if r.kept, err = clickhouse.Open(ctx, settings, r.logger, prometheus.NewRegistry()); err != nil {
		return err
	}
	r.stops = append(r.stops, r.kept.Close)
	if err := errors.Join(r.kept.WaitReady(ctx), r.kept.Migrate(ctx), r.kept.SaveRegistry(ctx, r.registry())); err != nil {
		return err
	}
	return r.openBroker(ctx)
}

func (r *run) registry() storage.Registry {
	customer, at := sample.CustomerID(r.place.Customer), sample.SiteID(r.place.Customer, r.place.Name)
	return storage.Registry{
		Customers:  []storage.Customer{{ID: customer, Name: r.place.Customer}},
		Sites:      []storage.Site{{ID: at, Customer: customer, Name: r.place.Name}},
		Appliances: []storage.Appliance{{ID: r.place.Appliance(), Customer: customer, Site: at, Name: "box"}},
	}
}

func (r *run) openBroker(ctx context.Context) error {
	config := embeddedbus.DefaultConfig()
	config.Directory, config.SyncWrites = filepath.Join(r.folder, "bus"), false
	broker, err := embeddedbus.New(config, r.logger, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	ended := r.running(ctx, broker.Run)
	select {
	case <-broker.Ready():
	case err := <-ended:
		return errors.Join(errors.New("the broker has ended"), err)
	case <-ctx.Done():
		return ctx.Err()
	}
	settings := bus.DefaultConfig()
	settings.Brokers = broker.Addresses()[:1]
	settings.Partitions.Telemetry, settings.Partitions.Logs = 1, 1
	if r.client, err = kafka.Open(settings, r.logger, prometheus.NewRegistry()); err != nil {
		return err
	}
	r.stops = append(r.stops, r.client.Close)
	return r.client.EnsureTopics(ctx)
}

// publish leads the site through the hours. All is published before any of it is stored, as
// after an outage of the centre: its ticks come behind the rows.
func (r *run) publish(ctx context.Context) (err error) {
	config := ingest.DefaultConfig()
	config.Linger = 10 * time.Second // the store knows nothing of blocks: large ones are soon made
	appliance, err := ingest.NewRehearsal(config, r.place.Appliance(), r.place.Place(), r.from, r.client, r.logger, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, appliance.Close()) }()
	made := site.New(r.place, func(slot int64, rows sample.Rows) {
		r.sent[rows.Kind()] += uint64(rows.Len())
		appliance.Emit(slot, rows)
	})
	made.Names()
	start := r.from
	for range r.config.Hours * int(time.Hour/site.Interval) {
		if err := made.Live(ctx, start, appliance.Advance); err != nil {
			return err
		}
		start = start.Add(site.Interval)
	}
	return appliance.Advance(ctx, start.Add(config.Linger))
}

// rawTables are where rows stay as they were measured.
var rawTables = map[sample.Kind]string{
	sample.KindInterfaces: "raw_interfaces", sample.KindPings: "raw_pings", sample.KindSyslog: "raw_syslog",
	sample.KindUptimes: "raw_uptimes", sample.KindVoice: "raw_voice",
}

// settled is for how long no table may change until all is taken for derived.
const settled = 5 * time.Second

// store runs the processors until all rows are stored and nothing more is derived from them.
func (r *run) store(ctx context.Context) error {
	processor, err := processors.New(processors.DefaultConfig(), r.client, r.kept, r.registry(), r.logger, prometheus.NewRegistry())
	if err != nil {
		return err
	}
	ended := r.running(ctx, processor.Run)
	before, since := uint64(0), time.Now()
	for {
		select {
		case err := <-ended:
			return errors.Join(errors.New("the processors have ended"), err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second / 2):
		}
		stored, err := r.rows(ctx)
		if err != nil {
			return err
		}
		all, complete := uint64(0), true
		for _, rows := range stored {
			all += rows
		}
		for kind, table := range rawTables {
			complete = complete && stored[table] >= r.sent[kind]
		}
		if all != before {
			before, since = all, time.Now()
		}
		if complete && time.Since(since) > settled {
			return nil
		}
	}
}

func (r *run) rows(ctx context.Context) (map[string]uint64, error) {
	sizes, err := clickhouse.Sizes(ctx, r.kept)
	rows := map[string]uint64{}
	for _, size := range sizes {
		rows[size.Table] = size.Rows
	}
	return rows, err
}

func (r *run) figures(ctx context.Context) (Figures, error) {
	figures := Figures{Devices: r.config.Devices, Interfaces: r.config.Interfaces, Hours: r.config.Hours, Mark: Mark}
	sizes, err := clickhouse.Sizes(ctx, r.kept)
	if err != nil {
		return figures, err
	}
	of := map[string]float64{}
	total := uint64(0)
	for _, size := range sizes {
		table := Table{Table: size.Table, Rows: size.Rows, Bytes: size.Bytes,
			BytesPerRow: float64(size.Bytes) / float64(size.Rows), UncompressedBytesPerRow: float64(size.Uncompressed) / float64(size.Rows)}
		for _, column := range size.Columns {
			if column.Bytes > 0 {
				table.Columns = append(table.Columns, Column{column.Column, column.Codec, float64(column.Bytes) / float64(size.Rows)})
			}
		}
		figures.Tables = append(figures.Tables, table)
		of[size.Table] = table.BytesPerRow
		total += size.Bytes
	}
	for kind, table := range rawTables {
		rows := uint64(0)
		for _, size := range sizes {
			if size.Table == table {
				rows = size.Rows
			}
		}
		if rows != r.sent[kind] {
			return figures, fmt.Errorf("%d rows are in table %s after %d were published: what they take is not known", rows, table, r.sent[kind])
		}
	}
	figures.InterfaceRow, figures.PingRound, figures.SyslogLine = of["raw_interfaces"], of["raw_pings"], of["raw_syslog"]
	figures.Uptime, figures.VoiceRow = of["raw_uptimes"], of["raw_voice"]
	figures.BytesPerDeviceDay = float64(total) / float64(r.config.Devices) * 24 / float64(r.config.Hours)
	figures.Within = figures.InterfaceRow < Mark
	return figures, nil
}

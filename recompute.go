package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/signature"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
	"mimamori/storage/report"
)

// recomputeCommand has the figures of a customer made anew from the raw rows.
type recomputeCommand struct {
	storeFlags `embed:""`
	From       string `help:"Start of the time to make anew: RFC 3339, a date, a time of day there such as 2026-05-01T09:00, or 24h or 30d before now." required:"" placeholder:"TIME"`
	To         string `help:"End of it, not included: as --from, or now." required:"" placeholder:"TIME"`
	TZ         string `name:"tz" help:"Time zone that dates are meant in and times are printed in, such as Asia/Tokyo." default:"UTC"`
	Customer   string `help:"Customer whose figures they are." required:"" placeholder:"NAME"`
	Site       string `help:"Only this site."`
	Figure     string `help:"Only this figure: availability or voice. Default: both." enum:"all,availability,voice" default:"all"`
	Why        string `help:"Why, as reports say it." default:"recomputed" placeholder:"TEXT"`
	By         string `help:"Who asks for it. Default: the user of the operating system."`
	JSON       bool   `name:"json" help:"Print the outcome as JSON."`
}

// order is what is asked for.
type order struct {
	query    storage.Query
	location *time.Location
	stations []inventory.Station
	figures  []string
	request  sample.ID
	by, why  string
}

// Run asks the centre for it, shows how far it has come, and prints what has changed.
// Where the customer's contract has changed too, its reason is that of the request.
// Where it is interrupted the centre goes on by itself.
func (c *recomputeCommand) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	config, err := configFlag(c.storeFlags).load()
	if err != nil {
		return err
	}
	order, err := c.order(config, time.Now())
	if err != nil {
		return err
	}
	private, _, err := signature.Pair(config.Processors.PrivateKeyFile, config.Processors.PublicKeys)
	if err != nil {
		return fmt.Errorf("sign the request as the centre: %w", err)
	}
	return withCentre(ctx, config, logger, func(ctx context.Context, store *clickhouse.Store, client *kafka.Client, ours bool) error {
		if err := keepContracts(ctx, store, config.Service, []string{c.Customer}, order.by, order.why, logger); err != nil {
			return err
		}
		if err := order.send(ctx, client, private); err != nil {
			return err
		}
		progress, err := order.follow(ctx, store, newBar(os.Stderr))
		if err != nil {
			if ctx.Err() != nil {
				logger.Info(map[bool]string{
					false: "the request goes on at the centre without this command",
					true:  "the request goes on when the centre runs again",
				}[ours], "request", fmt.Sprintf("%016x", order.request))
			}
			return err
		}
		return c.print(ctx, store, order, progress, output)
	})
}

func (c *recomputeCommand) order(config Config, now time.Time) (*order, error) {
	location, err := zone(c.TZ)
	if err != nil {
		return nil, err
	}
	from, err := moment("from", c.From, now, location)
	if err != nil {
		return nil, err
	}
	to, err := moment("to", c.To, now, location)
	if err != nil {
		return nil, err
	}
	if !from.Before(to) {
		return nil, usageError{fmt.Errorf("the time is empty: --from %s is not before --to %s", from.Format(time.RFC3339), to.Format(time.RFC3339))}
	}
	if from.After(now) {
		return nil, usageError{fmt.Errorf("--from %s is still to come: there is nothing to make anew", from.Format(time.RFC3339))}
	}
	if to.After(now) {
		to = now
	}
	if err := said(c.Why); err != nil {
		return nil, usageError{err}
	}
	o := &order{
		query:    storage.Query{Scope: storage.EveryCustomer(), From: from, To: to, Customer: c.Customer, Site: c.Site},
		location: location, figures: []string{"availability", "voice"}, why: c.Why,
	}
	if c.Figure != "all" {
		o.figures = []string{c.Figure}
	}
	if o.by, err = enteredBy(c.By); err != nil {
		return nil, usageError{err}
	}
	known := false
	for _, station := range config.Ingest.Inventory.Stations() {
		known = known || station.Customer == c.Customer
		if station.Customer == c.Customer && (c.Site == "" || station.Site == c.Site) {
			o.stations = append(o.stations, station)
		}
	}
	switch {
	case !known:
		return nil, usageError{fmt.Errorf("--customer: there is no customer %q in the configuration", c.Customer)}
	case len(o.stations) == 0:
		return nil, usageError{fmt.Errorf("--site: customer %s has no site %q in the configuration", c.Customer, c.Site)}
	}
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%d\x00%d\x00%s\x00%s\x00%s\x00%s\x00%s\x00%d", from.UnixMilli(), to.UnixMilli(), c.Customer, c.Site, c.Figure, o.by, o.why, now.UnixNano())
	o.request = hash.Sum64()
	return o, nil
}

// send puts the order into the stream of each appliance, where the owner of its figures
// finds it behind all the rows it is about.
func (o *order) send(ctx context.Context, client *kafka.Client, private ed25519.PrivateKey) error {
	encoder, err := sample.NewEncoder()
	if err != nil {
		return err
	}
	figure := ""
	if len(o.figures) == 1 {
		figure = o.figures[0]
	}
	messages := make([]bus.Message, 0, len(o.stations))
	for _, station := range o.stations {
		header := sample.Header{Appliance: station.ApplianceID, Slot: time.Now().UnixMilli()}
		rand.Read(header.UUID[:]) // never fails
		value, err := encoder.Encode(nil, header, &sample.Recomputes{
			Request: []sample.ID{o.request}, Figure: []string{figure}, FromMs: []int64{o.query.From.UnixMilli()},
			ToMs: []int64{o.query.To.UnixMilli()}, By: []string{o.by}, Why: []string{o.why},
		})
		if err != nil {
			return fmt.Errorf("ask for site %s: %w", station.Site, err)
		}
		messages = append(messages, bus.Sign(private, bus.TopicTelemetry, bus.Message{Key: bus.Key(station.ApplianceID), Value: value}))
	}
	if err := client.Produce(ctx, bus.TopicTelemetry, messages...); err != nil {
		return fmt.Errorf("send the request to the bus: %w", err)
	}
	return nil
}

// look is how often the store is asked how far the order has come.
const look = 500 * time.Millisecond

// follow shows how far the order has come until it is done.
func (o *order) follow(ctx context.Context, store *clickhouse.Store, bar *bar) ([]storage.Recompute, error) {
	defer bar.end()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		progress, err := store.Recomputes(ctx, o.request)
		if err != nil {
			return nil, fmt.Errorf("ask how far the request has come: %w", err)
		}
		share, done, entities := 0.0, 0, 0
		for _, part := range progress {
			entities += part.Entities
			if part.Done {
				done++
				share++
			} else if length := part.ToMs - part.FromMs; length > 0 {
				share += float64(part.NextMs-part.FromMs) / float64(length)
			}
		}
		parts := len(o.stations) * len(o.figures)
		bar.show(share/float64(parts), fmt.Sprintf("%d of %d sites and figures, %d devices and paths", done, parts, entities))
		if done == parts {
			return progress, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticker.C:
		}
	}
}

// print says what the order has changed.
func (c *recomputeCommand) print(ctx context.Context, store *clickhouse.Store, o *order, progress []storage.Recompute, output io.Writer) error {
	corrections, err := store.Corrections(ctx, o.query)
	if err != nil {
		return fmt.Errorf("ask for what was corrected: %w", err)
	}
	devices, err := store.Availability(ctx, o.query)
	if err != nil {
		return fmt.Errorf("ask for availability: %w", err)
	}
	sheet := report.Recomputed(o.query, o.request, progress, corrections, devices)
	sheet.Location = o.location
	if c.JSON {
		return sheet.Write(output, "json")
	}
	return sheet.Write(output, "table")
}

// withCentre connects to the store and the bus of an installation. Where they are
// embedded and nobody runs them, the centre is started for as long as it takes.
func withCentre(ctx context.Context, config Config, logger *slog.Logger, work func(ctx context.Context, store *clickhouse.Store, client *kafka.Client, ours bool) error) error {
	application := newApplication(config, logger)
	settings, brokers := config.Storage.ClickHouse, config.Ingest.Bus
	running := true
	if config.embeddedStore() {
		endpoint, err := embedded.ReadEndpoint(application.engineDirectory())
		running = err == nil
		settings = clickhouseConfig(settings, endpoint)
		if _, missing := os.Stat(application.engineDirectory()); errors.Is(missing, os.ErrNotExist) {
			return fmt.Errorf("there is no store in %s: run mimamori all with this configuration first", config.Data)
		}
	}
	if config.embeddedBroker() {
		brokers.Brokers = []string{bus.SocketPrefix + application.brokerSocket()}
		running = running && listening(ctx, application.brokerSocket())
	}
	if !running {
		logger.Info("nobody runs this installation: its centre is started for as long as this takes")
		return application.play(ctx, centreRole, func(ctx context.Context) error {
			return work(ctx, application.store, application.client, true)
		})
	}
	return askServer(ctx, settings, logger, func(store *clickhouse.Store) error {
		client, err := kafka.Open(brokers, logger, newApplication(Config{}, logger).registry)
		if err != nil {
			return err
		}
		return errors.Join(work(ctx, store, client, false), client.Close())
	})
}

// listening says whether somebody answers on a socket.
func listening(ctx context.Context, socket string) bool {
	connection, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return false
	}
	_ = connection.Close() // nothing was said
	return true
}

// bar shows how far something has come: in one line of a terminal, elsewhere in lines
// of their own at each tenth.
type bar struct {
	output   io.Writer
	terminal bool
	tenth    int
}

func newBar(file *os.File) *bar {
	return &bar{output: file, terminal: term.IsTerminal(int(file.Fd())), tenth: -1}
}

const barWidth = 30

func (b *bar) show(share float64, text string) {
	share = max(0, min(1, share))
	if b.terminal {
		filled := int(share * barWidth)
		fmt.Fprintf(b.output, "\r[%s%s] %3.0f %%  %s ", strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), 100*share, text)
		return
	}
	if tenth := int(share * 10); tenth > b.tenth {
		b.tenth = tenth
		fmt.Fprintf(b.output, "%3.0f %%  %s\n", 100*share, text)
	}
}

func (b *bar) end() {
	if b.terminal {
		fmt.Fprintln(b.output)
	}
}

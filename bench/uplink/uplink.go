package uplink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/bench/child"
	"mimamori/bench/site"
	"mimamori/ingest/bus"
	"mimamori/ingest/bus/embedded"
	"mimamori/ingest/bus/kafka"
)

// Mark is the ambition: bytes a second in both directions with half of the interfaces idle.
const Mark = 289

// Config says what is measured.
type Config struct {
	Binary     string        // this program
	Appliance  []string      // its arguments for the process that is measured, which obeys RunAppliance
	Devices    int           // of the site, 1 to 5,000
	Interfaces int           // of each device, 1 to 500
	Hours      int           // that each site is led through, 1 to 48
	Linger     time.Duration // of news
	Routine    time.Duration // of all else
	Heartbeat  time.Duration
	Progress   func(step string)
}

// Validate says what is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if c.Devices < 1 || c.Devices > 5000 {
		problems = append(problems, fmt.Errorf("--devices is %d: use 1 to 5000", c.Devices))
	}
	if c.Interfaces < 1 || c.Interfaces > 500 {
		problems = append(problems, fmt.Errorf("--interfaces is %d: use 1 to 500", c.Interfaces))
	}
	if c.Hours < 1 || c.Hours > 48 {
		problems = append(problems, fmt.Errorf("--hours is %d: use 1 to 48", c.Hours))
	}
	if c.Linger < 10*time.Millisecond || c.Linger > time.Minute {
		problems = append(problems, fmt.Errorf("--linger is %s: use 10ms to 1m", c.Linger))
	}
	if c.Routine < 0 || c.Routine > time.Minute {
		problems = append(problems, fmt.Errorf("--routine-linger is %s: use 0s to 1m", c.Routine))
	}
	if c.Heartbeat < time.Second || c.Heartbeat > 5*time.Minute {
		problems = append(problems, fmt.Errorf("--heartbeat is %s: use 1s to 5m", c.Heartbeat))
	}
	return errors.Join(problems...)
}

// Kind is what was said of one kind of rows.
type Kind struct {
	Rows   int64 `json:"rows"`
	Blocks int64 `json:"blocks"`
	Bytes  int64 `json:"bytes"` // of the blocks
	// BytesPerSecond of the site's time.
	BytesPerSecond float64 `json:"bytes_per_s"`
}

// Site is what one site takes.
type Site struct {
	BytesPerSecond     float64 `json:"bytes_per_s"` // both ways, upkeep included
	UpBytesPerSecond   float64 `json:"bytes_per_s_up"`
	DownBytesPerSecond float64 `json:"bytes_per_s_down"`
	// Where they go: blocks, what Kafka's protocol adds to them on the way up, what it
	// acknowledges them with, and what it takes to stay connected, both ways.
	Blocks   float64         `json:"block_bytes_per_s"`
	Framing  float64         `json:"framing_bytes_per_s"`
	Acks     float64         `json:"acknowledgement_bytes_per_s"`
	Upkeep   float64         `json:"upkeep_bytes_per_s"`
	Kinds    map[string]Kind `json:"kinds"`
	Requests float64         `json:"requests_per_s"` // that carry blocks; a packet each at least, and one back
	// LayoutRequests is how often the brokers were asked who leads which partition while the
	// hours were led through, by the wall's time: in no other figure.
	LayoutRequests int64   `json:"layout_requests"`
	CPU            float64 `json:"cpu_percent"` // of one core, of the site's time
	CPUMillis      float64 `json:"cpu_ms_per_minute"`
	RSS            uint64  `json:"rss_bytes"` // at most
}

// Figures are the result.
type Figures struct {
	Devices          int     `json:"devices"`
	Interfaces       int     `json:"interfaces"` // of each device
	Hours            int     `json:"hours"`
	LingerSeconds    float64 `json:"linger_s"`
	RoutineSeconds   float64 `json:"routine_linger_s"`
	HeartbeatSeconds float64 `json:"heartbeat_s"`
	ConnectBytes     int64   `json:"connect_bytes"` // both ways, until it is known which broker leads which partition
	HalfIdle         Site    `json:"half_idle"`
	AllActive        Site    `json:"all_active"`
	Mark             float64 `json:"mark_bytes_per_s"` // for half idle
	Within           bool    `json:"within_mark"`
}

// Measure leads both sites through the hours.
func Measure(ctx context.Context, config Config) (figures Figures, err error) {
	if err := config.Validate(); err != nil {
		return figures, err
	}
	folder, err := os.MkdirTemp("", "mimamori-bench")
	if err != nil {
		return figures, fmt.Errorf("make a folder to measure in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	figures = Figures{Devices: config.Devices, Interfaces: config.Interfaces, Hours: config.Hours,
		LingerSeconds: config.Linger.Seconds(), RoutineSeconds: config.Routine.Seconds(), HeartbeatSeconds: config.Heartbeat.Seconds(), Mark: Mark}
	relay, err := listen()
	if err != nil {
		return figures, err
	}
	defer relay.close()
	stop, err := broker(ctx, filepath.Join(folder, "bus"), relay)
	if err != nil {
		return figures, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	for _, one := range []struct {
		name     string
		halfIdle bool
		site     *Site
	}{{"half of the interfaces idle", true, &figures.HalfIdle}, {"all interfaces active", false, &figures.AllActive}} {
		if config.Progress != nil {
			config.Progress(fmt.Sprintf("%d hours with %s", config.Hours, one.name))
		}
		measured, err := config.site(ctx, relay, filepath.Join(folder, fmt.Sprint("spool-", one.halfIdle)), one.halfIdle)
		if err != nil {
			return figures, fmt.Errorf("measure a site with %s: %w", one.name, err)
		}
		*one.site, figures.ConnectBytes = measured.of, measured.connect.Up+measured.connect.Down
	}
	figures.Within = figures.HalfIdle.BytesPerSecond <= Mark
	return figures, nil
}

// broker runs the embedded broker behind the relay, with the topics a cluster has.
func broker(ctx context.Context, folder string, relay *relay) (stop func() error, err error) {
	config := embedded.DefaultConfig()
	config.Directory, config.Advertise = folder, relay.listener.Addr().String()
	config.SyncWrites = false // nobody waits for a disk
	broker, err := embedded.New(config, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- broker.Run(running) }()
	stop = func() error {
		cancel()
		return <-ended
	}
	select {
	case <-broker.Ready():
	case err := <-ended:
		cancel()
		return nil, errors.Join(errors.New("the broker has ended"), err)
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), stop())
	}
	relay.lead(strings.TrimPrefix(broker.Addresses()[0], bus.SocketPrefix))
	settings := bus.DefaultConfig()
	settings.Brokers = []string{relay.listener.Addr().String()}
	client, err := kafka.Open(settings, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err == nil {
		err = errors.Join(client.EnsureTopics(ctx), client.Close())
	}
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

// siteMeasured is what was found of one site.
type siteMeasured struct {
	of      Site
	connect Traffic
}

func (c Config) site(ctx context.Context, relay *relay, folder string, halfIdle bool) (measured siteMeasured, err error) {
	process, err := child.Start(c.Binary, "appliance", c.Appliance...)
	if err != nil {
		return measured, err
	}
	defer func() { err = errors.Join(err, process.Stop()) }()
	defer context.AfterFunc(ctx, process.Kill)()
	tell := func(order order) (said answer, passed map[string]Traffic, err error) {
		if err := process.Ask(order, &said); err != nil {
			return said, nil, errors.Join(ctx.Err(), err)
		}
		passed, err = relay.counts()
		return said, passed, err
	}
	none, err := relay.counts()
	if err != nil {
		return measured, err
	}
	// An appliance says once what there is and how its first poll of each device went, and connects; its files and buffers grow.
	before, warm, err := tell(order{Broker: relay.listener.Addr().String(), Spool: folder, Devices: c.Devices, Interfaces: c.Interfaces,
		HalfIdle: halfIdle, Linger: c.Linger, Routine: c.Routine, Heartbeat: c.Heartbeat, Polls: 1 + int(time.Hour/site.Interval)})
	if err != nil {
		return measured, err
	}
	after, end, err := tell(order{Polls: c.Hours * int(time.Hour/site.Interval)})
	if err != nil {
		return measured, err
	}
	for kind, traffic := range warm {
		if kind != produce {
			traffic = traffic.minus(none[kind])
			measured.connect.Up += traffic.Up
			measured.connect.Down += traffic.Down
		}
	}
	measured.of = siteOf(before, after, end[produce].minus(warm[produce]), measured.connect)
	measured.of.LayoutRequests = end[metadata].Requests - warm[metadata].Requests
	return measured, nil
}

func siteOf(before, after answer, produced Traffic, connect Traffic) Site {
	seconds := after.Seconds - before.Seconds
	site := Site{
		Kinds: map[string]Kind{}, Requests: float64(produced.Requests) / seconds,
		Acks: float64(produced.Down) / seconds, RSS: after.PeakMemory,
	}
	const asked = float64(kafka.LayoutAge/2) / float64(time.Second)
	upkeepUp, upkeepDown := float64(connect.Up)/asked, float64(connect.Down)/asked
	site.Upkeep = upkeepUp + upkeepDown
	blocks := int64(0)
	for name, kind := range after.Kinds {
		first := before.Kinds[name]
		kind.Rows, kind.Blocks, kind.Bytes = kind.Rows-first.Rows, kind.Blocks-first.Blocks, kind.Bytes-first.Bytes
		if kind.Blocks > 0 {
			kind.BytesPerSecond = float64(kind.Bytes) / seconds
			site.Kinds[name] = kind
			blocks += kind.Bytes
		}
	}
	site.Blocks = float64(blocks) / seconds
	site.Framing = float64(produced.Up-blocks) / seconds
	site.UpBytesPerSecond, site.DownBytesPerSecond = site.Blocks+site.Framing+upkeepUp, site.Acks+upkeepDown
	site.BytesPerSecond = site.UpBytesPerSecond + site.DownBytesPerSecond
	cpu := (after.CPU - before.CPU).Seconds()
	site.CPU, site.CPUMillis = 100*cpu/seconds, 60_000*cpu/seconds
	return site
}

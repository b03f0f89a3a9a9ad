package answers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"mimamori/bench/history"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// note says what the history in a folder is. It is written once all of it is there.
type note struct {
	Devices int       `json:"devices"`
	To      time.Time `json:"to"`
	Schema  uint32    `json:"schema"`
	Form    int       `json:"form"` // history.Form
}

const (
	noteFile = "history.json"
	longest  = 7 * 24 * time.Hour // that a history is kept: what retention removes must be in it
)

// kept is an engine with a history.
type kept struct {
	folder string
	store  *clickhouse.Store // as pages are answered
	fresh  *clickhouse.Store // one that remembers nothing
	fleet  *history.Fleet
	engine int // its process
	stops  []func() error
}

// open starts the engine on the history of a folder, and makes it first where it is not there.
func open(ctx context.Context, config Config) (k *kept, err error) {
	k = &kept{folder: filepath.Join(config.Cache, fmt.Sprint(config.Devices))}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.close())
		}
	}()
	schema, err := clickhouse.SchemaVersion()
	if err != nil {
		return k, err
	}
	found := k.read()
	usable := found.Devices == config.Devices && found.Schema == schema && found.Form == history.Form && time.Since(found.To) < longest
	if !usable {
		if err := os.RemoveAll(filepath.Join(k.folder, "engine")); err != nil {
			return k, fmt.Errorf("remove a history that cannot be used: %w", err)
		}
		found = note{Devices: config.Devices, To: time.Now().UTC().Truncate(time.Minute), Schema: schema, Form: history.Form}
	}
	if err := k.start(ctx, config); err != nil {
		return k, err
	}
	k.fleet = &history.Fleet{Devices: found.Devices, To: found.To, Year: true}
	if usable {
		return k, nil
	}
	config.say(fmt.Sprintf("make the history of %d devices in %s, once", config.Devices, k.folder))
	for _, step := range []func() error{
		func() error {
			return k.fleet.Fill(ctx, k.store, func(ctx context.Context, statement string) error { return clickhouse.Execute(ctx, k.store, statement) })
		},
		func() error { return clickhouse.Refill(ctx, k.store, history.Gently) },
		func() error { return clickhouse.Settle(ctx, k.store) },
		func() error { return k.write(found) },
	} {
		if err := step(); err != nil {
			return k, err
		}
	}
	return k, nil
}

// read returns the note of a folder; none where there is none that can be read.
func (k *kept) read() (found note) {
	content, err := os.ReadFile(filepath.Join(k.folder, noteFile))
	if err != nil || json.Unmarshal(content, &found) != nil {
		return note{}
	}
	return found
}

func (k *kept) write(found note) error {
	content, err := json.Marshal(found)
	if err == nil {
		err = os.WriteFile(filepath.Join(k.folder, noteFile), content, 0o644)
	}
	if err != nil {
		return fmt.Errorf("note what the history in %s is: %w", k.folder, err)
	}
	return nil
}

func (k *kept) start(ctx context.Context, config Config) error {
	settings := embedded.DefaultConfig()
	settings.Directory = filepath.Join(k.folder, "engine")
	engine, err := embedded.New(settings, config.Engine, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		return err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(running) }()
	k.stops = append(k.stops, func() error {
		cancel()
		return <-ended
	})
	endpoint, err := engine.Endpoint(ctx)
	if err != nil {
		return err
	}
	k.engine = endpoint.PID
	client := clickhouse.DefaultConfig()
	client.Protocol, client.Address, client.Database, client.Password = clickhouse.ProtocolHTTP, endpoint.Address, endpoint.Database, endpoint.Token
	client.QueryTimeout = 10 * time.Minute
	if k.fresh, err = clickhouse.Open(ctx, client, slog.New(slog.DiscardHandler), prometheus.NewRegistry()); err != nil {
		return err
	}
	k.stops = append(k.stops, k.fresh.Close)
	client.Remember = time.Second // as who answers pages has it
	if k.store, err = clickhouse.Open(ctx, client, slog.New(slog.DiscardHandler), prometheus.NewRegistry()); err != nil {
		return err
	}
	k.stops = append(k.stops, k.store.Close)
	return errors.Join(k.store.WaitReady(ctx), k.store.Migrate(ctx))
}

func (k *kept) close() (err error) {
	for i := len(k.stops) - 1; i >= 0; i-- {
		err = errors.Join(err, k.stops[i]())
	}
	k.stops = nil
	return err
}

// forget has the kernel forget the files of the engine, so that they are read from the disk.
// What was not written out yet stays.
func (k *kept) forget() error {
	return filepath.WalkDir(filepath.Join(k.folder, "engine"), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // merged away
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return nil // gone meanwhile
		}
		defer file.Close()
		if err := unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
			return fmt.Errorf("have the kernel forget %s: %w", path, err)
		}
		return nil
	})
}

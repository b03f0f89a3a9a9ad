package durability

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/spool"
)

// disk is what forces blocks to the disk, or leaves that to the system.
type disk struct {
	folder string
	logger *slog.Logger
	synced *kafka.Client // the pipeline's
	lazy   *kafka.Client // of a broker that forces nothing
	stop   func() error
}

func openDisk(ctx context.Context, folder string, course *pipeline, logger *slog.Logger) (*disk, error) {
	d := &disk{folder: folder, logger: logger, synced: course.client}
	var err error
	d.lazy, d.stop, err = openBroker(ctx, filepath.Join(folder, "lazy"), false, logger)
	return d, err
}

func (d *disk) close() error { return d.stop() }

// broker produces a turn's blocks.
func (d *disk) broker(ctx context.Context, load *load, fsync bool) (lap, error) {
	client := d.lazy
	if fsync {
		client = d.synced
	}
	messages, _, err := load.turn(load.blocks)
	if err != nil {
		return lap{}, err
	}
	return timed(func() error { return produce(ctx, client, bus.TopicDeadLetter, messages) }) // where nobody reads
}

// fsyncPolicy is the spool's setting of each way.
var fsyncPolicy = map[Way]string{SpoolAlways: spool.FsyncAlways, SpoolInterval: spool.FsyncInterval, SpoolNever: spool.FsyncNever}

// spool puts a turn's blocks into a spool on disk, as while the centre is away. With a
// policy that forces them to the disk it waits until they are there.
func (d *disk) spool(ctx context.Context, load *load, policy string) (taken lap, err error) {
	config := spool.DefaultConfig()
	config.Directory, config.Fsync = filepath.Join(d.folder, "spool"), policy
	config.MaxBytes = max(config.MaxBytes, load.blocks*64<<10)
	kept, err := spool.New(config, applianceOf(0), d.logger, prometheus.NewRegistry())
	if err != nil {
		return taken, err
	}
	if err := kept.Open(); err != nil {
		return taken, err
	}
	stop := keepRunning(ctx, kept.Run)
	defer func() { err = errors.Join(err, stop(), kept.Close(), os.RemoveAll(config.Directory)) }()
	messages, _, err := load.turn(load.blocks)
	if err != nil {
		return taken, err
	}
	blocks := spooled(messages)
	taken, err = timed(func() error {
		for _, block := range blocks {
			kept.Put(block)
		}
		if policy == spool.FsyncNever {
			return nil
		}
		return kept.Sync()
	})
	if dropped := kept.Snapshot().Dropped; err == nil && dropped > 0 {
		err = fmt.Errorf("the spool dropped %d of %d blocks", dropped, len(blocks))
	}
	return taken, err
}

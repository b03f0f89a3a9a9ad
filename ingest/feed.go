package ingest

import (
	"context"
	"time"

	"mimamori/ingest/sample"
)

// Feed is a source of rows beside the pollers of the inventory: a test's or a
// benchmark's, that knows what it sends. It runs until its context ends and takes the
// way of all rows, by packer, spool and uplink.
type Feed func(ctx context.Context, way Way) error

// Way is where a feed's rows go.
type Way struct {
	// Emit takes rows of a slot, Unix milliseconds, and copies them.
	Emit func(slot int64, rows sample.Rows)
	// Keep returns once all rows emitted before are on the spool's disk, from where
	// the end of this process cannot take them.
	Keep func() error
	// Room waits, where the spool is half full, until it is less so.
	Room func(ctx context.Context) (waited time.Duration)
}

// Feed adds a source of rows; call it before Run.
func (a *Appliance) Feed(name string, feed Feed) {
	a.pollers = append(a.pollers, namedPoller{name, feeder{feed, Way{Emit: a.packer.emit, Keep: a.keep, Room: a.spool.Room}}})
}

// keep seals what is gathered and has the spool bring it to its disk.
func (a *Appliance) keep() error {
	a.packer.flushAll()
	return a.spool.Sync()
}

// feeder runs a feed as a poller.
type feeder struct {
	feed Feed
	way  Way
}

// Run feeds until the context ends.
func (f feeder) Run(ctx context.Context) error { return f.feed(ctx, f.way) }

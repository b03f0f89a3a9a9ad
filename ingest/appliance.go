package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"mimamori/ingest/bus"
	"mimamori/ingest/icmp"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/schedule"
	"mimamori/ingest/signature"
	"mimamori/ingest/snmp"
	"mimamori/ingest/snmp/notification"
	"mimamori/ingest/spool"
	"mimamori/ingest/syslog"
	"mimamori/ingest/voice"
)

// Appliance is one appliance: the pollers that have something to do at its station,
// the packer, the spool and the sender.
type Appliance struct {
	config  Config
	station inventory.Station
	logger  *slog.Logger
	metrics *metrics
	spool   *spool.Spool
	packer  *packer
	sender  *sender
	drain   chan struct{}
	clock   *schedule.Clock
	pollers []namedPoller
	snmp    *snmp.Poller // one of them; nil where nothing is polled by SNMP
}

// poller is what the folders of the protocols have in common.
type poller interface {
	Run(ctx context.Context) error
}

type namedPoller struct {
	name string
	poller
}

// New returns the appliance of a station. Its metrics bear the labels customer, site
// and appliance, so that several fit into one process.
func New(config Config, station inventory.Station, uplink Uplink, logger *slog.Logger, registerer prometheus.Registerer) (*Appliance, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("set up appliance %q: %w", station.Appliance.Name, err)
	}
	registerer = prometheus.WrapRegistererWith(prometheus.Labels{
		"customer": station.Customer, "site": station.Site, "appliance": station.Appliance.Name,
	}, registerer)
	logger = logger.With("customer", station.Customer, "site", station.Site, "appliance", station.Appliance.Name)
	a := &Appliance{config: config, station: station, logger: logger, drain: make(chan struct{}), clock: schedule.NewClock()}
	private, accepted, err := signature.Pair(station.Appliance.PrivateKeyFile, station.Appliance.PublicKeys)
	if err == nil && private == nil && len(accepted) > 0 {
		err = errors.New("there are public_keys and no private_key_file, and the centre would refuse what is not signed: name the file of its key")
	}
	if err != nil {
		return nil, fmt.Errorf("set up appliance %q: %w", station.Appliance.Name, err)
	}
	if a.metrics, err = newMetrics(registerer); err != nil {
		return nil, err
	}
	if a.spool, err = spool.New(config.Spool, station.ApplianceID, logger, registerer); err != nil {
		return nil, err
	}
	if a.packer, err = newPacker(station.ApplianceID, sample.Place{Customer: station.Customer, Site: station.Site}, config, a.spool, logger, a.metrics); err != nil {
		return nil, err
	}
	a.sender = &sender{
		spool: a.spool, uplink: uplink, key: bus.Key(station.ApplianceID), private: private,
		logger: logger, metrics: a.metrics, draining: a.drain,
	}
	return a, a.addPollers(registerer)
}

// addPollers sets up the pollers that have something to do.
func (a *Appliance) addPollers(registerer prometheus.Registerer) error {
	pinged := slices.ContainsFunc(a.station.Devices, func(device inventory.StationDevice) bool { return !device.NoPing })
	add := func(name string, needed bool, build func() (poller, error)) error {
		if !needed {
			return nil
		}
		poller, err := build()
		if err != nil {
			return fmt.Errorf("set up %s: %w", name, err)
		}
		a.pollers = append(a.pollers, namedPoller{name, poller})
		return nil
	}
	return errors.Join(
		// Also where no device has SNMP: it says which devices there are.
		add("snmp", len(a.station.Devices) > 0, func() (poller, error) {
			var err error
			a.snmp, err = snmp.New(a.config.SNMP, a.station, a.packer.emit, a.logger, registerer)
			return a.snmp, err
		}),
		add("icmp", pinged, func() (poller, error) {
			return icmp.New(a.config.ICMP, a.station, a.packer.emit, a.logger, registerer)
		}),
		add("voice", len(a.station.Paths) > 0, func() (poller, error) {
			return voice.New(a.config.Voice, a.station, a.packer.emit, a.logger, registerer)
		}),
		add("syslog", a.station.Appliance.Syslog.Listens(), func() (poller, error) {
			return syslog.New(a.config.Syslog, a.station, a.packer.emit, a.spool.Room, a.logger, registerer)
		}),
		add("notifications", a.station.Appliance.Notifications != nil, func() (poller, error) {
			return notification.New(a.config.Notification, a.station, a.packer.emit, a.logger, registerer)
		}),
	)
}

// Run polls and sends until the context ends; then the pollers finish, what they
// measured has the configured time to be delivered, and Run returns nil. What is left
// then stays in the spool and is sent after the next start. A poller that dies ends the
// appliance with its error, and so does a spool that another process uses.
func (a *Appliance) Run(ctx context.Context) error {
	if err := a.spool.Open(); err != nil {
		return err
	}
	if a.snmp != nil {
		a.restoreCounters(a.snmp)
	}
	sending, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	var uplink errgroup.Group
	uplink.Go(func() error { return a.spool.Run(sending) })
	uplink.Go(func() error {
		defer abandon()
		a.sender.run(sending)
		return nil
	})

	group, polling := errgroup.WithContext(ctx)
	group.Go(func() error { return a.packer.run(polling) })
	group.Go(func() error { return a.heartbeats(polling) })
	group.Go(func() error { return a.watchClock(polling) })
	for _, poller := range a.pollers {
		group.Go(func() error {
			err := poller.Run(polling)
			if err == nil && polling.Err() == nil {
				err = errors.New("it ended by itself")
			}
			if err != nil {
				return fmt.Errorf("run %s: %w", poller.name, err)
			}
			return nil
		})
	}
	err := group.Wait()

	a.packer.flushAll()
	a.spool.Finish()
	close(a.drain)
	timer := time.AfterFunc(a.config.Drain, abandon)
	defer timer.Stop()
	return errors.Join(err, uplink.Wait(), a.leave())
}

// leave keeps the last counters, lets go of the spool and says what stays in it.
func (a *Appliance) leave() error {
	if a.snmp != nil {
		if err := a.keepCounters(a.snmp); err != nil {
			a.logger.Warn("the last counters are not kept for the next start, whose first polls have nothing to compare with", "error", err)
		}
	}
	err := a.spool.Close()
	left := a.spool.Snapshot()
	if left.Blocks == 0 {
		return err
	}
	a.metrics.undelivered.Add(float64(left.Blocks))
	if lost := left.Blocks - left.Kept; lost > 0 {
		a.logger.Error("blocks are lost that could neither be delivered before the end nor kept on disk", "blocks", lost)
	}
	if left.Kept > 0 {
		a.logger.Info("blocks stay in the spool and are sent after the next start", "blocks", left.Kept, "bytes", left.Bytes)
	}
	return err
}

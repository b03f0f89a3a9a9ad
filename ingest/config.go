package ingest

import (
	"errors"
	"fmt"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/icmp"
	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp"
	"mimamori/ingest/snmp/notification"
	"mimamori/ingest/spool"
	"mimamori/ingest/syslog"
	"mimamori/ingest/voice"
)

// Config is the part of the configuration that says what the appliances poll and
// how they reach the centre.
type Config struct {
	// Bus is Kafka. Without brokers the embedded one is used, where there is one.
	Bus bus.Config `yaml:"bus"`
	// Inventory names the customers, sites, appliances, devices and voice paths.
	Inventory inventory.Config `yaml:"inventory"`
	// SNMP is how agents are polled.
	SNMP snmp.Config `yaml:"snmp"`
	// ICMP is how devices are pinged.
	ICMP icmp.Config `yaml:"icmp"`
	// Voice is how voice paths are probed.
	Voice voice.Config `yaml:"voice"`
	// Syslog is how log lines are received.
	Syslog syslog.Config `yaml:"syslog"`
	// Notification is how SNMP traps and informs are received.
	Notification notification.Config `yaml:"notification"`
	// Spool is the queue that keeps blocks while the centre is away.
	Spool spool.Config `yaml:"spool"`
	// Linger is how long a row that says something new may wait for others to share a request: pings that are lost or
	// answered again, a restart, a poll that fails, a state that changes, a line of the log from warning on, a trap. It
	// takes along all that waits. Default 1s, from 10ms to 1m.
	Linger time.Duration `yaml:"linger"`
	// RoutineLinger is how long all other rows may wait, such as counters; every heartbeat takes them along before that.
	// No shorter than linger. A crash loses what waits. Default 10s, up to 1m; 0s makes no difference between rows.
	RoutineLinger time.Duration `yaml:"routine_linger"`
	// AwayLinger is how long a row may wait for others while the centre is away for longer
	// than spool.backlog_after: larger blocks take less of the disk, and a crash loses so
	// much more of what was measured last. Default 10s, up to 1m.
	AwayLinger time.Duration `yaml:"away_linger"`
	// HeartbeatInterval is how often an appliance that polls or receives something says
	// that it is alive. Default 10s, from 1s to 5m.
	HeartbeatInterval time.Duration `yaml:"heartbeat_interval"`
	// HeartbeatIdle is how often one that the inventory gives nothing to do says so;
	// no more often than heartbeat_interval. Default 30s, from 1s to 15m.
	HeartbeatIdle time.Duration `yaml:"heartbeat_idle"`
	// Drain is how long an appliance that was told to stop goes on sending what it
	// has. Default 2s.
	Drain time.Duration `yaml:"drain"`
	// Version of the program, which heartbeats tell; empty where it is not known.
	Version string `yaml:"-"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	kafka := bus.DefaultConfig()
	kafka.Brokers = nil
	return Config{
		Bus: kafka, SNMP: snmp.DefaultConfig(), ICMP: icmp.DefaultConfig(), Voice: voice.DefaultConfig(),
		Syslog: syslog.DefaultConfig(), Notification: notification.DefaultConfig(), Spool: spool.DefaultConfig(),
		Linger: time.Second, RoutineLinger: 10 * time.Second, AwayLinger: 10 * time.Second, HeartbeatInterval: 10 * time.Second, HeartbeatIdle: 30 * time.Second, Drain: 2 * time.Second,
	}
}

// Validate returns everything that is wrong, joined; each error begins with the keys
// below this room that lead to the value. The inventory, whose problems have paths of
// their own, is left to Inventory.Validate.
func (c Config) Validate() error {
	kafka := c.Bus
	if len(kafka.Brokers) == 0 {
		kafka.Brokers = bus.DefaultConfig().Brokers
	}
	return errors.Join(kafka.Validate(), c.SNMP.Validate(), c.ICMP.Validate(), c.Voice.Validate(),
		c.Syslog.Validate(), c.Notification.Validate(), c.Spool.Validate(), c.validate())
}

func (c Config) validate() error {
	var problems []error
	if len(c.Bus.Brokers) == 0 && (c.Bus.TLS != nil || c.Bus.SASL != nil) {
		problems = append(problems, errors.New("bus.brokers: none is named, and the embedded broker knows neither tls nor sasl; name the brokers, or remove both"))
	}
	for _, setting := range []struct {
		key         string
		value       time.Duration
		least, most time.Duration
	}{
		{"linger", c.Linger, 10 * time.Millisecond, time.Minute},
		{"routine_linger", c.RoutineLinger, 0, time.Minute},
		{"away_linger", c.AwayLinger, 0, time.Minute},
		{"heartbeat_interval", c.HeartbeatInterval, time.Second, 5 * time.Minute},
		{"heartbeat_idle", c.HeartbeatIdle, time.Second, 15 * time.Minute},
		{"drain", c.Drain, 0, time.Minute},
	} {
		if setting.value < setting.least || setting.value > setting.most {
			problems = append(problems, fmt.Errorf("%s is %s: set %s to %s", setting.key, setting.value, setting.least, setting.most))
		}
	}
	return errors.Join(problems...)
}

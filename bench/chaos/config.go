package chaos

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// The brokers that a run can be made with.
const (
	EmbeddedBroker = "embedded"
	KafkaBroker    = "kafka"
)

// Config says what is run and for how long.
type Config struct {
	Binary string        // the program whose roles are the parts
	For    time.Duration // how long the churn lasts, 5s to 24h
	Seed   uint64        // what happens, and what the pollers say, follows from it
	Broker string        // EmbeddedBroker or KafkaBroker
	Rate   int           // numbered rows a second of all pollers, 60 to 60000
	Rows   int           // numbered rows at least; 0: as many as there are in the time
	Every  time.Duration // mean time between two events, 100ms up
	// Directory holds all data, logs and configuration files of a run. It is made and
	// left behind.
	Directory string
	// KafkaHome has the jars of Apache Kafka; only for KafkaBroker.
	KafkaHome string
	// Spoil leaves one row out that the ledger says was made, and stores another a second
	// time under another key, to show that the counting finds both. Figures are not
	// compared then.
	Spoil bool
	// Events is where every event is written as it happens, a line each.
	Events io.Writer
}

// Validate says what is wrong and what to give instead.
func (c Config) Validate() error {
	var problems []error
	if c.For < 5*time.Second || c.For > 24*time.Hour {
		problems = append(problems, fmt.Errorf("the churn lasts %s: give 5s to 24h", c.For))
	}
	if c.Broker != EmbeddedBroker && c.Broker != KafkaBroker {
		problems = append(problems, fmt.Errorf("broker %q is unknown: give %s or %s", c.Broker, EmbeddedBroker, KafkaBroker))
	}
	if least := sitesCount * deviceCount; c.Rate < least || c.Rate > 60_000 {
		problems = append(problems, fmt.Errorf("%d rows a second: give %d to 60000", c.Rate, least))
	}
	if c.Rows < 0 || c.Rows > 1_000_000_000 {
		problems = append(problems, fmt.Errorf("%d rows: give 0 to 1000000000", c.Rows))
	}
	if c.Every < 100*time.Millisecond {
		problems = append(problems, fmt.Errorf("an event every %s: give 100ms or more", c.Every))
	}
	return errors.Join(problems...)
}

// world is what the pollers say in a run that begins at a time.
func (c Config) world(begin time.Time) World {
	w := World{Seed: c.Seed, BeginMs: begin.Truncate(time.Second).UnixMilli(), Ports: c.Rate / (sitesCount * deviceCount)}
	w.Slots = int(c.length(w.Ports) / time.Second)
	return w
}

// length is how long the churn lasts: For, or as long as it takes to make Rows.
func (c Config) length(ports int) time.Duration {
	if c.Rows == 0 {
		return c.For
	}
	perSlot := sitesCount * deviceCount * ports
	return time.Duration((c.Rows+perSlot-1)/perSlot) * time.Second
}

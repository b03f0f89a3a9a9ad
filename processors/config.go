package processors

import (
	"errors"
	"fmt"
	"time"

	"mimamori/ingest/signature"
	"mimamori/processors/availability"
	"mimamori/processors/rollup"
	"mimamori/processors/utilization"
	"mimamori/processors/voice"
)

// Config says how the stream is cut and what the figures go by.
type Config struct {
	// Group is the consumer group that shares the partitions. Default processors.
	Group string `yaml:"group"`
	// BatchRows is the number of rows after which a batch is written, 1 to 400000.
	// A batch may exceed it by one block, and ends earlier where its blocks unfold to
	// 64 MiB. Only a backlog fills it: larger batches take the store less for each row and
	// this process more memory, at 200000 1.4 to 1.8 GB. Default 200000.
	BatchRows int `yaml:"batch_rows"`
	// BatchLinger is the longest that a batch waits for more rows, 10ms to 1m; those of all
	// partitions of a process end together. Default 1s.
	BatchLinger time.Duration `yaml:"batch_linger"`
	// TickInterval is how often the centre's time is sent into each partition, 1s to
	// 1m. Silence is noticed that much later at most. Default 10s.
	TickInterval time.Duration `yaml:"tick_interval"`
	// ClockAhead is how far ahead of the centre's time a block's may be: what an
	// appliance whose clock is further ahead measures goes to the dead-letter topic,
	// because it would stand where what is really measured then belongs. Lines of the
	// log are kept all the same. Default 5m, from 1m to 24h.
	ClockAhead time.Duration `yaml:"clock_ahead"`
	// RetryBackoff is the first pause after the store or the bus failed; it doubles up
	// to RetryLongest. Default 200ms.
	RetryBackoff time.Duration `yaml:"retry_backoff"`
	// RetryLongest is the longest pause between attempts. Default 5s.
	RetryLongest time.Duration `yaml:"retry_longest"`
	// DrainTimeout is how long a batch in hand may take to be finished once the
	// processor is asked to stop or to give a partition up. What is not finished then
	// is made again by the next owner. Less than the bus's rebalance_timeout
	// and session_timeout. Default 4s.
	DrainTimeout time.Duration `yaml:"drain_timeout"`
	// PublicKeys are the keys of which one signs the centre's own messages: its time and
	// requests of recomputes. Others are refused. Base64, as mimamori appliance key prints
	// it. Two while a key is being changed; none means that they need no signature.
	PublicKeys []string `yaml:"public_keys"`
	// PrivateKeyFile is the file of the key that the centre signs with, which mimamori
	// appliance key makes: the same for every process of the centre. Relative paths count
	// from the configuration file.
	PrivateKeyFile string `yaml:"private_key_file"`

	// Utilization is LAN and WAN traffic.
	Utilization utilization.Config `yaml:"utilization"`
	// Availability is the states of devices.
	Availability availability.Config `yaml:"availability"`
	// Voice is the quality of voice paths.
	Voice voice.Config `yaml:"voice"`
	// RollUp is the sums of utilization, voice and availability by hour and day.
	RollUp rollup.Config `yaml:"rollup"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Group:        "processors",
		BatchRows:    200_000,
		BatchLinger:  time.Second,
		TickInterval: 10 * time.Second,
		ClockAhead:   5 * time.Minute,
		RetryBackoff: 200 * time.Millisecond,
		RetryLongest: 5 * time.Second,
		DrainTimeout: 4 * time.Second,
		Utilization:  utilization.DefaultConfig(),
		Availability: availability.DefaultConfig(),
		Voice:        voice.DefaultConfig(),
		RollUp:       rollup.DefaultConfig(),
	}
}

// Validate says everything that is wrong and what to do about it; each error begins
// with the keys below this room that lead to the value.
func (c Config) Validate() error {
	var problems []error
	if c.Group == "" {
		problems = append(problems, errors.New("group is empty: name the consumer group"))
	}
	if c.BatchRows < 1 || c.BatchRows > 400_000 {
		problems = append(problems, fmt.Errorf("batch_rows is %d: use 1 to 400000", c.BatchRows))
	}
	within := func(name string, value, low, high time.Duration) {
		if value < low || value > high {
			problems = append(problems, fmt.Errorf("%s is %s: use %s to %s", name, value, low, high))
		}
	}
	within("batch_linger", c.BatchLinger, 10*time.Millisecond, time.Minute)
	within("tick_interval", c.TickInterval, time.Second, time.Minute)
	within("clock_ahead", c.ClockAhead, time.Minute, 24*time.Hour)
	within("retry_backoff", c.RetryBackoff, time.Millisecond, time.Minute)
	within("retry_longest", c.RetryLongest, c.RetryBackoff, 10*time.Minute)
	within("drain_timeout", c.DrainTimeout, 100*time.Millisecond, time.Minute)
	if _, err := signature.ParsePublicKeys(c.PublicKeys); err != nil {
		problems = append(problems, fmt.Errorf("public_keys: %w", err))
	}
	switch signs := c.PrivateKeyFile != ""; {
	case signs && len(c.PublicKeys) == 0:
		problems = append(problems, errors.New("private_key_file is given and no public_keys: add the public key, so that what is signed is asked for"))
	case !signs && len(c.PublicKeys) > 0:
		problems = append(problems, errors.New("public_keys are given and no private_key_file: the centre would refuse its own ticks; name the file of the key"))
	}
	problems = append(problems, c.Utilization.Validate(), c.Availability.Validate(), c.Voice.Validate(), c.RollUp.Validate())
	return errors.Join(problems...)
}

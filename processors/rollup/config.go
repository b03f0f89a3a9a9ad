package rollup

import (
	"errors"
	"fmt"
	"time"
)

// Config says when an hour or a day is complete.
type Config struct {
	// Grace is how long after its end an hour or a day is added up, 1m to 6h: longer
	// than a poll takes to come. Later rows are added too, only again. Default 10m.
	Grace time.Duration `yaml:"grace"`
	// LateDays is how many days late a row may come and still be added, 1 to 1000: less
	// than the polls are kept, for a bucket is made anew of all its polls. Default 80.
	LateDays int `yaml:"late_days"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config { return Config{Grace: 10 * time.Minute, LateDays: 80} }

// Validate says everything that is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if c.Grace < time.Minute || c.Grace > 6*time.Hour {
		problems = append(problems, fmt.Errorf("rollup: grace is %s: use 1m to 6h", c.Grace))
	}
	if c.LateDays < 1 || c.LateDays > 1000 {
		problems = append(problems, fmt.Errorf("rollup: late_days is %d: use 1 to 1000", c.LateDays))
	}
	return errors.Join(problems...)
}

package notify

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Config says where notifications go and how patient their delivery is.
type Config struct {
	// File is a configuration of Prometheus Alertmanager: its routes, receivers, inhibit
	// rules, time intervals and templates (its tracing and event_recorder are not ours).
	// Relative paths count from the configuration file. Empty for a built-in one, which
	// groups by customer, site, entity and alertname and has one receiver, named default, without
	// integrations.
	File string `yaml:"alertmanager"`
	// Data is the directory that silences and the log of notifications are kept in. One
	// process alone may use it.
	Data string `yaml:"data"`
	// ExternalURL is what links in notifications begin with.
	ExternalURL string `yaml:"external_url"`
	// Retention is how long silences that ended are kept, and the log of notifications at
	// most: longer than every repeat_interval. Default 120h, from 1h to 8760h.
	Retention time.Duration `yaml:"retention"`
	// AttemptTimeout is how long one attempt at a delivery may take. Default 30s, from 100ms to 5m.
	AttemptTimeout time.Duration `yaml:"attempt_timeout"`
	// Attempts is how many an integration of a receiver may have at the same time; others
	// wait. Default 16, from 1 to 1000.
	Attempts int `yaml:"attempts"`
	// DrainTimeout is how long attempts under way may take to be finished once the notifier
	// is asked to stop. Default 5s, from 100ms to 1m.
	DrainTimeout time.Duration `yaml:"drain_timeout"`
	// Heartbeat is a sign of life to somebody outside who raises the alarm when it stays away.
	Heartbeat Heartbeat `yaml:"heartbeat"`
}

// Heartbeat says whom to tell that notifications would go out.
type Heartbeat struct {
	// URL that is fetched; any answer of 2xx is taken for received. It is kept out of the
	// log, since it usually is a secret. Empty for no heartbeat.
	URL string `yaml:"url"`
	// Interval between two signs of life. Default 1m, from 1s to 1h.
	Interval time.Duration `yaml:"interval"`
}

// DefaultConfig returns the defaults: no file, and data below the working directory.
func DefaultConfig() Config {
	return Config{
		Data:           "alerts",
		Retention:      120 * time.Hour,
		AttemptTimeout: 30 * time.Second,
		Attempts:       16,
		DrainTimeout:   5 * time.Second,
		Heartbeat:      Heartbeat{Interval: time.Minute},
	}
}

// Validate says everything that is wrong and what to do about it; each error begins with
// the keys below this room that lead to the value. What File holds is checked by Check.
func (c Config) Validate() error {
	var problems []error
	if c.Data == "" {
		problems = append(problems, errors.New("data is empty: name a directory for silences and the log of notifications"))
	}
	if _, err := webURL(c.ExternalURL); c.ExternalURL != "" && err != nil {
		problems = append(problems, fmt.Errorf("external_url is %q: %w", c.ExternalURL, err))
	}
	within := func(name string, value, low, high time.Duration) {
		if value < low || value > high {
			problems = append(problems, fmt.Errorf("%s is %s: use %s to %s", name, value, low, high))
		}
	}
	within("retention", c.Retention, time.Hour, 8760*time.Hour)
	within("attempt_timeout", c.AttemptTimeout, 100*time.Millisecond, 5*time.Minute)
	within("drain_timeout", c.DrainTimeout, 100*time.Millisecond, time.Minute)
	within("heartbeat.interval", c.Heartbeat.Interval, time.Second, time.Hour)
	if c.Attempts < 1 || c.Attempts > 1000 {
		problems = append(problems, fmt.Errorf("attempts is %d: use 1 to 1000", c.Attempts))
	}
	if _, err := webURL(c.Heartbeat.URL); c.Heartbeat.URL != "" && err != nil {
		problems = append(problems, fmt.Errorf("heartbeat.url: %w", err))
	}
	return errors.Join(problems...)
}

// webURL reads an address of the web. Its error does not repeat it, for it may be a secret.
func webURL(text string) (*url.URL, error) {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" {
		return nil, errors.New("this is no address of the web: write https://HOST/PATH")
	}
	return parsed, nil
}

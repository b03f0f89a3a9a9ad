package utilization

import (
	"fmt"
	"regexp"
)

// Config says which interfaces are WAN links.
type Config struct {
	// WAN is a regular expression (RE2): an interface whose ifName or ifAlias it
	// matches is a WAN link. Default `(?i)\bwan\d*\b`.
	WAN string `yaml:"wan"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config { return Config{WAN: `(?i)\bwan\d*\b`} }

// Validate says what is wrong and what to do about it.
func (c Config) Validate() error {
	if _, err := regexp.Compile(c.WAN); err != nil {
		return fmt.Errorf("utilization: wan is not a regular expression (%w): write one as RE2 has them, or `^$` for no WAN links", err)
	}
	return nil
}

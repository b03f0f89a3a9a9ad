package journal

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
)

// Config is how long tickets are known, and whose mail answers.
type Config struct {
	// Keep is how long a ticket is known after it was closed, 24h to 87600h. Default 9600h, 400 days.
	Keep time.Duration `yaml:"keep"`
	// Answering are the addresses whose mails count as a person's answer: names with * and ?, as *@partner.example.
	// What others write is kept as a comment, which stops nothing. Empty for everybody.
	Answering []string `yaml:"answering"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config { return Config{Keep: 400 * 24 * time.Hour} }

// Validate says everything that is wrong; each error begins with the key below this room.
func (c Config) Validate() error {
	var problems []error
	if c.Keep < 24*time.Hour || c.Keep > 87600*time.Hour {
		problems = append(problems, fmt.Errorf("keep is %s: use 24h to 87600h", c.Keep))
	}
	for i, pattern := range c.Answering {
		if _, err := path.Match(pattern, ""); err != nil || !strings.Contains(pattern, "@") {
			problems = append(problems, fmt.Errorf("answering[%d] is %q: write an address, with * and ?, as *@partner.example", i, pattern))
		}
	}
	return errors.Join(problems...)
}

// answers says whether a mail of an address counts as a person's answer.
func (c Config) answers(address string) bool {
	for _, pattern := range c.Answering {
		if found, _ := path.Match(strings.ToLower(pattern), strings.ToLower(address)); found {
			return true
		}
	}
	return len(c.Answering) == 0
}

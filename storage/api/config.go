package api

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Config says who may ask what, and how much.
type Config struct {
	// Tokens are who may ask. Without any the API is off.
	Tokens []Token `yaml:"tokens"`
	// MaxRows is the most rows one answer may have, 1 to 1000000. An answer is held in memory while it is written. Default 100000.
	MaxRows int `yaml:"max_rows"`
	// QueryTimeout bounds one question, waiting for its turn included, 1s to 10m. Default 30s.
	QueryTimeout time.Duration `yaml:"query_timeout"`
	// Questions is how many are put to the store at once, 1 to 64. Default 4.
	Questions int `yaml:"questions"`
	// TokenRequests is how many requests of one token are answered at once, until their last byte is taken, 1 to 1000. Default 8.
	TokenRequests int `yaml:"token_requests"`
	// WriteStall is how long a client may take nothing of its answer, 1s to 10m. Default 30s.
	WriteStall time.Duration `yaml:"write_stall"`
}

// Token is a secret that a client shows, known here by its hash alone.
type Token struct {
	// Name of who holds it; it stands in the log, and as who entered a maintenance window.
	Name string `yaml:"name"`
	// SHA256 of the token in hex; mimamori api token makes both.
	SHA256 string `yaml:"sha256"`
	// Customers that it may see, by their names in the inventory; "*" alone for every customer.
	Customers []string `yaml:"customers"`
	// May is what it may do, one or more of: read; write, which is to enter maintenance windows; acknowledge, which
	// is to acknowledge alarms of its customers where mimamori alert or all raises them, and with every customer to silence.
	May []string `yaml:"may"`
}

// EveryCustomer stands in Token.Customers for all of them.
const EveryCustomer = "*"

// What a token may do.
const (
	MayRead  = "read"
	MayWrite = "write"
	// MayAcknowledge is for the alarms, which another listener serves: nothing here asks for it.
	MayAcknowledge = "acknowledge"
)

// DefaultConfig has no tokens: the API is off.
func DefaultConfig() Config {
	return Config{MaxRows: 100_000, QueryTimeout: 30 * time.Second, Questions: 4, TokenRequests: 8, WriteStall: 30 * time.Second}
}

// Writes says whether any token may write.
func (c Config) Writes() bool {
	return slices.ContainsFunc(c.Tokens, func(token Token) bool { return slices.Contains(token.May, MayWrite) })
}

// mostRows is the most that MaxRows may say.
const mostRows = 1_000_000

// Validate says everything that is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	within := func(key string, value, low, high int) {
		if value < low || value > high {
			problems = append(problems, fmt.Errorf("%s is %d: use %d to %d", key, value, low, high))
		}
	}
	within("max_rows", c.MaxRows, 1, mostRows)
	within("questions", c.Questions, 1, 64)
	within("token_requests", c.TokenRequests, 1, 1000)
	for key, value := range map[string]time.Duration{"query_timeout": c.QueryTimeout, "write_stall": c.WriteStall} {
		if value < time.Second || value > 10*time.Minute {
			problems = append(problems, fmt.Errorf("%s is %s: use 1s to 10m", key, value))
		}
	}
	names, hashes := map[string]bool{}, map[string]bool{}
	for i, token := range c.Tokens {
		for _, reason := range token.problems() {
			problems = append(problems, fmt.Errorf("tokens[%d]: %s", i, reason))
		}
		hash := strings.ToLower(token.SHA256)
		if names[token.Name] || hashes[hash] {
			problems = append(problems, fmt.Errorf("tokens[%d]: %q has the name or the sha256 of a token before it: give each its own", i, token.Name))
		}
		names[token.Name], hashes[hash] = true, true
	}
	return errors.Join(problems...)
}

func (t Token) problems() []string {
	var reasons []string
	if t.Name == "" {
		reasons = append(reasons, "name is empty: say who holds the token")
	}
	if _, err := t.hash(); err != nil {
		reasons = append(reasons, err.Error())
	}
	switch {
	case len(t.Customers) == 0:
		reasons = append(reasons, `customers is empty: name those the token may see, or write ["*"] for all`)
	case slices.Contains(t.Customers, ""):
		reasons = append(reasons, "customers has an empty name: remove it")
	case len(t.Customers) > 1 && slices.Contains(t.Customers, EveryCustomer):
		reasons = append(reasons, `customers has "*" and names: write ["*"] alone, or the names alone`)
	}
	if len(t.May) == 0 {
		reasons = append(reasons, "may is empty: write [read], or more of read, write and acknowledge")
	}
	for _, may := range t.May {
		if may != MayRead && may != MayWrite && may != MayAcknowledge {
			reasons = append(reasons, fmt.Sprintf("may is %q: use read, write and acknowledge", may))
		}
	}
	return reasons
}

func (t Token) hash() ([]byte, error) {
	hash, err := hex.DecodeString(t.SHA256)
	if err != nil || len(hash) != 32 {
		return nil, errors.New("sha256 is not 64 hexadecimal digits: take it from mimamori api token")
	}
	return hash, nil
}

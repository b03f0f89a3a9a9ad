package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"

	"mimamori/storage"
)

// Known are the tokens of a configuration, for whoever lets in by them.
type Known struct{ holders []*holder }

// Holder is who holds a token.
type Holder struct {
	Name  string
	Scope storage.Scope // what it may see
	may   []string
}

// May says whether the holder may do something: MayRead, MayWrite, MayAcknowledge.
func (h Holder) May(what string) bool { return slices.Contains(h.may, what) }

// Known returns the tokens of a valid configuration.
func (c Config) Known() (Known, error) {
	var all Known
	for _, token := range c.Tokens {
		holder, err := newHolder(token, c.TokenRequests)
		if err != nil {
			return Known{}, fmt.Errorf("read the tokens of the HTTP API: %w", err)
		}
		all.holders = append(all.holders, holder)
	}
	return all, nil
}

// Find returns who holds a token, and false where nobody does.
func (k Known) Find(token string) (Holder, bool) {
	who := k.find(token)
	if who == nil {
		return Holder{}, false
	}
	return Holder{Name: who.name, Scope: who.scope, may: who.may}, true
}

// find compares every token, in constant time, whether one has fit or not.
func (k Known) find(token string) *holder {
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	var who *holder
	for _, each := range k.holders {
		if subtle.ConstantTimeCompare(sum[:], each.hash) == 1 {
			who = each
		}
	}
	return who
}

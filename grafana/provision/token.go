package provision

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"mimamori/storage/scope"
)

// LongestLife of a token: a key that leaks is revoked, a token that nobody remembers is
// not.
const LongestLife = 10 * 366 * 24 * time.Hour

// Grant is what an organisation of Grafana is to see.
type Grant struct {
	Org       int64         // id of the organisation in Grafana, from 1 on
	All       bool          // every customer, those of tomorrow too
	Customers []string      // names, where not All; order and repetitions do not count
	Life      time.Duration // how long the token counts, a second to LongestLife
}

// Token returns a grant as a scope token that counts from now on, and what it claims.
// The error says what of the grant cannot be.
func Token(private ed25519.PrivateKey, grant Grant, now time.Time) (string, scope.Claims, error) {
	if grant.Life < time.Second || grant.Life > LongestLife {
		return "", scope.Claims{}, fmt.Errorf("a scope token cannot count for %s: use 1s to %s", grant.Life, LongestLife)
	}
	customers := slices.Clone(grant.Customers)
	slices.Sort(customers)
	text, err := scope.Sign(private, scope.Claims{
		Org: grant.Org, All: grant.All, Customers: slices.Compact(customers),
		IssuedAt: now.Unix(), Expires: now.Add(grant.Life).Unix(),
	})
	if err != nil {
		return "", scope.Claims{}, err
	}
	read, err := scope.Parse(text) // what is handed out can be read
	return text, read.Claims, err
}

// ErrRevoked says that tokens of a key count no more.
var ErrRevoked = errors.New("it was revoked, and no token that it signs counts")

// Known says whether a public key is among those of a store. The error is ErrRevoked
// where it was taken back.
func Known(keys []scope.Key, public ed25519.PublicKey) (bool, error) {
	for _, key := range keys {
		if key.ID != scope.KeyID(public) {
			continue
		}
		if !key.Revoked.IsZero() {
			return true, fmt.Errorf("the key %s: %w: make another with mimamori grafana key --out FILE", key.ID, ErrRevoked)
		}
		return true, nil
	}
	return false, nil
}

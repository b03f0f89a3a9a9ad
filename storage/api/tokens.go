package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// NewToken returns a fresh token of 256 random bits and its SHA-256 in hex, which is
// what a configuration holds.
func NewToken() (token, hash string) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: the program ends instead
	token = "mimamori_" + base64.RawURLEncoding.EncodeToString(secret)
	return token, hexSum([]byte(token))
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// holder is who showed a token.
type holder struct {
	name      string
	hash      []byte
	scope     storage.Scope
	customers []string // empty where the scope is every customer
	may       []string
	requests  chan struct{} // one in it for each request in hand
}

func newHolder(token Token, requests int) (*holder, error) {
	hash, err := token.hash()
	if err != nil {
		return nil, fmt.Errorf("token %s: %w", token.Name, err)
	}
	h := &holder{name: token.Name, hash: hash, scope: storage.EveryCustomer(), may: token.May, requests: make(chan struct{}, requests)}
	if !slices.Contains(token.Customers, EveryCustomer) {
		h.customers = token.Customers
		ids := make([]sample.ID, len(token.Customers))
		for i, customer := range token.Customers {
			ids[i] = sample.CustomerID(customer)
		}
		h.scope = storage.OnlyCustomers(ids...)
	}
	return h, nil
}

// sees says whether a customer is within the holder's scope, by its name.
func (h *holder) sees(customer string) bool {
	return h.scope.All() || slices.Contains(h.customers, customer)
}

// authenticate finds the holder of the token that a request shows (RFC 6750, in the
// header alone: an address ends up in logs).
func (a *API) authenticate(r *http.Request) (*holder, *problem) {
	given := r.Header.Values("Authorization")
	if len(given) == 0 {
		return nil, unauthorized("", "send the header Authorization: Bearer TOKEN")
	}
	scheme, token, found := strings.Cut(given[0], " ")
	if len(given) > 1 || !found || !strings.EqualFold(scheme, "Bearer") {
		return nil, unauthorized("invalid_request", "the Authorization header is not one of the form: Bearer TOKEN")
	}
	who := a.known.find(token)
	if who == nil {
		return nil, unauthorized("invalid_token", "the token is not known here")
	}
	return who, nil
}

package scope

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// prefix begins a token of this form, version the number in its payload.
const (
	prefix  = "mms1"
	version = 1
)

// longestToken bounds what is taken for a token, in bytes: some thousand customers.
const longestToken = 256 << 10

// Why a token does not count. What Parse and Verify return wraps one of them and says
// what to do.
var (
	ErrMissing           = errors.New("there is no scope token")
	ErrMalformed         = errors.New("the scope token cannot be read")
	ErrUnknownKey        = errors.New("the scope token is signed with a key that is not known here")
	ErrForged            = errors.New("the scope token is not what was signed")
	ErrRevoked           = errors.New("the scope token is signed with a key that was revoked")
	ErrExpired           = errors.New("the scope token has expired")
	ErrOtherOrganisation = errors.New("the scope token is of another organisation")
)

// remedy ends what is said of a token that does not count.
const remedy = "run mimamori grafana sync, which gives each organisation a token of its own"

// Claims are what a token says.
type Claims struct {
	Version   int      `json:"v"`                   // of the payload: 1
	Key       string   `json:"key"`                 // KeyID of the key that signs
	Org       int64    `json:"org"`                 // id of the organisation in Grafana, 1 and above
	All       bool     `json:"all,omitempty"`       // every customer, those of tomorrow too: the partner's
	Customers []string `json:"customers,omitempty"` // the names of those it sees, where not All
	IssuedAt  int64    `json:"iat"`                 // Unix seconds
	Expires   int64    `json:"exp"`                 // Unix seconds, no more from then on
}

// Validate says what is wrong with claims that are to be signed.
func (c Claims) Validate() error {
	switch {
	case c.Version != version:
		return fmt.Errorf("v is %d: this program knows %d", c.Version, version)
	case c.Org < 1:
		return fmt.Errorf("org is %d: organisations of Grafana have numbers from 1 on", c.Org)
	case c.All == (len(c.Customers) > 0):
		return errors.New("it must name customers, or say that it is for all, and not both")
	case slices.Contains(c.Customers, ""):
		return errors.New("it names a customer without a name")
	case c.Expires <= c.IssuedAt:
		return errors.New("it has expired before it was issued")
	}
	return nil
}

// Scope returns the customers that the claims see.
func (c Claims) Scope() storage.Scope {
	if c.All {
		return storage.EveryCustomer()
	}
	ids := make([]sample.ID, len(c.Customers))
	for i, customer := range c.Customers {
		ids[i] = sample.CustomerID(customer)
	}
	return storage.OnlyCustomers(ids...)
}

// ExpiresAt returns the moment from which on the token is no good.
func (c Claims) ExpiresAt() time.Time { return time.Unix(c.Expires, 0) }

// Key is a public key that tokens are held against.
type Key struct {
	ID      string // KeyID of Public
	Public  ed25519.PublicKey
	Added   time.Time
	Revoked time.Time // zero where it counts
}

// KeyID returns the name of a public key: the first 16 digits in hex of its SHA-256.
func KeyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// Sign returns the token that says the claims; version and key are filled in.
func Sign(private ed25519.PrivateKey, claims Claims) (string, error) {
	if len(private) != ed25519.PrivateKeySize {
		return "", errors.New("sign a scope token: the key is no Ed25519 private key")
	}
	claims.Version, claims.Key = version, KeyID(ed25519.PublicKey(private[ed25519.PrivateKeySize-ed25519.PublicKeySize:])) // RFC 8032: seed and public key
	if err := claims.Validate(); err != nil {
		return "", fmt.Errorf("sign a scope token: %w", err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("sign a scope token: %w", err)
	}
	signed := prefix + "." + base64.RawURLEncoding.EncodeToString(payload)
	return signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(private, []byte(signed))), nil
}

// Token is a text that was read as a token. What it claims counts for nothing until
// Verify has said so.
type Token struct {
	Claims
	signed    string
	signature []byte
}

// Meant says whether a text is meant as a token of this package, and not as another secret.
func Meant(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), prefix+".") }

// Parse reads a token. The errors are ErrMissing and ErrMalformed.
func Parse(text string) (Token, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Token{}, fmt.Errorf("%w: %s", ErrMissing, remedy)
	}
	malformed := func(why string) (Token, error) {
		return Token{}, fmt.Errorf("%w (%s): %s", ErrMalformed, why, remedy)
	}
	if len(text) > longestToken {
		return malformed(fmt.Sprintf("it is longer than %d bytes", longestToken))
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 || parts[0] != prefix {
		return malformed("it is not of the form " + prefix + ".PAYLOAD.SIGNATURE")
	}
	strict := base64.RawURLEncoding.Strict()
	payload, err := strict.DecodeString(parts[1])
	if err != nil {
		return malformed("its payload is not base64url")
	}
	signature, err := strict.DecodeString(parts[2])
	if err != nil || len(signature) != ed25519.SignatureSize {
		return malformed("its signature is not one of Ed25519 in base64url")
	}
	token := Token{signed: parts[0] + "." + parts[1], signature: signature}
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&token.Claims); err != nil {
		return malformed("its payload is not the JSON of a token")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return malformed("something stands behind its payload")
	}
	if err := token.Validate(); err != nil {
		return malformed(err.Error())
	}
	return token, nil
}

// Verify returns nil where the token counts at a time in an organisation: it is signed
// by one of the keys, which was not revoked. The errors are ErrUnknownKey, ErrForged,
// ErrRevoked, ErrOtherOrganisation and ErrExpired, in this order: nothing that a token
// says is told before it is known who said it.
func (t Token) Verify(keys []Key, org int64, now time.Time) error {
	at := slices.IndexFunc(keys, func(key Key) bool { return key.ID == t.Key && KeyID(key.Public) == t.Key })
	switch {
	case at < 0:
		return fmt.Errorf("%w: run mimamori grafana sync with the store of this data source, which makes its key known there", ErrUnknownKey)
	case !ed25519.Verify(keys[at].Public, []byte(t.signed), t.signature):
		return fmt.Errorf("%w: it was changed, or cut short when it was copied; %s", ErrForged, remedy)
	case !keys[at].Revoked.IsZero():
		return fmt.Errorf("%w: %s", ErrRevoked, remedy)
	case t.Org != org:
		return fmt.Errorf("%w: %s", ErrOtherOrganisation, remedy)
	case now.Unix() >= t.Expires:
		return fmt.Errorf("%w, on %s: %s", ErrExpired, t.ExpiresAt().UTC().Format(time.RFC3339), remedy)
	}
	return nil
}

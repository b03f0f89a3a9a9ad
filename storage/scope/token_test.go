package scope

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// now is the present of the tests.
var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func pair(t testing.TB) (Key, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return Key{ID: KeyID(public), Public: public, Added: now.Add(-time.Hour)}, private
}

func acme() Claims {
	return Claims{Org: 7, Customers: []string{"acme"}, IssuedAt: now.Add(-time.Hour).Unix(), Expires: now.Add(time.Hour).Unix()}
}

// signed returns a token that must be.
func signed(t testing.TB, private ed25519.PrivateKey, claims Claims) string {
	t.Helper()
	text, err := Sign(private, claims)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// widened re-encodes the payload of a token after a change, with the old signature.
func widened(t testing.TB, text, from, to string) string {
	t.Helper()
	parts := strings.Split(text, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || !strings.Contains(string(payload), from) {
		t.Fatalf("%s: %v", payload, err)
	}
	parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), from, to, 1)))
	return strings.Join(parts, ".")
}

func TestTokens(t *testing.T) {
	key, private := pair(t)
	other, stranger := pair(t)
	revoked := key
	revoked.Revoked = now.Add(-time.Minute)
	posing := other
	posing.ID = key.ID // somebody's row says that it is the known key
	good := signed(t, private, acme())
	for name, c := range map[string]struct {
		text string
		keys []Key
		org  int64
		at   time.Time
		want error
	}{
		"good":                         {good, []Key{other, key}, 7, now, nil},
		"good with blanks":             {" " + good + "\n", []Key{key}, 7, now, nil},
		"last second":                  {good, []Key{key}, 7, now.Add(time.Hour - time.Second), nil},
		"none":                         {"", []Key{key}, 7, now, ErrMissing},
		"blanks alone":                 {" \t", []Key{key}, 7, now, ErrMissing},
		"another customer":             {widened(t, good, `["acme"]`, `["zen"]`), []Key{key}, 7, now, ErrForged},
		"more customers":               {widened(t, good, `["acme"]`, `["acme","zen"]`), []Key{key}, 7, now, ErrForged},
		"every customer":               {widened(t, good, `"customers":["acme"]`, `"all":true`), []Key{key}, 7, now, ErrForged},
		"longer":                       {widened(t, good, `"exp":`, `"exp":9`), []Key{key}, 7, now, ErrForged},
		"moved to another":             {widened(t, good, `"org":7`, `"org":8`), []Key{key}, 8, now, ErrForged},
		"said to be a stranger's":      {widened(t, good, key.ID, other.ID), []Key{key, other}, 7, now, ErrForged},
		"signed by a stranger":         {signed(t, stranger, acme()), []Key{key}, 7, now, ErrUnknownKey},
		"no keys":                      {good, nil, 7, now, ErrUnknownKey},
		"a key under another's name":   {good, []Key{posing}, 7, now, ErrUnknownKey},
		"revoked":                      {good, []Key{revoked}, 7, now, ErrRevoked},
		"of another organisation":      {good, []Key{key}, 8, now, ErrOtherOrganisation},
		"expired":                      {good, []Key{key}, 7, now.Add(time.Hour), ErrExpired},
		"cut short":                    {good[:len(good)-4], []Key{key}, 7, now, ErrMalformed},
		"two parts":                    {good[:strings.LastIndexByte(good, '.')], []Key{key}, 7, now, ErrMalformed},
		"a part more":                  {good + ".x", []Key{key}, 7, now, ErrMalformed},
		"another form":                 {"mms2" + good[4:], []Key{key}, 7, now, ErrMalformed},
		"padded":                       {good + "==", []Key{key}, 7, now, ErrMalformed},
		"unknown claim":                {widened(t, good, `{"v"`, `{"admin":1,"v"`), []Key{key}, 7, now, ErrMalformed},
		"something behind":             {widened(t, good, `}`, `}{}`), []Key{key}, 7, now, ErrMalformed},
		"all and some":                 {widened(t, good, `"customers"`, `"all":true,"customers"`), []Key{key}, 7, now, ErrMalformed},
		"nobody":                       {widened(t, good, `"customers":["acme"],`, ``), []Key{key}, 7, now, ErrMalformed},
		"a customer without a name":    {widened(t, good, `["acme"]`, `["acme",""]`), []Key{key}, 7, now, ErrMalformed},
		"another version":              {widened(t, good, `"v":1`, `"v":2`), []Key{key}, 7, now, ErrMalformed},
		"too long":                     {strings.Repeat("x", longestToken+1), []Key{key}, 7, now, ErrMalformed},
		"nothing that was ever a name": {"mms1..", []Key{key}, 7, now, ErrMalformed},
	} {
		token, err := Parse(c.text)
		if err == nil {
			err = token.Verify(c.keys, c.org, c.at)
		}
		if !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err != nil && !strings.Contains(err.Error(), "mimamori grafana sync") {
			t.Errorf("%s: %v does not say what to do", name, err)
		}
		if err != nil && !errors.Is(c.want, ErrMalformed) && strings.Contains(err.Error(), "acme") {
			t.Errorf("%s: %v tells what the token says", name, err)
		}
	}
}

func TestScopeOfClaims(t *testing.T) {
	some := acme()
	some.Customers = []string{"acme", "Café 1"}
	if got, want := some.Scope(), storage.OnlyCustomers(sample.CustomerID("acme"), sample.CustomerID("Café 1")); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if !(Claims{All: true}).Scope().All() {
		t.Error("all is not every customer")
	}
	if err := (storage.Query{Scope: (Claims{}).Scope(), From: now, To: now.Add(1)}).Validate(); !errors.Is(err, storage.ErrNoScope) {
		t.Errorf("claims without customers: %v", err)
	}
}

func TestWhatIsNotSigned(t *testing.T) {
	_, private := pair(t)
	for name, change := range map[string]func(*Claims){
		"nobody":         func(c *Claims) { c.Customers = nil },
		"all and some":   func(c *Claims) { c.All = true },
		"no name":        func(c *Claims) { c.Customers = []string{""} },
		"no place":       func(c *Claims) { c.Org = 0 },
		"no time at all": func(c *Claims) { c.Expires = c.IssuedAt },
	} {
		claims := acme()
		change(&claims)
		if text, err := Sign(private, claims); err == nil {
			t.Errorf("%s was signed: %s", name, text)
		}
	}
	if _, err := Sign(private[:31], acme()); err == nil {
		t.Error("half a key signed")
	}
}

func FuzzParse(f *testing.F) {
	key, private := pair(f)
	good := signed(f, private, acme())
	for _, seed := range []string{good, good[:40], "mms1.e30.AA", "mms1..", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := Parse(text)
		if err != nil {
			return
		}
		if token.Verify([]Key{key}, 7, now) == nil && strings.TrimSpace(text) != good {
			t.Fatalf("%q counts", text)
		}
	})
}

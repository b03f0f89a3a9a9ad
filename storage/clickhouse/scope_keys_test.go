package clickhouse

import (
	"crypto/ed25519"
	"testing"
	"time"

	"mimamori/storage/scope"
)

func testScopeKeys(t *testing.T, config Config) {
	store := open(t, config)
	first, _, _ := ed25519.GenerateKey(nil)
	second, _, _ := ed25519.GenerateKey(nil)
	for _, public := range []ed25519.PublicKey{first, second, first} {
		if err := store.SaveScopeKey(t.Context(), public); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Now().UTC().Truncate(time.Millisecond)
	for range 2 {
		if err := store.RevokeScopeKey(t.Context(), scope.KeyID(first), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.RevokeScopeKey(t.Context(), "nobody's", at); err == nil {
		t.Error("a key that is not there was revoked")
	}
	if err := store.SaveScopeKey(t.Context(), first); err != nil { // stays revoked
		t.Fatal(err)
	}
	if err := store.SaveScopeKey(t.Context(), first[:31]); err == nil {
		t.Error("half a key was saved")
	}
	keys, err := store.ScopeKeys(t.Context())
	if err != nil || len(keys) != 2 {
		t.Fatalf("%v, %v", keys, err)
	}
	for _, key := range keys {
		switch {
		case key.Added.IsZero() || key.ID != scope.KeyID(key.Public):
			t.Errorf("%+v", key)
		case key.Public.Equal(first) && !key.Revoked.Equal(at):
			t.Errorf("%s was revoked at %s, want %s", key.ID, key.Revoked, at)
		case key.Public.Equal(second) && !key.Revoked.IsZero():
			t.Errorf("%s was revoked at %s", key.ID, key.Revoked)
		}
	}
}

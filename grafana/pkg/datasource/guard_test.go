package datasource

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"mimamori/storage/scope"
)

// noon is the present of tests with a clock of their own.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// TestKeysAreReadAnew counts how often the keys are read, and shows that a revoked one is
// refused when they are, and that nobody is admitted while they cannot be.
func TestKeysAreReadAnew(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := scope.Sign(private, scope.Claims{Org: organisation, Customers: []string{"acme"}, IssuedAt: noon.Add(-time.Hour).Unix(), Expires: noon.Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	now, read := noon, 0
	keys, away := []scope.Key{{ID: scope.KeyID(public), Public: public}}, error(nil)
	g := newGuard(func(context.Context) ([]scope.Key, error) { read++; return keys, away }, func() time.Time { return now })
	admit := func(want error, reads int) {
		t.Helper()
		claims, err := g.admit(t.Context(), from(text), false)
		if !errors.Is(err, want) || (want == nil) != (err == nil) || read != reads {
			t.Fatalf("%v after %d reads, want %v after %d", err, read, want, reads)
		}
		if err != nil && (claims.All || len(claims.Customers) > 0) {
			t.Fatalf("refused, and told %+v", claims)
		}
	}
	admit(nil, 1)
	now = now.Add(keysHold - time.Second)
	admit(nil, 1)
	keys = []scope.Key{{ID: keys[0].ID, Public: public, Revoked: now}}
	admit(nil, 1)
	now = now.Add(time.Second)
	admit(scope.ErrRevoked, 2)
	keys[0].Revoked = time.Time{}
	now = now.Add(keysHold)
	away = errors.New("away")
	admit(away, 3)
	admit(away, 4) // what failed is tried again
	away = nil
	admit(nil, 5)
	now = noon.Add(time.Hour)
	admit(scope.ErrExpired, 6)
	nobody := from(text)
	nobody.User = nil
	if _, err := g.admit(t.Context(), nobody, false); !errors.Is(err, errNobody) {
		t.Errorf("nobody: %v", err)
	}
}

// TestKeysOfAHangingStore holds that the keys are read once for all who wait for them,
// that nobody waits longer than his request lives, and that a reading goes on when who
// began it is gone.
func TestKeysOfAHangingStore(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := scope.Sign(private, scope.Claims{Org: organisation, All: true, IssuedAt: noon.Unix(), Expires: noon.Add(time.Hour).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		g := newGuard(func(ctx context.Context) ([]scope.Key, error) {
			reads++
			select {
			case <-time.After(30 * time.Second): // it hangs, and comes back
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			return []scope.Key{{ID: scope.KeyID(public), Public: public}}, nil
		}, func() time.Time { return noon })
		began := time.Now()
		admit := func(patience time.Duration, want error) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if _, err := g.admit(ctx, from(text), false); !errors.Is(err, want) || (want == nil) != (err == nil) {
				t.Errorf("after %s: %v, want %v", time.Since(began), err, want)
			}
			if waited := time.Since(began); waited > patience {
				t.Errorf("it waited %s, and had %s", waited, patience)
			}
		}
		for _, patience := range []time.Duration{time.Second, 5 * time.Second, 10 * time.Second} {
			go admit(patience, context.DeadlineExceeded)
		}
		for range 10 {
			go admit(31*time.Second, nil)
		}
		synctest.Wait()
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if reads != 1 {
			t.Errorf("the keys were read %d times", reads)
		}
	})
}

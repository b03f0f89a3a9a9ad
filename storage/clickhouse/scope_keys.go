package clickhouse

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"time"

	"mimamori/storage/scope"
)

// ScopeKeys returns the public keys of scope tokens, revoked ones too, by their id.
func (s *Store) ScopeKeys(ctx context.Context) ([]scope.Key, error) {
	var rows scopeKeyRows
	columns := rows.columns()
	names, targets := selected("", columns)
	err := s.query(ctx, "scope_keys", "SELECT "+names+" FROM scope_keys FINAL ORDER BY key_id", nil, targets, func() { keep(columns) })
	if err != nil {
		return nil, err
	}
	return rows.keys()
}

// SaveScopeKey stores a public key, from now on tokens that it signed count. Saving it
// again changes nothing; one that was revoked stays so.
func (s *Store) SaveScopeKey(ctx context.Context, public ed25519.PublicKey) error {
	if len(public) != ed25519.PublicKeySize {
		return fmt.Errorf("save a key of scope tokens: it has %d bytes, an Ed25519 public key %d", len(public), ed25519.PublicKeySize)
	}
	known, err := s.ScopeKeys(ctx)
	if err != nil {
		return err
	}
	for _, key := range known {
		if key.ID == scope.KeyID(public) {
			return nil
		}
	}
	var rows scopeKeyRows
	rows.add(scope.Key{ID: scope.KeyID(public), Public: public, Added: time.Now()})
	return s.insert(ctx, insertion{"scope_keys", rows.columns(), nil})
}

// RevokeScopeKey takes a key back at a time: no token that it signed counts any more. The
// error says so where there is no such key. One that was revoked stays as it is.
func (s *Store) RevokeScopeKey(ctx context.Context, id string, at time.Time) error {
	known, err := s.ScopeKeys(ctx)
	if err != nil {
		return err
	}
	for _, key := range known {
		if key.ID != id {
			continue
		}
		if !key.Revoked.IsZero() {
			return nil
		}
		key.Revoked = at
		var rows scopeKeyRows
		rows.add(key)
		return s.insert(ctx, insertion{"scope_keys", rows.columns(), nil})
	}
	return fmt.Errorf("revoke a key of scope tokens: the store %s knows no key %q", s.config.Database, id)
}

// scopeKeyRows are rows of the table scope_keys.
type scopeKeyRows struct {
	ids, publics   []string
	added, revoked []int64
}

func (r *scopeKeyRows) columns() []column {
	return []column{of("key_id", &r.ids), of("public_key", &r.publics), times("added_ts", &r.added), times("revoked_ts", &r.revoked)}
}

func (r *scopeKeyRows) add(key scope.Key) {
	r.ids, r.publics = append(r.ids, key.ID), append(r.publics, hex.EncodeToString(key.Public))
	r.added = append(r.added, key.Added.UnixMilli())
	revoked := int64(0)
	if !key.Revoked.IsZero() {
		revoked = key.Revoked.UnixMilli()
	}
	r.revoked = append(r.revoked, revoked)
}

func (r *scopeKeyRows) keys() ([]scope.Key, error) {
	all := make([]scope.Key, len(r.ids))
	for i := range r.ids {
		public, err := hex.DecodeString(r.publics[i])
		if err != nil || len(public) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("the key %q of scope tokens is not one of Ed25519 in hex", r.ids[i])
		}
		all[i] = scope.Key{ID: r.ids[i], Public: public, Added: instant(r.added[i])}
		if r.revoked[i] > 0 {
			all[i].Revoked = instant(r.revoked[i])
		}
	}
	return all, nil
}

package processors

import (
	"crypto/ed25519"
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/ingest/signature"
	"mimamori/storage"
)

// TestOnlyWhoHoldsTheKeyWritesAsAnAppliance holds each kind of writer against each name a
// message may be in.
func TestOnlyWhoHoldsTheKeyWritesAsAnAppliance(t *testing.T) {
	pair := func() (ed25519.PublicKey, ed25519.PrivateKey) {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return public, private
	}
	ownPublic, own := pair()
	oldPublic, old := pair()
	neighbourPublic, neighbour := pair()
	centrePublic, ofCentre := pair()
	beside, keyless := sample.ApplianceID("acme", "tokyo", "beside"), sample.ApplianceID("acme", "tokyo", "keyless")
	signing := storage.Registry{
		Appliances: []storage.Appliance{
			{ID: appliance, Customer: customer, PublicKeys: []ed25519.PublicKey{oldPublic, ownPublic}},
			{ID: beside, Customer: customer, PublicKeys: []ed25519.PublicKey{neighbourPublic}},
			{ID: keyless, Customer: customer},
		},
		CentreKeys: []ed25519.PublicKey{centrePublic},
	}
	open := signing
	open.CentreKeys = nil
	rows := block(t, appliance, interfaces(1))
	asks := block(t, appliance, &sample.Recomputes{Request: []sample.ID{1}, Figure: []string{""}, FromMs: []int64{0}, ToMs: []int64{1}, By: []string{""}, Why: []string{""}})
	sign := func(key ed25519.PrivateKey, message bus.Message) bus.Message {
		return bus.Sign(key, bus.TopicTelemetry, message)
	}
	changed := sign(own, rows)
	changed.Value = block(t, appliance, interfaces(2)).Value
	renamed := sign(neighbour, block(t, beside, interfaces(1)))
	renamed.Key = bus.Key(appliance)
	for _, c := range []struct {
		name     string
		message  bus.Message
		registry storage.Registry
		reason   string
	}{
		{"its own key", sign(own, rows), signing, ""},
		{"the key being changed", sign(old, rows), signing, ""},
		{"no signature", rows, signing, "unsigned"},
		{"a neighbour's key", sign(neighbour, rows), signing, "bad_signature"},
		{"the centre's key", sign(ofCentre, rows), signing, "bad_signature"},
		{"signed for another topic", bus.Sign(own, bus.TopicLogs, rows), signing, "bad_signature"},
		{"other rows under its signature", changed, signing, "bad_signature"},
		{"a neighbour's block under its name", renamed, signing, "key_mismatch"},
		{"no key is known, none signed", block(t, keyless, interfaces(1)), signing, ""},
		{"no key is known, signed", sign(own, block(t, keyless, interfaces(1))), signing, ""},
		{"the centre's tick", sign(ofCentre, tickAt(t, 0)), signing, ""},
		{"a tick without a signature", tickAt(t, 0), signing, "unsigned"},
		{"an appliance's tick", sign(own, tickAt(t, 0)), signing, "bad_signature"},
		{"a tick where the centre has no key", tickAt(t, 0), open, ""},
		{"the centre's request", sign(ofCentre, asks), signing, ""},
		{"an appliance's request", sign(own, asks), signing, "bad_signature"},
		{"a request where the centre has no key", asks, open, ""},
	} {
		b, err := newBatch(storage.Source{Topic: bus.TopicTelemetry})
		if err != nil {
			t.Fatal(err)
		}
		b.add(c.message, ownersOf(c.registry, true))
		got := ""
		if len(b.refused) > 0 {
			got = b.refused[0].reason
		}
		if got != c.reason || len(b.Blocks)+len(b.refused) != 1 {
			t.Errorf("%s: %q, want %q", c.name, got, c.reason)
		}
	}
}

func TestTheCentreSignsItsTicks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "centre.key")
	public, err := signature.NewFile(path)
	if err != nil {
		t.Fatal(err)
	}
	messages := newLog(bus.TopicTelemetry)
	processor, _ := newProcessor(t, func(c *Config) {
		c.PrivateKeyFile, c.PublicKeys = path, []string{signature.FormatPublicKey(public)}
	}, messages, newTape())
	encoder, err := sample.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	if err := processor.sendTick(t.Context(), encoder, bus.TopicTelemetry, 3, 1); err != nil {
		t.Fatal(err)
	}
	sent := messages.produced[bus.TopicTelemetry+"-3"]
	if len(sent) != 1 || disowned(bus.TopicTelemetry, sent[0], processor.ours.owners[centre]) != "" {
		t.Fatalf("%d ticks, or one that the centre would refuse", len(sent))
	}
}

func TestTheCentreNeedsBothKeys(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"no private_key_file": func(c *Config) { c.PublicKeys = []string{"MCowBQYDK2VwAyEAMCowBQYDK2VwAyEAMCowBQYDK2U="} },
		"no public_keys":      func(c *Config) { c.PrivateKeyFile = "centre.key" },
		"44 characters":       func(c *Config) { c.PrivateKeyFile, c.PublicKeys = "centre.key", []string{"x"} },
	} {
		cfg := DefaultConfig()
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

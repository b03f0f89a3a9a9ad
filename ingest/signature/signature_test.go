package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func pair(tb testing.TB) (ed25519.PublicKey, ed25519.PrivateKey) {
	tb.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return public, private
}

func TestVerify(t *testing.T) {
	public, private := pair(t)
	other, foreign := pair(t)
	key, value := []byte("00000000000000aa"), bytes.Repeat([]byte("block"), 100)
	signed := Sign(private, "telemetry", key, value)
	if len(signed) != Size {
		t.Fatalf("a signature of %d bytes, want %d", len(signed), Size)
	}
	changed := func(at int) []byte {
		spoilt := bytes.Clone(signed)
		spoilt[at] ^= 1
		return spoilt
	}
	keys := []ed25519.PublicKey{other, public} // the first is the one being taken out of use
	for _, c := range []struct {
		name      string
		keys      []ed25519.PublicKey
		topic     string
		key       []byte
		value     []byte
		signature []byte
		want      error
	}{
		{"as signed", keys, "telemetry", key, value, signed, nil},
		{"by the other key", keys, "telemetry", key, value, Sign(foreign, "telemetry", key, value), nil},
		{"unsigned", keys, "telemetry", key, value, nil, ErrUnsigned},
		{"another topic", keys, "logs", key, value, signed, ErrWrong},
		{"another appliance", keys, "telemetry", []byte("00000000000000ab"), value, signed, ErrWrong},
		{"a byte moved from the value to the key", keys, "telemetry", append(bytes.Clone(key), value[0]), value[1:], signed, ErrWrong},
		{"another block", keys, "telemetry", key, value[1:], signed, ErrWrong},
		{"an unknown version", keys, "telemetry", key, value, changed(0), ErrWrong},
		{"a bit turned", keys, "telemetry", key, value, changed(40), ErrWrong},
		{"cut off", keys, "telemetry", key, value, signed[:Size-1], ErrWrong},
		{"longer", keys, "telemetry", key, value, append(bytes.Clone(signed), 0), ErrWrong},
		{"a key that is gone", keys[:1], "telemetry", key, value, signed, ErrWrong},
		{"no keys", nil, "telemetry", key, value, signed, ErrWrong},
		{"plain Ed25519", keys, "telemetry", key, value, append([]byte{version}, ed25519.Sign(private, digest("telemetry", key, value))...), ErrWrong},
	} {
		if err := Verify(c.keys, c.topic, c.key, c.value, c.signature); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "appliance.key")
	public, err := NewFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if state, err := os.Stat(path); err != nil || state.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: want 0600", state.Mode(), err)
	}
	private, err := ReadFile(path, "mimamori appliance key")
	if err != nil || !PublicOf(private).Equal(public) {
		t.Fatalf("the key that was read is another: %v", err)
	}
	if back, err := ParsePublicKey(FormatPublicKey(public)); err != nil || !back.Equal(public) {
		t.Errorf("the public key in the configuration is another: %v", err)
	}
	before, _ := os.ReadFile(path)
	if _, err := NewFile(path); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("a second key in its place: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the key was overwritten")
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path, "mimamori appliance key"); !errors.Is(err, ErrReadable) {
		t.Errorf("a key that a group may read: %v", err)
	}
}

// TestKeyFileOfOpenSSL holds that the file is the one everybody writes, both ways.
func TestKeyFileOfOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("missing: openssl")
		}
		t.Skip("missing: openssl")
	}
	theirs, ours := filepath.Join(t.TempDir(), "theirs"), filepath.Join(t.TempDir(), "ours")
	if output, err := exec.CommandContext(t.Context(), openssl, "genpkey", "-algorithm", "ed25519", "-out", theirs).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if err := os.Chmod(theirs, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(theirs, "mimamori appliance key"); err != nil {
		t.Error(err)
	}
	public, err := NewFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	output, err := exec.CommandContext(t.Context(), openssl, "pkey", "-in", ours, "-pubout", "-outform", "DER").Output()
	if err != nil || !bytes.HasSuffix(output, public) {
		t.Errorf("openssl reads another public key: %x, %v", output, err)
	}
}

func TestBadKeys(t *testing.T) {
	folder := t.TempDir()
	write := func(text string) string {
		path := filepath.Join(folder, "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for want, path := range map[string]string{
		"no such file":          filepath.Join(folder, "away"),
		"no private key in PEM": write("secret"),
	} {
		if _, err := ReadFile(path, "mimamori appliance key"); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "mimamori appliance key") {
			t.Errorf("%v, want %q and how to make one", err, want)
		}
	}
	if _, err := ReadFile(write("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "mimamori appliance key"); err == nil || !strings.Contains(err.Error(), "holds no private key") {
		t.Errorf("three zero bytes: %v", err)
	}
	for _, text := range []string{"", "AAAA", "open sesame", strings.Repeat("A", 44)} {
		if _, err := ParsePublicKeys([]string{text}); err == nil || !strings.Contains(err.Error(), "44 characters") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func block(b *testing.B) []byte {
	value := make([]byte, 32<<10)
	rand.Read(value)
	b.SetBytes(int64(len(value)))
	b.ReportAllocs()
	return value
}

// BenchmarkSign signs a block of the usual size: once for each at the appliance.
func BenchmarkSign(b *testing.B) {
	_, private := pair(b)
	value, key := block(b), []byte("00000000000000aa")
	for b.Loop() {
		Sign(private, "telemetry", key, value)
	}
}

// BenchmarkVerify holds such a block against its key: once for each at the centre.
func BenchmarkVerify(b *testing.B) {
	public, private := pair(b)
	value, key := block(b), []byte("00000000000000aa")
	signed := Sign(private, "telemetry", key, value)
	for b.Loop() {
		if err := Verify([]ed25519.PublicKey{public}, "telemetry", key, value, signed); err != nil {
			b.Fatal(err)
		}
	}
}

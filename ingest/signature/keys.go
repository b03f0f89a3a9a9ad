package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// ParsePublicKey reads a public key as the configuration has it: base64 of its 32 bytes.
func ParsePublicKey(text string) (ed25519.PublicKey, error) {
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%q is no public key: write the line that mimamori appliance key prints, 44 characters of base64", text)
	}
	return key, nil
}

// ParsePublicKeys reads some. The error names the first that is none.
func ParsePublicKeys(texts []string) ([]ed25519.PublicKey, error) {
	var keys []ed25519.PublicKey
	for _, text := range texts {
		key, err := ParsePublicKey(text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// FormatPublicKey returns a public key as ParsePublicKey reads it.
func FormatPublicKey(key ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(key) }

// pemType is the first line's word of a private key in PKCS #8 (RFC 5958), which
// openssl genpkey -algorithm ed25519 writes too.
const pemType = "PRIVATE KEY"

// longestFile bounds what is read of a key file, in bytes. A key takes 119.
const longestFile = 64 << 10

// ErrReadable says that others than its owner may read a private key.
var ErrReadable = errors.New("others than its owner may read it")

// NewFile makes a key pair, writes its private key to a new file that only its owner may
// read, and returns the public key. A file that exists is left alone and is an error.
func NewFile(path string) (ed25519.PublicKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key pair: %w", err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("encode the private key: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s exists: a key that is replaced signs nothing any more; name a new file, and see about changing keys in docs/security.md", path)
	}
	if err != nil {
		return nil, fmt.Errorf("write the private key: %w", err)
	}
	err = pem.Encode(file, &pem.Block{Type: pemType, Bytes: encoded})
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("write the private key: %w", errors.Join(err, os.Remove(path)))
	}
	return public, nil
}

// ReadFile reads a private key from its file. The error is ErrReadable where the file's
// mode lets others read it; where there is no key it names maker, the command that makes one.
func ReadFile(path, maker string) (ed25519.PrivateKey, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the private key: %w; %s --out FILE makes one", err, maker)
	}
	defer file.Close()
	state, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the private key: %w", err)
	}
	if state.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the private key %s has mode %04o, %w: chmod 600 %s, and make a new key if somebody did",
			path, state.Mode().Perm(), ErrReadable, path)
	}
	text, err := io.ReadAll(io.LimitReader(file, longestFile))
	if err != nil {
		return nil, fmt.Errorf("read the private key: %w", err)
	}
	block, _ := pem.Decode(bytes.TrimSpace(text))
	if block == nil || block.Type != pemType {
		return nil, fmt.Errorf("%s is no private key in PEM (PKCS #8): %s --out FILE makes one", path, maker)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s holds no private key that can be read (%w): %s --out FILE makes one", path, err, maker)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds a key of another kind than Ed25519: %s --out FILE makes one", path, maker)
	}
	return key, nil
}

// PublicOf returns the public key of a private one.
func PublicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// Pair returns the private key of a file and the public keys of the configuration. Either
// may be absent, and is nil then. It fails where the private key is none of the public ones:
// whoever goes by them would refuse what it signs.
func Pair(file string, public []string) (ed25519.PrivateKey, []ed25519.PublicKey, error) {
	accepted, err := ParsePublicKeys(public)
	if err != nil || file == "" {
		return nil, accepted, err
	}
	private, err := ReadFile(file, "mimamori appliance key")
	if err != nil {
		return nil, accepted, err
	}
	own := PublicOf(private)
	if len(accepted) > 0 && !slices.ContainsFunc(accepted, func(key ed25519.PublicKey) bool { return key.Equal(own) }) {
		return nil, accepted, fmt.Errorf("public_keys has not the key of %s, and what it signs would be refused: add %s", file, FormatPublicKey(own))
	}
	return private, accepted, nil
}

package signature

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/binary"
	"errors"
)

// Header is the message header that a signature stands in.
const Header = "signature"

// version is the first byte of a signature: Ed25519ph over Digest follows.
const version = 1

// Size is the length of a signature with its version, in bytes.
const Size = 1 + ed25519.SignatureSize

// scheme names what is signed, so that a signature means nothing elsewhere and one made
// elsewhere means nothing here. Ed25519ph reads a block once, and nothing is copied.
var scheme = &ed25519.Options{Hash: crypto.SHA512, Context: "mimamori message 1"}

// The reasons a message cannot be taken as written by whom it names.
var (
	// ErrUnsigned says that there is no signature where there must be one.
	ErrUnsigned = errors.New("the message is not signed")
	// ErrWrong says that none of the keys made the signature, or not of this message.
	ErrWrong = errors.New("the signature fits none of the keys")
)

// Sign returns the signature of a message of a topic, Size bytes.
func Sign(key ed25519.PrivateKey, topic string, messageKey, value []byte) []byte {
	signed, err := key.Sign(nil, digest(topic, messageKey, value), scheme)
	if err != nil {
		panic("signature: " + err.Error()) // only a digest or a context of another length
	}
	return append([]byte{version}, signed...)
}

// Verify returns nil where one of the keys signed the message, ErrUnsigned where the
// signature is empty, and ErrWrong for any other.
func Verify(keys []ed25519.PublicKey, topic string, messageKey, value, signature []byte) error {
	if len(signature) == 0 {
		return ErrUnsigned
	}
	if len(signature) != Size || signature[0] != version {
		return ErrWrong
	}
	sum := digest(topic, messageKey, value)
	for _, key := range keys {
		if ed25519.VerifyWithOptions(key, sum, signature[1:], scheme) == nil {
			return nil
		}
	}
	return ErrWrong
}

// digest is the SHA-512 of topic, key and value, each behind its length, so that no byte
// can move from one to the next.
func digest(topic string, messageKey, value []byte) []byte {
	hash := sha512.New()
	var length [4]byte
	for _, part := range [][]byte{[]byte(topic), messageKey, value} {
		binary.BigEndian.PutUint32(length[:], uint32(len(part)))
		hash.Write(length[:])
		hash.Write(part)
	}
	return hash.Sum(nil)
}

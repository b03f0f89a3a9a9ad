package replay

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"

	"mimamori/ingest/inventory"
)

// authentication is a protocol that signs messages (RFC 3414, section 6 and 7, and
// RFC 7860).
type authentication struct {
	hash   func() hash.Hash
	digest int // octets of a digest in a message
}

var authentications = map[string]authentication{
	"MD5":     {md5.New, 12},
	"SHA-1":   {sha1.New, 12},
	"SHA-224": {sha256.New224, 16},
	"SHA-256": {sha256.New, 24},
	"SHA-384": {sha512.New384, 32},
	"SHA-512": {sha512.New, 48},
}

// privacy is a protocol that encrypts messages.
type privacy struct {
	key    int  // octets of a key
	des    bool // CBC-DES (RFC 3414, section 8), else AES in CFB mode (RFC 3826)
	cisco  bool // a digest too short for the key is lengthened as Cisco's agents do
	blocks int  // octets of a block
}

var privacies = map[string]privacy{
	"DES":       {key: 16, des: true, blocks: des.BlockSize},
	"AES-128":   {key: 16, blocks: aes.BlockSize},
	"AES-192":   {key: 24, blocks: aes.BlockSize},
	"AES-256":   {key: 32, blocks: aes.BlockSize},
	"AES-192-C": {key: 24, blocks: aes.BlockSize, cisco: true},
	"AES-256-C": {key: 32, blocks: aes.BlockSize, cisco: true},
}

// user is somebody who may ask by version 3, with keys for this agent alone.
type user struct {
	name, context  string
	level          byte // flagAuth, flagPriv
	authentication authentication
	mac            hash.Hash
	privacy        privacy
	block          cipher.Block
	initial        []byte // of DES
}

func newUser(from inventory.SNMPUser, engineID []byte) (*user, error) {
	// The context is no concern of what protects a message.
	resolved := from.Resolved()
	u := &user{name: from.Name, context: from.Context}
	if from.Auth == "" {
		if from.Privacy != "" {
			return nil, fmt.Errorf("user %s: there is no privacy without authentication", from.Name)
		}
		return u, nil
	}
	var known bool
	if u.authentication, known = authentications[resolved.Auth]; !known {
		return nil, fmt.Errorf("user %s: %q is no authentication protocol", from.Name, from.Auth)
	}
	key, err := localKey(u.authentication, from.AuthPassword, engineID)
	if err != nil {
		return nil, fmt.Errorf("user %s: authentication: %w", from.Name, err)
	}
	u.level, u.mac = flagAuth, hmac.New(u.authentication.hash, key)
	if from.Privacy == "" {
		return u, nil
	}
	if u.privacy, known = privacies[resolved.Privacy]; !known {
		return nil, fmt.Errorf("user %s: %q is no privacy protocol", from.Name, from.Privacy)
	}
	if key, err = localKey(u.authentication, from.PrivacyPassword, engineID); err != nil {
		return nil, fmt.Errorf("user %s: privacy: %w", from.Name, err)
	}
	key = lengthen(u.authentication, u.privacy, key, engineID)
	u.level |= flagPriv
	if u.privacy.des {
		u.initial = key[8:]
		u.block, err = des.NewCipher(key[:8])
	} else {
		u.block, err = aes.NewCipher(key)
	}
	if err != nil {
		return nil, fmt.Errorf("user %s: privacy: %w", from.Name, err)
	}
	return u, nil
}

// localKey makes a password the key for one agent (RFC 3414, appendix A.2).
func localKey(by authentication, password string, engineID []byte) ([]byte, error) {
	if password == "" {
		return nil, errors.New("there is no password")
	}
	return localised(by, []byte(password), engineID), nil
}

func localised(by authentication, password, engineID []byte) []byte {
	const expanded = 1 << 20
	digest := by.hash()
	var part [64]byte
	at := 0
	for range expanded / len(part) {
		for i := range part {
			part[i] = password[at]
			if at++; at == len(password) {
				at = 0
			}
		}
		digest.Write(part[:])
	}
	key := digest.Sum(nil)
	digest.Reset()
	digest.Write(key)
	digest.Write(engineID)
	digest.Write(key)
	return digest.Sum(nil)
}

// lengthen makes a key as long as the encryption needs it: by digests of what there is
// (draft-blumenthal-aes-usm-04), or, as Cisco's agents do, by taking what there is for
// a password (draft-reeder-snmpv3-usm-3desede-00).
func lengthen(by authentication, privacy privacy, key, engineID []byte) []byte {
	last := key
	for len(key) < privacy.key {
		if privacy.cisco {
			last = localised(by, last, engineID)
		} else {
			digest := by.hash()
			digest.Write(key)
			last = digest.Sum(nil)
		}
		key = append(key[:len(key):len(key)], last...)
	}
	return key[:privacy.key]
}

// sign returns the digest of a message whose place for it holds zeros.
func (u *user) sign(message []byte) []byte {
	u.mac.Reset()
	u.mac.Write(message)
	return u.mac.Sum(nil)[:u.authentication.digest]
}

var errUndecryptable = errors.New("the message cannot be decrypted")

// decrypt decrypts in place.
func (u *user) decrypt(data, salt []byte, boots, time uint32) ([]byte, error) {
	if len(salt) != 8 {
		return nil, errUndecryptable
	}
	if u.privacy.des {
		if len(data)%des.BlockSize != 0 {
			return nil, errUndecryptable
		}
		cipher.NewCBCDecrypter(u.block, u.desVector(salt)).CryptBlocks(data, data)
		return data, nil
	}
	u.feedback(data, salt, boots, time, true)
	return data, nil
}

// encrypt encrypts in place, and lengthens the data to whole blocks for DES.
func (u *user) encrypt(data, salt []byte, boots, time uint32) []byte {
	if u.privacy.des {
		for len(data)%des.BlockSize != 0 {
			data = append(data, 0)
		}
		cipher.NewCBCEncrypter(u.block, u.desVector(salt)).CryptBlocks(data, data)
		return data
	}
	u.feedback(data, salt, boots, time, false)
	return data
}

func (u *user) desVector(salt []byte) []byte {
	vector := make([]byte, des.BlockSize)
	for i := range vector {
		vector[i] = u.initial[i] ^ salt[i]
	}
	return vector
}

// feedback is CFB with 128 bits of feedback, in place.
func (u *user) feedback(data, salt []byte, boots, time uint32, decrypt bool) {
	var vector, stream [aes.BlockSize]byte
	putUint32(vector[0:], boots)
	putUint32(vector[4:], time)
	copy(vector[8:], salt)
	for len(data) > 0 {
		u.block.Encrypt(stream[:], vector[:])
		n := min(len(data), len(stream))
		if decrypt {
			copy(vector[:], data[:n])
		}
		for i := range n {
			data[i] ^= stream[i]
		}
		if !decrypt {
			copy(vector[:], data[:n])
		}
		data = data[n:]
	}
}

func putUint32(to []byte, value uint32) {
	to[0], to[1], to[2], to[3] = byte(value>>24), byte(value>>16), byte(value>>8), byte(value)
}

package wire

import (
	"crypto/hmac"
	"crypto/md5"  // RFC 3414
	"crypto/sha1" // RFC 3414
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"sync"

	"mimamori/ingest/inventory"
)

// digest is an authentication protocol: its hash and how much of it is sent.
type digest struct {
	hash   func() hash.Hash
	length int // octets of msgAuthenticationParameters
}

// RFC 3414 (MD5, SHA-1) and RFC 7860.
var digests = map[string]digest{
	"MD5":     {md5.New, 12},
	"SHA-1":   {sha1.New, 12},
	"SHA-224": {sha256.New224, 16},
	"SHA-256": {sha256.New, 24},
	"SHA-384": {sha512.New384, 32},
	"SHA-512": {sha512.New, 48},
}

// privacyKeys are the lengths of the keys of privacy, the pre-IV of DES included.
var privacyKeys = map[string]int{
	"DES": 16, "AES-128": 16, "AES-192": 24, "AES-256": 32, "AES-192-C": 24, "AES-256-C": 32,
}

// Passwords turns passwords into keys. The costly part, which hashes a megabyte, is
// done once for a password and kept, so many devices may have the same user: it is
// bounded by the users there are. The zero value is ready for use, by several
// goroutines at once.
type Passwords struct {
	mu    sync.Mutex
	known map[password][]byte
}

type password struct{ protocol, text string }

// Localise returns a user's keys on one engine (RFC 3414, section 2.6; the extension
// of short keys is draft-blumenthal-aes-usm-04's, for the protocols named -C it is
// draft-reeder-snmpv3-usm-3desede's). A key is nil where its protocol is none or
// unknown.
func (p *Passwords) Localise(user inventory.SNMPUser, engineID string) (authentication, privacy []byte) {
	protocol, ok := digests[user.Auth]
	if !ok {
		return nil, nil
	}
	authentication = protocol.localise(p.key(user.Auth, user.AuthPassword), engineID)
	length, ok := privacyKeys[user.Privacy]
	if !ok {
		return authentication, nil
	}
	privacy = protocol.localise(p.key(user.Auth, user.PrivacyPassword), engineID)
	last := privacy
	for len(privacy) < length {
		switch user.Privacy {
		case "AES-192-C", "AES-256-C":
			last = protocol.localise(protocol.stretch(string(last)), engineID)
		default:
			last = protocol.sum(privacy)
		}
		privacy = append(privacy, last...)
	}
	return authentication, privacy[:length]
}

func (p *Passwords) key(protocol, text string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if key, ok := p.known[password{protocol, text}]; ok {
		return key
	}
	if p.known == nil {
		p.known = map[password][]byte{}
	}
	key := digests[protocol].stretch(text)
	p.known[password{protocol, text}] = key
	return key
}

// stretch is the algorithm of RFC 3414, appendix A.2: the hash of a megabyte of the
// text repeated. An empty text has no key.
func (d digest) stretch(text string) []byte {
	if text == "" {
		return nil
	}
	const megabyte = 1 << 20
	repeated := make([]byte, 0, 4096+len(text))
	for len(repeated) < 4096 {
		repeated = append(repeated, text...)
	}
	sum := d.hash()
	for left := megabyte; left > 0; left -= len(repeated) {
		_, _ = sum.Write(repeated[:min(left, len(repeated))])
	}
	return sum.Sum(nil)
}

func (d digest) localise(key []byte, engineID string) []byte {
	sum := d.hash()
	_, _ = sum.Write(key)
	_, _ = sum.Write([]byte(engineID))
	_, _ = sum.Write(key)
	return sum.Sum(nil)
}

func (d digest) sum(of []byte) []byte {
	sum := d.hash()
	_, _ = sum.Write(of)
	return sum.Sum(nil)
}

// Authentic says whether the message of the header, which Read found in the datagram,
// was made by somebody who has the key of the protocol: MD5, SHA-1, SHA-224, SHA-256,
// SHA-384 or SHA-512.
func Authentic(datagram []byte, header *Header, protocol string, key []byte) bool {
	d, ok := digests[protocol]
	if !ok || len(header.Digest) != d.length || header.digestAt+d.length > len(datagram) {
		return false
	}
	var zeros [64]byte
	mac := hmac.New(d.hash, key)
	_, _ = mac.Write(datagram[:header.digestAt])
	_, _ = mac.Write(zeros[:d.length])
	_, _ = mac.Write(datagram[header.digestAt+d.length:])
	return hmac.Equal(mac.Sum(nil)[:d.length], header.Digest)
}

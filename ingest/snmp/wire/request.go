package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" // RFC 3414
	"crypto/hmac"
	"encoding/binary"
	"fmt"

	"mimamori/ingest/inventory"
)

// The kinds of requests.
const (
	GetRequest     = 0xa0
	GetNextRequest = 0xa1
	GetBulkRequest = 0xa5
)

// The kinds of answers.
const (
	Response = 0xa2
	Report   = 0xa8
)

// Request is what an agent is asked.
type Request struct {
	Version   int
	Community string // of versions 1 and 2c
	Kind      byte   // GetRequest, GetNextRequest or GetBulkRequest
	ID        int32
	OIDs      []string // numeric, with a leading dot

	NonRepeaters, Repetitions int // of a GetBulkRequest

	MessageID int32      // of version 3
	Protected Protection // of version 3
}

// Protection is what a message of version 3 is made for and protected with. The zero
// value asks an unknown engine who it is (RFC 3414, section 4).
type Protection struct {
	User                inventory.SNMPUser // resolved
	EngineID            string
	EngineBoots         uint32
	EngineTime          uint32
	Authentication, Key []byte // as Localise returns them: of authentication and of privacy
	Salt                uint64 // another one for each message
}

// largest is the largest message that is made or taken: of UDP over IPv4 (octets).
const largest = 65507

// Append encodes a request and returns its message, in the memory given where that
// suffices. What cannot be encoded is an error: an OID that is none, or more of them
// than a datagram holds.
func (r *Request) Append(memory []byte) ([]byte, error) {
	need := 512 + len(r.Community) + len(r.Protected.User.Context)
	for _, oid := range r.OIDs {
		need += 16 + 3*len(oid)
	}
	if cap(memory) < need {
		memory = make([]byte, need)
	}
	w := writer{memory: memory[:cap(memory)]}
	w.at = len(w.memory)
	for i := len(r.OIDs) - 1; i >= 0; i-- {
		end := w.at
		w.octets(typeNull, "")
		if err := w.oid(r.OIDs[i]); err != nil {
			return nil, err
		}
		w.wrap(typeSequence, end)
	}
	w.wrap(typeSequence, len(w.memory))
	w.number(int64(r.Repetitions))
	w.number(int64(r.NonRepeaters))
	w.number(int64(r.ID))
	w.wrap(r.Kind, len(w.memory))
	if r.Version != Version3 {
		w.octets(typeOctets, r.Community)
	} else if err := w.protect(r); err != nil {
		return nil, err
	}
	digestAt := w.digestAt
	w.number(int64(r.Version))
	w.wrap(typeSequence, len(w.memory))
	message := w.memory[w.at:]
	if len(message) > largest {
		return nil, fmt.Errorf("a request for %d objects takes %d octets: a datagram has %d", len(r.OIDs), len(message), largest)
	}
	if digestAt > 0 {
		d := digests[r.Protected.User.Auth]
		mac := hmac.New(d.hash, r.Protected.Authentication)
		_, _ = mac.Write(message)
		copy(w.memory[digestAt:], mac.Sum(nil)[:d.length])
	}
	return message, nil
}

// protect puts the PDU that was written into a message of version 3.
func (w *writer) protect(r *Request) error {
	p := &r.Protected
	w.octets(typeOctets, p.User.Context)
	w.octets(typeOctets, p.EngineID)
	w.wrap(typeSequence, len(w.memory))
	flags := byte(FlagReportable)
	var salt [8]byte
	privacy := ""
	if p.Key != nil {
		flags |= FlagEncrypted
		binary.BigEndian.PutUint64(salt[:], p.Salt)
		if p.User.Privacy == "DES" {
			binary.BigEndian.PutUint32(salt[:], p.EngineBoots)
		}
		if err := w.encrypt(p, salt); err != nil {
			return err
		}
		w.wrap(typeOctets, len(w.memory))
		privacy = string(salt[:])
	}
	end := w.at
	w.octets(typeOctets, privacy)
	if p.Authentication == nil {
		w.octets(typeOctets, "")
	} else {
		flags |= FlagAuthentic
		var zeros [64]byte
		w.octets(typeOctets, string(zeros[:digests[p.User.Auth].length]))
		w.digestAt = w.at + 2
	}
	w.octets(typeOctets, p.User.Name)
	w.number(int64(p.EngineTime))
	w.number(int64(p.EngineBoots))
	w.octets(typeOctets, p.EngineID)
	w.wrap(typeSequence, end)
	w.wrap(typeOctets, end)
	end = w.at
	w.number(3) // the User-based Security Model
	w.octets(typeOctets, string([]byte{flags}))
	w.number(largest)
	w.number(int64(r.MessageID))
	w.wrap(typeSequence, end)
	return nil
}

// encrypt encrypts the scoped PDU, which is all that was written.
func (w *writer) encrypt(p *Protection, salt [8]byte) error {
	if len(p.Key) < privacyKeys[p.User.Privacy] {
		return fmt.Errorf("encrypt by %s: the key has %d octets", p.User.Privacy, len(p.Key))
	}
	if p.User.Privacy == "DES" {
		block, err := des.NewCipher(p.Key[:8])
		if err != nil {
			return err
		}
		var iv, padding [8]byte
		for i := range iv {
			iv[i] = p.Key[8+i] ^ salt[i]
		}
		pad := -(len(w.memory) - w.at) & 7
		copy(w.memory[w.at-pad:], w.memory[w.at:])
		w.at -= pad
		copy(w.memory[len(w.memory)-pad:], padding[:])
		cipher.NewCBCEncrypter(block, iv[:]).CryptBlocks(w.memory[w.at:], w.memory[w.at:])
		return nil
	}
	block, err := aes.NewCipher(p.Key)
	if err != nil {
		return err
	}
	feedback(block, p.EngineBoots, p.EngineTime, salt[:], w.memory[w.at:], true)
	return nil
}

// writer writes a message from its end to its beginning, so that the length of an
// element is known when it is to be written.
type writer struct {
	memory   []byte
	at       int // what was written begins here
	digestAt int // where the digest belongs, 0 for none
}

// wrap makes an element of what was written up to the end.
func (w *writer) wrap(kind byte, end int) {
	length := end - w.at
	if length < 0x80 {
		w.at--
		w.memory[w.at] = byte(length)
	} else {
		octets := byte(0)
		for ; length > 0; length >>= 8 {
			w.at--
			w.memory[w.at] = byte(length)
			octets++
		}
		w.at--
		w.memory[w.at] = 0x80 | octets
	}
	w.at--
	w.memory[w.at] = kind
}

func (w *writer) octets(kind byte, content string) {
	end := w.at
	w.at -= len(content)
	copy(w.memory[w.at:], content)
	w.wrap(kind, end)
}

func (w *writer) number(value int64) {
	end := w.at
	for {
		w.at--
		octet := byte(value)
		w.memory[w.at] = octet
		value >>= 8
		if value == int64(int8(octet))>>7 {
			break
		}
	}
	w.wrap(typeInteger, end)
}

// oid writes an OID from its text, whose numbers are read from the last to the first.
func (w *writer) oid(text string) error {
	end := w.at
	rest := text
	for count := 0; ; count++ {
		value, scale, digits := uint64(0), uint64(1), 0
		for ; len(rest) > 0 && rest[len(rest)-1] != '.'; digits++ {
			digit := rest[len(rest)-1] - '0'
			if digit > 9 || digits > 9 {
				return fmt.Errorf("%q is no OID", text)
			}
			value += uint64(digit) * scale
			scale *= 10
			rest = rest[:len(rest)-1]
		}
		if digits == 0 || len(rest) < 2 || count >= maxSubIdentifiers {
			return fmt.Errorf("%q is no OID: it has 2 to %d numbers and begins with a dot", text, maxSubIdentifiers)
		}
		rest = rest[:len(rest)-1]
		first := -1
		if len(rest) == 2 && rest[0] == '.' && rest[1] >= '0' && rest[1] <= '2' {
			first = int(rest[1] - '0')
			if first < 2 && value > 39 {
				return fmt.Errorf("%q is no OID: its second number is over 39", text)
			}
			value += 40 * uint64(first)
		}
		if value > 1<<32-1 {
			return fmt.Errorf("%q is no OID: a number is over 32 bits", text)
		}
		w.at--
		w.memory[w.at] = byte(value & 0x7f)
		for value >>= 7; value > 0; value >>= 7 {
			w.at--
			w.memory[w.at] = 0x80 | byte(value&0x7f)
		}
		if first >= 0 {
			w.wrap(typeOID, end)
			return nil
		}
	}
}

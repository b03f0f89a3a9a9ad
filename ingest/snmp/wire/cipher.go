package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" // RFC 3414
	"encoding/binary"
	"strings"
)

// longestPadding is what may follow a scoped PDU, octets: the padding of DES, or a whole
// block of AES, which needs none. pysnmp pads with 1 to 16 octets.
const longestPadding = 16

// Decrypt decrypts a message's encrypted part in place (RFC 3414, section 8; RFC 3826)
// and reads the scoped PDU it is into the header. The key is of the protocol, as
// Localise returns it. Without the right key the reason is Garbled.
func (h *Header) Decrypt(protocol string, key []byte) Reason {
	if len(h.Salt) != 8 || len(key) < privacyKeys[protocol] || len(key) == 0 || len(h.Encrypted) == 0 {
		return Garbled
	}
	if protocol == "DES" {
		if !decryptDES(h.Encrypted, key, h.Salt) {
			return Garbled
		}
	} else if !strings.HasPrefix(protocol, "AES-") || !h.decryptAES(key[:privacyKeys[protocol]]) {
		return Garbled
	}
	scoped := reader{rest: h.Encrypted}
	h.readScoped(&scoped)
	if scoped.reason != Sound || len(scoped.rest) > longestPadding {
		h.PDU = nil
		return Garbled
	}
	return Sound
}

func decryptDES(text, key, salt []byte) bool {
	if len(text)%des.BlockSize != 0 {
		return false
	}
	block, err := des.NewCipher(key[:8])
	if err != nil {
		return false
	}
	var iv [8]byte
	for i := range iv {
		iv[i] = key[8+i] ^ salt[i]
	}
	cipher.NewCBCDecrypter(block, iv[:]).CryptBlocks(text, text)
	return true
}

// decryptAES is AES in the mode CFB-128, whose vector holds the engine's clock.
func (h *Header) decryptAES(key []byte) bool {
	block, err := aes.NewCipher(key)
	if err != nil {
		return false
	}
	feedback(block, h.EngineBoots, h.EngineTime, h.Salt, h.Encrypted, false)
	return true
}

// feedback encrypts or decrypts a text in place by AES in the mode CFB-128, whose
// vector is the engine's clock and the salt (RFC 3826, section 3.1.2.1).
func feedback(block cipher.Block, boots, time uint32, salt, text []byte, encrypt bool) {
	var register, stream [aes.BlockSize]byte
	binary.BigEndian.PutUint32(register[:], boots)
	binary.BigEndian.PutUint32(register[4:], time)
	copy(register[8:], salt)
	for len(text) > 0 {
		block.Encrypt(stream[:], register[:])
		n := min(len(text), len(register))
		if !encrypt {
			copy(register[:], text)
		}
		for i := range n {
			text[i] ^= stream[i]
		}
		if encrypt {
			copy(register[:], text[:n])
		}
		text = text[n:]
	}
}

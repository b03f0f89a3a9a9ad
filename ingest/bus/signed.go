package bus

import (
	"crypto/ed25519"

	"mimamori/ingest/signature"
)

// Sign returns a message to a topic with its signature in a header. Without a key, nil, it
// returns the message as it is.
func Sign(key ed25519.PrivateKey, topic string, message Message) Message {
	if key != nil {
		signed := signature.Sign(key, topic, message.Key, message.Value)
		message.Headers = append(message.Headers, Header{Key: signature.Header, Value: signed})
	}
	return message
}

// Verify returns nil where one of the keys signed a message of a topic, and
// signature.ErrUnsigned or signature.ErrWrong where none did.
func Verify(keys []ed25519.PublicKey, topic string, message Message) error {
	var signed []byte
	for _, header := range message.Headers {
		if header.Key == signature.Header {
			signed = header.Value
		}
	}
	return signature.Verify(keys, topic, message.Key, message.Value, signed)
}

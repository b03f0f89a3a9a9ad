package voice

// requestEncoder writes the packets of one path. It belongs to one goroutine.
type requestEncoder struct {
	size int            // octets of a packet, where what must be in it needs no more
	dscp uint8          // asked for the answers
	by   *authenticator // nil in the unauthenticated mode
}

// newRequestEncoder returns an encoder of packets of a size in octets, UDP payload. An
// empty key means the unauthenticated mode. Where the size has room, the packets ask how
// they are marked when they come, and that their answers be marked with the DSCP.
func newRequestEncoder(size int, dscp uint8, key []byte) requestEncoder {
	encoder := requestEncoder{size: size, dscp: dscp}
	if len(key) > 0 {
		encoder.by = newAuthenticator(key)
	}
	return encoder
}

// append appends a packet and returns the extended buffer.
func (e *requestEncoder) append(to []byte, packet *SenderPacket) []byte {
	start := len(to)
	overhead := 0
	if e.by == nil {
		to = packet.Marshal(to)
	} else {
		to = packet.marshalAuthenticated(to, e.by)
		overhead = hmacTLVSize
	}
	extensions := len(to)
	left := e.size - (extensions - start)
	// What is left over must be nothing or a TLV.
	if spare := left - classOfServiceTLVSize - overhead; spare == 0 || spare >= tlvHeaderSize {
		to = appendClassOfService(to, e.dscp)
		if e.by != nil {
			digest := e.by.sign(to[start:start+4], to[extensions:])
			to = append(to, tlvUnrecognised, tlvHMAC, 0, hmacSize)
			to = append(to, digest...)
		}
		left = spare
	}
	return AppendPadding(to, left)
}

// answerDecoder reads the answers to one path's packets. It belongs to one goroutine.
type answerDecoder struct {
	by *authenticator // nil in the unauthenticated mode
}

// newAnswerDecoder returns a decoder. An empty key means the unauthenticated mode.
func newAnswerDecoder(key []byte) answerDecoder {
	if len(key) == 0 {
		return answerDecoder{}
	}
	return answerDecoder{by: newAuthenticator(key)}
}

// read reads an answer, without verifying it. The error wraps ErrPacket.
func (d *answerDecoder) read(octets []byte, answer *ReflectorPacket) error {
	if d.by == nil {
		return answer.Unmarshal(octets)
	}
	return answer.unmarshalAuthenticated(octets)
}

// verify returns ErrAuthentication where the path has a key the answer is not made with.
func (d *answerDecoder) verify(octets []byte) error {
	if d.by != nil && !d.by.verify(octets) {
		return ErrAuthentication
	}
	return nil
}

// classOfService returns what a verified answer says of the marks of the packet it
// answers, where it says something.
func (d *answerDecoder) classOfService(octets []byte) (ClassOfService, bool) {
	base := PacketSize
	if d.by != nil {
		base = AuthenticatedPacketSize
	}
	if len(octets) <= base {
		return ClassOfService{}, false
	}
	return findClassOfService(octets[base:], octets[:4], d.by)
}

package wire

// reader walks elements. The first thing that is wrong stays its reason, and it reads
// nothing after.
type reader struct {
	rest   []byte
	reason Reason
}

func (r *reader) takeReason(inner *reader) {
	if r.reason == Sound {
		r.reason = inner.reason
	}
}

// end says that nothing may follow.
func (r *reader) end() {
	if r.reason == Sound && len(r.rest) > 0 {
		r.reason = Trailing
	}
}

// element returns the type and the content of the next element.
func (r *reader) element() (kind byte, content []byte) {
	kind, length := r.tag()
	if r.reason != Sound {
		return 0, nil
	}
	if length > len(r.rest) {
		r.reason = Truncated
		return 0, nil
	}
	content, r.rest = r.rest[:length], r.rest[length:]
	return kind, content
}

// tag reads the type and the length of the next element.
func (r *reader) tag() (kind byte, length int) {
	if r.reason != Sound {
		return 0, 0
	}
	if len(r.rest) < 2 {
		r.reason = Truncated
		return 0, 0
	}
	kind, length = r.rest[0], int(r.rest[1])
	r.rest = r.rest[2:]
	if length < 0x80 {
		return kind, length
	}
	octets := length & 0x7f
	if octets == 0 || octets > 4 {
		r.reason = BadLength
		return 0, 0
	}
	if octets > len(r.rest) {
		r.reason = Truncated
		return 0, 0
	}
	length = 0
	for _, octet := range r.rest[:octets] {
		length = length<<8 | int(octet)
	}
	r.rest = r.rest[octets:]
	return kind, length
}

// expect returns the content of the next element, which is of the type.
func (r *reader) expect(want byte) []byte {
	if r.reason == Sound && len(r.rest) > 0 && r.rest[0] != want {
		r.reason = BadType
	}
	_, content := r.element()
	return content
}

func (r *reader) expectLength(want byte, length int) {
	if content := r.expect(want); r.reason == Sound && len(content) != length {
		r.reason = BadValue
	}
}

// enter returns a reader of the parts of the next element, a SEQUENCE.
func (r *reader) enter() reader {
	content := r.expect(typeSequence)
	return reader{rest: content, reason: r.reason}
}

func (r *reader) octets() []byte { return r.expect(typeOctets) }

// number reads an INTEGER of 32 bits; agents are known to send unsigned ones.
func (r *reader) number() int64 {
	content := r.expect(typeInteger)
	if r.reason != Sound {
		return 0
	}
	if len(content) == 0 || len(content) > 5 {
		r.reason = BadNumber
		return 0
	}
	value := int64(int8(content[0]))
	for _, octet := range content[1:] {
		value = value<<8 | int64(octet)
	}
	return value
}

// natural reads an INTEGER from 0 to 2^31-1.
func (r *reader) natural() int64 {
	value := r.number()
	if r.reason == Sound && (value < 0 || value > 1<<31-1) {
		r.reason = BadNumber
		return 0
	}
	return value
}

func (r *reader) oid() {
	content := r.expect(typeOID)
	if r.reason == Sound {
		r.reason = checkOID(content)
	}
}

// checkOID checks the content of an OID. One without octets is taken for 0.0, as
// agents are known to write it.
func checkOID(content []byte) Reason {
	count, value := 0, uint64(0)
	for i, octet := range content {
		value = value<<7 | uint64(octet&0x7f)
		if value > 1<<32-1 {
			return BadOID
		}
		if octet&0x80 != 0 {
			if i == len(content)-1 {
				return BadOID
			}
			continue
		}
		value = 0
		if count++; count >= maxSubIdentifiers { // the first octets are two of them
			return BadOID
		}
	}
	return Sound
}

// value reads the value of a variable, which is the last element of what holds it.
func (r *reader) value() {
	before := r.rest
	kind, length := r.tag()
	if r.reason != Sound {
		return
	}
	if kind&0x20 != 0 {
		r.reason = Nested
		return
	}
	if kind&0x1f == 0x1f {
		r.reason = BadType
		return
	}
	if length > len(r.rest) {
		// RouterOS is known to say one octet too many of a string, which the variable
		// around it bounds.
		if kind != typeOctets || length != len(r.rest)+1 || len(before) == 0 {
			r.reason = Truncated
			return
		}
		length--
	}
	content := r.rest[:length]
	r.rest = r.rest[length:]
	switch kind {
	case typeInteger, typeUnsigned:
		if length == 0 || length > 8 {
			r.reason = BadNumber
		}
	case typeOID:
		r.reason = checkOID(content)
	case typeAddress:
		if length != 0 && length != 4 && length != 16 {
			r.reason = BadValue
		}
	case typeOpaque:
		if !soundOpaque(content) {
			r.reason = BadValue
		}
	}
}

// soundOpaque says whether an Opaque that begins as a float or a double does is one.
func soundOpaque(content []byte) bool {
	if len(content) < 3 || content[0] != opaqueExtension {
		return len(content) > 0
	}
	switch content[1] {
	case opaqueFloat:
		return len(content) == 3+4 && content[2] == 4
	case opaqueDouble:
		return len(content) == 3+8 && content[2] == 8
	}
	return true
}

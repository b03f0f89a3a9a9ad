package embedded

import (
	"encoding/binary"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Requests of the flexible versions (KIP-482) end every structure with a count of
// tagged fields. The broker believes the count, and one of four billion keeps a core
// busy for a minute, so the two such requests that are admitted are looked through
// first. No client sends tagged fields in them.

// flexibleFrom is the first flexible version of the requests admitted in one.
var flexibleFrom = map[int16]int16{
	int16(kmsg.ApiVersions): 3,
	int16(kmsg.Metadata):    9,
}

func isFlexible(key, version int16) bool {
	first, ok := flexibleFrom[key]
	return ok && version >= first
}

// untagged says whether a flexible request, from its client id on, is whole and has
// no tagged fields.
func untagged(key, version int16, content []byte) bool {
	c := cursor{rest: content}
	c.clientID()
	c.noTags()
	switch kmsg.Key(key) {
	case kmsg.ApiVersions:
		c.compactString() // the client's name
		c.compactString() // the client's version
	case kmsg.Metadata:
		for range c.compactLength() {
			if version >= 10 {
				c.skip(16) // the topic's id
			}
			c.compactString() // the topic's name
			c.noTags()
			if c.bad {
				return false
			}
		}
		c.skip(2) // whether to create topics and to tell what is allowed with them
		if version <= 10 {
			c.skip(1) // whether to tell what is allowed with the cluster
		}
	default:
		return false
	}
	c.noTags()
	return !c.bad && len(c.rest) == 0
}

// cursor walks through a request.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) skip(size uint64) {
	if c.bad || size > uint64(len(c.rest)) {
		c.bad = true
		return
	}
	c.rest = c.rest[size:]
}

func (c *cursor) uvarint() uint64 {
	value, size := binary.Uvarint(c.rest)
	if size <= 0 {
		c.bad = true
		return 0
	}
	c.rest = c.rest[size:]
	return value
}

// clientID is a string whose length takes two bytes, -1 for none.
func (c *cursor) clientID() {
	if len(c.rest) < 2 {
		c.bad = true
		return
	}
	length := int16(binary.BigEndian.Uint16(c.rest))
	c.skip(2)
	if length > 0 {
		c.skip(uint64(length))
	}
}

// compactLength is one less than is written; zero stands for none.
func (c *cursor) compactLength() uint64 {
	if length := c.uvarint(); length > 0 {
		return length - 1
	}
	return 0
}

func (c *cursor) compactString() { c.skip(c.compactLength()) }

func (c *cursor) noTags() {
	if c.uvarint() != 0 {
		c.bad = true
	}
}

package sample

import (
	"crypto/sha256"
	"encoding/binary"
)

// ID names a customer, site, appliance, device, interface, sensor or voice path. It is a
// hash of the names that lead to the entity, so every party computes the same ID
// without asking another, and neither an address nor an ifIndex that moves changes
// it. Zero means "none".
type ID = uint64

// identify hashes the parts, each preceded by its length so that ("ab","c") and
// ("a","bc") differ. 64 bits of SHA-256 make a collision among ten million
// entities a matter of three in a million.
func identify(parts ...string) ID {
	written := make([]byte, 0, 128)
	for _, part := range parts {
		written = appendPart(written, part)
	}
	return hashed(written)
}

func appendPart[T string | []byte](to []byte, part T) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(part))), part...)
}

func hashed(parts []byte) ID {
	hash := sha256.Sum256(parts)
	if id := binary.BigEndian.Uint64(hash[:]); id != 0 {
		return id
	}
	return 1
}

// CustomerID returns the ID of the customer with that name.
func CustomerID(customer string) ID { return identify("customer", customer) }

// SiteID returns the ID of a site of a customer.
func SiteID(customer, site string) ID { return identify("site", customer, site) }

// ApplianceID returns the ID of an appliance that stands at a site of a customer.
func ApplianceID(customer, site, appliance string) ID {
	return identify("appliance", customer, site, appliance)
}

// DeviceID returns the ID of a device at a site of a customer.
func DeviceID(customer, site, device string) ID {
	return identify("device", customer, site, device)
}

// PathID returns the ID of a voice path that starts at a site of a customer.
func PathID(customer, site, path string) ID {
	return identify("path", customer, site, path)
}

// InterfaceID returns the ID of an interface by the stable name it bears on its
// device: ifName, or ifDescr where the agent has no ifName.
func InterfaceID(device ID, name string) ID {
	var parent [8]byte
	binary.BigEndian.PutUint64(parent[:], device)
	return identify("interface", string(parent[:]), name)
}

// namer makes the IDs of many devices and interfaces.
type namer struct {
	place   Place
	written []byte // what leads to the device or interface before
	before  int    // bytes of it that come before its name, 0 for none yet
}

func newNamer() *namer { return &namer{written: make([]byte, 0, 128)} }

// device is DeviceID.
func (n *namer) device(at Place, name []byte) ID {
	if n.before == 0 || n.place != at {
		n.place = at
		n.written = appendPart(appendPart(appendPart(n.written[:0], "device"), at.Customer), at.Site)
		n.before = len(n.written)
	}
	n.written = appendPart(n.written[:n.before], name)
	return hashed(n.written)
}

// port is InterfaceID.
func (n *namer) port(device ID, name []byte) ID {
	if n.before == 0 {
		n.written = appendPart(n.written[:0], "interface")
		n.written = binary.BigEndian.AppendUint32(n.written, 8)
		n.before = len(n.written)
	}
	n.written = appendPart(binary.BigEndian.AppendUint64(n.written[:n.before], device), name)
	return hashed(n.written)
}

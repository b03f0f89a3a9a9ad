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
	hash := sha256.New()
	var length [4]byte
	for _, part := range parts {
		binary.BigEndian.PutUint32(length[:], uint32(len(part)))
		hash.Write(length[:])
		hash.Write([]byte(part))
	}
	id := binary.BigEndian.Uint64(hash.Sum(nil))
	if id == 0 {
		return 1
	}
	return id
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

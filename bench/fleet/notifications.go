package fleet

import (
	"fmt"
	"slices"
	"time"

	"github.com/gosnmp/gosnmp"
)

// The notifications that devices send (SNMPv2-MIB, IF-MIB).
const (
	coldStart = 1
	linkDown  = 3
	linkUp    = 4
)

var notificationNames = map[int]string{coldStart: "coldStart", linkDown: "linkDown", linkUp: "linkUp"}

// tell sends a trap of a device, unless nobody would hear it or the device cannot be
// reached. One about a link bears a port of the device. Who listens for syslog listens
// for traps.
func (c *chatter) tell(number, what int, uptime uint32, port *Interface, ifIndex uint32) {
	device := c.devices[number]
	site := &c.sites[device.site]
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.stopped || !device.reachable.Load() {
		return
	}
	if !c.listening[device.site] {
		c.unheard.Inc()
		return
	}
	c.count++
	token := scramble(c.salt + c.count)
	variables := []gosnmp.SnmpPDU{
		{Name: ".1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uptime},
		{Name: ".1.3.6.1.6.3.1.1.4.1.0", Type: gosnmp.ObjectIdentifier, Value: fmt.Sprintf(".1.3.6.1.6.3.1.1.5.%d", what)},
	}
	if port != nil {
		instance := fmt.Sprintf(".%d", ifIndex)
		variables = append(variables,
			gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.2.2.1.1" + instance, Type: gosnmp.Integer, Value: int(ifIndex)},
			gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.31.1.1.1.1" + instance, Type: gosnmp.OctetString, Value: port.Name})
	}
	// Below the enterprise of documentation (RFC 5612).
	variables = append(variables, gosnmp.SnmpPDU{Name: ".1.3.6.1.4.1.32473.1.1.0", Type: gosnmp.OctetString, Value: fmt.Sprintf("id=%016x", token)})
	packet := gosnmp.SnmpPacket{
		Version: gosnmp.Version2c, Community: site.Community, PDUType: gosnmp.SNMPv2Trap, RequestID: uint32(c.count), Variables: variables,
	}
	now := time.Now()
	message, err := packet.MarshalMsg()
	if err == nil {
		c.source = appendSource(c.source[:0], device.address)
		_, _, err = c.connection.WriteMsgUDPAddrPort(message, c.source, site.Notifications)
	}
	if err != nil {
		c.untold.Inc()
		return
	}
	c.told.Inc()
	trap := TrapSent{Token: fmt.Sprintf("%016x", token), Name: notificationNames[what], Sent: now.UTC()}
	if port != nil {
		trap.Interface = port.Name
	}
	c.traps[number] = append(c.traps[number], trap)
}

// trapsOf returns what a device has sent so far.
func (c *chatter) trapsOf(number int) []TrapSent {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.Clone(c.traps[number])
}

// tellOfLink lets the device that another is behind say what became of the link
// between them.
func (f *Fleet) tellOfLink(number, what int, at time.Time) {
	device := f.devices[number]
	if device.behind < 0 {
		return
	}
	upstream := f.bySite[device.site][device.behind]
	state := f.devices[upstream].state.Load()
	port := number % len(f.devices[upstream].Interfaces)
	row := slices.Index(state.rows, port)
	f.chatter.tell(upstream, what, state.uptime(since(f.journal.begun(), at)), &f.devices[upstream].Interfaces[port], state.indexes[row])
}

package chaos

import (
	"errors"
	"fmt"
	"time"

	"mimamori/bench/chance"
	"mimamori/ingest/sample"
)

// The scale of the world. A slot is one second of event time.
const (
	slotMs      = 1000
	pingSlots   = 2  // a ping round every so many slots
	uptimeSlots = 5  // a reading of the clocks
	voiceSlots  = 10 // a voice row covers so many slots
	sitesCount  = 3
	deviceCount = 20 // of a site; the first is the router that the others are behind
	logLines    = 10 // of a site and slot
	lineRate    = 100_000_000
)

// World is everything that the pollers say: it follows from the seed, the beginning
// and the rate alone, so that a poller that was killed says the same again.
type World struct {
	Seed    uint64 `json:"seed"`
	BeginMs int64  `json:"begin_ms"` // of slot 0, Unix milliseconds, a whole second
	Slots   int    `json:"slots"`    // how many are made
	Ports   int    `json:"ports"`    // interfaces of a device
}

// Validate says what is wrong with a world.
func (w World) Validate() error {
	if w.BeginMs <= 0 || w.BeginMs%slotMs != 0 {
		return fmt.Errorf("the world begins at %d ms: give a whole second", w.BeginMs)
	}
	if w.Slots < 1 || w.Ports < 1 {
		return errors.New("the world has no slots or no interfaces: give at least one of each")
	}
	return nil
}

// End is when the last slot ends.
func (w World) End() time.Time { return time.UnixMilli(w.at(w.Slots)).UTC() }

// Begin is when the first slot begins.
func (w World) Begin() time.Time { return time.UnixMilli(w.BeginMs).UTC() }

func (w World) at(slot int) int64 { return w.BeginMs + int64(slot)*slotMs }

// numbered is how many numbered rows a site makes in a slot.
func (w World) numbered() int { return deviceCount * w.Ports }

// place is a site with its appliance. Two customers have sites of one name.
type place struct{ customer, site, appliance string }

var places = [sitesCount]place{
	{"alpha", "north", "alpha-north"}, {"alpha", "south", "alpha-south"}, {"beta", "north", "beta-north"},
}

func (p place) id() sample.ID         { return sample.ApplianceID(p.customer, p.site, p.appliance) }
func (p place) customerID() sample.ID { return sample.CustomerID(p.customer) }

// deviceName is the name of a site's device.
func deviceName(device int) string {
	if device == 0 {
		return "router"
	}
	return fmt.Sprintf("switch-%02d", device)
}

const pathName = "to the centre"

// site makes the rows of one site.
type site struct {
	World
	place
	number  int // of the site, from 0
	path    sample.ID
	devices [deviceCount]sample.ID
	ports   []sample.ID // of all devices, device by device
}

func (w World) site(number int) *site {
	p := places[number]
	s := &site{World: w, place: p, number: number, path: sample.PathID(p.customer, p.site, pathName)}
	for i := range s.devices {
		s.devices[i] = sample.DeviceID(p.customer, p.site, deviceName(i))
		for port := range w.Ports {
			s.ports = append(s.ports, sample.InterfaceID(s.devices[i], portName(port)))
		}
	}
	return s
}

func portName(port int) string { return fmt.Sprintf("Gi0/%d", port) }

// chance is a number that follows from the seed and what it is for.
func (w World) chance(of ...uint64) uint64 { return chance.Of(w.Seed, of...) }

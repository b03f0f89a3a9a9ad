package voice

// Jitter is the interarrival jitter of RFC 3550 (6.4.1 and A.8) in exact arithmetic.
// The zero value is ready.
type Jitter struct {
	transit transit
	units   float64
}

// Add takes a packet that arrived at a time and bears a timestamp, both in timestamp
// units modulo 2^32, and returns the jitter after it in timestamp units.
func (j *Jitter) Add(arrival, timestamp uint32) float64 {
	if variation, ok := j.transit.next(arrival - timestamp); ok {
		j.units += (float64(variation) - j.units) / 16
	}
	return j.units
}

// IntegerJitter is the same as RFC 3550 writes it down for receivers: in integers,
// scaled by 16, with rounding. It is what RTCP reports carry. The zero value is ready.
type IntegerJitter struct {
	transit transit
	scaled  uint32
}

// Add is as Jitter.Add and returns the jitter in whole timestamp units.
func (j *IntegerJitter) Add(arrival, timestamp uint32) uint32 {
	if variation, ok := j.transit.next(arrival - timestamp); ok {
		j.scaled += variation - (j.scaled+8)>>4
	}
	return j.scaled >> 4
}

// Scaled returns 16 times the jitter, as it is kept between packets.
func (j *IntegerJitter) Scaled() uint32 { return j.scaled }

// transit is the relative transit time of the packet before.
type transit struct {
	units uint32
	known bool
}

// next returns by how much a packet's transit time differs from the one before it;
// false for the first.
func (t *transit) next(units uint32) (variation uint32, ok bool) {
	difference := int32(units - t.units)
	ok = t.known
	t.units, t.known = units, true
	if difference < 0 {
		difference = -difference
	}
	return uint32(difference), ok
}

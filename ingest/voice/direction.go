package voice

// directions tells on which way packets were lost, from the two sequences a stateful
// reflector's answers bear (RFC 8762, section 4): its own counts what came to it.
//
// A stateless reflector returns the sender's sequence. So does a stateful one to which
// every packet came, and where answers were lost the two cannot be told apart: nothing
// is known until the sequences have differed once. They do from the start where the
// first packet is sent twice.
type directions struct {
	heard             bool
	stateful          bool
	sender, reflector uint32 // sequences of the last answer
}

// next takes the sequences of an answer, in the order of the sender's, and returns how
// many packets since the answer before were lost on the way there and how many on the way
// back. It is not known of the first answer, of a stateless reflector, and where the
// reflector began anew, counted duplicates or was overtaken within the gap.
func (d *directions) next(sender, reflector uint32) (forward, backward uint32, known bool) {
	before := *d
	d.heard, d.sender, d.reflector = true, sender, reflector
	if sender != reflector {
		d.stateful = true
	}
	if !before.heard {
		return 0, 0, false
	}
	sent, came := sender-before.sender, reflector-before.reflector
	switch {
	case sent == 1 && came == 1:
		return 0, 0, true
	case !d.stateful, came == 0, came > sent:
		return 0, 0, false
	}
	return sent - came, came - 1, true
}

// forget makes the next answer the first of a session.
func (d *directions) forget() { *d = directions{} }

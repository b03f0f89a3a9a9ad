package replay

import "time"

// The clocks of an agent, which go on while it answers.
var (
	nameSysUpTime      = mustEncode(".1.3.6.1.2.1.1.3.0")
	nameHrSystemUptime = mustEncode(".1.3.6.1.2.1.25.1.1.0")
	nameEngineBoots    = mustEncode(".1.3.6.1.6.3.10.2.1.2.0")
	nameEngineTime     = mustEncode(".1.3.6.1.6.3.10.2.1.3.0")
)

func mustEncode(name string) []byte {
	raw, err := encodeName(name)
	if err != nil {
		panic(err)
	}
	return raw
}

// answer is what the agent has to say to a request. Its memory is used again for the
// next.
type answer struct {
	variables     []byte
	count         int
	status, index int
	silent        bool
}

// asked is where a walk stands that GETNEXT or GETBULK goes on with.
type asked struct {
	name  []byte
	place int // of the next object, -1 where it is not known yet
	ended bool
}

func (a *Agent) respond(m *message, limit int) {
	a.reply.variables, a.reply.count = a.reply.variables[:0], 0
	a.reply.status, a.reply.index, a.reply.silent = 0, 0, false
	if most := a.quirks.MaxAnswerBytes; most > 0 {
		limit = min(limit, most)
	}
	room := max(limit-a.overhead(m), 0)
	switch m.kind {
	case tagGet:
		a.get(m)
	case tagGetNext:
		a.bulk(m, len(m.names), 0, room)
	case tagGetBulk:
		repetitions := m.maxRepetitions
		if a.quirks.MisreadRepetitions && repetitions > 127 {
			repetitions = 0
		}
		a.reply.silent = a.quirks.NoGetBulk || m.version == version1
		if !a.reply.silent {
			a.bulk(m, min(max(m.nonRepeaters, 0), len(m.names)), max(repetitions, 0), room)
		}
	case tagSet:
		a.fail(m, statusNotWritable, 1)
		if m.version == version1 {
			a.fail(m, statusReadOnly, 1)
		}
	default:
		a.reply.silent = true
	}
	if len(a.reply.variables) > room && a.reply.status == 0 {
		a.tooBig(m)
	}
	if a.quirks.Drop > 0 && a.reply.status == 0 {
		a.drop(a.quirks.Drop)
	}
}

// drop leaves variables off the end of an answer, all but the first at most.
func (a *Agent) drop(count int) {
	keep := max(a.reply.count-count, min(a.reply.count, 1))
	rest := a.reply.variables
	for range keep {
		_, _, rest, _ = element(rest)
	}
	a.reply.variables, a.reply.count = a.reply.variables[:len(a.reply.variables)-len(rest)], keep
}

// overhead is how much of an answer is not its variables, at most.
func (a *Agent) overhead(m *message) int {
	const headers = 64
	if m.version == version3 {
		return headers + 128 + len(a.engineID)*2 + len(m.security.user) + len(m.context)
	}
	return headers + len(m.community)
}

// fail answers an error with the variables of the request.
func (a *Agent) fail(m *message, status, index int) {
	a.reply.status, a.reply.index = status, index
	a.reply.variables = append(a.reply.variables[:0], m.variables...)
	a.reply.count = 0
}

func (a *Agent) tooBig(m *message) {
	a.fail(m, statusTooBig, 0)
	if m.version != version1 {
		a.reply.variables = a.reply.variables[:0] // RFC 3416, section 4.2.1
	}
}

func (a *Agent) get(m *message) {
	for i, name := range m.names {
		if a.refuses(m, name, i) {
			return
		}
		place, exact := a.walk.find(name)
		switch {
		case exact && a.visible(m, place):
			a.append(place)
		case m.version == version1:
			a.fail(m, statusNoSuchName, i+1)
			return
		default:
			a.except(name, a.absence(name, place))
		}
	}
}

// absence tells an object that is not there at all from an instance of one that is.
func (a *Agent) absence(name []byte, place int) byte {
	column := name[:parent(name)]
	for _, at := range []int{place - 1, place} {
		if at >= 0 && at < len(a.walk.objects) && under(a.walk.objects[at].nameOctets(), column) {
			return tagNoSuchInstance
		}
	}
	return tagNoSuchObject
}

// refuses says whether a name is one that the agent does not answer for, and has
// answered so.
func (a *Agent) refuses(m *message, name []byte, place int) bool {
	if len(a.quirks.hang) > 0 && underAny(name, a.quirks.hang) {
		a.reply.silent = true
		return true
	}
	if len(a.quirks.genErr) > 0 && underAny(name, a.quirks.genErr) {
		a.fail(m, statusGenErr, place+1)
		return true
	}
	return false
}

// bulk answers GETBULK, of which GETNEXT is the part that is not repeated.
func (a *Agent) bulk(m *message, nonRepeaters, repetitions, room int) {
	a.places = a.places[:0]
	for _, name := range m.names {
		a.places = append(a.places, asked{name: name, place: -1})
	}
	for i := range a.places[:nonRepeaters] {
		if !a.successor(m, i) {
			return
		}
	}
	repeated := a.places[nonRepeaters:]
	if len(repeated) == 0 {
		return
	}
	for range repetitions {
		ended := true
		for i := range repeated {
			before := len(a.reply.variables)
			if !a.successor(m, nonRepeaters+i) {
				return
			}
			if len(a.reply.variables) > room {
				if a.quirks.TooBig {
					a.tooBig(m)
					return
				}
				if a.reply.count > 1 { // a single one that does not fit is tooBig
					a.reply.variables = a.reply.variables[:before]
					a.reply.count--
				}
				return
			}
			ended = ended && repeated[i].ended
		}
		if ended {
			return
		}
	}
}

// successor appends the successor of what is asked at a place of the request. It is
// false where the answer is another one now.
func (a *Agent) successor(m *message, i int) bool {
	p := &a.places[i]
	if p.ended {
		a.except(p.name, tagEndOfMibView)
		return true
	}
	next := p.place
	if next < 0 {
		place, exact := a.walk.find(p.name)
		if next = place; exact {
			next = a.following(place)
		}
	}
	for next < len(a.walk.objects) && !a.visible(m, next) {
		next++
	}
	if next >= len(a.walk.objects) {
		if a.refuses(m, p.name, i) {
			return false
		}
		if m.version == version1 {
			a.fail(m, statusNoSuchName, i+1)
			return false
		}
		p.ended = true
		a.except(p.name, tagEndOfMibView)
		return true
	}
	p.name = a.walk.objects[next].nameOctets()
	if a.refuses(m, p.name, i) {
		return false
	}
	a.append(next)
	p.place = a.following(next)
	return true
}

// following is the place behind a place, as this agent has it.
func (a *Agent) following(place int) int {
	for _, rows := range []int{a.quirks.LoopAfter, a.quirks.StuckAfter} {
		first := place + 1 - rows
		if rows == 0 || first < 0 {
			continue
		}
		name, begin := a.walk.objects[place].nameOctets(), a.walk.objects[first].nameOctets()
		if column := name[:parent(name)]; !under(begin, column) {
			continue
		}
		if rows == a.quirks.LoopAfter {
			return first
		}
		return place
	}
	return place + 1
}

// visible says whether an asker may see an object: version 1 has no Counter64.
func (a *Agent) visible(m *message, place int) bool {
	return m.version != version1 || a.walk.objects[place].kind() != TypeCounter64
}

func (a *Agent) except(name []byte, tag byte) {
	inside := 1 + lengthOctets(len(name)) + len(name) + 2
	to := appendLength(append(a.reply.variables, tagSequence), inside)
	to = appendElement(to, byte(TypeOID), name)
	a.reply.variables = append(to, tag, 0)
	a.reply.count++
}

// append appends an object with its value of now.
func (a *Agent) append(place int) {
	o := &a.walk.objects[place]
	a.reply.count++
	var scratch [16]byte
	var value []byte
	switch o.kind() {
	case TypeCounter32, TypeCounter64:
		if a.config.CounterRate == 0 && !a.rebooted {
			break
		}
		number := uint64(0)
		if !a.rebooted {
			number = o.number()
		}
		number += a.grown()
		if o.kind() == TypeCounter32 {
			number &= 1<<32 - 1
		}
		value = appendUnsigned(scratch[:0], byte(o.kind()), number)
	case TypeTimeTicks, TypeInteger:
		value = a.clock(scratch[:0], o)
	default: // nothing else changes by itself
	}
	if value == nil {
		a.reply.variables = append(a.reply.variables, o.variable...)
		return
	}
	name := o.nameOctets()
	to := appendLength(append(a.reply.variables, tagSequence), 1+lengthOctets(len(name))+len(name)+len(value))
	to = appendElement(to, byte(TypeOID), name)
	a.reply.variables = append(to, value...)
}

// clock is the value of one of the agent's own clocks; nil where it is none.
func (a *Agent) clock(to []byte, o *object) []byte {
	name := o.nameOctets()
	switch string(name) {
	case string(nameSysUpTime), string(nameHrSystemUptime):
		ticks := uint64(a.elapsed / (10 * time.Millisecond))
		if !a.rebooted {
			ticks += o.number()
		}
		return appendUnsigned(to, byte(o.kind()), ticks&(1<<32-1))
	case string(nameEngineBoots):
		return appendUnsigned(to, byte(TypeInteger), uint64(a.boots))
	case string(nameEngineTime):
		return appendUnsigned(to, byte(TypeInteger), uint64(a.engineTime()))
	}
	return nil
}

func lengthOctets(length int) int {
	switch {
	case length < 0x80:
		return 1
	case length < 0x100:
		return 2
	}
	return 3
}

// grown is by how much every counter has grown since the agent was started.
func (a *Agent) grown() uint64 {
	rate := a.config.CounterRate
	return uint64(a.elapsed/time.Second)*rate + uint64(a.elapsed%time.Second)*rate/uint64(time.Second)
}

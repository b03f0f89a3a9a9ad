package replay

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
)

// Walk is what an agent has: objects in the order of their names. It must not be
// changed while an agent answers from it; an agent is given a changed one by SetWalk.
type Walk struct {
	objects []object
	sorted  bool
	skipped int
}

// object is kept as it stands in an answer: a sequence of name and value.
type object struct {
	variable    []byte
	name, value uint16 // where the name's octets begin and where the value's element does
}

func newObject(name []byte, value Value) object {
	inside := appendElement(nil, byte(TypeOID), name)
	nameAt := len(inside) - len(name)
	inside = append(inside, value.element...)
	variable := appendLength([]byte{tagSequence}, len(inside))
	head := len(variable)
	nameEnd := head + nameAt + len(name)
	return object{variable: append(variable, inside...), name: uint16(head + nameAt), value: uint16(nameEnd)}
}

func (o *object) nameOctets() []byte { return o.variable[o.name:o.value] }

func (o *object) kind() Type { return Type(o.variable[o.value]) }

// number is the value of a counter, gauge or time.
func (o *object) number() uint64 {
	_, content, _, _ := element(o.variable[o.value:])
	value := uint64(0)
	for _, octet := range content {
		value = value<<8 | uint64(octet)
	}
	return value
}

// maxValue is how long an octet string may be (RFC 2578, section 7.1.2); of an
// object's encoding 16 bits say where its parts are.
const maxValue = 65535

// Value is an object's value with its type.
type Value struct{ element []byte }

// Integer is an INTEGER.
func Integer(value int32) Value { return Value{appendSigned(nil, int64(value))} }

// String is an OCTET STRING of up to 65,535 octets; what is longer is cut.
func String[T string | []byte](value T) Value {
	return Value{appendElement(nil, byte(TypeString), value[:min(len(value), maxValue)])}
}

// Null is no value, under a name that exists.
func Null() Value { return Value{[]byte{byte(TypeNull), 0}} }

// Counter32 is a Counter32.
func Counter32(value uint32) Value { return unsigned(TypeCounter32, uint64(value)) }

// Gauge32 is a Gauge32 or Unsigned32, which are one on the wire.
func Gauge32(value uint32) Value { return unsigned(TypeGauge32, uint64(value)) }

// TimeTicks is a time in hundredths of a second.
func TimeTicks(value uint32) Value { return unsigned(TypeTimeTicks, uint64(value)) }

// Counter64 is a Counter64, which version 1 does not have.
func Counter64(value uint64) Value { return unsigned(TypeCounter64, value) }

func unsigned(kind Type, value uint64) Value { return Value{appendUnsigned(nil, byte(kind), value)} }

// IPAddress is an IPv4 address; any other is an error.
func IPAddress(address netip.Addr) (Value, error) {
	if address = address.Unmap(); !address.Is4() {
		return Value{}, fmt.Errorf("%s is no IPv4 address, and IpAddress holds no other", address)
	}
	return Value{appendElement(nil, byte(TypeIPAddress), address.AsSlice())}, nil
}

// OID is an object identifier in numbers.
func OID(name string) (Value, error) {
	raw, err := encodeName(name)
	return Value{appendElement(nil, byte(TypeOID), raw)}, err
}

// Opaque is octets whose meaning only both ends know.
func Opaque(octets []byte) Value {
	return Value{appendElement(nil, byte(TypeOpaque), octets[:min(len(octets), maxValue)])}
}

// Float is a number as net-snmp's agents wrap it in an Opaque.
func Float(value float32) Value {
	return Opaque(binary.BigEndian.AppendUint32([]byte{0x9f, 0x78, 4}, math.Float32bits(value)))
}

// NewWalk returns a walk without objects.
func NewWalk() *Walk { return &Walk{sorted: true} }

// Put adds an object, in the place of one of the same name. The name is dotted and in
// numbers.
func (w *Walk) Put(name string, value Value) error {
	raw, err := encodeName(name)
	if err != nil {
		return err
	}
	if len(value.element) == 0 {
		return fmt.Errorf("the object %s has no value: make one by Integer, String and so on", name)
	}
	w.objects = append(w.objects, newObject(raw, value))
	w.sorted = false
	return nil
}

// Remove removes the object of a name and all below it.
func (w *Walk) Remove(prefix string) error {
	raw, err := encodeName(prefix)
	if err != nil {
		return err
	}
	w.objects = slices.DeleteFunc(w.objects, func(o object) bool { return under(o.nameOctets(), raw) })
	return nil
}

// Clone returns a walk of its own with the same objects.
func (w *Walk) Clone() *Walk {
	return &Walk{objects: slices.Clone(w.objects), sorted: w.sorted, skipped: w.skipped}
}

// Len is the number of objects.
func (w *Walk) Len() int {
	w.sort()
	return len(w.objects)
}

// Skipped is how many lines of a file named no object that could be replayed.
func (w *Walk) Skipped() int { return w.skipped }

// Names returns the names of all objects in order, dotted.
func (w *Walk) Names() []string {
	w.sort()
	names := make([]string, 0, len(w.objects))
	for i := range w.objects {
		names = append(names, dotted(w.objects[i].nameOctets()))
	}
	return names
}

// sort brings the objects into order. Of one name the last stays.
func (w *Walk) sort() {
	if w.sorted {
		return
	}
	slices.Reverse(w.objects)
	compare := func(a, b object) int { return compareNames(a.nameOctets(), b.nameOctets()) }
	slices.SortStableFunc(w.objects, compare)
	w.objects = slices.CompactFunc(w.objects, func(a, b object) bool { return compare(a, b) == 0 })
	w.sorted = true
}

// find returns the place of a name, or of its successor where there is no such object.
func (w *Walk) find(name []byte) (place int, exact bool) {
	low, high := 0, len(w.objects)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if compareNames(w.objects[middle].nameOctets(), name) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(w.objects) && bytes.Equal(w.objects[low].nameOctets(), name)
}

// Read reads a recorded walk: what snmpwalk prints with -On or -One, or the lines of a
// .snmprec file of snmpsim. What is not understood is an error that names the line.
func Read(from io.Reader) (*Walk, error) {
	lines := bufio.NewReader(from)
	begin, err := lines.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read a walk: %w", err)
	}
	read := readSnmpwalk
	if isSnmprec(begin) {
		read = readSnmprec
	}
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(make([]byte, 64<<10), 1<<20)
	walk := NewWalk()
	number, err := read(walk, scanner)
	if err == nil {
		number++ // what cannot be read is the line after
		err = scanner.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("read a walk: line %d: %w", number, err)
	}
	walk.sort()
	return walk, nil
}

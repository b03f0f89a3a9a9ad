package sample

import (
	"encoding/binary"
	"slices"
	"strings"
)

// Place is a site of a customer, by their names.
type Place struct{ Customer, Site string }

// An id is a hash, which nothing can compress, of names that hardly differ from row to row.
// Where the writer knows the names it therefore writes these, and the reader makes the ids
// of them. The names are in the block: it stands alone.

const (
	// mostNames bounds the memory that names take; further ones are written as ids.
	mostNames = 1 << 20
	// longestName is the most bytes of a name that is written in place of its id, of a
	// customer's and of a site's.
	longestName = 254
	// fewNames are not worth the place that the names of devices need.
	fewNames = 5
)

// names are what a writer has learnt of ids.
type names struct {
	place Place
	of    map[ID]string
}

// newNames returns what a writer for the devices of a place knows at first. A place whose
// names are too long to be written has no devices with names.
func newNames(place Place) *names { return &names{place: place, of: map[ID]string{}} }

// learn takes the names out of rows that tell them. A name that does not lead to its id is
// none.
func (n *names) learn(rows Rows) {
	switch rows := rows.(type) {
	case *Devices:
		if len(n.place.Customer) > longestName || len(n.place.Site) > longestName {
			return
		}
		for row, name := range rows.Name {
			if DeviceID(n.place.Customer, n.place.Site, name) == rows.Device[row] {
				n.add(rows.Device[row], name)
			}
		}
	case *InterfaceIdentities:
		for row, name := range rows.Name {
			if InterfaceID(rows.Device[row], name) == rows.Interface[row] {
				n.add(rows.Interface[row], name)
			}
		}
	default: // tells of nothing
	}
}

func (n *names) add(id ID, name string) {
	if len(name) <= longestName && len(n.of) < mostNames {
		n.of[id] = strings.Clone(name) // not all the texts that it came with
	}
}

// nameColumn is a column of the ids of devices, or of the interfaces of devices.
type nameColumn struct {
	integerColumn[ID]
	devices *[]ID // of the same rows, for interfaces; nil for devices
}

// devices is a column of the ids of devices.
func devices(values *[]ID) column {
	return nameColumn{integerColumn: integerColumn[ID]{values, hintID}}
}

// ports is a column of the ids of interfaces, behind that of their devices.
func ports(values, devices *[]ID) column {
	return nameColumn{integerColumn[ID]{values, hintID}, devices}
}

func (c nameColumn) appendFrom(source column, from, to int) {
	c.integerColumn.appendFrom(source.(nameColumn).integerColumn, from, to)
}

func (c nameColumn) appendOrder(source column, order []uint32) {
	c.integerColumn.appendOrder(source.(nameColumn).integerColumn, order)
}

// encode writes names where these take less. The layout: the number of runs of equal ids
// and, where there are fewer of them than rows, how long each is; of devices the place; how
// many bytes of the name before each name begins with; one more than how many follow, 0 for
// an id apart in place of a name; and those bytes.
func (c nameColumn) encode(to *output) {
	runs, known := c.runs(to.names)
	if known == 0 || c.devices == nil && known < fewNames {
		c.integerColumn.encode(to)
		return
	}
	to.newer = true
	ids := *c.values
	to.bytes = binary.AppendUvarint(append(to.bytes, encodingNames), uint64(len(runs)))
	if len(runs) < len(ids) {
		previous := 0
		for _, end := range runs {
			to.bytes = binary.AppendUvarint(to.bytes, uint64(end-previous))
			previous = end
		}
	}
	if c.devices == nil {
		for _, text := range []string{to.names.place.Customer, to.names.place.Site} {
			to.bytes = append(binary.AppendUvarint(to.bytes, uint64(len(text))), text...)
		}
	}
	start := len(to.bytes)
	to.bytes = append(to.bytes, make([]byte, 2*len(runs))...)
	before := ""
	for i, end := range runs {
		name, found := to.names.of[ids[end-1]]
		if !found {
			to.appendHash(ids[end-1])
			continue
		}
		shared := 0
		for shared < min(len(before), len(name)) && before[shared] == name[shared] {
			shared++
		}
		before = name
		to.bytes[start+i], to.bytes[start+len(runs)+i] = byte(shared), byte(1+len(name)-shared)
		to.bytes = append(to.bytes, name[shared:]...)
	}
}

// runs returns where each run of equal ids ends, and of how many the name is known.
func (c nameColumn) runs(of *names) (ends []int, known int) {
	ids := *c.values
	for end := 1; end <= len(ids); end++ {
		// An interface's name leads to it by way of its device.
		if end < len(ids) && ids[end] == ids[end-1] && (c.devices == nil || (*c.devices)[end] == (*c.devices)[end-1]) {
			continue
		}
		ends = append(ends, end)
		if _, found := of.of[ids[end-1]]; found {
			known++
		}
	}
	return ends, known
}

func (c nameColumn) decode(from *input, n int) error {
	if len(from.bytes) == 0 {
		return errShort
	}
	if from.bytes[0] != encodingNames {
		return c.integerColumn.decode(from, n)
	}
	var layout nameLayout
	if err := layout.read(from, n, c.devices == nil); err != nil {
		return err
	}
	values := slices.Grow(*c.values, n)
	first := len(values)
	maker := newNamer()
	var name [longestName]byte
	length, row := 0, 0
	for run := range layout.runs {
		var id ID
		if follow := int(layout.follow[run]); follow == 0 {
			id = from.takeHash()
		} else {
			shared := int(layout.shared[run])
			if shared > length || shared+follow-1 > longestName {
				return errRange
			}
			length = shared + copy(name[shared:], layout.content[:follow-1])
			layout.content = layout.content[follow-1:]
			if c.devices == nil {
				id = maker.device(layout.place, name[:length])
			} else {
				id = maker.port((*c.devices)[first+row], name[:length])
			}
		}
		for range layout.length() {
			values = append(values, id)
			row++
		}
	}
	*c.values = values
	return nil
}

// nameLayout is a column of names as it is written.
type nameLayout struct {
	runs           int
	lengths        []byte // varints; nil for runs of one row each
	place          Place  // of devices
	shared, follow []byte
	content        []byte
}

// read takes a column of names off the front of a block, whole and consistent.
func (l *nameLayout) read(from *input, n int, ofDevices bool) error {
	count, rest, err := readUvarint(from.bytes[1:])
	if err != nil {
		return err
	}
	if count == 0 || count > uint64(n) {
		return errRange
	}
	l.runs = int(count)
	if l.runs < n {
		l.lengths = rest
		total := uint64(0)
		for range l.runs {
			length, after, err := readUvarint(rest)
			if err != nil {
				return err
			}
			if length == 0 || length > uint64(n) {
				return errRange
			}
			total, rest = total+length, after
		}
		if total != uint64(n) {
			return errRange
		}
	}
	if ofDevices {
		if rest, err = l.readPlace(rest); err != nil {
			return err
		}
	}
	if len(rest) < 2*l.runs {
		return errShort
	}
	l.shared, l.follow, l.content = rest[:l.runs], rest[l.runs:2*l.runs], rest[2*l.runs:]
	size, unknown := 0, 0
	for _, follow := range l.follow {
		if follow == 0 {
			unknown++
		} else {
			size += int(follow) - 1
		}
	}
	if size > len(l.content) || !from.has(64*unknown) {
		return errShort
	}
	from.bytes = l.content[size:]
	return nil
}

func (l *nameLayout) readPlace(from []byte) ([]byte, error) {
	for _, text := range []*string{&l.place.Customer, &l.place.Site} {
		length, rest, err := readUvarint(from)
		if err != nil {
			return nil, err
		}
		if length > longestName {
			return nil, errRange // each device's id is made of it
		}
		if length > uint64(len(rest)) {
			return nil, errShort
		}
		*text, from = string(rest[:length]), rest[length:]
	}
	return from, nil
}

// length takes the length of the next run.
func (l *nameLayout) length() int {
	if l.lengths == nil {
		return 1
	}
	length, size := binary.Uvarint(l.lengths)
	l.lengths = l.lengths[size:]
	return int(length)
}

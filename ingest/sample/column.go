package sample

import (
	"encoding/binary"
	"errors"
	"slices"
	"unsafe"
)

// column is one column of a set of rows. Encodings are chosen per column and
// block; each begins with a byte that names it, so a decoder needs no hint.
type column interface {
	length() int
	truncate(n int)
	// zeros appends n zero values.
	zeros(n int)
	// size is about what encode will append for the rows from on, bytes.
	size(from int) int
	// appendFrom adds the rows from, up to but not including to, of the source.
	appendFrom(source column, from, to int)
	// appendOrder adds the rows of the source that order numbers, in that order.
	appendOrder(source column, order []uint32)
	encode(to *output)
	// decode appends n values that it takes from the front. After an error the values are
	// to be truncated.
	decode(from *input, n int) error
}

// The encodings of a column, part of the wire format.
const (
	encodingConstant byte = 0 // one varint for all rows
	encodingVarint   byte = 1 // a varint a row
	encodingDelta    byte = 2 // a zigzag varint a row: difference to the row before
	encodingFixed    byte = 3 // eight bytes a row, little endian
	encodingRuns     byte = 4 // pairs: run length as varint, value in eight bytes
	encodingTexts    byte = 5 // a length varint a row, then the bytes of all rows
	encodingText     byte = 6 // one length varint and text for all rows
	encodingLists    byte = 7 // a length varint a row, then a varint an element
	encodingLater    byte = 8 // before the encoding of a column that was added to a kind

	// Since version 2 of the format; bits.go and names.go have the layouts.
	encodingSplit      byte = 9  // length in bits and the bits below the highest, apart
	encodingSplitDelta byte = 10 // the same of the zigzag difference to the row before
	encodingSplitLists byte = 11 // a length varint a row, then the elements split
	encodingNames      byte = 12 // names in place of ids
	encodingHashes     byte = 13 // the length of each run as a varint, 0 for runs of one; 64 bits a run, apart
)

var (
	errShort    = errors.New("the column ends early")
	errEncoding = errors.New("the column has an encoding that does not fit its type")
	errRange    = errors.New("a value does not fit its column")
)

type integer interface {
	~uint8 | ~uint32 | ~uint64 | ~int64
}

type integerHint uint8

const (
	hintPlain  integerHint = iota // values of their own
	hintSeries                    // values close to the one before
	hintID                        // hashes: incompressible, but often repeated in runs
)

type integerColumn[T integer] struct {
	values *[]T
	hint   integerHint
}

func plain[T integer](values *[]T) column { return integerColumn[T]{values, hintPlain} }

func series[T integer](values *[]T) column { return integerColumn[T]{values, hintSeries} }

func ids(values *[]ID) column { return integerColumn[ID]{values, hintID} }

func (c integerColumn[T]) length() int { return len(*c.values) }

func (c integerColumn[T]) truncate(n int) { *c.values = (*c.values)[:n] }

func (c integerColumn[T]) zeros(n int) { *c.values = append(*c.values, make([]T, n)...) }

func (c integerColumn[T]) size(from int) int { return 2 * (len(*c.values) - from) }

func (c integerColumn[T]) appendFrom(source column, from, to int) {
	*c.values = append(*c.values, (*source.(integerColumn[T]).values)[from:to]...)
}

func (c integerColumn[T]) appendOrder(source column, order []uint32) {
	*c.values = pick(*c.values, *source.(integerColumn[T]).values, order)
}

// pick appends the values that order numbers.
func pick[T any](to, values []T, order []uint32) []T {
	to = slices.Grow(to, len(order))
	for _, row := range order {
		to = append(to, values[row])
	}
	return to
}

func (c integerColumn[T]) encode(to *output) {
	values := *c.values
	runs := 1
	for i := 1; i < len(values); i++ {
		if values[i] != values[i-1] {
			runs++
		}
	}
	switch {
	case runs == 1:
		to.bytes = binary.AppendUvarint(append(to.bytes, encodingConstant), uint64(values[0]))
	case c.hint == hintID && len(values) >= fewHashes:
		c.encodeHashes(to, runs)
	case c.hint == hintID:
		to.bytes = append(to.bytes, encodingFixed)
		for _, value := range values {
			to.bytes = binary.LittleEndian.AppendUint64(to.bytes, uint64(value))
		}
	case c.hint == hintSeries:
		c.encodeSeries(to)
	default:
		c.encodePlain(to)
	}
}

// fewHashes are as well compressed together with the columns.
const fewHashes = 4

func (c integerColumn[T]) encodeHashes(to *output, runs int) {
	values := *c.values
	to.newer = true
	to.bytes = append(to.bytes, encodingHashes)
	if runs == len(values) {
		to.bytes = append(to.bytes, 0)
	}
	for start := 0; start < len(values); {
		end := start + 1
		for end < len(values) && values[end] == values[start] {
			end++
		}
		if runs < len(values) {
			to.bytes = binary.AppendUvarint(to.bytes, uint64(end-start))
		}
		to.appendHash(uint64(values[start]))
		start = end
	}
}

// encodeSeries writes the first value as a number of its own: it is no difference.
func (c integerColumn[T]) encodeSeries(to *output) {
	values := *c.values
	numbers := to.numbers[:0]
	for row := 1; row < len(values); row++ {
		numbers = append(numbers, zigzag(int64(uint64(values[row])-uint64(values[row-1]))))
	}
	to.numbers = numbers
	if worthSplitting(numbers) {
		to.newer = true
		to.bytes = binary.AppendUvarint(append(to.bytes, encodingSplitDelta), uint64(values[0]))
		to.appendSplit(numbers)
		return
	}
	to.bytes = binary.AppendVarint(append(to.bytes, encodingDelta), int64(values[0]))
	for _, number := range numbers {
		to.bytes = binary.AppendUvarint(to.bytes, number)
	}
}

func (c integerColumn[T]) encodePlain(to *output) {
	numbers := to.numbers[:0]
	for _, value := range *c.values {
		numbers = append(numbers, uint64(value))
	}
	to.numbers = numbers
	if worthSplitting(numbers) {
		to.newer = true
		to.bytes = append(to.bytes, encodingSplit)
		to.appendSplit(numbers)
		return
	}
	to.bytes = append(to.bytes, encodingVarint)
	for _, number := range numbers {
		to.bytes = binary.AppendUvarint(to.bytes, number)
	}
}

func (c integerColumn[T]) decode(in *input, n int) error {
	if len(in.bytes) == 0 {
		return errShort
	}
	encoding, from := in.bytes[0], in.bytes[1:]
	values := slices.Grow(*c.values, n)
	start := len(values)
	values = values[:start+n]
	rows := values[start:]
	var err error
	switch encoding {
	case encodingConstant:
		var value uint64
		value, from, err = readUvarint(from)
		if uint64(T(value)) != value {
			err = errRange
		}
		for i := range rows {
			rows[i] = T(value)
		}
	case encodingVarint:
		from, err = decodeVarints(from, rows)
	case encodingDelta:
		from, err = decodeDeltas(from, rows)
	case encodingFixed:
		if len(from) < 8*n {
			return errShort
		}
		for i := range rows {
			value := binary.LittleEndian.Uint64(from[8*i:])
			if rows[i] = T(value); uint64(rows[i]) != value {
				err = errRange
			}
		}
		from = from[8*n:]
	case encodingRuns:
		from, err = decodeRuns(from, rows)
	case encodingHashes:
		in.bytes = from
		err = decodeHashes(in, rows)
		from = in.bytes
	case encodingSplit:
		in.bytes = from
		err = decodeSplit(in, rows)
		from = in.bytes
	case encodingSplitDelta:
		in.bytes = from
		err = decodeSplitDeltas(in, rows)
		from = in.bytes
	default:
		return errEncoding
	}
	if err != nil {
		return err
	}
	in.bytes = from
	*c.values = values
	return nil
}

func decodeVarints[T integer](from []byte, rows []T) ([]byte, error) {
	at := 0
	for i := range rows {
		if at < len(from) && from[at] < 0x80 {
			rows[i] = T(from[at])
			at++
			continue
		}
		value, size := binary.Uvarint(from[at:])
		if size <= 0 {
			return nil, errShort
		}
		if rows[i] = T(value); uint64(rows[i]) != value {
			return nil, errRange
		}
		at += size
	}
	return from[at:], nil
}

func decodeDeltas[T integer](from []byte, rows []T) ([]byte, error) {
	at, previous := 0, uint64(0)
	for i := range rows {
		difference, size := binary.Varint(from[at:])
		if size <= 0 {
			return nil, errShort
		}
		previous += uint64(difference)
		if rows[i] = T(previous); uint64(rows[i]) != previous {
			return nil, errRange
		}
		at += size
	}
	return from[at:], nil
}

func decodeRuns[T integer](from []byte, rows []T) ([]byte, error) {
	for filled := 0; filled < len(rows); {
		run, rest, err := readUvarint(from)
		if err != nil {
			return nil, err
		}
		if run == 0 || run > uint64(len(rows)-filled) {
			return nil, errRange
		}
		if len(rest) < 8 {
			return nil, errShort
		}
		value := binary.LittleEndian.Uint64(rest)
		if uint64(T(value)) != value {
			return nil, errRange
		}
		for i := range rows[filled : filled+int(run)] {
			rows[filled+i] = T(value)
		}
		filled += int(run)
		from = rest[8:]
	}
	return from, nil
}

func readUvarint(from []byte) (uint64, []byte, error) {
	value, size := binary.Uvarint(from)
	if size <= 0 {
		return 0, nil, errShort
	}
	return value, from[size:], nil
}

type textColumn struct{ values *[]string }

func texts(values *[]string) column { return textColumn{values} }

func (c textColumn) length() int { return len(*c.values) }

func (c textColumn) truncate(n int) { *c.values = (*c.values)[:n] }

func (c textColumn) zeros(n int) { *c.values = append(*c.values, make([]string, n)...) }

func (c textColumn) size(from int) int {
	size := 0
	for _, value := range (*c.values)[from:] {
		size += 1 + len(value)
	}
	return size
}

func (c textColumn) appendFrom(source column, from, to int) {
	*c.values = append(*c.values, (*source.(textColumn).values)[from:to]...)
}

func (c textColumn) appendOrder(source column, order []uint32) {
	*c.values = pick(*c.values, *source.(textColumn).values, order)
}

func (c textColumn) encode(to *output) {
	values := *c.values
	same := true
	for _, value := range values {
		same = same && value == values[0]
	}
	if same && len(values)*len(values[0]) <= MaxBytes {
		to.bytes = binary.AppendUvarint(append(to.bytes, encodingText), uint64(len(values[0])))
		to.bytes = append(to.bytes, values[0]...)
		return
	}
	to.bytes = append(to.bytes, encodingTexts)
	for _, value := range values {
		to.bytes = binary.AppendUvarint(to.bytes, uint64(len(value)))
	}
	for _, value := range values {
		to.bytes = append(to.bytes, value...)
	}
}

func (c textColumn) decode(in *input, n int) error {
	if len(in.bytes) == 0 {
		return errShort
	}
	encoding, from := in.bytes[0], in.bytes[1:]
	switch encoding {
	case encodingText:
		length, rest, err := readUvarint(from)
		if err != nil {
			return err
		}
		if length > uint64(len(rest)) {
			return errShort
		}
		// One text costs nothing here, but whoever writes the rows down writes it for
		// each of them.
		if length*uint64(n) > MaxBytes {
			return errRange
		}
		value := string(rest[:length])
		for range n {
			*c.values = append(*c.values, value)
		}
		in.bytes = rest[length:]
		return nil
	case encodingTexts:
		rest, err := c.decodeTexts(from, n)
		if err == nil {
			in.bytes = rest
		}
		return err
	}
	return errEncoding
}

// decodeTexts copies the bytes of all rows once; the rows are parts of that copy,
// so a column costs one allocation and not one a row.
func (c textColumn) decodeTexts(from []byte, n int) ([]byte, error) {
	lengths := from
	total, from, err := readLengths(from, n)
	if err != nil {
		return nil, err
	}
	if total > uint64(len(from)) {
		return nil, errShort
	}
	all := slices.Clone(from[:total])
	content := unsafe.String(unsafe.SliceData(all), len(all))
	values := slices.Grow(*c.values, n)
	for range n {
		length, size := binary.Uvarint(lengths)
		lengths = lengths[size:]
		values = append(values, content[:length])
		content = content[length:]
	}
	*c.values = values
	return from[total:], nil
}

// readLengths reads n lengths and returns what they say in all. No length, and no sum,
// is more than the bytes behind it.
func readLengths(from []byte, n int) (total uint64, rest []byte, err error) {
	for range n {
		length, rest, err := readUvarint(from)
		if err != nil {
			return 0, nil, err
		}
		if total += length; length > uint64(len(rest)) || total > uint64(len(rest)) {
			return 0, nil, errShort
		}
		from = rest
	}
	return total, from, nil
}

// Lists is a column of lists, kept flat: the values of all rows one after another,
// and where each row's values end.
type Lists struct {
	Ends   []uint32
	Values []uint32
}

// Row returns the list of row i. It shares the column's memory.
func (l *Lists) Row(i int) []uint32 {
	start := uint32(0)
	if i > 0 {
		start = l.Ends[i-1]
	}
	return l.Values[start:l.Ends[i]]
}

// Append adds a row.
func (l *Lists) Append(values ...uint32) {
	l.Values = append(l.Values, values...)
	l.Ends = append(l.Ends, uint32(len(l.Values)))
}

type listColumn struct{ lists *Lists }

func lists(all *Lists) column { return listColumn{all} }

func (c listColumn) length() int { return len(c.lists.Ends) }

func (c listColumn) truncate(n int) {
	c.lists.Ends = c.lists.Ends[:n]
	end := uint32(0)
	if n > 0 {
		end = c.lists.Ends[n-1]
	}
	c.lists.Values = c.lists.Values[:end]
}

func (c listColumn) zeros(n int) {
	for range n {
		c.lists.Append()
	}
}

func (c listColumn) size(from int) int {
	start := uint32(0)
	if from > 0 {
		start = c.lists.Ends[from-1]
	}
	return len(c.lists.Ends) - from + 2*(len(c.lists.Values)-int(start))
}

func (c listColumn) appendFrom(source column, from, to int) {
	all := source.(listColumn).lists
	start := uint32(0)
	if from > 0 {
		start = all.Ends[from-1]
	}
	before := uint32(len(c.lists.Values))
	for _, end := range all.Ends[from:to] {
		c.lists.Ends = append(c.lists.Ends, before+end-start)
	}
	end := start
	if to > from {
		end = all.Ends[to-1]
	}
	c.lists.Values = append(c.lists.Values, all.Values[start:end]...)
}

func (c listColumn) appendOrder(source column, order []uint32) {
	all := source.(listColumn).lists
	for _, row := range order {
		c.lists.Append(all.Row(int(row))...)
	}
}

func (c listColumn) encode(to *output) {
	numbers := to.numbers[:0]
	for _, value := range c.lists.Values {
		numbers = append(numbers, uint64(value))
	}
	to.numbers = numbers
	split := worthSplitting(numbers)
	if split {
		to.newer = true
		to.bytes = append(to.bytes, encodingSplitLists)
	} else {
		to.bytes = append(to.bytes, encodingLists)
	}
	previous := uint32(0)
	for _, end := range c.lists.Ends {
		to.bytes = binary.AppendUvarint(to.bytes, uint64(end-previous))
		previous = end
	}
	if split {
		to.appendSplit(numbers)
		return
	}
	for _, number := range numbers {
		to.bytes = binary.AppendUvarint(to.bytes, number)
	}
}

func (c listColumn) decode(in *input, n int) error {
	if len(in.bytes) == 0 {
		return errShort
	}
	encoding, from := in.bytes[0], in.bytes[1:]
	if encoding != encodingLists && encoding != encodingSplitLists {
		return errEncoding
	}
	// An element takes a byte at least, or a bit of a bitmap, so a lying length cannot
	// make the decoder reserve more than the block holds.
	most := uint64(len(from))
	if encoding == encodingSplitLists {
		most *= 8
	}
	before := len(c.lists.Values)
	total := uint64(0)
	for range n {
		length, rest, err := readUvarint(from)
		if err != nil {
			return err
		}
		if total += length; length > most || total > most {
			return errShort
		}
		c.lists.Ends = append(c.lists.Ends, uint32(uint64(before)+total))
		from = rest
	}
	values := slices.Grow(c.lists.Values, int(total))[:before+int(total)]
	var err error
	if in.bytes = from; encoding == encodingSplitLists {
		err = decodeSplit(in, values[before:])
	} else {
		in.bytes, err = decodeVarints(from, values[before:])
	}
	if err != nil {
		return err
	}
	c.lists.Values = values
	return nil
}

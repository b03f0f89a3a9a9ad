package sample

import "encoding/binary"

// laterColumn is a column that a kind was given after blocks of it were on their way:
// blocks of an earlier writer end before it. Such columns come last, in the order they
// were added, and each says on the wire that it is one.
type laterColumn struct{ column }

// later marks a column that earlier blocks lack; its values are zero there.
func later(added column) column { return laterColumn{added} }

func (c laterColumn) appendFrom(source column, from, to int) {
	c.column.appendFrom(source.(laterColumn).column, from, to)
}

func (c laterColumn) appendOrder(source column, order []uint32) {
	c.column.appendOrder(source.(laterColumn).column, order)
}

func (c laterColumn) encode(to *output) {
	to.bytes = append(to.bytes, encodingLater)
	c.column.encode(to)
}

// decode takes a block that ends here for one of an earlier writer.
func (c laterColumn) decode(from *input, n int) error {
	if len(from.bytes) == 0 {
		c.zeros(n)
		return nil
	}
	if from.bytes[0] != encodingLater {
		return errEncoding
	}
	from.bytes = from.bytes[1:]
	return c.column.decode(from, n)
}

// skipLater steps over a column of a later writer, of which nothing is known but that
// it has n rows: each encoding says where it ends. Names do not, as they take places where
// they are of devices: no column of devices or interfaces is ever added to a kind.
func skipLater(in *input, n int) (err error) {
	if len(in.bytes) < 2 {
		return errShort
	}
	if in.bytes[0] != encodingLater {
		return errEncoding
	}
	encoding, from := in.bytes[1], in.bytes[2:]
	switch encoding {
	case encodingConstant:
		from, err = skipVarints(from, 1)
	case encodingVarint, encodingDelta:
		from, err = skipVarints(from, n)
	case encodingFixed:
		from, err = skipBytes(from, 8*uint64(n))
	case encodingRuns:
		from, err = skipRuns(from, n)
	case encodingText:
		from, err = skipCounted(from, 1, skipBytes)
	case encodingTexts:
		from, err = skipCounted(from, n, skipBytes)
	case encodingLists:
		from, err = skipCounted(from, n, func(from []byte, elements uint64) ([]byte, error) {
			if elements > uint64(len(from)) {
				return nil, errShort
			}
			return skipVarints(from, int(elements))
		})
	case encodingHashes:
		in.bytes = from
		return in.skipHashes(n)
	case encodingSplit:
		in.bytes = from
		return in.skipSplit(n)
	case encodingSplitDelta:
		if in.bytes, err = skipVarints(from, 1); err != nil {
			return err
		}
		return in.skipSplit(n - 1)
	case encodingSplitLists:
		return skipSplitLists(in, from, n)
	default:
		return errEncoding
	}
	in.bytes = from
	return err
}

func skipSplitLists(in *input, from []byte, n int) error {
	total := uint64(0)
	for range n {
		length, rest, err := readUvarint(from)
		if err != nil {
			return err
		}
		if total += length; length > MaxBytes || total > MaxBytes {
			return errShort
		}
		from = rest
	}
	in.bytes = from
	return in.skipSplit(int(total))
}

func skipBytes(from []byte, n uint64) ([]byte, error) {
	if n > uint64(len(from)) {
		return nil, errShort
	}
	return from[n:], nil
}

func skipVarints(from []byte, n int) ([]byte, error) {
	for range n {
		_, size := binary.Uvarint(from)
		if size <= 0 {
			return nil, errShort
		}
		from = from[size:]
	}
	return from, nil
}

func skipRuns(from []byte, n int) ([]byte, error) {
	for filled := uint64(0); filled < uint64(n); {
		run, rest, err := readUvarint(from)
		if err != nil {
			return nil, err
		}
		if run == 0 || run > uint64(n)-filled {
			return nil, errRange
		}
		if from, err = skipBytes(rest, 8); err != nil {
			return nil, err
		}
		filled += run
	}
	return from, nil
}

// skipCounted steps over n lengths and then over as much content as they say in all.
func skipCounted(from []byte, n int, skip func([]byte, uint64) ([]byte, error)) ([]byte, error) {
	total, from, err := readLengths(from, n)
	if err != nil {
		return nil, err
	}
	return skip(from, total)
}

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

func (c laterColumn) encode(to []byte) []byte { return c.column.encode(append(to, encodingLater)) }

// decode takes a block that ends here for one of an earlier writer.
func (c laterColumn) decode(from []byte, n int) ([]byte, error) {
	if len(from) == 0 {
		c.zeros(n)
		return nil, nil
	}
	if from[0] != encodingLater {
		return nil, errEncoding
	}
	return c.column.decode(from[1:], n)
}

// skipLater steps over a column of a later writer, of which nothing is known but that
// it has n rows: each encoding says where it ends.
func skipLater(from []byte, n int) ([]byte, error) {
	if len(from) < 2 {
		return nil, errShort
	}
	if from[0] != encodingLater {
		return nil, errEncoding
	}
	encoding, from := from[1], from[2:]
	switch encoding {
	case encodingConstant:
		return skipVarints(from, 1)
	case encodingVarint, encodingDelta:
		return skipVarints(from, n)
	case encodingFixed:
		return skipBytes(from, 8*uint64(n))
	case encodingRuns:
		return skipRuns(from, n)
	case encodingText:
		return skipCounted(from, 1, skipBytes)
	case encodingTexts:
		return skipCounted(from, n, skipBytes)
	case encodingLists:
		return skipCounted(from, n, func(from []byte, elements uint64) ([]byte, error) {
			if elements > uint64(len(from)) {
				return nil, errShort
			}
			return skipVarints(from, int(elements))
		})
	}
	return nil, errEncoding
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

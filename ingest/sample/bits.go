package sample

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Numbers whose low bits follow no pattern are written in two parts: how many bits each has,
// which compresses well, goes with the columns, and its bits below the highest, which
// nothing can compress, behind them as they are, without the rounding up to whole bytes of
// a varint. Which numbers are zero stands before them as a bitmap where many are, as those
// of interfaces without traffic: columns of the same rows have the same bitmap.

// output is a block that is being written.
type output struct {
	bytes   []byte   // what is compressed: the columns
	bits    []byte   // what is not: the bits that are complete words, the lowest first
	word    uint64   // the bits after these
	used    uint     // how many, 0 to 63
	names   *names   // what names there are for ids
	newer   bool     // something was written that version 1 of the format does not have
	numbers []uint64 // of the column in hand
}

// reset begins another block.
func (o *output) reset() {
	o.bytes, o.bits, o.word, o.used, o.newer = o.bytes[:0], o.bits[:0], 0, 0, false
}

// appendBits adds the lowest n bits of a value that has no others, 0 to 63.
func (o *output) appendBits(value uint64, n uint) {
	o.word |= value << o.used
	if o.used += n; o.used < 64 {
		return
	}
	o.bits = binary.LittleEndian.AppendUint64(o.bits, o.word)
	o.used -= 64
	o.word = value >> (n - o.used)
}

// appendHash adds the 64 bits of a hash.
func (o *output) appendHash(hash uint64) {
	o.appendBits(hash&(1<<32-1), 32)
	o.appendBits(hash>>32, 32)
}

// finish adds what is left of the bits, filled up to a byte.
func (o *output) finish() {
	for ; o.used > 0; o.used -= min(o.used, 8) {
		o.bits = append(o.bits, byte(o.word))
		o.word >>= 8
	}
}

// hasZeros says that a bitmap of the numbers that are not zero precedes their lengths.
const hasZeros = 1

// longNumber takes four bytes as a varint, the least that what compresses looks for.
const longNumber = 1 << 21

// worthSplitting says whether numbers are. One that fits a byte, few that come again and
// again, and long ones that were there before are found by what compresses the columns.
func worthSplitting(numbers []uint64) bool {
	var seen [256]uint64
	large, again, longAgain := 0, 0, 0
	for _, number := range numbers {
		if number <= 0x7f {
			continue
		}
		large++
		at := &seen[number*0x9e3779b97f4a7c15>>56]
		if *at == number {
			again++
			if number >= longNumber {
				longAgain++
			}
		}
		*at = number
	}
	return 16*large > len(numbers) && 8*again <= 7*large && 2*longAgain < large
}

// appendSplit writes numbers: flags, the bitmap where there is one, the lengths in bits,
// and apart the bits below the highest.
func (o *output) appendSplit(numbers []uint64) {
	zeros := 0
	for _, number := range numbers {
		if number == 0 {
			zeros++
		}
	}
	mapped := 8*zeros > len(numbers)
	if mapped {
		o.bytes = append(o.bytes, hasZeros)
		start := len(o.bytes)
		o.bytes = append(o.bytes, make([]byte, (len(numbers)+7)/8)...)
		for row, number := range numbers {
			if number != 0 {
				o.bytes[start+row/8] |= 1 << (row % 8)
			}
		}
	} else {
		o.bytes = append(o.bytes, 0)
	}
	for _, number := range numbers {
		if mapped && number == 0 {
			continue
		}
		length := uint(bits.Len64(number))
		o.bytes = append(o.bytes, byte(length))
		if length > 1 {
			o.appendBits(number&^(1<<(length-1)), length-1)
		}
	}
}

// zigzag makes small numbers of small differences, whatever their sign.
func zigzag(difference int64) uint64 { return uint64(difference)<<1 ^ uint64(difference>>63) }

func unzigzag(number uint64) uint64 { return number>>1 ^ -(number & 1) }

// input is a block that is being read.
type input struct {
	bytes  []byte // the columns that are left
	padded []byte // the bits, with bitPadding bytes behind them
	at     int    // the next bit

	numbers []uint64 // of the column in hand
}

// bitPadding is how many bytes behind the bits may be looked at.
const bitPadding = 8

// begin reads another block, whose bits it copies.
func (i *input) begin(columns, bits []byte) {
	var padding [bitPadding]byte
	i.bytes, i.padded, i.at = columns, append(append(i.padded[:0], bits...), padding[:]...), 0
}

// over says how many bytes of the bits nothing was read of.
func (i *input) over() int { return len(i.padded) - bitPadding - (i.at+7)/8 }

// takeHash returns the next 64 bits, which must be there.
func (i *input) takeHash() uint64 {
	hash := binary.LittleEndian.Uint64(i.padded[i.at/8:]) >> (i.at % 8)
	hash |= uint64(i.padded[i.at/8+8]) << (64 - i.at%8)
	i.at += 64
	return hash
}

// has says whether so many bits are left.
func (i *input) has(count int) bool { return count <= 8*(len(i.padded)-bitPadding)-i.at }

// decodeHashes reads what encodeHashes has written.
func decodeHashes[T integer](from *input, rows []T) error {
	for filled := 0; filled < len(rows); {
		run, rest, err := readUvarint(from.bytes)
		if err != nil {
			return err
		}
		from.bytes = rest
		if run == 0 && filled == 0 {
			return decodeSingles(from, rows)
		}
		if run == 0 || run > uint64(len(rows)-filled) {
			return errRange
		}
		if !from.has(64) {
			return errShort
		}
		hash := from.takeHash()
		if uint64(T(hash)) != hash {
			return errRange
		}
		for i := range rows[filled : filled+int(run)] {
			rows[filled+i] = T(hash)
		}
		filled += int(run)
	}
	return nil
}

func decodeSingles[T integer](from *input, rows []T) error {
	if !from.has(64 * len(rows)) {
		return errShort
	}
	for row := range rows {
		hash := from.takeHash()
		if rows[row] = T(hash); uint64(rows[row]) != hash {
			return errRange
		}
	}
	return nil
}

// skipHashes steps over hashes.
func (i *input) skipHashes(rows int) error { return decodeHashes(i, make([]uint64, rows)) }

// decodeSplit reads what appendSplit has written.
func decodeSplit[T integer](from *input, rows []T) error {
	lengths, bitmap, total, err := from.splitLengths(len(rows))
	if err != nil {
		return err
	}
	padded, at := from.padded, from.at
	fits := true
	for row := range rows {
		if bitmap != nil && bitmap[row/8]>>(row%8)&1 == 0 {
			rows[row] = 0
			continue
		}
		length := uint(lengths[0])
		lengths = lengths[1:]
		if length == 0 {
			rows[row] = 0
			continue
		}
		number := binary.LittleEndian.Uint64(padded[at/8:]) >> (at % 8)
		length--
		if length > 56 { // the bits may lie in nine bytes
			number |= uint64(padded[at/8+8]) << (64 - at%8)
		}
		at += int(length)
		number = number&(1<<length-1) | 1<<length
		rows[row] = T(number)
		fits = fits && uint64(rows[row]) == number
	}
	from.at += total
	if !fits {
		return errRange
	}
	return nil
}

// decodeSplitDeltas reads a first value and what appendSplit has written of the zigzag
// differences of the others.
func decodeSplitDeltas[T integer](from *input, rows []T) error {
	previous, rest, err := readUvarint(from.bytes)
	if err != nil {
		return err
	}
	if rows[0] = T(previous); uint64(rows[0]) != previous {
		return errRange
	}
	from.bytes = rest
	numbers := slices.Grow(from.numbers[:0], len(rows)-1)[:len(rows)-1]
	from.numbers = numbers
	if err := decodeSplit(from, numbers); err != nil {
		return err
	}
	for row, number := range numbers {
		previous += unzigzag(number)
		if rows[row+1] = T(previous); uint64(rows[row+1]) != previous {
			return errRange
		}
	}
	return nil
}

// splitLengths reads the lengths and, nil for none, the bitmap of numbers, and returns how
// many bits there are of them.
func (i *input) splitLengths(rows int) (lengths, bitmap []byte, total int, err error) {
	if len(i.bytes) == 0 {
		return nil, nil, 0, errShort
	}
	flags, rest := i.bytes[0], i.bytes[1:]
	count := rows
	switch flags {
	case 0:
	case hasZeros:
		size := (rows + 7) / 8
		if len(rest) < size {
			return nil, nil, 0, errShort
		}
		bitmap, rest = rest[:size], rest[size:]
		if rows%8 > 0 && bitmap[size-1]>>(rows%8) != 0 {
			return nil, nil, 0, errRange
		}
		count = 0
		for _, eight := range bitmap {
			count += bits.OnesCount8(eight)
		}
	default:
		return nil, nil, 0, errEncoding
	}
	if len(rest) < count {
		return nil, nil, 0, errShort
	}
	lengths, i.bytes = rest[:count], rest[count:]
	zeros := 0
	for _, length := range lengths {
		if length > 64 {
			return nil, nil, 0, errRange
		}
		if length == 0 {
			zeros++
		}
		total += int(length)
	}
	total -= count - zeros
	if !i.has(total) {
		return nil, nil, 0, errShort
	}
	return lengths, bitmap, total, nil
}

// skipSplit steps over numbers.
func (i *input) skipSplit(rows int) error {
	_, _, total, err := i.splitLengths(rows)
	i.at += total
	return err
}

package sample

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Version is the newest version of the block format that this package writes. It reads all
// since 1, and writes as 1 what gains nothing by a newer one: blocks of few rows, among them
// all that the centre tells itself.
const Version = 2

// MaxRows is the largest number of rows in a block.
const MaxRows = 1 << 16

// MaxBytes bounds a block before compression, so that a small message cannot make
// a decoder reserve much memory.
const MaxBytes = 16 << 20

// The reasons a block cannot be decoded; errors.Is tells them apart.
var (
	ErrBroken         = errors.New("broken block")
	ErrUnknownVersion = errors.New("block of an unknown version")
	ErrUnknownKind    = errors.New("block of an unknown kind")
)

// Header says what a block is.
type Header struct {
	UUID      [16]byte // stays the same when a produce is retried
	Kind      Kind
	Appliance ID    // who says so; the message key is what the centre believes
	Slot      int64 // start of the scheduled round, Unix milliseconds; rows count from it
	Rows      int
}

// SlotTime returns the slot as a time in UTC.
func (h Header) SlotTime() time.Time { return time.UnixMilli(h.Slot).UTC() }

// The layout of a message: magic "MB", version, kind, UUID, appliance and slot in
// eight bytes each (little endian), then rows and the size before compression as
// varints, then the columns, compressed with zstd, which has a checksum. Version 2 has
// before these the size of the bits that are not compressed as a varint and, where there
// are any, the bits and their CRC-32C (little endian); zstd may refer to the dictionary.
const headerSize = 2 + 1 + 1 + 16 + 8 + 8

// castagnoli is the polynomial of CRC-32C.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encoder writes blocks. It is not safe for concurrent use.
type Encoder struct {
	zstd    *zstd.Encoder
	fast    *zstd.Encoder // for kinds that are logged
	scratch output
}

// NewEncoder returns an encoder. It writes interfaces by the names that it has learnt of them;
// all else by ids.
func NewEncoder() (*Encoder, error) { return NewEncoderAt(Place{}) }

// NewEncoderAt returns an encoder for an appliance at a place, which writes the devices of
// that place, too, by the names that it has learnt.
func NewEncoderAt(place Place) (*Encoder, error) {
	compressor, err := newCompressor(zstd.SpeedDefault)
	if err != nil {
		return nil, err
	}
	// What devices say by themselves can come by the hundred thousand a second: 2 % more
	// bytes for a quarter less time.
	fast, err := newCompressor(zstd.SpeedFastest, compressByDictionary())
	if err != nil {
		return nil, err
	}
	return &Encoder{zstd: compressor, fast: fast, scratch: output{names: newNames(place)}}, nil
}

// Learn takes the names of devices and interfaces out of rows that tell them.
func (e *Encoder) Learn(rows Rows) { e.scratch.names.learn(rows) }

// newCompressor returns one that takes no memory until it is used.
func newCompressor(level zstd.EncoderLevel, more ...zstd.EOption) (*zstd.Encoder, error) {
	// One goroutine and a small window: an appliance has little memory to spare.
	compressor, err := zstd.NewWriter(nil, append(more, zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderLevel(level), zstd.WithWindowSize(512<<10), zstd.WithEncoderCRC(true))...)
	if err != nil {
		return nil, fmt.Errorf("set up block compression: %w", err)
	}
	return compressor, nil
}

// Encode appends the block to the buffer and returns it. The header's Kind and Rows
// are taken from the rows. Columns of unequal length and empty or oversized blocks
// are errors.
func (e *Encoder) Encode(to []byte, header Header, rows Rows) ([]byte, error) {
	n := rows.Len()
	if n == 0 || n > MaxRows {
		return nil, fmt.Errorf("encode %s block: %d rows, must be 1 to %d", rows.Kind(), n, MaxRows)
	}
	scratch := &e.scratch
	scratch.reset()
	for i, column := range rows.columns() {
		if column.length() != n {
			return nil, fmt.Errorf("encode %s block: column %d has %d rows, the first has %d", rows.Kind(), i, column.length(), n)
		}
		column.encode(scratch)
	}
	scratch.finish()
	if size := len(scratch.bytes) + len(scratch.bits); size > MaxBytes {
		return nil, fmt.Errorf("encode %s block: %d bytes, must be at most %d; send fewer rows", rows.Kind(), size, MaxBytes)
	}
	version := byte(1)
	if scratch.newer = scratch.newer || rows.Kind().Logged(); scratch.newer {
		version = Version
	}
	to = append(to, 'M', 'B', version, byte(rows.Kind()))
	to = append(to, header.UUID[:]...)
	to = binary.LittleEndian.AppendUint64(to, header.Appliance)
	to = binary.LittleEndian.AppendUint64(to, uint64(header.Slot))
	to = binary.AppendUvarint(to, uint64(n))
	to = binary.AppendUvarint(to, uint64(len(scratch.bytes)))
	if scratch.newer {
		to = binary.AppendUvarint(to, uint64(len(scratch.bits)))
		if len(scratch.bits) > 0 {
			to = append(to, scratch.bits...)
			to = binary.LittleEndian.AppendUint32(to, crc32.Checksum(scratch.bits, castagnoli))
		}
	}
	if rows.Kind().Logged() {
		return e.fast.EncodeAll(scratch.bytes, to), nil
	}
	return e.zstd.EncodeAll(scratch.bytes, to), nil
}

// ReadHeader reads a block's header alone.
func ReadHeader(message []byte) (Header, error) {
	header, _, err := readHeader(message)
	return header, err
}

// body is a block below its header.
type body struct {
	size    int    // of the columns before compression
	bits    []byte // what is not compressed
	columns []byte
}

func readHeader(message []byte) (header Header, body body, err error) {
	if len(message) < 4 || message[0] != 'M' || message[1] != 'B' {
		return header, body, fmt.Errorf("%w: it does not begin as a block does", ErrBroken)
	}
	version := message[2]
	if version < 1 || version > Version {
		return header, body, fmt.Errorf("%w: %d, this program reads 1 to %d; upgrade the centre before its appliances", ErrUnknownVersion, version, Version)
	}
	header.Kind = Kind(message[3])
	if _, known := kindNames[header.Kind]; !known {
		return header, body, fmt.Errorf("%w: %d", ErrUnknownKind, message[3])
	}
	if len(message) < headerSize {
		return header, body, fmt.Errorf("%w: %d bytes are less than a header", ErrBroken, len(message))
	}
	copy(header.UUID[:], message[4:20])
	header.Appliance = binary.LittleEndian.Uint64(message[20:])
	header.Slot = int64(binary.LittleEndian.Uint64(message[28:]))
	rows, rest, err := readUvarint(message[headerSize:])
	if err != nil || rows == 0 || rows > MaxRows {
		return header, body, fmt.Errorf("%w: its number of rows is not 1 to %d", ErrBroken, MaxRows)
	}
	header.Rows = int(rows)
	size, rest, err := readUvarint(rest)
	if err != nil || size > MaxBytes {
		return header, body, fmt.Errorf("%w: its size is not 0 to %d bytes", ErrBroken, MaxBytes)
	}
	body.size, body.columns = int(size), rest
	if version > 1 {
		err = body.readBits()
	}
	return header, body, err
}

// readBits takes the bits off the front of the columns.
func (b *body) readBits() error {
	size, rest, err := readUvarint(b.columns)
	if err != nil || size > MaxBytes || size > 0 && size+4 > uint64(len(rest)) {
		return fmt.Errorf("%w: its bits are cut off", ErrBroken)
	}
	b.columns = rest
	if size == 0 {
		return nil
	}
	b.bits, b.columns = rest[:size], rest[size+4:]
	if crc32.Checksum(b.bits, castagnoli) != binary.LittleEndian.Uint32(rest[size:]) {
		return fmt.Errorf("%w: its bits do not have their checksum", ErrBroken)
	}
	return nil
}

// Decoder reads blocks. It is not safe for concurrent use.
type Decoder struct {
	zstd    *zstd.Decoder
	scratch []byte
	input   input
}

// NewDecoder returns a decoder.
func NewDecoder() (*Decoder, error) {
	decompressor, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxBytes), decompressByDictionary())
	if err != nil {
		return nil, fmt.Errorf("set up block decompression: %w", err)
	}
	return &Decoder{zstd: decompressor}, nil
}

// Decode appends the rows of a block to the set that target returns for its header,
// and returns the header. On an error the set is as it was before. The message is
// not kept. Columns that an earlier writer did not have are zero, and those of a later
// one that this reader does not know are left out, so that neither an old nor a new
// appliance loses rows.
func (d *Decoder) Decode(message []byte, target func(Header) Rows) (Header, error) {
	header, body, err := readHeader(message)
	if err != nil {
		return header, err
	}
	d.scratch, err = d.zstd.DecodeAll(body.columns, d.scratch[:0])
	if err != nil {
		return header, fmt.Errorf("%w: decompress %s block: %w", ErrBroken, header.Kind, err)
	}
	if len(d.scratch) != body.size {
		return header, fmt.Errorf("%w: %s block has %d bytes, its header says %d", ErrBroken, header.Kind, len(d.scratch), body.size)
	}
	rows := target(header)
	if rows.Kind() != header.Kind {
		return header, fmt.Errorf("decode %s block into %s rows: the kinds differ", header.Kind, rows.Kind())
	}
	before := rows.Len()
	columns := rows.columns()
	from := &d.input
	from.begin(d.scratch, body.bits)
	for i, column := range columns {
		if err = column.decode(from, header.Rows); err != nil {
			err = fmt.Errorf("%w: column %d of %s block: %w", ErrBroken, i, header.Kind, err)
			break
		}
	}
	// What follows are columns of a later writer: they must be sound, and are left out.
	for err == nil && len(from.bytes) != 0 {
		if err = skipLater(from, header.Rows); err != nil {
			err = fmt.Errorf("%w: what follows the columns of %s block: %w", ErrBroken, header.Kind, err)
		}
	}
	if err == nil && from.over() != 0 {
		err = fmt.Errorf("%w: %s block has %d bytes of bits, of which its columns leave %d", ErrBroken, header.Kind, len(body.bits), from.over())
	}
	if err != nil {
		for _, column := range columns {
			column.truncate(before)
		}
		return header, err
	}
	return header, nil
}

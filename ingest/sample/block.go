package sample

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Version is the version of the block format this package writes and reads.
const Version = 1

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
// varints, then the columns, compressed with zstd.
const headerSize = 2 + 1 + 1 + 16 + 8 + 8

// Encoder writes blocks. It is not safe for concurrent use.
type Encoder struct {
	zstd    *zstd.Encoder
	fast    *zstd.Encoder // for kinds that are logged
	scratch []byte
}

// NewEncoder returns an encoder.
func NewEncoder() (*Encoder, error) {
	compressor, err := newCompressor(zstd.SpeedDefault)
	if err != nil {
		return nil, err
	}
	// What devices say by themselves can come by the hundred thousand a second: 2 % more
	// bytes for a quarter less time.
	fast, err := newCompressor(zstd.SpeedFastest)
	if err != nil {
		return nil, err
	}
	return &Encoder{zstd: compressor, fast: fast}, nil
}

// newCompressor returns one that takes no memory until it is used.
func newCompressor(level zstd.EncoderLevel) (*zstd.Encoder, error) {
	// One goroutine and a small window: an appliance has little memory to spare.
	compressor, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderLevel(level), zstd.WithWindowSize(512<<10), zstd.WithEncoderCRC(true))
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
	e.scratch = e.scratch[:0]
	for i, column := range rows.columns() {
		if column.length() != n {
			return nil, fmt.Errorf("encode %s block: column %d has %d rows, the first has %d", rows.Kind(), i, column.length(), n)
		}
		e.scratch = column.encode(e.scratch)
	}
	if len(e.scratch) > MaxBytes {
		return nil, fmt.Errorf("encode %s block: %d bytes, must be at most %d; send fewer rows", rows.Kind(), len(e.scratch), MaxBytes)
	}
	to = append(to, 'M', 'B', Version, byte(rows.Kind()))
	to = append(to, header.UUID[:]...)
	to = binary.LittleEndian.AppendUint64(to, header.Appliance)
	to = binary.LittleEndian.AppendUint64(to, uint64(header.Slot))
	to = binary.AppendUvarint(to, uint64(n))
	to = binary.AppendUvarint(to, uint64(len(e.scratch)))
	if rows.Kind().Logged() {
		return e.fast.EncodeAll(e.scratch, to), nil
	}
	return e.zstd.EncodeAll(e.scratch, to), nil
}

// ReadHeader reads a block's header alone.
func ReadHeader(message []byte) (Header, error) {
	header, _, _, err := readHeader(message)
	return header, err
}

func readHeader(message []byte) (header Header, size int, body []byte, err error) {
	if len(message) < 4 || message[0] != 'M' || message[1] != 'B' {
		return header, 0, nil, fmt.Errorf("%w: it does not begin as a block does", ErrBroken)
	}
	if message[2] != Version {
		return header, 0, nil, fmt.Errorf("%w: %d, this is version %d", ErrUnknownVersion, message[2], Version)
	}
	header.Kind = Kind(message[3])
	if _, known := kindNames[header.Kind]; !known {
		return header, 0, nil, fmt.Errorf("%w: %d", ErrUnknownKind, message[3])
	}
	if len(message) < headerSize {
		return header, 0, nil, fmt.Errorf("%w: %d bytes are less than a header", ErrBroken, len(message))
	}
	copy(header.UUID[:], message[4:20])
	header.Appliance = binary.LittleEndian.Uint64(message[20:])
	header.Slot = int64(binary.LittleEndian.Uint64(message[28:]))
	rows, rest, err := readUvarint(message[headerSize:])
	if err != nil || rows == 0 || rows > MaxRows {
		return header, 0, nil, fmt.Errorf("%w: its number of rows is not 1 to %d", ErrBroken, MaxRows)
	}
	header.Rows = int(rows)
	bytes, rest, err := readUvarint(rest)
	if err != nil || bytes > MaxBytes {
		return header, 0, nil, fmt.Errorf("%w: its size is not 0 to %d bytes", ErrBroken, MaxBytes)
	}
	return header, int(bytes), rest, nil
}

// Decoder reads blocks. It is not safe for concurrent use.
type Decoder struct {
	zstd    *zstd.Decoder
	scratch []byte
}

// NewDecoder returns a decoder.
func NewDecoder() (*Decoder, error) {
	decompressor, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxBytes))
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
	header, size, body, err := readHeader(message)
	if err != nil {
		return header, err
	}
	d.scratch, err = d.zstd.DecodeAll(body, d.scratch[:0])
	if err != nil {
		return header, fmt.Errorf("%w: decompress %s block: %w", ErrBroken, header.Kind, err)
	}
	if len(d.scratch) != size {
		return header, fmt.Errorf("%w: %s block has %d bytes, its header says %d", ErrBroken, header.Kind, len(d.scratch), size)
	}
	rows := target(header)
	if rows.Kind() != header.Kind {
		return header, fmt.Errorf("decode %s block into %s rows: the kinds differ", header.Kind, rows.Kind())
	}
	before := rows.Len()
	columns := rows.columns()
	from := d.scratch
	for i, column := range columns {
		if from, err = column.decode(from, header.Rows); err != nil {
			err = fmt.Errorf("%w: column %d of %s block: %w", ErrBroken, i, header.Kind, err)
			break
		}
	}
	// What follows are columns of a later writer: they must be sound, and are left out.
	for err == nil && len(from) != 0 {
		if from, err = skipLater(from, header.Rows); err != nil {
			err = fmt.Errorf("%w: what follows the columns of %s block: %w", ErrBroken, header.Kind, err)
		}
	}
	if err != nil {
		for _, column := range columns {
			column.truncate(before)
		}
		return header, err
	}
	return header, nil
}

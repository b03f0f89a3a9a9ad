package clickhouse

import (
	"encoding/binary"
	"io"
	"unsafe"

	"github.com/ClickHouse/ch-go/proto"
)

// clickhouse-go appends a column value by value to memory that grows a quarter at a time: some five times what a column
// takes is allocated and copied on the way. What it reads from a server, however, it reads at once into memory of the right size:
// numbers are handed over as if they were read. The formats are the same, little endian as the machine has them.

// feed is numbers of a block as bytes, one stretch of rows after the other.
type feed struct{ stretches [][]byte }

// littleEndian says whether the machine's numbers are written as ClickHouse's are.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// numbers are what can be fed.
type numbers interface {
	uint8 | uint16 | uint32 | uint64 | int64 | float64
}

func bytesOf[T numbers](values []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(*new(T))))
}

// take puts values at the end and says whether they are numbers.
func (f *feed) take(values any) bool {
	var bytes []byte
	switch values := values.(type) {
	case []uint8:
		bytes = values
	case []uint16:
		bytes = bytesOf(values)
	case []uint32:
		bytes = bytesOf(values)
	case []uint64:
		bytes = bytesOf(values)
	case []int64:
		bytes = bytesOf(values)
	case []float64:
		bytes = bytesOf(values)
	default:
		return false
	}
	f.stretches = append(f.stretches, bytes)
	return true
}

// Read copies what is fed; io.EOF once nothing is left.
func (f *feed) Read(to []byte) (n int, err error) {
	for n < len(to) && len(f.stretches) > 0 {
		copied := copy(to[n:], f.stretches[0])
		n += copied
		if f.stretches[0] = f.stretches[0][copied:]; len(f.stretches[0]) == 0 {
			f.stretches = f.stretches[1:]
		}
	}
	if n == 0 && len(to) > 0 {
		err = io.EOF
	}
	return n, err
}

// readable is a column of clickhouse-go, as far as it is read from a server.
type readable interface {
	Decode(from *proto.Reader, rows int) error
}

// feeder fills columns of an INSERT with numbers.
type feeder struct {
	feed
	reader *proto.Reader
}

func newFeeder() *feeder {
	f := &feeder{}
	f.reader = proto.NewReader(&f.feed)
	return f
}

// fill fills a column, which must be empty, with those of a block, and says whether it could.
func (f *feeder) fill(to readable, of block, at int) (bool, error) {
	if !littleEndian {
		return false, nil
	}
	for _, share := range of {
		if !f.take(share.columns[at].selected(share.rows)) {
			return false, nil
		}
	}
	return true, to.Decode(f.reader, of.length())
}

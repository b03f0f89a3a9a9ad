package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"mimamori/ingest/sample"
)

// A record is a block on disk: the magic number, the CRC-32C of all that follows, the
// length of the block, its kind and urgency, when it was put (Unix milliseconds), all
// little endian, and the block.
const (
	recordMagic  = "MSR1"
	recordHeader = 24
	maxRecord    = 64 << 20 // bytes of a block, far more than one has
)

// Offsets within a record.
const (
	atChecksum = 4
	atLength   = 8
	atKind     = 12
	atUrgent   = 13
	atPut      = 16
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errBrokenRecord = errors.New("broken record")

// record says where a block is within its segment. There is one in memory for each
// block on disk, so it is small.
type record struct {
	offset, length uint32 // of the record; of the block
	checksum       uint32
	kind           sample.Kind
	state          state
}

func (r record) size() int { return recordHeader + int(r.length) }

// state is how far a block on disk has come.
type state uint8

const (
	stateQueued  state = iota // in a lane
	stateBacklog              // on disk alone, until it is its turn
	stateUnread               // on disk, and could not be read just now
	stateTaken                // under way
	stateGone                 // delivered, dropped or unreadable
)

func appendRecord(to []byte, block Block, put time.Time) []byte {
	from := len(to)
	to = append(to, recordMagic...)
	to = append(to, 0, 0, 0, 0)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(block.Bytes)))
	urgent := byte(0)
	if block.Urgent {
		urgent = 1
	}
	to = append(to, byte(block.Kind), urgent, 0, 0)
	to = binary.LittleEndian.AppendUint64(to, uint64(put.UnixMilli()))
	to = append(to, block.Bytes...)
	binary.LittleEndian.PutUint32(to[from+atChecksum:], crc32.Checksum(to[from+atLength:], castagnoli))
	return to
}

// readRecord reads the record the data begins with. The block's bytes are those of the
// data.
func readRecord(data []byte) (block Block, put time.Time, checksum uint32, err error) {
	if len(data) < recordHeader || string(data[:atChecksum]) != recordMagic {
		return block, put, 0, fmt.Errorf("%w: it does not begin as a record does", errBrokenRecord)
	}
	length := binary.LittleEndian.Uint32(data[atLength:])
	if length > maxRecord || int(length) > len(data)-recordHeader {
		return block, put, 0, fmt.Errorf("%w: of its %d bytes %d are there", errBrokenRecord, length, len(data)-recordHeader)
	}
	data = data[:recordHeader+int(length)]
	checksum = binary.LittleEndian.Uint32(data[atChecksum:])
	if crc32.Checksum(data[atLength:], castagnoli) != checksum {
		return block, put, 0, fmt.Errorf("%w: its checksum is wrong", errBrokenRecord)
	}
	block = Block{Kind: sample.Kind(data[atKind]), Urgent: data[atUrgent] != 0, Bytes: data[recordHeader:]}
	return block, time.UnixMilli(int64(binary.LittleEndian.Uint64(data[atPut:]))), checksum, nil
}

// scan finds the records of a segment. What cannot be read is skipped up to the next
// record that can: broken is how many bytes that are, sound where the last record ends,
// and first when the first was put.
func scan(data []byte) (records []record, broken, sound int, first time.Time) {
	for at := 0; at < len(data); {
		block, put, checksum, err := readRecord(data[at:])
		if err != nil {
			next := bytes.Index(data[at+1:], []byte(recordMagic))
			if next < 0 {
				broken += len(data) - at
				break
			}
			broken += next + 1
			at += next + 1
			continue
		}
		if len(records) == 0 {
			first = put
		}
		found := record{offset: uint32(at), length: uint32(len(block.Bytes)), checksum: checksum, kind: block.Kind, state: stateBacklog}
		records = append(records, found)
		at += found.size()
		sound = at
	}
	return records, broken, sound, first
}

// A segment is followed by a list of what was delivered of it: the offset and the
// checksum of each record, so that it can never speak of another one.
const sentEntry = 8

func appendSent(to []byte, r record) []byte {
	to = binary.LittleEndian.AppendUint32(to, r.offset)
	return binary.LittleEndian.AppendUint32(to, r.checksum)
}

// markSent applies a list of what was delivered.
func markSent(records []record, list []byte) {
	sent := make(map[uint64]bool, len(list)/sentEntry)
	for ; len(list) >= sentEntry; list = list[sentEntry:] {
		sent[binary.LittleEndian.Uint64(list)] = true
	}
	for i, r := range records {
		if sent[uint64(r.checksum)<<32|uint64(r.offset)] {
			records[i].state = stateGone
		}
	}
}

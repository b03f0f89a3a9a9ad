package bus

import (
	"context"
	"errors"
	"strconv"
	"time"

	"mimamori/ingest/sample"
)

// The topics. All are created by the client with the partition counts of its
// configuration; a count must not change while the topic lives, because the
// partition a key belongs to depends on it.
const (
	// TopicTelemetry carries everything a figure needs, keyed by appliance, and the
	// centre's ticks.
	TopicTelemetry = "telemetry"
	// TopicLogs carries syslog lines and traps, keyed by appliance, and the centre's ticks.
	TopicLogs = "logs"
	// TopicDeadLetter keeps messages nobody could read, with the reason in a header.
	TopicDeadLetter = "dead-letter"
)

// Key returns the key of an appliance's messages: its ID as 16 lower-case hex
// digits, so that any Kafka tool can show it.
func Key(appliance sample.ID) []byte {
	const digits = "0123456789abcdef"
	key := make([]byte, 16)
	for i := range key {
		key[i] = digits[appliance>>(60-4*i)&0xf]
	}
	return key
}

// ApplianceOfKey returns the ID in a key made by Key, and false for anything else.
func ApplianceOfKey(key []byte) (sample.ID, bool) {
	if len(key) != 16 {
		return 0, false
	}
	appliance, err := strconv.ParseUint(string(key), 16, 64)
	return appliance, err == nil
}

// Header is a named value beside a message.
type Header struct {
	Key   string
	Value []byte
}

// Message is one Kafka message. A block of samples is one message.
type Message struct {
	Key     []byte    // decides the partition; see Key
	Value   []byte    // the block
	Headers []Header  // on telemetry and logs the signature, where there is one
	Offset  Offset    // set on messages read, ignored on messages sent
	Time    time.Time // when the producer sent it; set to now when it is zero on a message sent
}

// Offset is a message's place in its partition, counted from 0.
type Offset = int64

// NoOffset is the offset of a Position nobody has committed yet.
const NoOffset Offset = -1

// Position is what a group has committed for a partition.
type Position struct {
	Offset   Offset //  the offset to go on from, NoOffset when nothing was committed yet
	Metadata string // what was committed beside it, up to 4096 bytes
}

// ErrFenced says that a newer generation of the group owns the partition: nothing
// was committed, and whoever holds the claim must stop at once without any further
// effect.
var ErrFenced = errors.New("partition belongs to a newer generation of the group")

// ErrTooLarge says that a message is larger than Config.MaxMessageBytes or than the
// broker's own limit. It was not stored; sending it again cannot help.
var ErrTooLarge = errors.New("message is too large for the bus")

// Claim is one partition owned by this member for one generation of its group. It
// is used by one goroutine at a time.
type Claim interface {
	// Topic is the topic of the partition.
	Topic() string
	// Partition is the number of the partition, from 0.
	Partition() int
	// Position is what was committed when the claim began, or by this claim since.
	Position() Position
	// Seek sets where Read goes on. Until it is called, Read goes on at the offset
	// of Position, or at the first message the broker still has.
	Seek(offset Offset)
	// Read returns the messages that follow, in order: at least one, or nil after
	// wait has passed without any. It stops adding messages once their keys and
	// values exceed maxBytes. Broken connections and restarted brokers are waited
	// out; the error is that of the context, or one that does not pass by itself.
	Read(ctx context.Context, maxBytes int, wait time.Duration) ([]Message, error)
	// Commit stores the offset to go on from and the metadata beside it, as this
	// member of this generation. It returns ErrFenced when a newer generation owns
	// the partition. After another error the commit may or may not have been stored;
	// it may be repeated.
	Commit(ctx context.Context, offset Offset, metadata string) error
	// HighWatermark is the offset the next message will get, as of the last time a
	// broker said so, and NoOffset until one did since the claim began or Seek was
	// called; less the offset read, it is the lag. It goes on while Read is not called.
	// Any goroutine may ask.
	HighWatermark() Offset
}

package processors

import (
	"errors"
	"math"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// The times a block may bear, Unix milliseconds: 2000 up to 2100. What lies outside
// comes from a broken clock and has no place in tables kept by day. Its rows lie behind
// its slot by as much as an offset can say.
const (
	earliestMs = 946_684_800_000
	latestMs   = 4_102_444_800_000 - math.MaxUint32
)

// batchBytes bounds a batch, whatever its rows: its messages and what they unfold to.
const batchBytes = 64 << 20

// batch is the stretch of a partition being gathered. Its columns are reused from one
// batch to the next.
type batch struct {
	storage.Batch
	pool    map[sample.Kind]*storage.Table
	refused []refusal
	decoder *sample.Decoder
	rows    int
	bytes   int // of the messages and of their rows

	partitions int // of the topic: a message belongs to one of them; 0 where that is not looked at
	clockJudgement
}

// refusal is a message that cannot be used, and why.
type refusal struct {
	message bus.Message
	reason  string
}

func newBatch(source storage.Source) (*batch, error) {
	decoder, err := sample.NewDecoder()
	if err != nil {
		return nil, err
	}
	return &batch{
		Batch:   storage.Batch{Source: source, Tables: map[sample.Kind]*storage.Table{}},
		pool:    map[sample.Kind]*storage.Table{},
		decoder: decoder,
	}, nil
}

// reset empties the batch and keeps its memory.
func (b *batch) reset() {
	b.Blocks, b.refused, b.rows, b.bytes = b.Blocks[:0], b.refused[:0], 0, 0
	b.clockJudgement = clockJudgement{beats: b.beats}
	clear(b.Tables)
	for _, table := range b.pool {
		sample.Truncate(table.Rows, 0)
		table.Customer, table.Site, table.Appliance = table.Customer[:0], table.Site[:0], table.Appliance[:0]
		table.SlotMs, table.Offset = table.SlotMs[:0], table.Offset[:0]
	}
}

// full says whether the batch has as many rows as it may. A message that was refused
// weighs as much as a row.
func (b *batch) full(rows int) bool { return b.rows+len(b.refused) >= rows || b.bytes >= batchBytes }

// add decodes a message into the batch, or keeps it aside with the reason why not.
func (b *batch) add(message bus.Message, owners map[sample.ID]owner) {
	b.bytes += len(message.Value)
	header, err := sample.ReadHeader(message.Value)
	if err != nil {
		b.refuse(message, reasonOf(err))
		return
	}
	owner, reason := b.check(message, header, owners)
	if reason != "" {
		b.refuse(message, reason)
		return
	}
	table := b.pool[header.Kind]
	if table == nil {
		rows, err := sample.NewRows(header.Kind)
		if err != nil {
			b.refuse(message, reasonOf(err))
			return
		}
		table = &storage.Table{Rows: rows}
		b.pool[header.Kind] = table
	}
	from := table.Rows.Len()
	if err := b.unfold(message.Value, table.Rows, from); err != nil {
		b.refuse(message, reasonOf(err))
		return
	}
	if !owner.named(table.Rows, from) {
		sample.Truncate(table.Rows, from)
		b.refuse(message, "foreign_name")
		return
	}
	block := storage.Block{
		Kind: header.Kind, UUID: header.UUID, Customer: owner.Customer, Site: owner.Site, Appliance: header.Appliance,
		SlotMs: header.Slot, Offset: message.Offset, From: from, To: table.Rows.Len(), CameMs: b.heard.TimeMs,
	}
	if header.Kind == sample.KindTicks { // they are events, not rows to be kept
		sample.Truncate(table.Rows, from)
		block.To = from
		b.Blocks = append(b.Blocks, block)
		b.follow(&block)
		return
	}
	b.Tables[header.Kind] = table
	b.bytes += sample.SizeFrom(table.Rows, from)
	for range block.To - from {
		table.Customer = append(table.Customer, owner.Customer)
		table.Site = append(table.Site, owner.Site)
		table.Appliance = append(table.Appliance, header.Appliance)
		table.SlotMs = append(table.SlotMs, header.Slot)
		table.Offset = append(table.Offset, message.Offset)
	}
	b.rows += block.To - from
	b.Blocks = append(b.Blocks, block)
	b.hear(&block, table.Rows)
}

var errPanicked = errors.New("the decoder panicked")

// unfold appends a block's rows. A block that makes the decoder panic, which is a fault of
// this program, costs no more than itself.
func (b *batch) unfold(block []byte, to sample.Rows, from int) (err error) {
	defer func() {
		if recover() == nil {
			return
		}
		sample.Truncate(to, from)
		err = errPanicked
		if decoder, cause := sample.NewDecoder(); cause == nil { // the old one may be half-way
			b.decoder = decoder
		}
	}()
	_, err = b.decoder.Decode(block, func(sample.Header) sample.Rows { return to })
	return err
}

// check says whose a block is, or why it cannot be used. The key is what the centre
// believes, and it stands in the partition that belongs to it, so that all of an appliance's
// blocks are in one order; ticks are the centre's own, have no key and stand in each.
func (b *batch) check(message bus.Message, header sample.Header, owners map[sample.ID]owner) (owner owner, reason string) {
	if header.Slot < earliestMs || header.Slot >= latestMs {
		return owner, "bad_time"
	}
	if header.Kind == sample.KindTicks {
		if len(message.Key) != 0 || header.Appliance != 0 {
			return owner, "foreign_tick"
		}
		return owner, disowned(b.Source.Topic, message, owners[centre])
	}
	if logs := b.Source.Topic == bus.TopicLogs; logs != header.Kind.Logged() {
		return owner, "wrong_topic"
	}
	appliance, ok := bus.ApplianceOfKey(message.Key)
	if !ok || appliance != header.Appliance {
		return owner, "key_mismatch"
	}
	if owner, ok = owners[appliance]; !ok {
		return owner, "unknown_appliance"
	}
	if b.partitions != 0 && bus.PartitionOf(message.Key, b.partitions) != b.Source.Partition {
		return owner, "wrong_partition" // whoever could choose it could choose whose offsets are lower
	}
	if header.Kind == sample.KindRecomputes { // in the appliance's stream, and not its own
		return owner, disowned(b.Source.Topic, message, owners[centre])
	}
	if reason = disowned(b.Source.Topic, message, owner); reason != "" {
		return owner, reason
	}
	if reason = b.misdated(header); reason == "" {
		return owner, ""
	}
	b.tell(&storage.Block{Customer: owner.Customer, Site: owner.Site, Appliance: appliance, Offset: message.Offset}, header.Slot-b.nowMs, true)
	return owner, reason
}

func (b *batch) refuse(message bus.Message, reason string) {
	b.refused = append(b.refused, refusal{message, reason})
}

func reasonOf(err error) string {
	switch {
	case errors.Is(err, sample.ErrUnknownVersion):
		return "unknown_version"
	case errors.Is(err, sample.ErrUnknownKind):
		return "unknown_kind"
	case errors.Is(err, errPanicked):
		return "panic"
	}
	return "broken"
}

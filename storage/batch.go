package storage

import (
	"fmt"

	"mimamori/ingest/sample"
)

// Source names the stretch of a topic partition that a batch was read from. Batches
// of one Source hold identical rows whenever they are made.
type Source struct {
	Incarnation string // changes when a topic is made anew and offsets begin again
	Topic       string
	Partition   int
	First, Last int64 // offsets, both inclusive
}

// String returns the source as it stands in messages.
func (s Source) String() string {
	return fmt.Sprintf("%s:%s:%d:%d-%d", s.Incarnation, s.Topic, s.Partition, s.First, s.Last)
}

// Origin says for each row of a table which block it came in. The columns have the
// length of the rows. Customer and Site are the registry's word, not the block's.
type Origin struct {
	Customer  []sample.ID
	Site      []sample.ID
	Appliance []sample.ID
	SlotMs    []int64 // the block's slot, Unix milliseconds
	Offset    []int64 // the message's offset
}

// Table is the rows of one kind in a batch, with their origin.
type Table struct {
	Origin
	Rows sample.Rows
}

// Block is one block of a batch: rows From up to but not including To of the table
// of its kind.
type Block struct {
	Kind      sample.Kind
	UUID      [16]byte
	Customer  sample.ID
	Site      sample.ID
	Appliance sample.ID
	SlotMs    int64
	Offset    int64
	From, To  int
	CameMs    int64 // the centre's time by the last tick before it, Unix milliseconds; 0 where there was none
}

// Batch is what one intent covers: the blocks of a stretch of a partition, their
// rows gathered by kind.
type Batch struct {
	Source Source
	Blocks []Block // by rising offset
	Tables map[sample.Kind]*Table
}

// Table returns the batch's table of a kind, nil where there are no such rows.
func (b *Batch) Table(kind sample.Kind) *Table { return b.Tables[kind] }

// Rows is the number of rows in all tables.
func (b *Batch) Rows() int {
	n := 0
	for _, table := range b.Tables {
		n += table.Rows.Len()
	}
	return n
}

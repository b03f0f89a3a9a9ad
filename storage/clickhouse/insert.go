package clickhouse

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"golang.org/x/sync/errgroup"

	"mimamori/storage"
)

// insertRows is the most rows of one INSERT: it must stay below ClickHouse's
// max_insert_block_size (about a million), above which an INSERT is not one block
// and no longer all or nothing.
const insertRows = 500_000

// insertion is what one table is to receive.
type insertion struct {
	table   string
	columns []column
	// partition returns the table partition of a row; nil where the table has one.
	partition func(row int) int64
}

// insert writes the rows of one table, given in one insertion or several of the same columns,
// with one INSERT for each table partition, in rising order. It may be repeated, wholly or in
// part: rows of one natural key are one row.
func (s *Store) insert(ctx context.Context, of ...insertion) error {
	pieces, err := split(of)
	if err != nil {
		return err
	}
	for _, piece := range pieces {
		for _, block := range piece.blocks() {
			began := time.Now()
			err := s.send(ctx, block)
			s.metrics.inserted(block.table(), block.length(), time.Since(began), err)
			if err != nil {
				return fmt.Errorf("write %d rows to %s, partition %s, in ClickHouse at %s (to be tried again as it is): %w",
					block.length(), block.table(), piece.name, s.config.Address, s.failed(ctx, err))
			}
		}
	}
	return nil
}

// inTurn are the tables whose place in the order counts: what was before is kept before anything
// takes its place, marks come before what they are about, and states last.
var inTurn = map[string]bool{"corrections": true, "recomputes": true, "dirty_ranges": true, "rolled_sites": true, "device_states": true, "device_current": true}

// insertsAtOnce is how many INSERTs of a round are made at the same time: the engine makes one
// with one thread, and the next table's rows are packed meanwhile.
const insertsAtOnce = 2

// writers is how many connections INSERTs have to themselves: those of a round of raw and one of derived rows. Over HTTP
// each keeps a buffer as large as the largest INSERT it ever sent, some 70 MB, and is used in its turn: in company
// with questions all Config.Connections of them would grow so large.
const writers = 2 * insertsAtOnce

// insertAll writes what several callers want written, table by table in the order that each
// of them has, and at the same time what lies between two tables whose turn counts.
func (s *Store) insertAll(ctx context.Context, of [][]insertion) error {
	var order []string
	tables := map[string][]insertion{}
	for _, insertions := range of {
		for _, rows := range insertions {
			if tables[rows.table] == nil {
				order = append(order, rows.table)
			}
			tables[rows.table] = append(tables[rows.table], rows)
		}
	}
	for _, besideEachOther := range turns(order) {
		group, writing := errgroup.WithContext(ctx)
		group.SetLimit(insertsAtOnce)
		for _, table := range besideEachOther {
			group.Go(func() error { return s.insert(writing, tables[table]...) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// turns are tables, which stand in order, by what may be written at the same time.
func turns(order []string) (all [][]string) {
	for len(order) > 0 {
		n := 1
		for !inTurn[order[0]] && n < len(order) && !inTurn[order[n]] {
			n++
		}
		all, order = append(all, order[:n]), order[n:]
	}
	return all
}

func (s *Store) send(ctx context.Context, block block) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.InsertTimeout)
	defer cancel()
	columns := block[0].columns
	names := make([]string, len(columns))
	described := make([]clickhouse.ColumnNameAndType, len(columns))
	for i, column := range columns {
		names[i] = column.name()
		described[i] = clickhouse.ColumnNameAndType{Name: column.name(), Type: column.sqlType()}
	}
	// Over HTTP the client would ask for the columns before each INSERT; the native
	// protocol tells them anyway and ignores these.
	batch, err := s.inserting.PrepareBatch(clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(described)),
		"INSERT INTO "+block.table()+" ("+strings.Join(names, ", ")+")")
	if err != nil {
		return err
	}
	defer batch.Close()
	feeder := newFeeder()
	for i, to := range batch.Columns() {
		filled, err := feeder.fill(to, block, i)
		for _, share := range block {
			if !filled && err == nil {
				err = share.columns[i].appendTo(batch.Column(i), share.rows)
			}
		}
		if err != nil {
			return &storage.Failure{Reason: storage.FailureRejected, Remedy: remedies[storage.FailureRejected], Err: fmt.Errorf("column %s: %w", names[i], err)}
		}
	}
	return batch.Send()
}

// share is rows of an insertion that lie in one table partition.
type share struct {
	insertion
	rows selection
}

// block is what one INSERT writes; it is never empty.
type block []share

func (b block) table() string { return b[0].table }

func (b block) length() (rows int) {
	for _, share := range b {
		rows += share.rows.length()
	}
	return rows
}

// piece is the rows of one table partition.
type piece struct {
	name   string
	shares []share
}

// blocks are the rows by the INSERT.
func (p piece) blocks() (all []block) {
	room := 0
	for _, each := range p.shares {
		for start, end := 0, each.rows.length(); start < end; {
			if room == 0 {
				all, room = append(all, nil), insertRows
			}
			taken := min(end-start, room)
			last := len(all) - 1
			all[last] = append(all[last], share{each.insertion, each.rows.part(start, start+taken)})
			start, room = start+taken, room-taken
		}
	}
	return all
}

// split groups the rows of a table by table partition, in rising order, keeping that of the rows.
func split(of []insertion) ([]piece, error) {
	names := map[int64]string{}
	groups := map[int64][]share{}
	for _, rows := range of {
		n, err := rows.length()
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		if rows.partition == nil {
			names[0], groups[0] = "all", append(groups[0], share{rows, selection{to: n}})
			continue
		}
		for key, selected := range partitions(n, rows.partition) {
			names[key], groups[key] = strconv.FormatInt(key, 10), append(groups[key], share{rows, selected})
		}
	}
	pieces := make([]piece, 0, len(groups))
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		pieces = append(pieces, piece{names[key], groups[key]})
	}
	return pieces, nil
}

// length is how many rows there are; an error where columns differ.
func (i insertion) length() (int, error) {
	if len(i.columns) == 0 {
		return 0, nil
	}
	n := i.columns[0].length()
	for _, column := range i.columns {
		if column.length() != n {
			return 0, fmt.Errorf("write to %s: column %s has %d rows, %s has %d: the batch was not filled evenly",
				i.table, column.name(), column.length(), i.columns[0].name(), n)
		}
	}
	return n, nil
}

// partitions groups rows by table partition. A batch nearly always lies in one, which costs
// no list of rows.
func partitions(rows int, partition func(row int) int64) map[int64]selection {
	first, same := partition(0), 1
	for same < rows && partition(same) == first {
		same++
	}
	if same == rows {
		return map[int64]selection{first: {to: rows}}
	}
	lists := map[int64][]int{}
	for row := range rows {
		key := partition(row)
		lists[key] = append(lists[key], row)
	}
	groups := make(map[int64]selection, len(lists))
	for key, list := range lists {
		groups[key] = selection{list: list}
	}
	return groups
}

const dayMs = 24 * 60 * 60 * 1000

// byDay is the partition of tables kept by day: days since 1970, UTC.
func byDay(milliseconds []int64) func(int) int64 {
	return func(row int) int64 { return floorDay(milliseconds[row]) }
}

func floorDay(milliseconds int64) int64 {
	day := milliseconds / dayMs
	if milliseconds%dayMs < 0 {
		day--
	}
	return day
}

// byMonth is the partition of tables kept by month: year and month as in 202611, UTC.
func byMonth(milliseconds []int64) func(int) int64 {
	return func(row int) int64 {
		at := time.UnixMilli(milliseconds[row]).UTC()
		return int64(at.Year()*100 + int(at.Month()))
	}
}

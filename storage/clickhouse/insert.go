package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

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

// insert writes the rows, one INSERT for each table partition, in rising order. It may be
// repeated, wholly or in part: rows of one natural key are one row.
func (s *Store) insert(ctx context.Context, rows insertion) error {
	if len(rows.columns) == 0 || rows.columns[0].length() == 0 {
		return nil
	}
	n := rows.columns[0].length()
	for _, column := range rows.columns {
		if column.length() != n {
			return fmt.Errorf("write to %s: column %s has %d rows, %s has %d: the batch was not filled evenly",
				rows.table, column.name(), column.length(), rows.columns[0].name(), n)
		}
	}
	for _, piece := range split(n, rows.partition) {
		for start := 0; start < piece.rows.length(); start += insertRows {
			selected := piece.rows.part(start, min(start+insertRows, piece.rows.length()))
			began := time.Now()
			err := s.send(ctx, rows, selected)
			s.metrics.inserted(rows.table, selected.length(), time.Since(began), err)
			if err != nil {
				return fmt.Errorf("write %d rows to %s, partition %s, in ClickHouse at %s (to be tried again as it is): %w",
					selected.length(), rows.table, piece.name, s.config.Address, s.failed(ctx, err))
			}
		}
	}
	return nil
}

func (s *Store) send(ctx context.Context, rows insertion, selected selection) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.InsertTimeout)
	defer cancel()
	names := make([]string, len(rows.columns))
	described := make([]clickhouse.ColumnNameAndType, len(rows.columns))
	for i, column := range rows.columns {
		names[i] = column.name()
		described[i] = clickhouse.ColumnNameAndType{Name: column.name(), Type: column.sqlType()}
	}
	// Over HTTP the client would ask for the columns before each INSERT; the native
	// protocol tells them anyway and ignores these.
	batch, err := s.connection.PrepareBatch(clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(described)),
		"INSERT INTO "+rows.table+" ("+strings.Join(names, ", ")+")")
	if err != nil {
		return err
	}
	defer batch.Close()
	for i, column := range rows.columns {
		if err := column.appendTo(batch.Column(i), selected); err != nil {
			return &storage.Failure{Reason: storage.FailureRejected, Remedy: remedies[storage.FailureRejected], Err: fmt.Errorf("column %s: %w", column.name(), err)}
		}
	}
	return batch.Send()
}

// piece is the rows of one table partition.
type piece struct {
	name string
	rows selection
}

// split groups rows by table partition, keeping their order. A batch nearly always
// lies in one, which costs no list of rows.
func split(rows int, partition func(row int) int64) []piece {
	if partition == nil {
		return []piece{{"all", selection{to: rows}}}
	}
	first, same := partition(0), 1
	for same < rows && partition(same) == first {
		same++
	}
	if same == rows {
		return []piece{{strconv.FormatInt(first, 10), selection{to: rows}}}
	}
	groups := map[int64][]int{}
	for row := range rows {
		key := partition(row)
		groups[key] = append(groups[key], row)
	}
	keys := make([]int64, 0, len(groups))
	for key := range groups {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	pieces := make([]piece, len(keys))
	for i, key := range keys {
		pieces[i] = piece{strconv.FormatInt(key, 10), selection{list: groups[key]}}
	}
	return pieces
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

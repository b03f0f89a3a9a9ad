package clickhouse

import (
	"context"
	"fmt"
)

// TableSize is what a table takes on disk, once its parts are merged as far as they were.
type TableSize struct {
	Table        string
	Rows         uint64
	Bytes        uint64 // with marks and indexes
	Uncompressed uint64 // bytes of the columns
	Columns      []ColumnSize
}

// ColumnSize is what a column takes of its table.
type ColumnSize struct {
	Column string
	Codec  string // as in CODEC(...), without the word; empty for the default
	// Bytes on disk, zero where the table is so small that all columns share a file.
	Bytes uint64
}

// Sizes returns the tables that have rows, by name, each with its columns in their order. It
// asks what the users of the product may not read, and is for measurements.
func Sizes(ctx context.Context, s *Store) ([]TableSize, error) {
	var sizes []TableSize
	at := map[string]int{}
	var table TableSize
	err := s.query(ctx, "sizes", `SELECT table, sum(rows), sum(bytes_on_disk), sum(data_uncompressed_bytes) FROM system.parts
WHERE active AND database = currentDatabase() GROUP BY table HAVING sum(rows) > 0 ORDER BY table`,
		nil, []any{&table.Table, &table.Rows, &table.Bytes, &table.Uncompressed}, func() {
			at[table.Table] = len(sizes)
			sizes = append(sizes, table)
		})
	if err != nil {
		return nil, err
	}
	var name string
	var column ColumnSize
	err = s.query(ctx, "column_sizes", `SELECT table, name, replaceRegexpOne(compression_codec, '^CODEC\\((.*)\\)$', '\\1'), data_compressed_bytes FROM system.columns
WHERE database = currentDatabase() AND default_kind != 'ALIAS' ORDER BY table, position`,
		nil, []any{&name, &column.Column, &column.Codec, &column.Bytes}, func() {
			if i, ok := at[name]; ok {
				sizes[i].Columns = append(sizes[i].Columns, column)
			}
		})
	return sizes, err
}

// Merge merges the parts of every table into one a partition, as happens by itself in the
// course of time. It takes the engine's time and is for measurements.
func Merge(ctx context.Context, s *Store) error {
	sizes, err := Sizes(ctx, s)
	if err != nil {
		return err
	}
	for _, size := range sizes {
		if err := s.execute(ctx, "OPTIMIZE TABLE `"+size.Table+"` FINAL"); err != nil {
			return fmt.Errorf("merge table %s: %w", size.Table, err)
		}
	}
	return nil
}

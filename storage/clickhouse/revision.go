package clickhouse

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// SaveRevision keeps what a revision of the registry and the configuration says. The
// name is a hash of the document: saving it again changes nothing.
func (s *Store) SaveRevision(ctx context.Context, name string, document []byte) error {
	names, documents := []string{name}, []string{string(document)}
	return s.insert(ctx, insertion{"revisions", []column{of("revision", &names), of("document", &documents)}, nil})
}

// Revision returns what a revision says, and false where the store does not have it.
func (s *Store) Revision(ctx context.Context, name string) (document []byte, found bool, err error) {
	var text string
	err = s.query(ctx, "revision", "SELECT document FROM revisions WHERE revision = {revision:String} LIMIT 1",
		[]any{clickhouse.Named("revision", name)}, []any{&text}, func() { document, found = []byte(text), true })
	return document, found, err
}

// LastOffset returns the highest offset of a topic partition's rows and of the state that
// was made of them, -1 where there is nothing. What was derived from ticks alone may lie
// behind it.
func (s *Store) LastOffset(ctx context.Context, logs bool, partition int) (int64, error) {
	last := int64(-1)
	var highest int64
	var rows uint64
	ask := func(table, more string) error {
		return s.query(ctx, "last_offset", "SELECT max(kafka_offset), count() FROM "+table+" WHERE part = {part:UInt16}"+more,
			[]any{clickhouse.Named("part", partition)}, []any{&highest, &rows}, func() {
				if rows > 0 {
					last = max(last, highest)
				}
			})
	}
	for _, kind := range rawKinds {
		if kind.Logged() != logs {
			continue
		}
		if err := ask(rawTable(kind), ""); err != nil {
			return 0, err
		}
	}
	figure := " AND figure = 'rollup_log'"
	if !logs {
		figure = " AND figure != 'rollup_log'"
		for _, table := range []string{"device_states", "rolled_sites", "recomputes"} {
			if err := ask(table, ""); err != nil {
				return 0, err
			}
		}
	}
	return last, ask("dirty_ranges", figure)
}

package clickhouse

import (
	"context"

	"mimamori/storage"
)

// together asks several questions at once and returns the first error. An answer asks
// small questions and puts them together itself, because a statement that joins ten tables takes
// the store far longer to plan than to run: parts of an answer that share nothing go here.
func together(ctx context.Context, parts ...func(context.Context) error) error {
	return storage.Together(ctx, parts...)
}

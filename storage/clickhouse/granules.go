package clickhouse

import "strings"

// fineTables are those of which a few interfaces are read at a time, whose rows stand together: a day of one is 24 rows of
// hours or 288 of polls. The store reads whole granules, of 8192 rows where nothing else is said.
var fineTables = []string{"utilization", "utilization_5m", "utilization_1h"}

// fineGranules are granules of a quarter: an eighth reads a little less and takes twice the memory for its index.
const fineGranules = ", index_granularity = 2048"

// finely is a statement of a migration as it is run: it makes the fine tables with small granules. That can be said
// when a table is made and never after, so the tables of an earlier program keep theirs. See docs/operating.md.
func finely(statement string) string {
	for _, table := range fineTables {
		if strings.HasPrefix(statement, "CREATE TABLE IF NOT EXISTS "+table+"\n") {
			return statement + fineGranules
		}
	}
	return statement
}

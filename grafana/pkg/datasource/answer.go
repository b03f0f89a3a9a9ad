package datasource

import (
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"mimamori/storage"
	"mimamori/storage/report"
)

// answer is what a question came to: the rows to be shown, and what is to be said of
// them.
type answer struct {
	sheet     report.Sheet
	truncated bool
	total     int // rows there are; -1 where that is not known
	fresh     storage.Freshness
	until     time.Time     // the end of the time asked about
	step      time.Duration // 0 for one bucket
	now       time.Time     // when it was asked
}

// cut leaves the rows from an offset on, and notes how many there are and whether some
// were left out behind them.
func (a *answer) cut(offset, rows int, whole bool) {
	n := len(a.sheet.Rows)
	from := min(offset, n)
	to := min(from+rows, n)
	if a.truncated = to < n; !a.truncated || whole {
		a.total = n
	}
	if a.total == n && from == n && offset > n && !whole {
		a.total = -1 // the offset is beyond all rows, of which only some were asked for
	}
	a.sheet = rowsOf(a.sheet, from, to)
}

// rowsOf returns a sheet with some of its rows and what is behind them.
func rowsOf(sheet report.Sheet, from, to int) report.Sheet {
	if from == 0 && to == len(sheet.Rows) {
		return sheet
	}
	sheet.Rows, sheet.Printed = sheet.Rows[from:to], nil
	details := make([]report.Details, len(sheet.Details))
	for i, each := range sheet.Details {
		each.Rows = each.Rows[from:to]
		if each.Slight != nil {
			each.Slight = each.Slight[from:to]
		}
		details[i] = each
	}
	sheet.Details = details
	return sheet
}

// goOn says that there is more and how to get it.
func (a answer) goOn(q Query) string {
	n := len(a.sheet.Rows)
	of := ""
	if a.total >= 0 {
		of = fmt.Sprintf(" of %d", a.total)
	}
	return fmt.Sprintf("There is more: these are the rows from %d to %d%s. Ask for less time or fewer names, raise limit (%d at most), or go on with offset %d.",
		q.Offset+1, q.Offset+n, of, mostRows, q.Offset+n)
}

// staleAfter is how old the newest data may be before an answer says so, as on the pages.
const staleAfter = time.Minute

// old is whether an answer about the present has no data of it.
func (a answer) old() bool {
	return !a.fresh.AsOf.IsZero() && a.now.Sub(a.fresh.AsOf) > staleAfter && a.now.Sub(a.until) < staleAfter
}

// notCurrent says how old the data is: a panel of Grafana shows the last figures as if
// they were new. Pages have a line of their own for that and leave out what begins so.
func (a answer) notCurrent() string {
	age := a.now.Sub(a.fresh.AsOf).Truncate(time.Second)
	if a.fresh.Late {
		return fmt.Sprintf("Not current: the centre is late, and has read what was sent until %s ago.", age)
	}
	return fmt.Sprintf("Not current: the newest data is %s old, and may have changed since.", age)
}

// custom is the custom metadata of a frame.
type custom struct {
	Notes     []string `json:"notes"`
	Truncated bool     `json:"truncated"`
	Total     *int     `json:"total"` // null where it is not known
	AsOf      *string  `json:"as_of"` // RFC 3339; null where nothing is known of the last day
	Late      bool     `json:"late"`  // the centre has not read yet what came since then
	Now       string   `json:"now"`   // when it was answered, RFC 3339: the reader's clock may be wrong
}

// meta is what is said of a frame.
func (a answer) meta(kind data.FrameType, notices ...data.Notice) *data.FrameMeta {
	said := custom{Notes: a.sheet.Notes, Truncated: a.truncated, Late: a.fresh.Late, Now: a.now.UTC().Format(time.RFC3339)}
	if said.Notes == nil {
		said.Notes = []string{}
	}
	if a.total >= 0 {
		said.Total = &a.total
	}
	if !a.fresh.AsOf.IsZero() {
		text := a.fresh.AsOf.UTC().Format(time.RFC3339)
		said.AsOf = &text
	}
	meta := &data.FrameMeta{Custom: said, Notices: notices}
	if kind != "" {
		meta.Type, meta.TypeVersion = kind, data.FrameTypeVersion{0, 1}
	}
	return meta
}

// warning is a notice that something was left out.
func warning(text string) data.Notice {
	return data.Notice{Severity: data.NoticeSeverityWarning, Text: text}
}

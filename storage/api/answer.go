package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"mimamori/storage/report"
)

// shown returns the sheet that is written: its rows or one of its details, no more
// than was asked for, and whether there would be more.
func (q *question) shown(sheet report.Sheet) (shown report.Sheet, more bool, p *problem) {
	sheet.Location = q.location
	more = len(sheet.Rows) > q.limited
	sheet = first(sheet, q.limited)
	if q.rows != "" {
		found := false
		for _, details := range sheet.Details {
			if details.Name == q.rows {
				sheet, found = sheet.Of(details), true
				break
			}
		}
		if !found {
			return sheet, false, badRequest(reason{"rows", fmt.Sprintf("there are no %s in an answer by %s", q.rows, q.by)})
		}
		more = more || len(sheet.Rows) > q.limited
		sheet = first(sheet, q.limited)
	}
	if more {
		sheet.Notes = append(sheet.Notes, fmt.Sprintf("There is more: these are the first %d rows. %s", q.limited, goOn(sheet)))
	}
	return sheet, more, nil
}

// goOn says how to get what is behind the rows of an answer.
func goOn(sheet report.Sheet) string {
	if at := slices.Index(sheet.Columns, "cursor"); at >= 0 && len(sheet.Rows) > 0 {
		return fmt.Sprintf("Go on with before=%s, or raise limit.", sheet.Rows[len(sheet.Rows)-1][at])
	}
	return "Ask for less time or fewer names, or raise limit."
}

// first cuts a sheet to its first rows.
func first(sheet report.Sheet, limit int) report.Sheet {
	if len(sheet.Rows) <= limit {
		return sheet
	}
	sheet.Rows = sheet.Rows[:limit]
	details := make([]report.Details, len(sheet.Details))
	for i, each := range sheet.Details {
		each.Rows = each.Rows[:limit]
		details[i] = each
	}
	sheet.Details = details
	return sheet
}

// write writes the sheet as the client wants it.
func (e *exchange) write(sheet report.Sheet, more bool, route *route, as format) *problem {
	header := e.output.header()
	header.Set("Content-Type", as.contentType)
	if as.name != "json" {
		header.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", route.name+"."+as.name))
	}
	if more {
		header.Set("Mimamori-Truncated", "true")
	}
	if e.request.Method == http.MethodHead {
		e.output.WriteHeader(http.StatusOK)
		return nil
	}
	err := sheet.Write(e.output, as.name)
	switch {
	case err == nil:
		return nil
	case e.output.broken != nil:
		return newProblem(statusGone, "the client went away")
	case errors.Is(err, report.ErrTooManyRows):
		for _, name := range []string{"Content-Disposition", "Mimamori-Truncated"} {
			header.Del(name)
		}
		return badRequest(reason{"format", "a worksheet holds no more than 1048575 rows: ask for less, or for csv"})
	}
	return internal(err)
}

// created answers that something was made.
func (e *exchange) created(what any) *problem {
	text, err := json.MarshalIndent(what, "", "  ")
	if err != nil {
		return internal(err)
	}
	e.output.header().Set("Content-Type", "application/json")
	e.output.WriteHeader(http.StatusCreated)
	_, _ = e.output.Write(append(text, '\n')) // whom it fails to reach has gone away
	return nil
}

// output writes to a client, which may be slow but must not stand still.
type output struct {
	writer  http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
	status  int
	bytes   int64
	begun   bool
	broken  error
}

func newOutput(w http.ResponseWriter, stall time.Duration) *output {
	return &output{writer: w, control: http.NewResponseController(w), stall: stall, status: http.StatusOK}
}

func (o *output) header() http.Header { return o.writer.Header() }

// Header returns the header of the answer.
func (o *output) Header() http.Header { return o.writer.Header() }

// WriteHeader begins the answer.
func (o *output) WriteHeader(status int) {
	o.status, o.begun = status, true
	o.extend()
	o.writer.WriteHeader(status)
}

// piece is how much of an answer the client has the time of a stall for.
const piece = 64 << 10

// Write writes in pieces, each of which the client must take in time.
func (o *output) Write(data []byte) (int, error) {
	o.begun = true
	total := 0
	for len(data) > 0 {
		o.extend()
		n, err := o.writer.Write(data[:min(piece, len(data))])
		total += n
		o.bytes += int64(n)
		if err != nil {
			o.broken = err
			return total, err
		}
		data = data[n:]
	}
	return total, nil
}

// extend moves the deadline of the connection on. Where there is no connection, as
// in a test, there is none to move.
func (o *output) extend() { _ = o.control.SetWriteDeadline(time.Now().Add(o.stall)) }

// readBody reads a body of bounded size, which must come in the time of a stall.
func (o *output) readBody(r *http.Request, largest int64) ([]byte, error) {
	_ = o.control.SetReadDeadline(time.Now().Add(o.stall)) // as extend
	return io.ReadAll(http.MaxBytesReader(o.writer, r.Body, largest))
}

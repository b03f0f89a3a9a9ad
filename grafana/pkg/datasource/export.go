package datasource

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"mimamori/storage/calendar"
	"mimamori/storage/report"
)

// mostExported is how many rows a file has at most.
const mostExported = 200_000

// exports are the formats of a file, and what they are called on the way.
var exports = map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": report.MediaTypeXLSX}

// export streams the file that mimamori report writes for a query. The parameters are
// those of the query model, and from, to, format.
func (d *instance) export(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	claims, err := d.admit(ctx, backend.PluginConfigFromContext(ctx), false)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	q, asked, format, err := readExport(r.URL.Query(), d.now())
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	f, _ := figureOf(q.Figure)
	s, err := spanOf(q, asked, 0, f.ahead, d.now())
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	rows := mostExported
	if q.Limit > 0 {
		rows = q.Limit
	}
	found, err := d.find(ctx, claims, f, asking{query: q, points: usualPoints, everything: format == "xlsx", rows: rows}, s)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	sheet := found.sheet
	sheet.Location = q.location()
	header := w.Header()
	if found.truncated {
		sheet.Notes = append(sheet.Notes, found.goOn(q))
		header.Set("Mimamori-Truncated", "true")
	}
	header.Set("Content-Type", exports[format])
	header.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fileName(q, s, format)))
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if err := sheet.Write(&pieces{writer: w}, format); err != nil {
		log.DefaultLogger.Warn("a report ended early", "figure", q.Figure, "format", format, "error", err)
	}
}

// readExport reads the parameters of a file.
func readExport(parameters url.Values, now time.Time) (q Query, asked backend.TimeRange, format string, err error) {
	q = Query{Version: version, Shape: shapeTable}
	fields := reflect.ValueOf(&q).Elem()
	names := []string{"format", "from", "to"}
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Tag.Get("json")
		if name == "version" || name == "shape" || name == "measure" {
			continue
		}
		names = append(names, name)
		if text := parameters.Get(name); text != "" {
			if err := set(fields.Field(i), name, text); err != nil {
				return q, asked, "", err
			}
		}
	}
	if err := only(parameters, names...); err != nil {
		return q, asked, "", err
	}
	if format = parameters.Get("format"); exports[format] == "" {
		return q, asked, "", wrongf("format %q is not one of csv and xlsx", format)
	}
	if err := q.validate(); err != nil {
		return q, asked, "", err
	}
	asked = backend.TimeRange{From: now.Add(-day), To: now}
	for name, at := range map[string]*time.Time{"from": &asked.From, "to": &asked.To} {
		if text := parameters.Get(name); text != "" {
			if *at, err = moment(text, now, q.location()); err != nil {
				return q, asked, "", wrongf("%s %q %s", name, text, calendar.NoMoment)
			}
		}
	}
	return q, asked, format, nil
}

// set sets a field of a query to what a parameter says.
func set(field reflect.Value, name, text string) error {
	switch into := field.Addr().Interface().(type) {
	case *string:
		*into = text
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return wrongf("%s %q is not a number", name, text)
		}
		*into = n
	case *float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return wrongf("%s %q is not a number", name, text)
		}
		*into = n
	case *bool:
		yes, err := strconv.ParseBool(text)
		if err != nil {
			return wrongf("%s %q is not true or false", name, text)
		}
		*into = yes
	}
	return nil
}

// moment reads a time: Unix milliseconds, as Grafana's pages have it, or what the reports
// take.
func moment(text string, now time.Time, location *time.Location) (time.Time, error) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) > 8 {
		return time.UnixMilli(ms), nil
	}
	at, err := calendar.RelativeMoment(text, now, location)
	if err != nil && strings.Contains(text, "T") { // a plus sign that was not escaped is a space
		return calendar.RelativeMoment(strings.Replace(text, " ", "+", 1), now, location)
	}
	return at, err
}

// fileName says what the file is about, in ASCII.
func fileName(q Query, s span, format string) string {
	date := func(at time.Time) string { return at.In(q.location()).Format("2006-01-02") }
	return fmt.Sprintf("mimamori-%s-%s-%s.%s", q.Figure, date(s.from), date(s.to), format)
}

// piece is how much of a file goes to Grafana at once, in bytes.
const piece = 1 << 20

// pieces writes to Grafana in pieces, so that a large file is never in one message.
type pieces struct {
	writer  http.ResponseWriter
	pending int
}

// Write passes on and sends what has come together.
func (p *pieces) Write(data []byte) (int, error) {
	total := 0
	for len(data) > 0 {
		n, err := p.writer.Write(data[:min(piece-p.pending, len(data))])
		total += n
		if err != nil {
			return total, err
		}
		data, p.pending = data[n:], p.pending+n
		if flusher, ok := p.writer.(http.Flusher); ok && p.pending >= piece {
			flusher.Flush()
			p.pending = 0
		}
	}
	return total, nil
}

package datasource

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// version is that of the query model. A query without one was made by hand and is read
// as the present version.
const version = 1

// The shapes of an answer.
const (
	shapeTable       = "table"       // one frame with the columns of the report
	shapeSeries      = "series"      // one wide frame: a time field, a field with labels for each figure
	shapeAnnotations = "annotations" // one frame of events: time, timeEnd, title, text, tags
)

// Query is a query as it is saved in dashboards and alert rules. Names select by exact
// name, empty ones select all that the scope token sees.
type Query struct {
	Version      int      `json:"version"`
	Figure       string   `json:"figure"`
	Shape        string   `json:"shape"` // table unless said otherwise
	Customer     string   `json:"customer"`
	Site         string   `json:"site"`
	Device       string   `json:"device"`
	Interface    string   `json:"interface"`
	Path         string   `json:"path"`
	By           string   `json:"by"`           // device, site, customer or group; of syslog_rates groups parted by commas
	Measure      []string `json:"measure"`      // columns that a series has; empty for the figure's own
	Kind         string   `json:"kind"`         // lan, wan or ignored; of devices trouble, of alarms open
	Order        string   `json:"order"`        // what top goes by: bits or percent; of interfaces name, percent or errors
	Top          int      `json:"top"`          // 1 to 1000; 0 for all
	Step         string   `json:"step"`         // "" for one bucket, auto, 5m, 1h, 24h
	Calendar     string   `json:"calendar"`     // "" for that of each contract
	Search       string   `json:"search"`       // in the log
	Severity     string   `json:"severity"`     // this severe or more: its name or 0 to 7
	Mnemonic     string   `json:"mnemonic"`     // LINK-3-UPDOWN, UPDOWN, LINK-*
	Host         string   `json:"host"`         // within the host name of a line
	App          string   `json:"app"`          // application of a line
	Before       string   `json:"before"`       // cursor of a line, to go on behind it
	Notification string   `json:"notification"` // name or OID
	Alert        string   `json:"alert"`        // name of the rule of an alarm
	Unasked      bool     `json:"unasked"`      // blind spots: devices too that nobody asks by SNMP
	FullAt       float64  `json:"fullAt"`       // percent from which on a link is full, of capacity 0 for 100; of interfaces only those at their last poll, 0 for all
	Limit        int      `json:"limit"`        // rows; 0 for 1000
	Offset       int      `json:"offset"`       // rows before the first one given
	TZ           string   `json:"tz"`           // zone of days and busy hours, by its IANA name; "" for UTC
}

// limits of a query.
const (
	usualRows   = 1000
	mostRows    = 50_000
	mostTop     = 1000
	mostOffset  = 1_000_000
	longestText = 500 // bytes of one setting
)

// wrong is a query that cannot be answered as it is: its text says what to change.
type wrong struct{ reason string }

// Error returns the reason.
func (w *wrong) Error() string { return w.reason }

func wrongf(format string, arguments ...any) error {
	return &wrong{fmt.Sprintf(format, arguments...)}
}

// readQuery reads a saved query of any version.
func readQuery(raw json.RawMessage) (Query, error) {
	var q Query
	if len(bytes.TrimSpace(raw)) == 0 {
		return q, wrongf("the query is empty: choose a figure")
	}
	if err := json.Unmarshal(raw, &q); err != nil {
		var typed *json.UnmarshalTypeError
		if errors.As(err, &typed) && typed.Field != "" {
			return q, wrongf("the query's %s is a %s where a %s is expected: open the query and set it again", typed.Field, typed.Value, typed.Type)
		}
		return q, wrongf("the query cannot be read: open it and save it again")
	}
	if q.Version > version {
		return q, wrongf("the query has version %d, this plugin knows versions up to %d: update the plugin, or make the query anew", q.Version, version)
	}
	if q.Version < 0 {
		return q, wrongf("the query has version %d, and no such version ever was: make it anew", q.Version)
	}
	q.Version = version
	if q.Shape == "" {
		q.Shape = shapeTable
	}
	return q, q.validate()
}

// validate says what is wrong with a query that no figure could answer.
func (q Query) validate() error {
	if q.Figure == "" {
		return wrongf("the query names no figure: choose one of %s", strings.Join(figureNames(), ", "))
	}
	chosen, known := figureOf(q.Figure)
	if !known {
		return wrongf("there is no figure %q: choose one of %s", q.Figure, strings.Join(figureNames(), ", "))
	}
	switch q.Shape {
	case shapeTable, shapeSeries:
	case shapeAnnotations:
		if chosen.events == nil {
			return wrongf("%s has no events: for annotations choose one of %s", q.Figure, strings.Join(eventNames(), ", "))
		}
	default:
		return wrongf("there is no shape %q: use %s, %s or %s", q.Shape, shapeTable, shapeSeries, shapeAnnotations)
	}
	for name, text := range map[string]string{
		"figure": q.Figure, "customer": q.Customer, "site": q.Site, "device": q.Device, "interface": q.Interface, "path": q.Path, "by": q.By, "kind": q.Kind,
		"order": q.Order, "step": q.Step, "calendar": q.Calendar, "search": q.Search, "severity": q.Severity, "mnemonic": q.Mnemonic, "host": q.Host,
		"app": q.App, "tz": q.TZ, "before": q.Before, "notification": q.Notification, "alert": q.Alert, "measure": strings.Join(q.Measure, ""),
	} {
		switch {
		case len(text) > longestText:
			return wrongf("%s is longer than %d bytes", name, longestText)
		case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
			return wrongf("%s is not text: it has bytes that are no characters, or control characters", name)
		}
	}
	switch {
	case q.Top < 0 || q.Top > mostTop:
		return wrongf("top is %d: use 1 to %d, or 0 for all", q.Top, mostTop)
	case q.Limit < 0 || q.Limit > mostRows:
		return wrongf("limit is %d: use 1 to %d rows, or 0 for %d", q.Limit, mostRows, usualRows)
	case q.Offset < 0 || q.Offset > mostOffset:
		return wrongf("offset is %d: use 0 to %d", q.Offset, mostOffset)
	case !isZone(q.TZ):
		return wrongf("tz %q is not a time zone: write a name of the IANA database such as Asia/Tokyo, or nothing for UTC", q.TZ)
	case q.FullAt < 0 || q.FullAt > 1000:
		return wrongf("fullAt is %g: use a percentage above 0 to 1000", q.FullAt)
	}
	return nil
}

// rows is how many rows of a figure are asked for.
func (q Query) rows(f figure) int {
	switch {
	case q.Limit > 0:
		return q.Limit
	case q.Shape == shapeSeries: // a row for each point
		return mostRows
	case f.rows > 0:
		return f.rows
	}
	return usualRows
}

func isZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

// location is the zone of a valid query.
func (q Query) location() *time.Location {
	location, err := time.LoadLocation(q.TZ)
	if err != nil {
		return time.UTC
	}
	return location
}

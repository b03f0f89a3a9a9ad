package datasource

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// mostSeries is how many fields with figures one frame has at most for a panel: beyond it
// a browser stalls and nobody can tell lines apart. Alert rules have no browser.
const mostSeries = 500

// mostPoints bounds the cells of one frame.
const mostPoints = 2_000_000

// series returns the sheet as one wide frame: a time field, and for each measure of each
// thing that rows are about a field whose labels name it, and no more fields with figures
// than most. The notes say what was left out.
func (a answer) series(f figure, measures []string, most int) (*data.Frame, error) {
	w, err := a.widen(f, measures)
	if err != nil {
		return nil, err
	}
	if f.at == "start" && len(w.lines) > 0 { // times without a line would be no answer, and an error in a panel
		a.fill(w.moments)
	}
	moments := make([]time.Time, 0, len(w.moments))
	for at := range w.moments {
		moments = append(moments, time.UnixMilli(at).UTC())
	}
	slices.SortFunc(moments, time.Time.Compare)
	place := make(map[int64]int, len(moments))
	for i, at := range moments {
		place[at.UnixMilli()] = i
	}
	var notices []data.Notice
	shown := w.lines
	if lines := max(1, most/len(measures)); len(shown) > lines {
		notices = append(notices, warning(fmt.Sprintf("These are the first %d of %d series: name a customer, site or device, or use top.", lines, len(shown))))
		shown = shown[:lines]
	}
	if len(moments)*len(shown)*len(measures) > mostPoints {
		return nil, wrongf("the answer would have more than %d points: use a longer step, less time or fewer names", mostPoints)
	}
	if w.repeated > 0 {
		notices = append(notices, warning(fmt.Sprintf("%d rows stand at a time that another row of their series has too, and are left out: ask for a table.", w.repeated)))
	}
	frame := data.NewFrame(f.name, data.NewField("time", nil, moments))
	for _, each := range shown {
		for i, measure := range measures {
			values := make([]*float64, len(moments))
			if f.counts {
				zeros := make([]float64, len(moments))
				for at := range values {
					values[at] = &zeros[at]
				}
			}
			for _, point := range each.points {
				values[place[point.at]] = point.values[i]
			}
			field := data.NewField(measure, each.labels, values)
			field.Config = &data.FieldConfig{Unit: unit(measure), DisplayNameFromDS: each.title(measure, len(measures) > 1)}
			frame.Fields = append(frame.Fields, field)
		}
	}
	a.truncated = a.truncated || len(shown) < len(w.lines)
	frame.Meta = a.meta(data.FrameTypeTimeSeriesWide, notices...)
	return frame, nil
}

// fill adds the buckets in which there are no rows, so that a line breaks where nothing
// was measured.
func (a answer) fill(moments map[int64]bool) {
	step := a.step.Milliseconds()
	if step == 0 || a.until.Sub(a.sheet.From)/a.step > mostBuckets {
		return
	}
	for at := a.sheet.From.UnixMilli() / step * step; at < a.until.UnixMilli(); at += step {
		moments[at] = true
	}
}

// line is one thing that rows are about, with its rows as points.
type line struct {
	names  []string // in the order of the sheet
	labels data.Labels
	points []point
	seen   map[int64]bool
}

type point struct {
	at     int64 // Unix milliseconds
	values []*float64
}

// title is how a panel calls a field of the line.
func (l *line) title(measure string, several bool) string {
	name := strings.Join(l.names, " / ")
	switch {
	case name == "":
		return measure
	case several:
		return name + " " + measure
	}
	return name
}

// wide are the rows of a sheet by what they are about.
type wide struct {
	lines    []*line // in the order they first come in
	moments  map[int64]bool
	repeated int
}

func (a answer) widen(f figure, measures []string) (wide, error) {
	columns := make(map[string]int, len(a.sheet.Columns))
	for at, name := range a.sheet.Columns {
		columns[name] = at
	}
	places := make([]int, len(measures))
	for i, measure := range measures {
		at, ok := columns[measure]
		if !ok {
			return wide{}, wrongf("%s has no figure %q: choose some of %s", f.name, measure, strings.Join(a.sheet.Columns, ", "))
		}
		places[i] = at
	}
	at, timed := columns[f.at]
	if f.at == "start" && !timed { // minute by minute
		at, timed = columns["minute"]
	}
	var labelled []int
	for i, name := range a.sheet.Columns {
		if i < a.sheet.Keys || slices.Contains(f.labels, name) {
			labelled = append(labelled, i)
		}
	}
	found := wide{moments: map[int64]bool{}}
	byName := map[string]*line{}
	for _, cells := range a.sheet.Rows {
		moment := a.until
		if timed {
			own, ok := cells[at].(time.Time)
			if !ok {
				continue
			}
			moment = own
		}
		names := make([]string, len(labelled))
		for i, column := range labelled {
			names[i], _ = cells[column].(string)
		}
		key := strings.Join(names, "\x00")
		each, ok := byName[key]
		if !ok {
			each = &line{labels: data.Labels{}, seen: map[int64]bool{}}
			for i, column := range labelled {
				if names[i] != "" {
					each.labels[a.sheet.Columns[column]] = names[i]
					each.names = append(each.names, names[i])
				}
			}
			byName[key], found.lines = each, append(found.lines, each)
		}
		ms := moment.UnixMilli()
		if each.seen[ms] {
			found.repeated++
			continue
		}
		each.seen[ms], found.moments[ms] = true, true
		values := make([]*float64, len(places))
		for i, column := range places {
			values[i] = gauge(measures[i], cells[column])
		}
		each.points = append(each.points, point{ms, values})
	}
	return found, nil
}

// gauge is a cell as a figure of a series. A state is 1 where it counts as available, 0
// where it is down, and nothing where it is not known; yes and no are 1 and 0.
func gauge(measure string, cell any) *float64 {
	word, ok := cell.(string)
	if !ok {
		return number(cell)
	}
	value := 0.0
	switch {
	case measure == "state" && (word == "up" || word == "degraded"), word == "yes":
		value = 1
	case measure == "state" && word == "down", word == "no":
	default:
		return nil
	}
	return &value
}

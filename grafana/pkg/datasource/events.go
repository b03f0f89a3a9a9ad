package datasource

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/storage"
)

// row is a row of a sheet, asked for its cells by column.
type row struct {
	columns map[string]int
	cells   []any
}

func (r row) cell(column string) any {
	at, ok := r.columns[column]
	if !ok || at >= len(r.cells) {
		return nil
	}
	return r.cells[at]
}

func (r row) text(column string) string {
	text, _ := r.cell(column).(string)
	return text
}

func (r row) time(column string) time.Time {
	at, _ := r.cell(column).(time.Time)
	return at
}

// name is what a row is about: the names of it that are known, from the customer down.
func (r row) name() string {
	var names []string
	for _, column := range []string{"customer", "site", "device", "interface", "path", "group"} {
		if text := r.text(column); text != "" {
			names = append(names, text)
		}
	}
	return strings.Join(names, " / ")
}

// event is an annotation. An end that is zero is a moment.
type event struct {
	from, to    time.Time
	title, text string
	tags        []string
	// reason is what events that follow from one thing have in common, and their title
	// together; empty for an event that stands for itself.
	reason, together string
}

// folded joins events of one reason that are at the same time. A site that is not reached
// is one stretch in a graph: one for each of its devices, one over the other, would hide
// the lines.
func folded(all []event) []event {
	open := map[string]int{} // where in kept the latest event of a reason stands
	count := map[int]int{}
	kept := make([]event, 0, len(all))
	slices.SortStableFunc(all, func(one, other event) int { return one.from.Compare(other.from) })
	for _, each := range all {
		at, ok := open[each.reason]
		if each.reason == "" || !ok || !kept[at].to.IsZero() && each.from.After(kept[at].to) {
			open[each.reason] = len(kept)
			kept = append(kept, each)
			continue
		}
		if !kept[at].to.IsZero() && (each.to.IsZero() || each.to.After(kept[at].to)) {
			kept[at].to = each.to
		}
		if kept[at].text != each.text {
			kept[at].text = ""
		}
		for _, tag := range each.tags {
			if !slices.Contains(kept[at].tags, tag) {
				kept[at].tags = append(kept[at].tags, tag)
			}
		}
		count[at]++
		kept[at].title = fmt.Sprintf(each.together, count[at]+1)
	}
	return kept
}

func outageEvent(r row) event {
	state, cause := r.text("state"), r.text("cause")
	title := r.name() + ": " + state
	if cause != "" {
		title += " (" + cause + ")"
	}
	tags := []string{"outage", state}
	if strings.Contains(r.text("excluded_why"), "maintenance") {
		tags = append(tags, "maintenance")
	}
	if ongoing, _ := r.cell("ongoing").(bool); ongoing {
		tags = append(tags, "ongoing")
	}
	found := event{from: r.time("from"), to: r.time("to"), title: title, text: joined("; ", r.text("evidence"), r.text("excluded_why"), r.text("ticket")), tags: tags}
	if cause == storage.CauseUnreachable.String() || cause == storage.CauseSilent.String() {
		where := joined(" / ", r.text("customer"), r.text("site"))
		found.reason = where + "\n" + state + "\n" + cause
		found.together = strings.ReplaceAll(where, "%", "%%") + ": %d devices " + state + " (" + cause + ")"
	}
	return found
}

func maintenanceEvent(r row) event {
	return event{from: r.time("next_from"), to: r.time("next_to"), title: r.name() + ": maintenance",
		text: joined("; ", r.text("why"), r.text("reference"), r.text("by")), tags: []string{"maintenance"}}
}

func notificationEvent(r row) event {
	return event{from: r.time("received"), title: r.name() + ": " + r.text("notification"), text: r.text("variables"), tags: []string{"notification"}}
}

func alarmEvent(r row) event {
	return event{from: r.time("raised"), to: r.time("cleared"), title: joined(" / ", r.text("customer"), r.text("site")) + ": " + r.text("alert"), text: r.text("summary"), tags: []string{"alarm", r.text("severity")}}
}

func correctionEvent(r row) event {
	return event{from: r.time("at"), title: fmt.Sprintf("%s: %s corrected", r.name(), r.text("figure")), text: joined("; ", r.text("why"), r.text("by")), tags: []string{"correction"}}
}

func rebootEvent(r row) event {
	return event{from: r.time("at"), title: r.name() + ": restart of the " + r.text("kind"), text: r.text("evidence"), tags: []string{"reboot", r.text("kind")}}
}

func joined(between string, texts ...string) string {
	var some []string
	for _, text := range texts {
		if text != "" {
			some = append(some, text)
		}
	}
	return strings.Join(some, between)
}

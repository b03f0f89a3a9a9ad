package servicenow

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"mimamori/processors/alert/notify"
)

// warnedMark is a line of a description: that an alarm about the ticket was noted, so that it is not again.
var warnedMark = regexp.MustCompile(`(?m)^mimamori [0-9a-f]{16} warned \S+\s*$`)

// warn notes an alarm about a ticket on its incident. It makes none: an answer that is late is no fault of its
// own. That it is settled the incident shows by itself.
func (d *Desk) warn(ctx context.Context, alarm notify.Alarm) error {
	if alarm.Cleared {
		return nil
	}
	found, err := d.table.find(ctx, alarm.Ticket)
	if err != nil {
		return fmt.Errorf("look up the incident of ticket %s: %w", alarm.Ticket, err)
	}
	open, _ := d.sort(found, alarm)
	line := fmt.Sprintf("mimamori %s warned %s", alarm.ID, moment(alarm.Since))
	if open == nil || strings.Contains(open.Description, line) {
		return nil
	}
	fields := map[string]string{"description": open.warned(line), "work_notes": notify.Shorten(facts(alarm), longestNote)}
	if err := d.table.update(ctx, open.SysID, fields); err != nil {
		return fmt.Errorf("note on incident %s what is late: %w", open.Number, err)
	}
	return nil
}

// warned is the description with one line more above the mark, which stays the last.
func (r record) warned(line string) string {
	rest := strings.TrimRight(mark.ReplaceAllString(r.Description, ""), "\r\n ")
	text := strings.TrimLeft(notify.Shorten(rest, longestDescription-len(line))+"\n"+line, "\n")
	if last := strings.TrimSpace(mark.FindString(r.Description)); last != "" {
		text += "\n\n" + last
	}
	return text
}

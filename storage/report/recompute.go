package report

import (
	"fmt"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Recomputed says what one request to make figures anew has changed: a row for each
// device and path that is otherwise now, with its figure before and after over the time
// of the query. For devices that is the availability on known time in percent, for paths
// the mean MOS of the minutes that were changed.
func Recomputed(query storage.Query, request sample.ID, progress []storage.Recompute, corrections []storage.Correction, devices []storage.Availability) Sheet {
	answer := Sheet{
		From: query.From, To: query.To, Keys: 4, Columns: []string{"customer", "site", "device", "path", "figure", "before", "after", "changed_s", "at", "by", "why"},
	}
	now := make(map[storage.Entity]storage.Availability, len(devices))
	for _, device := range devices {
		now[device.Entity] = device
	}
	changedDevices, changedPaths := 0, 0
	for _, correction := range corrections {
		if correction.Request != request {
			continue
		}
		row := []any{correction.Customer, correction.Site, correction.Device, correction.Name, correction.Figure}
		if correction.Minutes > 0 {
			changedPaths++
			row = append(row, correction.MOSBefore, correction.MOSAfter, float64(60*correction.Minutes))
		} else {
			changedDevices++
			after := now[correction.Entity]
			before := storage.Before(after, correction)
			row = append(row, Optional(before.Percent()), Optional(after.Percent()), changed(correction.Before).Seconds())
		}
		answer.Rows = append(answer.Rows, append(row, correction.At, correction.By, correction.Why))
	}
	made, kept := map[string]int{}, map[string]int64{}
	for _, part := range progress {
		made[part.Figure] += part.Entities
		kept[part.Figure] += part.KeptMs
	}
	answer.Notes = append(answer.Notes, fmt.Sprintf("Made anew from raw rows: availability of %d devices, %d changed; voice quality of %d paths, %d changed.",
		made["availability"], changedDevices, made["voice"], changedPaths))
	for _, figure := range []string{"availability", "voice"} {
		if kept[figure] > 0 {
			answer.Notes = append(answer.Notes, fmt.Sprintf("Of %.1f hours, added up over all, there are no raw rows left: their %s stands as it was.",
				time.Duration(kept[figure]*int64(time.Millisecond)).Hours(), figure))
		}
	}
	answer.Empty = "Nothing has changed."
	if made["availability"]+made["voice"] == 0 {
		answer.Empty = "Nothing is stored of this selection."
	}
	return answer
}

// changed is the time of all pieces together.
func changed(pieces []storage.Outage) time.Duration {
	sum := time.Duration(0)
	for _, piece := range pieces {
		sum += piece.To.Sub(piece.From)
	}
	return sum
}

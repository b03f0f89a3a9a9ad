package report

import (
	"fmt"
	"slices"
	"time"

	"mimamori/storage"
)

// mostExplained is how long a legend gets before it names no more devices: what the
// network says of all of them is in every other format.
const mostExplained = 25

// BlindSpots has a row for everything that is not seen at the end of the time asked for.
// A table says below the rows what their reasons stand for.
func BlindSpots(query storage.Query, found storage.BlindSpots) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 3,
		Columns: []string{"customer", "site", "device", "appliance", "address", "what", "reason", "state", "since", "last_good", "devices",
			"profile", "version", "faults", "detail", "remedy"},
		Brief: []string{"customer", "site", "device", "what", "reason", "state", "since", "last_good"}}
	explained := map[string]bool{}
	explain := func(meaning string) {
		if !explained[meaning] {
			explained[meaning] = true
			answer.Legend = append(answer.Legend, meaning)
		}
	}
	for i := range found.Spots {
		spot := &found.Spots[i]
		var state any
		if spot.What != storage.BlindAppliance {
			state = spot.State.String()
		} else if !slices.Contains(answer.Brief, "appliance") {
			answer.Brief = slices.Insert(answer.Brief, 3, "appliance")
		}
		explain(string(spot.Reason) + ": " + spot.Reason.Text())
		if spot.Reason.Detailed() && spot.Detail != "" && len(answer.Legend) < mostExplained {
			explain("  " + spot.Device + ": " + spot.Detail)
		}
		answer.Rows = append(answer.Rows, []any{spot.Customer, spot.Site, spot.Device, spot.Name, spot.Address,
			string(spot.What), string(spot.Reason), state, moment(spot.Since), moment(spot.LastGood), spot.Devices,
			spot.Profile, spot.Version, spot.Notes, spot.Detail, spot.Reason.Text()})
	}
	if summary := found.Summary(); summary != "" {
		answer.Notes = append(answer.Notes, summary)
	}
	if found.Devices > 0 {
		answer.Empty = fmt.Sprintf("nothing is blind: every device of this selection tells what it is asked for (devices: %d)", found.Devices)
	}
	return answer
}

// Present is how long ago a time asked about may have ended and still be taken for the
// present, of which blind spots are noted.
const Present = 10 * time.Minute

// WithBlindSpots notes below figures of devices how many of them tell nothing: that
// nothing is wrong with those is not known.
func (s Sheet) WithBlindSpots(found storage.BlindSpots) Sheet {
	if summary := found.Summary(); summary != "" {
		s.Notes = append(s.Notes, summary+": mimamori report blindspots says which and why")
	}
	return s
}

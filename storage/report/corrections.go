package report

import "mimamori/storage"

// Corrections has a row for each record of a device or path that was made anew after
// the fact, with the stretches of time that are otherwise now, as they stood before.
func Corrections(query storage.Query, corrections []storage.Correction) Sheet {
	answer := Sheet{From: query.From, To: query.To, Keys: 6,
		Columns: []string{"customer", "site", "device", "path", "figure", "at", "by", "why", "from", "to",
			"minutes", "mos_before", "mos_after"},
	}
	before := Details{Name: "before", Heading: "stood before", Columns: []string{"from", "to", "seconds", "state", "cause"}}
	for i := range corrections {
		c := &corrections[i]
		voiced := c.Minutes > 0
		answer.Rows = append(answer.Rows, []any{c.Customer, c.Site, c.Device, c.Name, c.Figure, c.At, c.By, c.Why, c.From, c.To,
			c.Minutes, Optional(c.MOSBefore, voiced), Optional(c.MOSAfter, voiced)})
		pieces := [][]any{}
		for _, piece := range c.Before {
			pieces = append(pieces, []any{piece.From, piece.To, piece.To.Sub(piece.From).Seconds(), piece.State.String(), piece.Cause.String()})
		}
		before.Rows = append(before.Rows, pieces)
	}
	answer.Details = []Details{before}
	return answer
}

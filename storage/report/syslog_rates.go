package report

import (
	"math"
	"slices"
	"strconv"

	"mimamori/storage"
)

// SyslogRates has a row for each subject and bucket, with its share of the bucket's
// messages and the change against as much time one bucket before.
func SyslogRates(query storage.SyslogRatesQuery, rates storage.SyslogRates) Sheet {
	by := func(groups ...storage.LogGroup) bool {
		return slices.ContainsFunc(groups, func(group storage.LogGroup) bool { return slices.Contains(query.By, group) })
	}
	answer := Sheet{From: query.From, To: query.To, Keys: 3, Columns: []string{"customer", "site", "device", "severity", "mnemonic", "app_name",
		"start", "messages", "share_pct", "messages_before", "change", "level", "what", "source", "hostname"},
		Brief: slices.Concat(
			shownIf(query.Step > 0, "start"), shownIf(by(storage.ByCustomer, storage.BySite, storage.ByDevice), "customer"),
			shownIf(by(storage.BySite, storage.ByDevice), "site"), shownIf(by(storage.ByDevice), "device"),
			shownIf(by(storage.BySeverity), "level"), shownIf(by(storage.ByMnemonic), "what"),
			shownIf(by(storage.BySource), "source"), shownIf(by(storage.ByHost), "hostname"), []string{"messages", "share_pct", "messages_before", "change"}),
		Empty: "no message of this selection was received in this time"}
	blind := false
	for _, rate := range rates.Rates {
		all, before := rates.Messages[rate.Start], rates.Before[rate.Start]
		blind = blind || before == 0
		answer.Rows = append(answer.Rows, []any{rate.Customer, rate.Site, rate.Device, known(rate.Severity), rate.Mnemonic, rate.AppName,
			rate.Start, rate.Messages, 100 * float64(rate.Messages) / float64(all), rate.Before, change(rate.Messages, rate.Before, before),
			level(rate.Severity), first(rate.Mnemonic, rate.AppName), rate.Source, rate.Hostname})
	}
	if at := slices.Index(answer.Brief, "level"); at >= 0 && len(answer.Rows) > 0 { // as the table of lines has it
		answer.Printed = &Printed{Columns: answer.Brief}
		for i, row := range answer.Rows {
			printed := pick(row, places(answer.Columns, answer.Brief))
			printed[at] = shortLevel(rates.Rates[i].Severity)
			answer.Printed.Rows = append(answer.Printed.Rows, printed)
		}
	}
	if blind {
		answer.Notes = append(answer.Notes, "Where nothing at all was logged in the time before, what is new cannot be told: there is no change.")
	}
	if query.LineByLine() {
		answer.Notes = append(answer.Notes, "By source and host it is the lines that are counted: what is older than they are kept (raw_days) is not in it.")
	}
	return answer
}

// change says how a count differs from the one before: as a factor from the double on,
// else in percent. There is none where all counts before are nought.
func change(now, before, allBefore uint64) any {
	switch factor := float64(now) / float64(before); {
	case allBefore == 0:
		return nil
	case before == 0:
		return "new"
	case factor >= 9.95:
		return strconv.FormatFloat(factor, 'f', 0, 64) + "x"
	case factor >= 1.95:
		return strconv.FormatFloat(factor, 'f', 1, 64) + "x"
	default:
		percent := math.Round(100 * (factor - 1))
		if percent == 0 {
			return "same"
		}
		sign := ""
		if percent > 0 {
			sign = "+"
		}
		return sign + strconv.FormatFloat(percent, 'f', 0, 64) + " %"
	}
}

package clickhouse

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/storage"
)

// searched is what of a line is searched, as the index words of raw_syslog has it: only
// conditions on this very expression can use the index.
const searched = "lower(concat(mnemonic, ' ', app_name, ' ', hostname, ' ', message, ' ', raw))"

// logConditions are what a filter says of lines of raw_syslog but for Before, as
// conditions and the values they name.
func logConditions(filter storage.LogFilter) (conditions string, values []any) {
	var all strings.Builder
	value := func(text string) string {
		name := fmt.Sprintf("log%d", len(values))
		values = append(values, clickhouse.Named(name, text))
		return "{" + name + ":String}"
	}
	for _, term := range filter.Text {
		not := ""
		if term.Exclude {
			not = "NOT "
		}
		all.WriteString(" AND " + not + "(" + hasTerm(term, value) + ")")
	}
	if filter.Severity != nil {
		fmt.Fprintf(&all, " AND severity <= %d", *filter.Severity)
	}
	if filter.Mnemonic != "" {
		all.WriteString(" AND mnemonic != '' AND " + hasMnemonic(filter, value))
	}
	for _, exact := range []struct{ column, is string }{{"hostname", filter.Hostname}, {"app_name", filter.AppName}, {"source", filter.Source}} {
		if exact.is != "" {
			all.WriteString(" AND lower(" + exact.column + ") = lower(" + value(exact.is) + ")")
		}
	}
	return all.String(), values
}

// hasMnemonic is the condition that a line has the mnemonic of a filter. One without a
// dash, such as UPDOWN, is also what stands behind the severity in LINK-3-UPDOWN.
func hasMnemonic(filter storage.LogFilter, value func(string) string) string {
	text, before, behind := filter.MnemonicPattern()
	asked := "lower(" + value(text) + ")"
	switch {
	case before && behind:
		return "position(lower(mnemonic), " + asked + ") > 0"
	case before:
		return "endsWith(lower(mnemonic), " + asked + ")"
	case behind:
		return "startsWith(lower(mnemonic), " + asked + ")"
	case strings.Contains(text, "-"):
		return "lower(mnemonic) = " + asked
	}
	return "(lower(mnemonic) = " + asked + " OR endsWith(lower(mnemonic), concat('-', " + asked + ")))"
}

// hasTerm is the condition that a line has a term. Its whole words are found by the
// index; the rest is then looked at in what is left.
func hasTerm(term storage.SearchTerm, value func(string) string) string {
	var all []string
	words := term.Words()
	if len(words) > 0 {
		all = append(all, "hasAllTokens("+searched+", "+value(strings.Join(words, " "))+")")
	}
	if len(words) == 1 && words[0] == term.Text {
		return all[0]
	}
	all = append(all, searched+" LIKE "+value("%"+likeEscapes.Replace(term.Text)+"%"))
	if term.StartsWord() || term.EndsWord() {
		const edge = `[\x00-/:-@\[-\x60{-\x7f]` // ASCII but for letters and digits
		pattern := regexp.QuoteMeta(term.Text)
		if term.StartsWord() {
			pattern = "(^|" + edge + ")" + pattern
		}
		if term.EndsWord() {
			pattern += "($|" + edge + ")"
		}
		all = append(all, "match("+searched+", "+value(pattern)+")")
	}
	return strings.Join(all, " AND ")
}

// likeEscapes make what means something in a pattern of LIKE stand for itself.
var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

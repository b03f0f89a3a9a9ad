package clickhouse

import (
	"regexp"
	"time"
)

// dateParameter finds the names of the parameters that a question takes for dates and
// times, and dateText the date at the beginning of a value.
var (
	dateParameter = regexp.MustCompile(`\{\s*(\w+)\s*:\s*(?:Nullable\(\s*)?Date`)
	dateText      = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)
)

// checkDates refuses dates that no calendar has: ClickHouse takes the 30th of February
// for the 2nd of March.
func checkDates(sql string, parameters map[string]string) error {
	for _, found := range dateParameter.FindAllStringSubmatch(sql, -1) {
		name := found[1]
		date := dateText.FindString(parameters[name])
		if date == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return refused("the parameter %s is %q, and there is no such date", name, parameters[name])
		}
	}
	return nil
}

package alert

import (
	"fmt"
	"slices"
	"strings"
)

// Severity is how grave an alarm is: the perceived severity of ITU-T X.733. Each has the
// severity of the ticket that it opens.
type Severity string

// The severities, the gravest first.
const (
	Critical Severity = "critical" // S1
	Major    Severity = "major"    // S2
	Minor    Severity = "minor"    // S3
	Warning  Severity = "warning"  // S4
)

// Severities are all, the gravest first.
var Severities = []Severity{Critical, Major, Minor, Warning}

// Ticket returns the severity of the alarm's ticket, S1 to S4; empty for no severity.
func (s Severity) Ticket() string {
	if at := slices.Index(Severities, s); at >= 0 {
		return fmt.Sprintf("S%d", at+1)
	}
	return ""
}

func (s Severity) validate() error {
	if slices.Contains(Severities, s) {
		return nil
	}
	names := make([]string, len(Severities))
	for i, severity := range Severities {
		names[i] = string(severity)
	}
	return fmt.Errorf("severity %q is not known: use %s", string(s), strings.Join(names, ", "))
}

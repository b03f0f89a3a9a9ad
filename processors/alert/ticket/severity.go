package ticket

import (
	"fmt"
	"slices"
)

// Severity is how badly a fault hurts, as agreed with the customer: S1 is the worst.
type Severity string

// The severities, the worst first.
const (
	S1 Severity = "S1"
	S2 Severity = "S2"
	S3 Severity = "S3"
	S4 Severity = "S4"
)

var severities = []Severity{S1, S2, S3, S4}

// ParseSeverity reads the name of a severity.
func ParseSeverity(text string) (Severity, error) {
	if !slices.Contains(severities, Severity(text)) {
		return "", fmt.Errorf("there is no severity %q: use one of %q", text, severities)
	}
	return Severity(text), nil
}

// bySeverity has a value of each severity.
type bySeverity[T any] map[Severity]T

func perSeverity[T any](s1, s2, s3, s4 T) bySeverity[T] {
	return bySeverity[T]{S1: s1, S2: s2, S3: s3, S4: s4}
}

package sample

import "fmt"

// Kind says what the rows of a block are. The numbers are part of the wire format
// and are never reused.
type Kind uint8

// The kinds of rows.
const (
	KindInterfaces          Kind = 1
	KindKeyframes           Kind = 2
	KindInterfaceIdentities Kind = 3
	KindPings               Kind = 4
	KindUptimes             Kind = 5
	KindVoice               Kind = 6
	KindHeartbeats          Kind = 7
	KindDevices             Kind = 8
	KindPaths               Kind = 9
	KindSyslog              Kind = 10
	KindTicks               Kind = 11
	KindHealth              Kind = 12
	KindRecomputes          Kind = 13
	KindHealthIdentities    Kind = 14
	KindOutcomes            Kind = 15
	KindNotifications       Kind = 16
)

var kindNames = map[Kind]string{
	KindInterfaces:          "interfaces",
	KindKeyframes:           "keyframes",
	KindInterfaceIdentities: "interface_identities",
	KindPings:               "pings",
	KindUptimes:             "uptimes",
	KindVoice:               "voice",
	KindHeartbeats:          "heartbeats",
	KindDevices:             "devices",
	KindPaths:               "paths",
	KindSyslog:              "syslog",
	KindTicks:               "ticks",
	KindHealth:              "health",
	KindHealthIdentities:    "health_identities",
	KindRecomputes:          "recomputes",
	KindOutcomes:            "outcomes",
	KindNotifications:       "notifications",
}

// String returns the kind's name as it stands in metrics and table names.
func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return fmt.Sprintf("kind_%d", uint8(k))
}

// Logged says whether rows of the kind travel in the topic logs: what devices said by
// themselves. All others travel in the topic telemetry.
func (k Kind) Logged() bool { return k == KindSyslog || k == KindNotifications }

// Rows is a set of columns of equal length: the rows of one kind. The row types of
// this package implement it.
type Rows interface {
	// Kind says which kind of rows these are.
	Kind() Kind
	// Len is the number of rows.
	Len() int
	columns() []column
}

// newRows returns an empty set of rows of the kind, nil for an unknown kind.
func newRows(kind Kind) Rows {
	switch kind {
	case KindInterfaces:
		return new(Interfaces)
	case KindKeyframes:
		return new(Keyframes)
	case KindInterfaceIdentities:
		return new(InterfaceIdentities)
	case KindPings:
		return new(Pings)
	case KindUptimes:
		return new(Uptimes)
	case KindVoice:
		return new(Voice)
	case KindHeartbeats:
		return new(Heartbeats)
	case KindDevices:
		return new(Devices)
	case KindPaths:
		return new(Paths)
	case KindSyslog:
		return new(Syslog)
	case KindTicks:
		return new(Ticks)
	case KindHealth:
		return new(Health)
	case KindHealthIdentities:
		return new(HealthIdentities)
	case KindRecomputes:
		return new(Recomputes)
	case KindOutcomes:
		return new(Outcomes)
	case KindNotifications:
		return new(Notifications)
	}
	return nil
}

// NewRows returns an empty set of rows of the kind, or an error that names the
// kind when this version does not know it.
func NewRows(kind Kind) (Rows, error) {
	if rows := newRows(kind); rows != nil {
		return rows, nil
	}
	return nil, fmt.Errorf("%w: %d", ErrUnknownKind, uint8(kind))
}

// Append adds all rows of source to target. Both must be of one kind.
func Append(target, source Rows) error {
	return AppendRange(target, source, 0, source.Len())
}

// AppendRange adds the rows of source from the one numbered from up to but not
// including to, counted from 0, to target. Both must be of one kind and the columns
// of source of equal length.
func AppendRange(target, source Rows, from, to int) error {
	columns, err := columnsToAppend(target, source)
	if err != nil {
		return err
	}
	if from < 0 || to < from || to > source.Len() {
		return fmt.Errorf("append %s rows: %d to %d of %d", source.Kind(), from, to, source.Len())
	}
	for i, column := range target.columns() {
		column.appendFrom(columns[i], from, to)
	}
	return nil
}

// AppendOrder adds the rows of source that order numbers, counted from 0, to target in
// that order. Both must be of one kind and the columns of source of equal length.
func AppendOrder(target, source Rows, order []uint32) error {
	columns, err := columnsToAppend(target, source)
	if err != nil {
		return err
	}
	for _, row := range order {
		if int(row) >= source.Len() {
			return fmt.Errorf("append %s rows: row %d of %d", source.Kind(), row, source.Len())
		}
	}
	for i, column := range target.columns() {
		column.appendOrder(columns[i], order)
	}
	return nil
}

// columnsToAppend returns the columns of source if they can be appended to target's.
func columnsToAppend(target, source Rows) ([]column, error) {
	if target.Kind() != source.Kind() {
		return nil, fmt.Errorf("append %s rows to %s rows: the kinds differ", source.Kind(), target.Kind())
	}
	columns := source.columns()
	for i, column := range columns {
		if column.length() != source.Len() {
			return nil, fmt.Errorf("append %s rows: column %d has %d rows, the first has %d", source.Kind(), i, column.length(), source.Len())
		}
	}
	return columns, nil
}

// Size returns about how many bytes the rows take in a block before compression.
func Size(rows Rows) int { return SizeFrom(rows, 0) }

// SizeFrom returns the Size of the rows from on. A text that a block holds once for
// all of its rows counts for each of them.
func SizeFrom(rows Rows, from int) int {
	size := 0
	for _, column := range rows.columns() {
		size += column.size(from)
	}
	return size
}

// Truncate keeps the first n rows and their memory.
func Truncate(rows Rows, n int) {
	for _, column := range rows.columns() {
		column.truncate(n)
	}
}

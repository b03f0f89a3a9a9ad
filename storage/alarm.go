package storage

import "time"

// AlarmFilter selects alarms. Its zero value selects all.
type AlarmFilter struct {
	Rule string // the rule's name; empty for all
	Open bool   // only what has not cleared at the end of the time asked for
}

// RaisedAlarm is one raising of an alarm: an alarm that cleared and came again is two of them. Of an entity
// that is no device Device is whose it is, and Name what a person calls it.
type RaisedAlarm struct {
	Entity             // ID is the device's, 0 where it is of none
	AlarmID  string    // 16 hex digits: one for each rule and entity, as tickets bear it
	Rule     string    // the rule's name: the label alertname
	Kind     string    // what the rule looks at
	Severity string    // critical, major, minor or warning (ITU-T X.733)
	About    string    // device/NAME, interface/DEVICE/NAME, path/NAME, site/NAME, appliance/NAME, centre
	Since    time.Time // since when it was so, by the measurements
	Raised   time.Time // with customer and AlarmID the key of the row
	Cleared  time.Time // zero while it is raised
	Muted    bool      // a maintenance window covers it
	Flapping bool      // it came and went, and was held
	Events   int       // of what happens: how often, while it was raised; 0 of what lasts
	Devices  int       // that it affects beside itself, of any customer
	Own      int       // of these the ones of its own customer
	Value    float64   // in the unit of the rule's thresholds; 0 where it has none
	Summary  string    // a line for a person

	Acknowledged AlarmAcknowledgement // zero where nobody sees to it

	Version uint64 // of rows of one raising the highest holds
}

// AlarmAcknowledgement is somebody's word that he sees to an alarm. Owner, reason and who said so are the
// partner's own: a scope that is not every customer is told the end alone.
type AlarmAcknowledgement struct {
	Owner  string
	Reason string
	By     string
	Until  time.Time // from then on it counts no more
}

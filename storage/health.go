package storage

import (
	"time"

	"mimamori/ingest/sample"
)

// SensorKind is what a sensor measures.
type SensorKind sample.SensorKind

// String returns the kind's name in lower case.
func (k SensorKind) String() string {
	if name, _ := sample.SensorKindName(sample.SensorKind(k)); name != "" {
		return name
	}
	return "invalid"
}

// Unit returns the unit of the kind's values in words, empty for an invalid kind and
// for one that has a status alone.
func (k SensorKind) Unit() string {
	_, unit := sample.SensorKindName(sample.SensorKind(k))
	return unit
}

// Whole says whether the kind's values are whole numbers: things counted, and seconds.
func (k SensorKind) Whole() bool { return k.Unit() == "count" || k.Unit() == "seconds" }

// SensorStatus is what a device says of a sensor, or of the part it watches.
type SensorStatus sample.SensorStatus

var sensorStatuses = sample.SensorStatusNames()

// String returns the status in words.
func (s SensorStatus) String() string {
	if int(s) < len(sensorStatuses) {
		return sensorStatuses[s]
	}
	return "invalid"
}

// Failing says whether the device calls the part in danger or failed.
func (s SensorStatus) Failing() bool {
	return s == SensorStatus(sample.SensorWarning) || s == SensorStatus(sample.SensorCritical)
}

// SensorHealth is what a device said of one of its sensors in one bucket. Name is the
// sensor's, values are in the unit of its kind.
type SensorHealth struct {
	Entity
	Kind     SensorKind
	Source   string // the MIB it was read from; empty where nobody ever said
	Start    time.Time
	At       time.Time // of the latest reading
	Status   SensorStatus
	Worst    SensorStatus // the gravest in the bucket: critical before warning before ok before the others
	Readings uint64       // in the bucket
	Measured uint64       // of these, readings with a value
	Last     float64      // value of the latest reading, where LastMeasured
	Min      float64      // valid when Measured > 0, like Mean and Max
	Mean     float64
	Max      float64

	LastMeasured bool
}

// Value returns the latest reading's value; false where the device gave none.
func (s *SensorHealth) Value() (float64, bool) { return s.Last, s.LastMeasured }

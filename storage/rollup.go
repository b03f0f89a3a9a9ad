package storage

import (
	"math"
	"time"

	"mimamori/ingest/sample"
)

// The figures of the dirty ranges that say where rollups do not hold: hours and whole
// UTC days of a site. A day is dirty for as long as an hour of it is.
const (
	RollUpHours = "rollup"
	RollUpDays  = "rollup_days"
)

// RollUpLog is the figure of the dirty ranges that say of which hours of a site the
// lines of the log are not added up.
const RollUpLog = "rollup_log"

// RollUp names what is to be added up anew: the hours or the UTC days of some sites of
// a customer in [FromMs, ToMs), Unix milliseconds, both on a whole hour or day.
type RollUp struct {
	Customer     sample.ID
	Sites        []sample.ID
	FromMs, ToMs int64
	// AvailabilityOnly leaves utilization and voice of days as they are: too long ago, what
	// they were made of may be given up.
	AvailabilityOnly bool
}

// NotRolled is the SinceMs of a site of whose figures none are added up.
const NotRolled = math.MaxInt64

// RolledSite says from when on a site's figures are added up in the rollups, where no
// dirty range says otherwise. Natural key customer and site.
type RolledSite struct {
	Customer, Site sample.ID
	SinceMs        int64 // Unix milliseconds; 0: all that there is
	Partition      int
	Offset         int64 // of the message whose processing brought it there
}

// AvailabilityTotal is one device's availability without the outages behind it.
type AvailabilityTotal struct {
	Availability        // Outages is nil
	UnreachableMs int64 // of DownMs that in which its way was down; -1 where that was not added up
	Downs         int   // outages in which it was down
	LongestMs     int64 // the longest of them, cut to the time asked for
}

// VoicePeriod is the quality of a voice path in one bucket of time, on one scale of R:
// the scales never mix. Means and extremes of the quality are over the minutes in which
// something was sent; means of delays are over the packets that came back, 0 where none
// did.
type VoicePeriod struct {
	Entity
	Start       time.Time
	Scale       string // nb, wb or fb; empty of a path without a codec, which has no R and MOS
	CoveredMs   uint64
	Minutes     uint64 // with something sent
	PoorMinutes uint64 // of these, below R 70 of the narrowband scale or its like
	Sent        uint64
	Received    uint64
	Lost        uint64
	Late        uint64
	Duplicates  uint64
	Reordered   uint64
	R, RMin     float64 // mean and lowest; 0 without minutes
	MOS, MOSMin float64
	MOSLQ       float64
	DelayMs     float64
	DelayMaxMs  float64
	JitterMs    float64
	JitterMaxMs float64
	RTTMs       float64
	LossPctMax  float64 // of one minute, lost and late together

	IPSLAMinutes    uint64  // of the minutes with something sent, those a router's IP SLA operation measured
	ReportedMinutes uint64  // of these, with a MOS of the router's own
	ReportedMOS     float64 // mean of these; 0 without any
	ReportedICPIF   float64
}

package storage

import "mimamori/ingest/sample"

// ApplianceClock says that an appliance's clock is not the centre's. Natural key customer
// and appliance; the row with the highest offset is what is known.
type ApplianceClock struct {
	Customer, Site, Appliance sample.ID

	AtMs    int64 // the centre's time when it was found, Unix milliseconds
	SkewMs  int64 // how far the appliance's clock is ahead, ms; below zero behind
	Refused bool  // so wrong that what it measures is not taken
	Offset  int64 // of the message that showed it
}

// How far an appliance's clock may be off the centre's, ms, without anything being held against it. What is further off is
// told as a trouble of the clock itself.
const (
	LongestAheadMs  = 30_000
	LongestBehindMs = 60_000
)

package failures

import "time"

// DeviceKind is what a device is, which decides how often it fails.
type DeviceKind uint8

// The kinds of devices.
const (
	Router DeviceKind = iota
	Switch
	Firewall
	AccessPoint
	Server
	PBX
	Camera
	deviceKinds
)

// Kind is what fails.
type Kind string

// The kinds of events. Those of a device are its own; those of a site are all its devices'.
const (
	Cut         Kind = "cut"         // its cable or port: it runs on, and nothing reaches it
	Flap        Kind = "flap"        // several short cuts in a row, each an event
	Failure     Kind = "failure"     // hardware or its power supply: it is started when it was mended
	Reboot      Kind = "reboot"      // a crash or a restart
	Planned     Kind = "planned"     // a restart within a maintenance window
	LineOutage  Kind = "line outage" // the site's WAN line: nothing reaches the centre
	PowerOutage Kind = "power"       // the site's: every device is off, and started afterwards

	// Of a chassis, which goes on working.
	Heat     Kind = "heat"         // it is warmer than it should be
	FanStop  Kind = "fan"          // one of its fans stands still
	FeedLoss Kind = "power supply" // one of its power supplies, or what feeds it

	// Of a voice path.
	VoiceDelay  Kind = "voice delay"  // it takes a longer way
	VoiceJitter Kind = "voice jitter" // queues come and go
	VoiceLoss   Kind = "voice loss"   // queues run over

	// Of the log of a device.
	Chatter  Kind = "link chatter" // a port goes down and up, and each time it says so
	LogStorm Kind = "log storm"    // it repeats itself as fast as it can
)

// rate is how often something happens to one device or site, and how long it lasts.
type rate struct {
	every time.Duration // mean time between the end of one and the beginning of the next
	lasts time.Duration // mean time to repair
	least time.Duration // no shorter than that
}

const (
	day  = 24 * time.Hour
	year = 365 * day
)

// deviceRates are those of each kind of device. A missing one never happens.
var deviceRates = [deviceKinds]map[Kind]rate{
	Router: {
		Failure: {8 * year, 5 * time.Hour, 20 * time.Minute},
		Reboot:  {150 * day, 5 * time.Minute, 2 * time.Minute},
	},
	Switch: {
		Cut:     {4 * year, time.Hour, 2 * time.Minute},
		Failure: {12 * year, 6 * time.Hour, 20 * time.Minute},
		Reboot:  {300 * day, 4 * time.Minute, 90 * time.Second},
	},
	Firewall: {
		Failure: {8 * year, 5 * time.Hour, 20 * time.Minute},
		Reboot:  {120 * day, 5 * time.Minute, 2 * time.Minute},
	},
	AccessPoint: {
		Cut:     {year, 40 * time.Minute, time.Minute},
		Flap:    {2 * year, 45 * time.Second, 25 * time.Second},
		Failure: {6 * year, 20 * time.Hour, time.Hour},
		Reboot:  {60 * day, 3 * time.Minute, time.Minute},
	},
	Server: {
		Cut:     {3 * year, 30 * time.Minute, time.Minute},
		Failure: {5 * year, 6 * time.Hour, 30 * time.Minute},
		Reboot:  {35 * day, 4 * time.Minute, time.Minute},
	},
	PBX: {
		Cut:     {3 * year, 30 * time.Minute, time.Minute},
		Failure: {8 * year, 4 * time.Hour, 30 * time.Minute},
		Reboot:  {180 * day, 6 * time.Minute, 2 * time.Minute},
	},
	Camera: {
		Cut:     {200 * day, 2 * time.Hour, time.Minute},
		Flap:    {year, 45 * time.Second, 25 * time.Second},
		Failure: {4 * year, 30 * time.Hour, time.Hour},
		Reboot:  {90 * day, 90 * time.Second, 45 * time.Second},
	},
}

// siteRates are those of each site.
var siteRates = map[Kind]rate{
	LineOutage:  {75 * day, 90 * time.Minute, time.Minute},
	PowerOutage: {250 * day, 50 * time.Minute, 2 * time.Minute},
}

// chassisRates are those of the devices that say what their temperature, fans and power supplies do. The room is too
// warm more often than a fan wears out, which are made for 60,000 hours or more and of which there are two; of power
// supplies it is rarely the unit, mostly a plug, a fuse or a strip.
var chassisRates = map[Kind]rate{
	Heat:     {2 * year, 3 * time.Hour, 10 * time.Minute},
	FanStop:  {4 * year, 8 * time.Hour, 5 * time.Minute},
	FeedLoss: {4 * year, 90 * time.Minute, time.Minute},
}

// hasChassis says which kinds of devices say so.
func hasChassis(kind DeviceKind) bool { return kind == Router || kind == Switch }

// pathRates are those of each voice path over a line that it shares with other traffic. A full line first makes packets
// wait and then loses some; both are over when the copy or the update is. A longer way is taken while the line itself is
// mended, over a satellite or a mobile network.
var pathRates = map[Kind]rate{
	VoiceJitter: {5 * day, 20 * time.Minute, 2 * time.Minute},
	VoiceLoss:   {10 * day, 12 * time.Minute, 2 * time.Minute},
	VoiceDelay:  {30 * day, 90 * time.Minute, 5 * time.Minute},
}

// logRates are those of each kind of device. A port flaps for a bad cable or a card that saves energy, of which switches
// have most; a storm is a loop in the network, a scan that a firewall reports, or a service that is started again and
// again.
var logRates = [deviceKinds]map[Kind]rate{
	Router:   {Chatter: {200 * day, 10 * time.Minute, time.Minute}},
	Switch:   {Chatter: {60 * day, 10 * time.Minute, time.Minute}, LogStorm: {2 * year, 4 * time.Minute, 30 * time.Second}},
	Firewall: {LogStorm: {year, 4 * time.Minute, 30 * time.Second}},
	Server:   {LogStorm: {year, 4 * time.Minute, 30 * time.Second}},
}

// Work that is announced: of each site one window in workEvery, in which each device is
// restarted with a chance of one in workOneIn.
const (
	workEvery = 28 * day
	workLasts = 2 * time.Hour
	workOneIn = 4
)

var plannedRestart = rate{lasts: 4 * time.Minute, least: 90 * time.Second}

// A flap is so many cuts, with so much time between them.
const (
	flapFewest, flapMost      = 3, 6
	flapShortest, flapLongest = 80 * time.Second, 3 * time.Minute
)

// settling is how long a device answers at least between two outages: what comes sooner is one. Whoever polls it each
// minute has read its clock once by then.
const settling = 75 * time.Second

// Package load says what the appliances of a fleet would say, without polling anything:
// rows and blocks that follow from a seed and a time alone, straight to Kafka. It is how
// the centre is measured at sizes for which no machine could simulate the devices.
//
// It keeps to what appliances do with the product's defaults: every device has its place
// in the interval, interfaces, clocks and sensors are read each minute, pings are sent
// each 20 seconds, a voice path is rated each minute, a heartbeat comes each 10 seconds,
// and what an appliance measured within a second makes a block of each kind, as with
// ingest.routine_linger 0s: by default blocks are fewer, which is less to do. The centre's
// ticks are in the stream as well, by the time of the rows, so that hours of a fleet can
// be judged in seconds as they would have been at their time. Half of the interfaces are
// idle; the others follow the hours of a working week (traffic.go). Nothing fails in this
// fleet unless it is told to: by a script of bench/failures, of which it then knows the truth
// (failing.go). A device that is down says nothing, one that was started has a clock that
// says so, and an appliance that does not reach the centre keeps what it measures until it
// does. Such a fleet has a log as well: a line of each device in five minutes, and the
// script's bursts; its sensors tell of the script's chassis, and its voice paths are
// impaired by it.
//
// What lives here: the fleet (fleet.go), its rows (rows.go, sensors.go, voice.go, log.go), its names (names.go), how
// they become messages (blocks.go) and reach the bus (publish.go), and the interface rows
// as a writer hands them to the store (batches.go). What does not: the measurements, which
// are in bench/pipeline, and devices that answer, which are bench/fleet.
//
// To add a kind of row: a function of site in rows.go, its place in site.second, and its
// values in Counts.Values.
package load

// Package history makes up what a store holds of a fleet after a month, and asks what pages ask
// of it: so many devices of up to 50 customers, 30 days of hours and days of traffic and voice with
// outages and averages over five minutes of WAN links; of measurements as they came in the polls of all links,
// sensors and lines of the log of the last day, voice minutes of the last two, and of one link (the WAN
// links), device and path in 20 those of all 30 days. With a year, days of traffic and availability go back for that.
//
// The rows are made inside the engine, by INSERT ... SELECT from numbers: they are as many and
// spread as those of a fleet, and say nothing about what processors would make of
// measurements.
//
// What lives here: the rows (history.go, devices.go, traffic.go, voice.go, told.go) and the
// questions (questions.go). What does not: asking them and taking the time (bench/answers).
package history

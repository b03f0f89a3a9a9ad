// Package failures draws what fails in a fleet, when and for how long, from a seed: devices
// by the kind of device, the lines of sites, their power, and work that was announced; and
// what goes wrong while everything answers: chassis that grow warm or lose a fan or a power
// supply, voice paths over which a call sounds bad, devices that fill the log. It
// knows no device and no clock: times are counted from the beginning of a period, so that a
// fleet of devices that answer (bench/fleet) and one that only says what it would have
// measured (bench/load) play the same script.
//
// How often each thing fails and how long that lasts stands in rates.go. These are
// assumptions of the right order of magnitude for branch offices, not measurements; whoever
// knows better changes the table. Config.Times makes everything happen more often, never
// shorter or longer, so that an hour has something to show.
//
// What follows from it is part of the script: a device behind one that is down cannot be
// reached; a site without its line or its edge router cannot reach the centre, while its
// appliance, which runs on a battery, goes on polling; a device that lost its power has been
// started when it answers again.
//
// What lives here: the rates (rates.go), drawing events (draw.go), what they do to each
// device and site (script.go), and what goes wrong beside that (trouble.go, with what of it both
// fleets share: how warm, how many lines, how bad a path). What does not: playing it, and judging what was made of it,
// which is bench/verify.
//
// To add a failure: a Kind, its line in rates.go, and in Script.suffer or Script.trouble what it does.
package failures

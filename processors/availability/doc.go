// Package availability says when each device was up, down, degraded or unknown, from
// ping rounds and uptime clocks, in the time of the events.
//
// What lives here:
//
//   - machine.go: the judgement of one device, row by row. It knows no clock and no
//     store.
//   - figure.go: the live path. Rows newer than a device's watermark go through its
//     machine in the order of their offsets; ticks notice silence; older rows, boots
//     and silences that turn out to be a delay only mark a range of time as dirty.
//   - settle.go, history.go: the one path for everything late. A dirty range that saw no
//     new dirt between two ticks, or waited a minute for that, is judged again from the
//     raw rows, in the order of the events, from the last answer before it to the first
//     answer after it. Its result is the truth, and the live path arrives at the same one
//     when nothing is late.
//   - conclude.go, past.go: what a judgement changes of what is stored, read in one go for
//     many devices; what no longer follows gets a tombstone.
//   - recompute.go, island.go: the same path because somebody asked, some time of all
//     devices of an appliance with each tick, from the rows that are left.
//   - note.go: what a judgement changes of a record is kept as a correction.
//   - uptime.go: what two readings of a device's clocks say about what lies between.
//   - cause.go: which devices are on the way to which, and what follows from it.
//   - restore.go: the state as of an offset, from checkpoints and the rows behind them.
//
// What does not: maintenance and calendars, which are laid over the answer when a
// question is asked, and alerting.
//
// To add a source of signs of life: a case in Figure.apply and a method of the machine,
// with its rows in history.
// Whatever the machine keeps must be in storage.DeviceState, or follow from the rows
// after a checkpoint.
//
// Hot path: Process looks at every ping row; BenchmarkProcessPings.
package availability

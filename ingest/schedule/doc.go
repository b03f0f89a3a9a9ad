// Package schedule decides when each entity is polled: once an interval, at a place
// in it that is the same at every start and different for each entity, so that a
// fleet's polls are spread evenly and a restart causes no stampede.
//
// What lives here: slots, offsets and the walk through them, the clock that the walk
// follows, which is the machine's and may be set, and the renewal of what an entity
// learns from elsewhere. What does not: the polling itself and its
// concurrency, which each poller bounds in its own way.
package schedule

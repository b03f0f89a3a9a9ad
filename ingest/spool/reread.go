package spool

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"time"
)

// rereadPause is how long what could not be read is left alone.
const rereadPause = time.Minute

// postpone leaves a block for later that cannot be read just now: a disk's error passes
// more often than not.
func (s *Spool) postpone(e *entry, err error) {
	s.metrics.readErrors.Inc()
	if s.unreadFiles() == 0 {
		s.logger.Warn("a block on disk cannot be read just now; it is kept and tried again, and others go on", "file", e.segment.path, "error", err)
	}
	s.memory -= e.memory()
	e.segment.records[e.record].state = stateUnread
	e.segment.unread[WayOf(e.block.Kind)]++
}

// unread counts the blocks of a way that could not be read and are not tried again yet.
func (s *Spool) unread(on Way) int {
	count := 0
	if s.folder != nil {
		for _, segment := range s.folder.segments {
			count += segment.unread[on]
		}
	}
	return count
}

func (s *Spool) unreadFiles() int {
	if s.folder == nil {
		return 0
	}
	count := len(s.folder.aside)
	for _, segment := range s.folder.segments {
		if segment.unread != [Ways]int{} || segment.rest {
			count++
		}
	}
	return count
}

// readAgain lets what could not be read be tried again once it was left alone for a
// while.
func (s *Spool) readAgain(now time.Time) {
	if s.folder == nil || s.closed || now.Sub(s.reread) < rereadPause {
		return
	}
	s.reread = now
	for _, segment := range s.folder.segments {
		if segment.unread != [Ways]int{} {
			segment.again()
		}
	}
	aside := s.folder.aside
	s.folder.aside = nil
	for _, segment := range aside {
		s.readAside(segment)
	}
	s.signal()
}

// again makes backlog of the records that could not be read.
func (s *segment) again() {
	for i := range s.records {
		if s.records[i].state == stateUnread {
			s.leave(i)
		}
	}
	s.unread = [Ways]int{}
}

// readAside reads a file again of which there may be more than was read before.
func (s *Spool) readAside(before *segment) {
	loaded, _, err := loadSegment(before.path, false, nil)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.folder.bytes -= before.size
	case err != nil || loaded.rest && loaded.unsent == 0:
		s.metrics.readErrors.Inc()
		s.folder.aside = append(s.folder.aside, before)
	case loaded.unsent == 0:
		s.metrics.broken.Add(float64(loaded.broken))
		s.folder.bytes -= before.size
		loaded.remove()
	default:
		s.metrics.broken.Add(float64(loaded.broken))
		s.folder.segments = append(s.folder.segments, loaded.segment)
		slices.SortFunc(s.folder.segments, func(a, b *segment) int { return cmp.Compare(a.path, b.path) })
		blocks := s.await(loaded.segment)
		s.logger.Info("what could not be read in the spool is sent as backlog", "file", loaded.path, "blocks", blocks)
	}
}

// await counts the backlog of a segment that was read among what is not delivered yet.
func (s *Spool) await(loaded *segment) (blocks int) {
	for _, r := range loaded.records {
		if r.state == stateBacklog {
			blocks++
			s.queueOf(r.kind).blocks++
			s.bytes += r.size()
		}
	}
	return blocks
}

// giveUpAside drops the oldest file that is aside.
func (s *Spool) giveUpAside() {
	given := s.folder.aside[0]
	s.folder.aside = s.folder.aside[1:]
	s.folder.bytes -= given.size
	s.metrics.broken.Add(float64(given.size))
	s.logger.Error("a part of the spool is given up that could not be read and whose room is needed", "file", given.path, "bytes", given.size)
	given.remove()
}

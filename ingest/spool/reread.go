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
	if s.unread() == 0 {
		s.logger.Warn("a block on disk cannot be read just now; it is kept and tried again, and others go on", "file", e.segment.path, "error", err)
	}
	s.memory -= e.memory()
	e.segment.records[e.record].state = stateUnread
	e.segment.unread++
}

// unread counts the blocks that could not be read and are not tried again yet.
func (s *Spool) unread() int {
	count := 0
	if s.folder != nil {
		for _, segment := range s.folder.segments {
			count += segment.unread
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
		if segment.unread > 0 || segment.rest {
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
		if segment.unread > 0 {
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
			s.records[i].state = stateBacklog
			s.backlog++
			s.next = min(s.next, i)
		}
	}
	s.unread = 0
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
		blocks, size := loaded.waiting()
		s.blocks += blocks
		s.bytes += size
		s.logger.Info("what could not be read in the spool is sent as backlog", "file", loaded.path, "blocks", blocks)
	}
}

// waiting counts the records that are backlog, and their bytes.
func (s *segment) waiting() (blocks, size int) {
	for _, r := range s.records {
		if r.state == stateBacklog {
			blocks++
			size += r.size()
		}
	}
	return blocks, size
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

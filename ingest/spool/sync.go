package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// Sync returns once every block that was put before is on disk for good or delivered, or
// with the reason why some are not. One file that cannot be forced to the disk does not
// keep the others from it.
func (s *Spool) Sync() error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	pending, directories, err := s.unsynced()
	if err == nil && len(pending) > 0 {
		s.metrics.syncs.Inc()
		err = s.list(pending, directories)
		for _, segment := range pending {
			if failed := s.force(segment); err == nil {
				err = failed
			}
		}
	}
	if err != nil {
		return fmt.Errorf("force the spool to the disk: %w", err)
	}
	return nil
}

// unsynced returns the segments with something to send that a power cut may take, and
// the directories whose entries it may take.
func (s *Spool) unsynced() (pending []*segment, directories []string, err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if !s.opened || s.closed {
		return nil, nil, errNoDirectory
	}
	if s.failure != nil {
		return nil, nil, s.failure
	}
	unlisted := false
	for _, segment := range s.folder.segments {
		if segment.unsynced && segment.unsent > 0 {
			pending = append(pending, segment)
			unlisted = unlisted || segment.unlisted
		}
	}
	directories = slices.Clone(s.folder.unlisted)
	if unlisted {
		directories = append(directories, s.folder.path)
	}
	return pending, directories, nil
}

// list forces the entries of the directories to the disk. Where it cannot be done, none
// of the segments that need it is on disk for good.
func (s *Spool) list(pending []*segment, directories []string) error {
	var err error
	for _, directory := range directories {
		if err = SyncDirectory(directory); err != nil {
			break
		}
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if err == nil {
		s.folder.unlisted = nil
		for _, segment := range pending {
			segment.unlisted = false
		}
		return nil
	}
	s.unforced(err, slices.DeleteFunc(slices.Clone(pending), func(each *segment) bool {
		return !each.unlisted && len(s.folder.unlisted) == 0
	})...)
	return err
}

// force forces one segment to the disk. The file of an old one is open meanwhile only.
func (s *Spool) force(forced *segment) error {
	file, err := s.beginForce(forced)
	if file == nil {
		return err
	}
	err = file.Sync()
	s.lock.Lock()
	defer s.lock.Unlock()
	forced.syncing = false
	if !slices.Contains(s.folder.segments, forced) { // was sent or dropped meanwhile
		return nil
	}
	if err != nil {
		s.unforced(err, forced)
		return err
	}
	if forced != s.folder.tail && !forced.unsynced {
		forced.release()
	}
	return nil
}

// beginForce returns the segment's file; nil where there is nothing to force.
func (s *Spool) beginForce(forced *segment) (*os.File, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if !forced.unsynced || forced.unsent == 0 || !slices.Contains(s.folder.segments, forced) {
		return nil, nil
	}
	if forced.file == nil {
		file, err := os.OpenFile(forced.path, os.O_RDWR, 0)
		if errors.Is(err, fs.ErrNotExist) {
			forced.unsynced = false // somebody deleted it: its blocks are lost when it is their turn
			return nil, nil
		}
		if err != nil {
			s.fail(fmt.Errorf("force the spool to the disk: %w", err))
			return nil, err
		}
		forced.file = file
	}
	forced.unsynced, forced.syncing = false, true
	return forced.file, nil
}

// unforced notes that segments may not be on disk, and why.
func (s *Spool) unforced(err error, segments ...*segment) {
	for _, segment := range segments {
		segment.unsynced = true
		s.detach(segment)
	}
	s.fail(fmt.Errorf("force the spool to the disk: %w", err)) // nothing is added to them any more
	for _, segment := range segments {
		if !s.folder.sweep(segment) {
			segment.release() // an error may stick to the descriptor
		}
	}
}

// detach takes blocks that are still in memory for not being on disk, so that they are
// written again: what the system could not force to the disk it may have let go of.
func (s *Spool) detach(from *segment) {
	for _, e := range s.everyWay(func(q *queue) []*entry { return slices.Concat(q.underway, q.urgent.all(), q.live.all()) }) {
		if e.segment != from || e.block.Bytes == nil {
			continue
		}
		if r := &from.records[e.record]; r.state == stateTaken {
			from.taken--
		}
		from.records[e.record].state = stateGone
		from.unsent--
		e.segment = nil
	}
}

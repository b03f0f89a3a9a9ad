package spool

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// retryPause is how long a disk that failed is left alone.
const retryPause = 5 * time.Second

var (
	errNoDirectory = errors.New("the spool has no directory")
	errNoRoom      = errors.New("the spool is full of blocks under way")
)

// Open takes possession of the appliance's folder; what an earlier process left there
// is backlog. It fails where another process has the folder, or it cannot be made. A
// disk that is full or read-only is no error: the spool goes on in memory until it
// takes blocks again. Without a directory the spool stays in memory.
func (s *Spool) Open() error {
	if s.config.Directory == "" {
		return nil
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	err := s.enter()
	if err != nil && !passes(err) {
		return err
	}
	s.opened = true
	if err == nil {
		err = s.storeAll()
	}
	if err != nil {
		s.fail(err)
	}
	return nil
}

// passes says that a disk may take blocks again without anybody's doing.
func passes(err error) bool {
	for _, number := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, number) {
			return true
		}
	}
	return false
}

// enter opens the folder and takes over what is in it.
func (s *Spool) enter() error {
	folder, left, err := openFolder(s.config, s.appliance)
	if err != nil {
		return err
	}
	s.folder = folder
	blocks, before := 0, s.bytes
	for _, segment := range folder.segments {
		blocks += s.await(segment)
	}
	if left.broken > 0 {
		s.metrics.broken.Add(float64(left.broken))
		s.logger.Warn("a part of what was left in the spool cannot be read, as after a power cut; the rest is sent",
			"folder", folder.path, "broken_bytes", left.broken)
	}
	if unread := s.unreadFiles(); unread > 0 {
		s.metrics.readErrors.Add(float64(unread))
		s.logger.Warn("a part of what was left in the spool cannot be read just now; it is kept and tried again",
			"folder", folder.path, "files", unread)
	}
	s.reread = time.Now()
	if blocks > 0 {
		s.logger.Info("what was left in the spool is sent as backlog", "folder", folder.path,
			"blocks", blocks, "bytes", s.bytes-before, "since", left.since.UTC().Format(time.RFC3339))
		s.signal()
	}
	return nil
}

// onDisk says that blocks are kept on disk.
func (s *Spool) onDisk() bool { return s.folder != nil && s.failure == nil }

// store writes an entry to the disk; false where it failed.
func (s *Spool) store(e *entry, as state) bool {
	segment, number, err := s.folder.append(e.block, e.since, as)
	if err != nil {
		s.fail(fmt.Errorf("write to the spool: %w", err))
		return false
	}
	e.segment, e.record = segment, number
	return true
}

// fail goes on in memory, and says so.
func (s *Spool) fail(err error) {
	s.tried = time.Now()
	if s.folder != nil {
		s.folder.end()
	}
	if s.failure == nil {
		s.metrics.failures.Inc()
		s.logger.Error("the disk takes no blocks: they are kept in memory, as many as memory_bytes allows, and lost with the process; free or mend the disk",
			"directory", s.config.Directory, "error", err)
	}
	s.failure = err
}

// retry tries a disk that failed once it was left alone for a while.
func (s *Spool) retry(now time.Time) {
	if !s.opened || s.closed || s.failure == nil || now.Sub(s.tried) < retryPause {
		return
	}
	s.tried = now
	if s.folder == nil {
		if err := s.enter(); err != nil {
			s.failure = err
			return
		}
	}
	if s.failure = s.storeAll(); s.failure != nil {
		return
	}
	s.logger.Info("the disk takes blocks again", "directory", s.config.Directory)
	s.admit()
}

// storeAll writes what is in memory alone to the disk, the oldest first.
func (s *Spool) storeAll() error {
	write := func(entries []*entry, as state) error {
		for _, e := range entries { // making room may drop some
			if e.segment != nil {
				continue
			}
			if !s.makeRoom(e.size) {
				return errNoRoom
			}
			segment, number, err := s.folder.append(e.block, e.since, as)
			if err != nil {
				s.folder.end()
				return fmt.Errorf("write to the spool: %w", err)
			}
			e.segment, e.record = segment, number
		}
		return nil
	}
	if err := write(s.everyWay(func(q *queue) []*entry { return q.underway }), stateTaken); err != nil {
		return err
	}
	err := write(s.everyWay(func(q *queue) []*entry { return q.held.all() }), stateBacklog)
	for i := range s.queues {
		for held := &s.queues[i].held; held.len() > 0 && held.first().segment != nil; {
			s.memory -= held.pop().memory()
		}
	}
	if err != nil {
		return err
	}
	return errors.Join(
		write(s.everyWay(func(q *queue) []*entry { return q.urgent.all() }), stateQueued),
		write(s.everyWay(func(q *queue) []*entry { return q.live.all() }), stateQueued))
}

// alone counts the blocks that are in memory alone.
func (s *Spool) alone() int {
	if s.onDisk() {
		return 0
	}
	count := 0
	for i := range s.queues {
		q := &s.queues[i]
		count += q.held.len()
		for _, entries := range [][]*entry{q.underway, q.urgent.all(), q.live.all()} {
			for _, e := range entries {
				if e.segment == nil {
					count++
				}
			}
		}
	}
	return count
}

// makeRoom gives up the oldest segments until there are so many bytes of disk; false
// where what is under way leaves too few.
func (s *Spool) makeRoom(need int) bool {
	for s.folder.bytes+need > s.config.MaxBytes && len(s.folder.aside) > 0 {
		s.giveUpAside()
	}
	if s.folder.bytes+need <= s.config.MaxBytes {
		return true
	}
	fixed := 0
	for _, segment := range s.folder.segments {
		if segment.taken > 0 {
			fixed += segment.size
		}
	}
	if fixed+need > s.config.MaxBytes {
		return false
	}
	for s.folder.bytes+need > s.config.MaxBytes {
		s.giveUp(s.folder.oldest())
	}
	return true
}

// giveUp drops what is left of a segment.
func (s *Spool) giveUp(given *segment) {
	for i, r := range given.records {
		if r.state == stateGone {
			continue
		}
		s.queueOf(r.kind).blocks--
		s.bytes -= r.size()
		given.records[i].state = stateGone
		s.drop(r.kind, "the spool is full")
	}
	stays := func(e *entry) bool {
		if e.segment == given {
			s.memory -= e.memory()
		}
		return e.segment != given
	}
	for i := range s.queues {
		s.queues[i].urgent.keep(stays)
		s.queues[i].live.keep(stays)
	}
	s.folder.remove(given)
}

// Run forces blocks to the disk as configured, and tries a disk again that failed, or
// what could not be read of it, until the context ends.
func (s *Spool) Run(ctx context.Context) error {
	interval := s.config.FsyncInterval
	if s.config.Fsync != FsyncInterval {
		interval = retryPause
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			s.lock.Lock()
			s.retry(now)
			s.readAgain(now)
			forced := s.onDisk() && s.config.Fsync == FsyncInterval
			s.lock.Unlock()
			if forced {
				_ = s.Sync() // has said what went wrong, and is tried again
			}
		}
	}
}

// Close forces what is left to the disk and lets go of the folder. What is in memory
// alone then is lost. Nothing may be put or taken afterwards.
func (s *Spool) Close() error {
	s.Finish()
	s.lock.Lock()
	s.tried = time.Time{} // a last time
	s.retry(time.Now())
	wanted := s.onDisk()
	s.lock.Unlock()
	var err error
	if wanted {
		err = s.Sync()
	}
	s.syncing.Lock()
	defer s.syncing.Unlock()
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.folder != nil && !s.closed {
		err = errors.Join(err, s.folder.close())
	}
	s.closed = true
	s.signal()
	return err
}

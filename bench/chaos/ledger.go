package chaos

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// ledger is the file in which a poller writes, slot by slot, what its spool has made
// durable. It is written after the spool: a slot that is durable and not in it is made
// again.
type ledger struct {
	file *os.File
	next int // the first slot that is not in it
}

// openLedger reads how far a poller came; a line that was not finished does not count.
func openLedger(path string) (*ledger, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	l := &ledger{file: file}
	whole, err := l.read()
	if err == nil {
		err = errors.Join(file.Truncate(whole), seek(file, whole))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the ledger %s: %w", path, err), file.Close())
	}
	return l, nil
}

func seek(file *os.File, at int64) error {
	_, err := file.Seek(at, io.SeekStart)
	return err
}

func (l *ledger) read() (whole int64, err error) {
	for reader := bufio.NewReader(l.file); ; l.next++ {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil {
			return 0, err
		}
		slot, err := strconv.Atoi(string(bytes.TrimSpace(line)))
		if err != nil || slot != l.next {
			return 0, fmt.Errorf("line %d is %q, not the number of the next slot", l.next+1, line)
		}
		whole += int64(len(line))
	}
}

// add writes that the next slot is durable.
func (l *ledger) add() error {
	if _, err := fmt.Fprintf(l.file, "%d\n", l.next); err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	l.next++
	return nil
}

func (l *ledger) close() error { return l.file.Close() }

// readLedger returns how many slots a poller has made durable.
func readLedger(path string) (slots int, err error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	l := &ledger{file: file}
	_, err = l.read()
	return l.next, err
}

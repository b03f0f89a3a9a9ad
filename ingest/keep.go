package ingest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mimamori/ingest/snmp"
	"mimamori/ingest/spool"
)

// countersPath is where the last counters are kept over a restart: beside the
// appliance's spool, whose lock holds for it, too; empty without a directory.
func (a *Appliance) countersPath() string {
	folder := a.config.Spool.Folder(a.station.ApplianceID)
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, "counters")
}

// restoreCounters hands the counters of an earlier process to the poller, once: a later
// start must not count from them again. Without them the first poll of each device has
// nothing to compare with, which is no reason not to start.
func (a *Appliance) restoreCounters(poller *snmp.Poller) {
	path := a.countersPath()
	if path == "" {
		return
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		err = remove(path)
	}
	interfaces := 0
	if err == nil {
		interfaces, err = poller.Restore(text)
	}
	if err != nil {
		a.logger.Warn("the last counters are not taken over, the first poll of each device has nothing to compare with", "file", path, "error", err)
		return
	}
	a.logger.Info("the last counters are taken over", "interfaces", interfaces)
}

// keepCounters writes the poller's last counters for the next process.
func (a *Appliance) keepCounters(poller *snmp.Poller) error {
	path := a.countersPath()
	if path == "" {
		return nil
	}
	text, err := poller.Keep()
	if err != nil {
		return err
	}
	if err := replace(path, text); err != nil {
		return fmt.Errorf("keep the last counters: %w", err)
	}
	return nil
}

// replace writes a file so that after a crash it is there as a whole or not at all.
func replace(path string, text []byte) error {
	next := path + ".next"
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return spool.SyncDirectory(filepath.Dir(path))
}

// remove deletes a file for good, so that no power cut brings it back.
func remove(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return spool.SyncDirectory(filepath.Dir(path))
}

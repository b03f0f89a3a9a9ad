package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// lock makes the directory and takes it for this process. The system gives it back
// when the file is closed or the process ends in any way.
func lock(directory string) (*os.File, error) {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, fmt.Errorf("make the broker's directory %s: %w; choose one this user may write to in directory", directory, err)
	}
	path := filepath.Join(directory, "lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write to the broker's directory %s: %w; let this user write to it or choose another in directory", directory, err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		owner := "another process"
		if text, err := os.ReadFile(path); err == nil && len(text) > 0 {
			owner = "process " + strings.TrimSpace(string(text))
		}
		return nil, errors.Join(fmt.Errorf("the broker's directory %s is in use by %s; stop it or choose another directory", directory, owner), file.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the broker's directory %s: %w; choose a local directory", directory, err), file.Close())
	}
	if err := errors.Join(file.Truncate(0), writePID(file)); err != nil {
		return nil, errors.Join(fmt.Errorf("write to the broker's directory %s: %w; make room on the disk", directory, err), file.Close())
	}
	return file, nil
}

func writePID(file *os.File) error {
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

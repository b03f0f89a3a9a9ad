package peers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// written are the lines that a program has written to a file. Each count reads what is new.
type written struct {
	path  string
	read  int64
	lines int
	each  func(line []byte) // told of every line; nil where they are only counted
	rest  []byte            // of a line whose end has not been written
}

// count is how many lines there are.
func (w *written) count() (int, error) {
	file, err := os.Open(w.path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, fmt.Errorf("count the lines of %s: %w", w.path, err)
	}
	defer file.Close()
	if _, err := file.Seek(w.read, io.SeekStart); err != nil {
		return 0, fmt.Errorf("count the lines of %s: %w", w.path, err)
	}
	buffer := make([]byte, 1<<20)
	for {
		size, err := file.Read(buffer)
		w.read += int64(size)
		w.lines += bytes.Count(buffer[:size], []byte{'\n'})
		if w.each != nil {
			w.split(buffer[:size])
		}
		if errors.Is(err, io.EOF) {
			return w.lines, nil
		} else if err != nil {
			return 0, fmt.Errorf("count the lines of %s: %w", w.path, err)
		}
	}
}

func (w *written) split(text []byte) {
	w.rest = append(w.rest, text...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte{'\n'})
		if !found {
			return
		}
		w.each(line)
		w.rest = append(w.rest[:0], rest...)
	}
}

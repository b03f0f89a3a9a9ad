package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/syslog"
)

// syslogParse takes lines apart.
type syslogParse struct {
	Files    []string `arg:"" optional:"" name:"file" help:"Files with a line each for a message. Default standard input, which is also called -."`
	At       string   `help:"When the lines were received, RFC 3339: it gives years and zones to stamps without. Default now." placeholder:"TIME"`
	TimeZone string   `help:"Zone of stamps that name none, as in Asia/Tokyo. Default UTC." placeholder:"ZONE"`
	Charset  string   `help:"Charset of lines that are not UTF-8, as in Shift_JIS. Default none: such bytes are written as \\xNN." placeholder:"NAME"`
	JSON     bool     `name:"json" help:"Print JSON, one object a line for each line."`
}

// receipt returns when lines were received, where, and how they are written. What it refuses is the caller's
// mistake.
func (s *syslogParse) receipt() (syslog.Receipt, error) {
	receipt := syslog.Receipt{At: time.Now(), Zone: time.UTC}
	var err error
	if s.At != "" {
		if receipt.At, err = time.Parse(time.RFC3339, s.At); err != nil {
			return receipt, usageError{fmt.Errorf("--at is %q: write a time with its zone, as in 2026-01-31T09:00:00+09:00", s.At)}
		}
	}
	if s.TimeZone == "Local" {
		return receipt, usageError{errors.New(`--time-zone is "Local", which is another zone on another machine: name it, as in Asia/Tokyo`)}
	}
	if receipt.Zone, err = time.LoadLocation(s.TimeZone); err != nil {
		return receipt, usageError{fmt.Errorf("--time-zone is %q: name a zone of the IANA, as in Asia/Tokyo", s.TimeZone)}
	}
	if receipt.Charset, err = inventory.ReadCharset(s.Charset); err != nil {
		return receipt, usageError{fmt.Errorf("--charset: %w", err)}
	}
	return receipt, nil
}

// Run prints what is in each line. A line that fits no form is no error.
func (s *syslogParse) Run(ctx context.Context, output stdout) error {
	receipt, err := s.receipt()
	if err != nil {
		return err
	}
	if len(s.Files) == 0 {
		s.Files = []string{"-"}
	}
	buffered := bufio.NewWriter(output)
	lines := syslogLines{
		ctx: ctx, receipt: receipt, most: syslog.DefaultConfig().MaxMessageBytes, output: buffered, asJSON: s.JSON,
	}
	for _, path := range s.Files {
		if err := lines.file(path); err != nil {
			return errors.Join(err, buffered.Flush())
		}
	}
	return buffered.Flush()
}

// syslogLines prints what is in the lines it reads.
type syslogLines struct {
	ctx     context.Context
	receipt syslog.Receipt
	most    int // bytes that are read of a line
	output  *bufio.Writer
	asJSON  bool
	printed bool // a line before
}

func (l *syslogLines) file(path string) error {
	if path == "-" {
		return l.read(os.Stdin, "standard input")
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read syslog lines: %w", err)
	}
	defer file.Close()
	return l.read(file, path)
}

// read reads lines up to the end. Of one that is too long the rest is left out.
func (l *syslogLines) read(input io.Reader, name string) error {
	reader := bufio.NewReaderSize(input, 64<<10)
	for l.ctx.Err() == nil {
		line, cut, err := readLine(reader, l.most)
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return fmt.Errorf("read syslog lines of %s: %w", name, err)
		}
		if last && len(line) == 0 {
			return nil
		}
		if err := l.print(line, cut); err != nil {
			return err
		}
		if reader.Buffered() == 0 {
			// Whoever types lines, or follows a file, sees each at once.
			if err := l.output.Flush(); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
	return l.ctx.Err()
}

// readLine reads to the next line feed and returns what came before it, as much as most
// bytes, and whether that is not all. The error is io.EOF for the last line.
func readLine(reader *bufio.Reader, most int) (line []byte, cut bool, err error) {
	for {
		part, err := reader.ReadSlice('\n')
		if err == nil {
			part = part[:len(part)-1]
		}
		if room := most - len(line); len(part) > room {
			part, cut = part[:room], true
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, cut, err
		}
	}
}

func (l *syslogLines) print(text []byte, cut bool) error {
	line := syslog.Parse(text, l.receipt)
	notes := line.Notes()
	if cut {
		notes = append(notes, fmt.Sprintf("cut off after %d bytes", l.most))
	}
	said := describeSyslog(&line, notes)
	if l.asJSON {
		return said.encode(l.output)
	}
	if l.printed {
		if err := l.output.WriteByte('\n'); err != nil {
			return err
		}
	}
	l.printed = true
	return said.print(l.output)
}

package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/term"

	"mimamori/storage/report"
)

// outputFlags say how an answer is written, and where.
type outputFlags struct {
	Format string `help:"How to print it: table, csv, json or xlsx." enum:"table,csv,json,xlsx" default:"table"`
	Output string `help:"Write to this file instead of standard output." type:"path" placeholder:"FILE"`
}

// write writes a sheet where the flags say.
func (f *outputFlags) write(sheet report.Sheet, output stdout) error {
	if f.Output == "" {
		return sheet.Write(output, f.Format)
	}
	file, err := os.Create(f.Output)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := errors.Join(sheet.Write(file, f.Format), file.Close()); err != nil {
		return fmt.Errorf("write the report to %s: %w", f.Output, err)
	}
	return nil
}

// tableWidth is how many characters of a row can be read where a table goes: COLUMNS
// where it is set, else those of a terminal, 0 for no bound.
func (f *outputFlags) tableWidth(output stdout) int {
	if f.Output != "" {
		return 0
	}
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		return columns
	}
	if file, ok := output.Writer.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil {
			return columns
		}
	}
	return 0
}

// checkOutput refuses to print a workbook on a terminal.
func (f *outputFlags) checkOutput(output stdout) error {
	file, ok := output.Writer.(*os.File)
	if ok && f.Format == "xlsx" && f.Output == "" && term.IsTerminal(int(file.Fd())) {
		return usageError{errors.New("a workbook cannot be shown on a terminal: add --output FILE, or redirect standard output")}
	}
	return nil
}

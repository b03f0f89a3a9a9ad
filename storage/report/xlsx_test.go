package report

import (
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"mimamori/storage"
)

func workbook(t *testing.T, sheet Sheet) *excelize.File {
	t.Helper()
	file, err := excelize.OpenReader(strings.NewReader(written(t, sheet, "xlsx")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func cellOf(t *testing.T, file *excelize.File, worksheet, cell string, raw bool) string {
	t.Helper()
	value, err := file.GetCellValue(worksheet, cell, excelize.Options{RawCellValue: raw})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAWorkbookHoldsNumbersDatesAndDetails(t *testing.T) {
	sheet := Sheet{
		From: reported.From, To: reported.To, Location: time.FixedZone("JST", 9*3600), Keys: 1,
		Columns: []string{"device", "at", "count", "share", "ok", "missing"},
		Rows:    [][]any{{"sw-1", reported.From.Add(500 * time.Millisecond), uint64(1) << 40, 91.6666, true, nil}},
		Details: []Details{{Name: "outages", Columns: []string{"seconds"}, Rows: [][][]any{{{7200.5}, {1.0}}}}},
		Notes:   []string{"the first of two"},
	}
	file := workbook(t, sheet)
	if got := strings.Join(file.GetSheetList(), " "); got != "rows outages about" {
		t.Errorf("worksheets %s", got)
	}
	for cell, want := range map[string]string{
		"A1": "device", "A2": "sw-1", "C2": "1099511627776", "D2": "91.6666", "E2": "1", "F2": "",
	} {
		if got := cellOf(t, file, worksheetRows, cell, true); got != want {
			t.Errorf("%s is %q, want %q", cell, got, want)
		}
	}
	// Midnight UTC is nine o'clock in Japan, on day 46143 of a spreadsheet.
	if got := cellOf(t, file, worksheetRows, "B2", true); !strings.HasPrefix(got, "46143.37500578") {
		t.Errorf("the date is %s", got)
	}
	if got := cellOf(t, file, worksheetRows, "B2", false); got != "2026-05-01 09:00:00" && got != "2026-05-01 09:00:01" {
		t.Errorf("the date is shown as %s", got)
	}
	for _, cell := range []string{"C2", "D2"} {
		if kind, err := file.GetCellType(worksheetRows, cell); err != nil || kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset {
			t.Errorf("%s is of type %v, want a number (%v)", cell, kind, err)
		}
	}
	if key, seconds := cellOf(t, file, "outages", "A3", true), cellOf(t, file, "outages", "B2", true); key != "sw-1" || seconds != "7200.5" {
		t.Errorf("outages: %q, %q", key, seconds)
	}
	if zone, note := cellOf(t, file, worksheetAbout, "B4", true), cellOf(t, file, worksheetAbout, "B5", true); zone != "JST" || note != "the first of two" {
		t.Errorf("about: %q, %q", zone, note)
	}
	panes, err := file.GetPanes(worksheetRows)
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the heading does not stay: %+v, %v", panes, err)
	}
	style, err := file.GetCellStyle(worksheetRows, "A1")
	if err != nil {
		t.Fatal(err)
	}
	if heading, err := file.GetStyle(style); err != nil || heading.Font == nil || !heading.Font.Bold {
		t.Errorf("the heading is not bold: %v", err)
	}
}

func TestANameIsNeverAFormula(t *testing.T) {
	const name = `=HYPERLINK("http://example.com","&<x>")`
	devices := []storage.Availability{{Entity: storage.Entity{Customer: name, Site: "+1", Device: "@x"}}}
	file := workbook(t, levels(t, devices))
	if formula, err := file.GetCellFormula(worksheetRows, "A2"); err != nil || formula != "" {
		t.Errorf("formula %q, %v", formula, err)
	}
	if got := cellOf(t, file, worksheetRows, "A2", true); got != name {
		t.Errorf("the name became %q", got)
	}
	if kind, err := file.GetCellType(worksheetRows, "B2"); err != nil || kind != excelize.CellTypeInlineString {
		t.Errorf("+1 is of type %v (%v), want text", kind, err)
	}
	// CSV is for programs too: it keeps names as they are.
	if text := written(t, levels(t, devices), "csv"); !strings.Contains(text, "\n\"=HYPERLINK(") {
		t.Errorf("CSV changed the name:\n%s", text)
	}
}

func TestALargeIDStaysWhole(t *testing.T) {
	file := workbook(t, Table([]string{"id"}, [][]any{{uint64(18446744073709551615)}}, nil))
	if got := cellOf(t, file, worksheetRows, "A2", true); got != "18446744073709551615" {
		t.Errorf("the id is %s", got)
	}
	if kind, err := file.GetCellType(worksheetRows, "A2"); err != nil || kind != excelize.CellTypeInlineString {
		t.Errorf("it is of type %v (%v), want text", kind, err)
	}
	if got := cellOf(t, file, worksheetAbout, "A2", true); got != "time zone" {
		t.Errorf("an answer about no time is about %s", got)
	}
	if text := written(t, Table([]string{"id"}, nil, nil), "json"); strings.Contains(text, "from") {
		t.Errorf("an answer about no time has one:\n%s", text)
	}
}

func TestAWorkbookWithoutRowsHasItsHeadings(t *testing.T) {
	file := workbook(t, levels(t, nil))
	if got := cellOf(t, file, worksheetRows, "A1", true); got != "customer" {
		t.Errorf("A1 is %q", got)
	}
}

func TestMoreRowsThanAWorksheetHoldsAreRefused(t *testing.T) {
	sheet := Sheet{Rows: make([][]any, rowsOfWorksheet)}
	if err := sheet.Write(new(strings.Builder), "xlsx"); err == nil || !strings.Contains(err.Error(), "CSV") {
		t.Errorf("got %v", err)
	}
}

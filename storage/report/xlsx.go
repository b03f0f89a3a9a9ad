package report

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// MediaTypeXLSX is the media type of an Office Open XML workbook.
const MediaTypeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// The first and the last worksheet of a workbook; between them stands one for each
// of the sheet's details, by its name.
const (
	worksheetRows  = "rows"
	worksheetAbout = "about"
)

// rowsOfWorksheet is how many rows the format knows (ECMA-376), headings included.
const rowsOfWorksheet = 1 << 20

// ErrTooManyRows is the answer to a workbook that the format cannot hold. Nothing was
// written then.
var ErrTooManyRows = errors.New("a worksheet holds no more than 1048575 rows: ask for less, or for CSV")

// textOfCell is how many characters a cell may hold.
const textOfCell = 32767

// xlsx writes a workbook for spreadsheets: the rows, then each of the details as
// Sheet.Of has them, then what the whole is about. A number is a number, a time a
// date in the sheet's zone, and text is only ever text: a name that begins with = is
// no formula.
func (s Sheet) xlsx(output io.Writer) error {
	file := excelize.NewFile()
	defer func() { _ = file.Close() }() // removes its temporary files, which nobody reads any more
	if err := file.SetSheetName(file.GetSheetName(0), worksheetRows); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	styles, err := newStyles(file)
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	if err := s.worksheet(file, styles, worksheetRows); err != nil {
		return err
	}
	for _, details := range s.Details {
		if err := s.Of(details).worksheet(file, styles, details.Name); err != nil {
			return err
		}
	}
	if err := s.about().worksheet(file, styles, worksheetAbout); err != nil {
		return err
	}
	if _, err := file.WriteTo(output); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

// about says what a cell of a date cannot: the zone, and the notes.
func (s Sheet) about() Sheet {
	answer := Sheet{Location: s.Location, Columns: []string{"about", "value"}}
	if !s.From.IsZero() {
		answer.Rows = append(answer.Rows, []any{"from", s.From}, []any{"to", s.To})
	}
	answer.Rows = append(answer.Rows, []any{"time zone", s.local(s.From).Location().String()})
	for _, note := range s.Notes {
		answer.Rows = append(answer.Rows, []any{"note", note})
	}
	return answer
}

// styles are numbers of formats within a workbook.
type styles struct{ heading, moment int }

func newStyles(file *excelize.File) (styles, error) {
	heading, err := file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return styles{}, err
	}
	layout := "yyyy-mm-dd hh:mm:ss"
	moment, err := file.NewStyle(&excelize.Style{CustomNumFmt: &layout})
	return styles{heading, moment}, err
}

// worksheet writes the rows as a worksheet, made where the workbook has none of that
// name, under a heading that stays in sight.
func (s Sheet) worksheet(file *excelize.File, styles styles, name string) error {
	if len(s.Rows) >= rowsOfWorksheet {
		return fmt.Errorf("write XLSX: %s: %w", name, ErrTooManyRows)
	}
	if _, err := file.NewSheet(name); err != nil {
		return fmt.Errorf("write XLSX: make the worksheet %s: %w", name, err)
	}
	writer, err := file.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	if err := s.stream(writer, styles); err != nil {
		return fmt.Errorf("write XLSX: the worksheet %s: %w", name, err)
	}
	return nil
}

func (s Sheet) stream(writer *excelize.StreamWriter, styles styles) error {
	if err := writer.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, width := range s.widths() {
		if err := writer.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	cells := make([]any, len(s.Columns))
	for i, column := range s.Columns {
		cells[i] = excelize.Cell{StyleID: styles.heading, Value: column}
	}
	if err := writer.SetRow("A1", cells); err != nil {
		return err
	}
	for i, row := range s.Rows {
		for j, cell := range row {
			cells[j] = s.spreadsheetCell(cell, styles)
		}
		if err := writer.SetRow(fmt.Sprintf("A%d", i+2), cells); err != nil {
			return err
		}
	}
	return writer.Flush()
}

// spreadsheetCell is a cell as a spreadsheet has it: nil is an empty one.
func (s Sheet) spreadsheetCell(cell any, styles styles) any {
	switch value := figure(cell).(type) {
	case time.Time:
		return excelize.Cell{StyleID: styles.moment, Value: serial(s.local(value))}
	case string:
		if runes := []rune(value); len(runes) > textOfCell {
			return string(runes[:textOfCell-3]) + "..."
		}
		return value
	case uint64:
		if value > exact {
			return strconv.FormatUint(value, 10)
		}
		return value
	case nil, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, float32, float64:
		return value
	default:
		return s.text(cell, "")
	}
}

// exact is up to where a spreadsheet, which counts in doubles, tells whole numbers
// apart: an id above it would become another.
const exact = 1 << 53

// serial is the wall clock's time as spreadsheets count: days since 1899-12-30.
func serial(at time.Time) float64 {
	wall := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
	days := wall.Unix() - time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Unix()
	return (float64(days) + float64(wall.Nanosecond())/1e9) / 86_400
}

// widths are those of the headings and of the first rows, so that nothing is
// hidden at first sight, in characters.
func (s Sheet) widths() []float64 {
	const looked, narrowest, widest = 100, 9, 48
	widths := make([]float64, len(s.Columns))
	for i, column := range s.Columns {
		widths[i] = float64(len(column) + 2)
	}
	for _, row := range s.Rows[:min(looked, len(s.Rows))] {
		for i, cell := range row {
			width := len("2006-01-02 15:04:05")
			if _, dated := cell.(time.Time); !dated {
				width = len([]rune(strings.TrimSpace(s.text(cell, ""))))
			}
			widths[i] = max(widths[i], float64(width+1))
		}
	}
	for i := range widths {
		widths[i] = min(max(widths[i], narrowest), widest)
	}
	return widths
}

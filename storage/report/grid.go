package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// gap is what stands between two columns of a table at least.
const gap = 2

// grid aligns the cells of lines that follow each other: columns of numbers at their
// right, the others at their left. A character of Chinese or Japanese is as wide as two
// of others on a terminal, which counting characters would not see.
type grid struct {
	lines   [][]string
	numbers []bool // which columns have numbers alone
}

// Align writes lines of cells in columns, as a table of a report has them. Control
// characters are written as \xNN. A column is of numbers where all lines but the first
// have a number in it, or "-" or nothing.
func Align(output io.Writer, lines [][]string) error {
	var aligned grid
	for i, cells := range lines {
		printed := make([]string, len(cells))
		for j, cell := range cells {
			printed[j] = Printable(cell)
			if i > 0 && cell != "" && cell != "-" {
				aligned.holds(j, isNumber(cell))
			}
		}
		aligned.add(printed...)
	}
	return aligned.flush(output)
}

// isNumber says whether a text is a number, perhaps with commas between thousands.
func isNumber(text string) bool {
	_, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	return err == nil
}

// add puts a line below the others.
func (g *grid) add(cells ...string) { g.lines = append(g.lines, cells) }

// holds takes note of whether a cell of a column is a number.
func (g *grid) holds(column int, number bool) {
	for len(g.numbers) <= column {
		g.numbers = append(g.numbers, true)
	}
	g.numbers[column] = g.numbers[column] && number
}

// ofNumbers says whether a column is known to have numbers alone.
func (g *grid) ofNumbers(column int) bool { return column < len(g.numbers) && g.numbers[column] }

// leastCut is the least width that the last cell of a line is cut to.
const leastCut = 20

// fit cuts what would make lines wider than width: the last cell where the others end,
// and before that any that takes more than a third.
func (g *grid) fit(width int) {
	for _, cells := range g.lines {
		for i, cell := range cells[:max(len(cells)-1, 0)] {
			cells[i] = cut(cell, max(width/3, leastCut))
		}
	}
	left := width
	for _, widest := range g.widths() {
		left -= widest + gap
	}
	for _, cells := range g.lines {
		if last := len(cells) - 1; last >= 0 {
			cells[last] = cut(cells[last], max(left, leastCut))
		}
	}
}

// cut leaves of a text what fits into width, with an ellipsis where that is not all.
func cut(text string, width int) string { return runewidth.Truncate(text, width, "\u2026") }

// widths are those of all columns. The last cell of a line makes none wider, except of
// numbers.
func (g *grid) widths() []int {
	var widths []int
	for _, cells := range g.lines {
		for i, cell := range cells {
			if i == len(cells)-1 && !g.ofNumbers(i) {
				continue
			}
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	return widths
}

// flush writes the lines and forgets them.
func (g *grid) flush(output io.Writer) error {
	widths := g.widths()
	var line strings.Builder
	for _, cells := range g.lines {
		line.Reset()
		for i, cell := range cells {
			last := i == len(cells)-1
			switch {
			case g.ofNumbers(i):
				line.WriteString(blanks(widths[i]-runewidth.StringWidth(cell)) + cell)
			case last:
				line.WriteString(cell)
			default:
				line.WriteString(cell + blanks(widths[i]-runewidth.StringWidth(cell)))
			}
			if !last {
				line.WriteString(blanks(gap))
			}
		}
		if _, err := fmt.Fprintln(output, line.String()); err != nil {
			return fmt.Errorf("write the table: %w", err)
		}
	}
	*g = grid{}
	return nil
}

func blanks(n int) string { return strings.Repeat(" ", n) }

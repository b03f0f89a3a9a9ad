package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// gap is what stands between two columns of a table at least.
const gap = 2

// grid aligns the cells of lines that follow each other. A character of Chinese or
// Japanese is as wide as two of others on a terminal, which counting characters would
// not see.
type grid [][]string

// Align writes lines of cells in columns, as a table of a report has them. Control
// characters are written as \xNN.
func Align(output io.Writer, lines [][]string) error {
	var aligned grid
	for _, cells := range lines {
		printed := make([]string, len(cells))
		for i, cell := range cells {
			printed[i] = Printable(cell)
		}
		aligned.add(printed...)
	}
	return aligned.flush(output)
}

// add puts a line below the others.
func (g *grid) add(cells ...string) { *g = append(*g, cells) }

// leastCut is the least width that the last cell of a line is cut to.
const leastCut = 20

// fit cuts what would make lines wider than width: the last cell where the others end,
// and before that any that takes more than a third.
func (g *grid) fit(width int) {
	for _, cells := range *g {
		for i, cell := range cells[:max(len(cells)-1, 0)] {
			cells[i] = cut(cell, max(width/3, leastCut))
		}
	}
	left := width
	for _, widest := range g.widths() {
		left -= widest + gap
	}
	for _, cells := range *g {
		if last := len(cells) - 1; last >= 0 {
			cells[last] = cut(cells[last], max(left, leastCut))
		}
	}
}

// cut leaves of a text what fits into width, with an ellipsis where that is not all.
func cut(text string, width int) string { return runewidth.Truncate(text, width, "\u2026") }

// widths are those of all columns but the last.
func (g *grid) widths() []int {
	var widths []int
	for _, cells := range *g {
		for i, cell := range cells[:max(len(cells)-1, 0)] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	return widths
}

// flush writes the lines and forgets them. The last cell of a line makes no column
// wider.
func (g *grid) flush(output io.Writer) error {
	widths := g.widths()
	var line strings.Builder
	for _, cells := range *g {
		line.Reset()
		for i, cell := range cells {
			line.WriteString(cell)
			if i < len(cells)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell)+gap))
			}
		}
		if _, err := fmt.Fprintln(output, line.String()); err != nil {
			return fmt.Errorf("write the table: %w", err)
		}
	}
	*g = nil
	return nil
}

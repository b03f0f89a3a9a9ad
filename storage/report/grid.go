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
// characters become blanks.
func Align(output io.Writer, lines [][]string) error {
	var aligned grid
	for _, cells := range lines {
		printed := make([]string, len(cells))
		for i, cell := range cells {
			printed[i] = strings.Map(printable, cell)
		}
		aligned.add(printed...)
	}
	return aligned.flush(output)
}

// add puts a line below the others.
func (g *grid) add(cells ...string) { *g = append(*g, cells) }

// flush writes the lines and forgets them. The last cell of a line makes no column
// wider.
func (g *grid) flush(output io.Writer) error {
	var widths []int
	for _, cells := range *g {
		for i, cell := range cells[:max(len(cells)-1, 0)] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
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

package board

import (
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"mimamori/storage"
)

// Canvas is what a board is drawn for.
type Canvas struct {
	Width, Height int
	Language      Language
	Color         bool
}

// The colours, always beside a symbol and a word that say the same.
const (
	plainText = ""
	strong    = "\x1b[1m"
	faint     = "\x1b[2m"
	good      = "\x1b[32m"
	warning   = "\x1b[33m"
	alarm     = "\x1b[1;37;41m"
	unsure    = "\x1b[35m"
	reset     = "\x1b[0m"
)

// look is how a state shows: its symbol differs in shape, not only in colour.
var look = map[storage.State]struct{ symbol, color string }{
	storage.StateUp:       {"+", good},
	storage.StateDegraded: {"~", warning},
	storage.StateDown:     {"X", alarm},
	storage.StateUnknown:  {"?", unsure},
}

// order is how states are listed, most urgent first.
var order = []storage.State{storage.StateDown, storage.StateUnknown, storage.StateDegraded, storage.StateUp}

type page struct {
	Canvas
	words words
	lines []string
}

// Draw returns the board as lines, each no wider and no more of them than the
// canvas. The most urgent is at the top; what does not fit is left out from below.
func Draw(figures Figures, canvas Canvas) []string {
	p := &page{Canvas: canvas, words: vocabulary[canvas.Language]}
	p.heading(figures)
	p.states(figures)
	p.trouble(figures)
	p.pairs(p.voice(figures), p.links(figures))
	p.pairs(p.worst(figures), p.script(figures))
	if len(p.lines) > canvas.Height && canvas.Height > 0 {
		p.lines = p.lines[:canvas.Height]
	}
	return p.lines
}

func (p *page) paint(color, text string) string {
	if !p.Color || color == plainText {
		return text
	}
	return color + text + reset
}

func (p *page) add(line string) { p.lines = append(p.lines, fit(line, p.Width)) }

func (p *page) heading(figures Figures) {
	size := fmt.Sprintf(p.words.devicesOf, total(figures.States), figures.Customers, figures.Sites)
	left := p.paint(strong, "mimamori 見守り") + "  " + p.words.fleet + "  " + size
	right := p.words.running + " " + clock(figures.Running)
	p.add(spread(left, right, p.Width))
	rate := fmt.Sprintf("%s %s  %s %s  %s %d  %s %s", grouped(uint64(figures.RowsPerSec)), p.words.perSecond,
		grouped(figures.Rows), p.words.rows, p.words.lag, figures.Lag, p.words.memory, megabytes(figures.MemoryBytes))
	p.add(spread(p.paint(faint, p.words.pipeline)+" "+rate, p.paint(faint, p.words.quit), p.Width))
	if figures.Pages != "" {
		p.add(p.paint(faint, p.words.pages) + " " + figures.Pages)
	}
	if figures.Stale == 0 && figures.Problem == "" {
		p.add("")
		return
	}
	warning := "! " + fmt.Sprintf(p.words.stale, clock(figures.Stale))
	if figures.Problem != "" {
		warning += ": " + figures.Problem
	}
	p.add(p.paint(alarm, fit(warning, p.Width)))
}

func (p *page) states(figures Figures) {
	line := p.paint(strong, p.words.devices)
	for _, state := range order {
		text := fmt.Sprintf(" %s %d %s ", look[state].symbol, figures.States[state], p.words.states[state])
		if figures.States[state] > 0 || state == storage.StateUp {
			text = p.paint(look[state].color, text)
		} else {
			text = p.paint(faint, text)
		}
		line += "  " + text
	}
	p.add(line)
	if figures.Blind > 0 {
		p.add(p.paint(unsure, "? "+fmt.Sprintf(p.words.blind, figures.Blind, max(figures.Blind, figures.Watched))))
	}
	p.add("")
}

func (p *page) trouble(figures Figures) {
	title := p.paint(strong, p.words.trouble)
	if figures.More > 0 {
		title += "  " + fmt.Sprintf(p.words.more, figures.More)
	}
	p.add(title)
	switch {
	case total(figures.States) == 0:
		p.add("  " + p.words.waiting)
	case len(figures.Troubles) == 0 && figures.Stale == 0 && figures.Problem == "":
		p.add("  " + p.paint(good, "+ ") + p.words.allWell)
	}
	for i := range shown {
		if i >= len(figures.Troubles) {
			p.add("")
			continue
		}
		device := figures.Troubles[i]
		badge := p.paint(look[device.State].color, fmt.Sprintf(" %s %s ", look[device.State].symbol, p.words.states[device.State]))
		since := ""
		if !device.Since.IsZero() {
			since = p.words.since + " " + clock(figures.At.Sub(device.Since))
		}
		name := place(device.Entity)
		if device.Devices > 1 {
			name += "  " + fmt.Sprintf(p.words.together, device.Devices)
		}
		p.add(fmt.Sprintf("  %s %s  %s  %s", pad(badge, 11), pad(name, p.Width/2), pad(p.words.causes[device.Cause], 14), since))
	}
	p.add("")
}

func (p *page) voice(figures Figures) []string {
	lines := []string{p.paint(strong, p.words.voice)}
	if len(figures.Voice) == 0 {
		return append(lines, "  "+p.words.noVoice)
	}
	for _, path := range figures.Voice {
		color, symbol := satisfaction(path.R)
		lines = append(lines, fmt.Sprintf("  %s %s  %s %.1f%%  %s %.0f ms",
			p.paint(color, fmt.Sprintf("%s MOS %.2f", symbol, path.MOS)),
			name(path.Entity, p.column()-40), p.words.loss, path.LossPct, p.words.delay, path.DelayMs))
	}
	return lines
}

// satisfaction follows the bands of ITU-T G.109: below 60 nearly all users are
// dissatisfied, below 80 some are.
func satisfaction(r float64) (color, symbol string) {
	switch {
	case r < 60:
		return alarm, "X"
	case r < 80:
		return warning, "~"
	default:
		return good, "+"
	}
}

func (p *page) links(figures Figures) []string {
	lines := []string{p.paint(strong, p.words.links)}
	if len(figures.Links) == 0 {
		return append(lines, "  "+p.words.noLinks)
	}
	for _, link := range figures.Links {
		percent, _ := link.Percent()
		color := good
		switch {
		case percent >= 90:
			color = alarm
		case percent >= 70:
			color = warning
		}
		lines = append(lines, fmt.Sprintf("  %s %s %s", p.paint(color, fmt.Sprintf("%5.1f%%", percent)), bar(percent, 10), name(link.Entity, p.column()-22)))
	}
	return lines
}

func (p *page) worst(figures Figures) []string {
	lines := []string{p.paint(strong, p.words.worst)}
	for _, device := range figures.Worst {
		percent, _ := device.Percent()
		color := good
		switch {
		case percent < 99:
			color = alarm
		case percent < 99.9:
			color = warning
		}
		lines = append(lines, fmt.Sprintf("  %s %s", p.paint(color, fmt.Sprintf("%7.3f%%", percent)), name(device.Entity, p.column()-12)))
	}
	return lines
}

func (p *page) script(figures Figures) []string {
	lines := []string{p.paint(strong, p.words.script)}
	for _, incident := range figures.Script {
		name := incident.Name
		if translated, ok := p.words.incidents[name]; ok {
			name = translated
		}
		mark, color := p.words.over, faint
		switch {
		case figures.Running < incident.From:
			mark, color = p.words.upcoming, plainText
		case figures.Running < incident.To:
			mark, color = p.words.underWay, warning
		}
		text := fmt.Sprintf("  %s %s %s %s", clock(incident.From), pad(mark, 6), pad(name, 22), incident.Entity)
		lines = append(lines, p.paint(color, fit(text, p.column())))
	}
	return lines
}

// column is the width of one of two columns, or of the page where it is too narrow
// for two.
func (p *page) column() int {
	if p.Width < twoColumns {
		return p.Width
	}
	return p.Width/2 - 1
}

const twoColumns = 110

// pairs puts two blocks side by side where there is room, one under the other
// where there is not.
func (p *page) pairs(left, right []string) {
	if p.Width < twoColumns {
		for _, line := range append(append(left, ""), right...) {
			p.add(line)
		}
		p.add("")
		return
	}
	for i := range max(len(left), len(right)) {
		line := ""
		if i < len(left) {
			line = left[i]
		}
		line = pad(fit(line, p.column()), p.column()+2)
		if i < len(right) {
			line += right[i]
		}
		p.add(line)
	}
	p.add("")
}

func place(entity storage.Entity) string {
	text := entity.Customer + " / " + entity.Site
	for _, part := range []string{entity.Device, entity.Name} {
		if part != "" {
			text += " / " + part
		}
	}
	return text
}

// name is an entity's place in a number of cells. Where it is too long its
// beginning goes: the end tells one from another.
func name(entity storage.Entity, room int) string {
	text := place(entity)
	if cells(text) <= room {
		return pad(text, room)
	}
	runes := []rune(text)
	for len(runes) > 0 && cells(string(runes)) > room-1 {
		runes = runes[1:]
	}
	return pad("…"+string(runes), room)
}

func total(states map[storage.State]int) int {
	n := 0
	for _, count := range states {
		n += count
	}
	return n
}

// bar draws a share of a hundred percent.
func bar(percent float64, width int) string {
	filled := int(percent/100*float64(width) + 0.5)
	filled = max(0, min(width, filled))
	return "[" + strings.Repeat("#", filled) + strings.Repeat(".", width-filled) + "]"
}

func clock(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	seconds := int(d / time.Second)
	if seconds >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%02d:%02d", seconds/60, seconds%60)
}

func grouped(n uint64) string {
	digits := fmt.Sprint(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

func megabytes(bytes uint64) string { return fmt.Sprintf("%d MB", bytes>>20) }

// cells is the number of cells a text takes on a terminal: escape sequences none,
// East Asian wide characters two.
func cells(text string) int {
	used, escape := 0, false
	for _, r := range text {
		switch {
		case r == '\x1b':
			escape = true
		case escape:
			escape = r != 'm'
		default:
			used += runewidth.RuneWidth(r)
		}
	}
	return used
}

// pad fills a text with spaces up to a number of cells, or cuts it there.
func pad(text string, room int) string {
	if missing := room - cells(text); missing > 0 {
		return text + strings.Repeat(" ", missing)
	}
	return fit(text, room)
}

// fit cuts a text to a number of cells and never inside an escape sequence.
func fit(text string, room int) string {
	if cells(text) <= room {
		return text
	}
	var cut strings.Builder
	used, escape, painted := 0, false, false
	for _, r := range text {
		if r == '\x1b' {
			escape, painted = true, true
		}
		if escape {
			cut.WriteRune(r)
			escape = r != 'm'
			continue
		}
		if used += runewidth.RuneWidth(r); used > room-1 {
			break
		}
		cut.WriteRune(r)
	}
	cut.WriteString("…")
	if painted {
		cut.WriteString(reset)
	}
	return cut.String()
}

func spread(left, right string, room int) string {
	gap := max(1, room-cells(left)-cells(right))
	return left + strings.Repeat(" ", gap) + right
}

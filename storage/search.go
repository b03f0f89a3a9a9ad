package storage

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// SearchTerm is a word or a phrase that a line must have, or must not.
type SearchTerm struct {
	Text    string // with A to Z as a to z
	Exclude bool
	// What stands before Text and after it may go on the same word.
	OpenStart, OpenEnd bool
}

// mostTerms and longestTerm bound a search.
const (
	mostTerms   = 20
	longestTerm = 200 // bytes
)

// ParseSearch reads a search: words of which a line must have all, in any order, in
// upper or lower case. A word with a minus sign before it must not be there; words in
// double quotes are one phrase, in which \" is a quote and \\ a backslash. An asterisk at
// either end of a word stands for the rest of a longer one. All else is meant as it is
// written.
func ParseSearch(text string) ([]SearchTerm, error) {
	var terms []SearchTerm
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		var term SearchTerm
		if len(rest) > 1 && rest[0] == '-' && strings.TrimLeftFunc(rest[1:], unicode.IsSpace) == rest[1:] {
			term.Exclude, rest = true, rest[1:]
		}
		var err error
		if rest[0] == '"' {
			if term.Text, rest, err = phrase(rest[1:]); err != nil {
				return nil, err
			}
		} else {
			end := strings.IndexFunc(rest, unicode.IsSpace)
			if end < 0 {
				end = len(rest)
			}
			term.Text, rest = rest[:end], rest[end:]
			term.Text, term.OpenStart = strings.CutPrefix(term.Text, "*")
			term.Text, term.OpenEnd = strings.CutSuffix(term.Text, "*")
		}
		term.Text = lower(term.Text)
		switch {
		case strings.TrimSpace(term.Text) == "":
			return nil, errors.New("has a term without a word: write words, -word for one that must not be there, \"some words\" for a phrase")
		case len(term.Text) > longestTerm:
			return nil, fmt.Errorf("has a term of more than %d bytes: write less of it", longestTerm)
		}
		terms = append(terms, term)
	}
	if len(terms) > mostTerms {
		return nil, fmt.Errorf("has %d terms: write no more than %d", len(terms), mostTerms)
	}
	return terms, nil
}

// phrase reads up to the closing quote.
func phrase(text string) (inside, rest string, err error) {
	var read strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return read.String(), text[i+1:], nil
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
		}
		read.WriteByte(text[i])
	}
	return "", "", errors.New("has a phrase that does not end: close the quote, or write \\\" for a quote within quotes")
}

// lower makes A to Z a to z and leaves all else, as the store does.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// WordByte says whether a byte belongs to a word: letters and digits do, and all that
// is not ASCII.
func WordByte(b byte) bool {
	return b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// StartsWord says whether what stands before the term in a line must not go on its
// first word. Scripts without spaces between words have no such edge.
func (t SearchTerm) StartsWord() bool {
	return !t.OpenStart && WordByte(t.Text[0]) && t.Text[0] < 0x80
}

// EndsWord says the same of what stands behind it.
func (t SearchTerm) EndsWord() bool {
	last := t.Text[len(t.Text)-1]
	return !t.OpenEnd && WordByte(last) && last < 0x80
}

// Words returns the words of the term that stand in a line as they are, which leaves
// out those that may be a part of a longer one.
func (t SearchTerm) Words() []string {
	var words []string
	for from := 0; from < len(t.Text); {
		if !WordByte(t.Text[from]) {
			from++
			continue
		}
		to := from
		for to < len(t.Text) && WordByte(t.Text[to]) {
			to++
		}
		if (from > 0 || t.StartsWord()) && (to < len(t.Text) || t.EndsWord()) {
			words = append(words, t.Text[from:to])
		}
		from = to
	}
	return words
}

package syslog

import (
	"strings"
	"unicode/utf8"

	"mimamori/ingest/inventory"
)

// text returns the line as valid UTF-8 without the transport's trailer.
func (l *Line) text(received string, charset *inventory.Charset) string {
	end := len(received)
	for end > 0 && (received[end-1] == '\n' || received[end-1] == '\r' || received[end-1] == 0) {
		end--
	}
	received = received[:end]
	if utf8.ValidString(received) {
		return received
	}
	if charset != nil && !isCutUTF8(received) {
		if text, left, ok := decode(received, charset); ok {
			l.complain("read as " + charset.Name())
			if left != "" {
				l.complainOfBytes()
			}
			return text + escape(left)
		}
	}
	l.complainOfBytes()
	return escape(received)
}

func (l *Line) complainOfBytes() { l.complain("bytes that are not UTF-8 are written as \\xNN") }

// isCutUTF8 says whether text is UTF-8 that ends within a character, since it was cut off
// there. Text that has no other character beside ASCII may be anything.
func isCutUTF8(text string) bool {
	end := len(text) - 1
	for end > 0 && len(text)-end < utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	if utf8.FullRuneInString(text[end:]) || !utf8.ValidString(text[:end]) {
		return false
	}
	return strings.IndexFunc(text[:end], func(char rune) bool { return char >= utf8.RuneSelf }) >= 0
}

// decode reads all of a text in a charset, but for what is left of a character at its
// end. The whole text is, since a part of it may look like UTF-8.
func decode(received string, charset *inventory.Charset) (text, left string, ok bool) {
	for cut := range min(utf8.UTFMax, len(received)) {
		end := len(received) - cut
		if text, ok = charset.Decode(received[:end]); ok {
			return text, received[end:], true
		}
	}
	return "", "", false
}

// escape returns text with bytes that are not UTF-8 written as \xNN.
func escape(text string) string {
	const digits = "0123456789abcdef"
	var escaped strings.Builder
	escaped.Grow(len(text) + 3*8)
	for text != "" {
		char, size := utf8.DecodeRuneInString(text)
		if char == utf8.RuneError && size == 1 {
			escaped.Write([]byte{'\\', 'x', digits[text[0]>>4], digits[text[0]&15]})
		} else {
			escaped.WriteString(text[:size])
		}
		text = text[size:]
	}
	return escaped.String()
}

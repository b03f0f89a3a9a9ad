package snmptrap

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestText is how many bytes a text may have (RFC 3411, SnmpAdminString).
const longestText = 255

// legible returns a text as it may stand on somebody's terminal: devices say what they
// like, and much of it ends up in alarms. Whatever would move the cursor, end the line or
// turn the direction is a blank; what is no UTF-8 is a replacement character.
func legible(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
}

// cut returns as much of a text as fits into so many bytes, whole runes alone.
func cut(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	for bytes > 0 && !utf8.RuneStart(text[bytes]) {
		bytes--
	}
	return text[:bytes]
}

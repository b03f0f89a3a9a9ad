package mail

import (
	"mime"
	"strings"
	"unicode"

	"mimamori/processors/alert/notify"
)

// clean takes out what would change how a text of several lines is shown: control
// characters, and marks of direction and others that have no width.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "�"))
}

// line is a text as one line.
func line(text string) string { return strings.Join(strings.Fields(clean(text)), " ") }

// longestHeader is how much of a text stands in a header, in characters.
const longestHeader = 200

// header is a text as it stands in a header: what is not ASCII is encoded, and what looks
// as if it were encoded already is not taken for that.
func header(text string) string {
	return mime.BEncoding.Encode("utf-8", strings.ReplaceAll(notify.Shorten(line(text), longestHeader), "=?", "= ?"))
}

package inventory

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
)

// Charset is how text is written that is not UTF-8. It is safe for concurrent use.
type Charset struct {
	name    string
	charset encoding.Encoding
}

// ReadCharset returns the charset of a name or alias that the WHATWG's encoding standard
// has, in any case: Shift_JIS, EUC-JP, ISO-8859-1, GB18030. An empty name means none and
// returns nil.
func ReadCharset(name string) (*Charset, error) {
	if name == "" {
		return nil, nil
	}
	charset, err := htmlindex.Get(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no charset: name one as Shift_JIS, EUC-JP, ISO-8859-1 or GB18030", name)
	}
	canonical, err := htmlindex.Name(charset)
	if err != nil {
		return nil, fmt.Errorf("%q is not supported: name one as Shift_JIS, EUC-JP, ISO-8859-1 or GB18030", name)
	}
	switch canonical {
	case "utf-8":
		return nil, nil
	case "utf-16le", "utf-16be", "iso-2022-jp", "replacement", "x-user-defined":
		return nil, fmt.Errorf("%q has no ASCII, or cannot be told from it: name one as Shift_JIS, EUC-JP, ISO-8859-1 or GB18030", name)
	}
	return &Charset{name: name, charset: charset}, nil
}

// Name returns the name it was asked for by.
func (c *Charset) Name() string { return c.name }

// Decode returns text in UTF-8. It is false where the text is not written so.
func (c *Charset) Decode(text string) (string, bool) {
	decoded, err := c.charset.NewDecoder().String(text)
	return decoded, err == nil && !strings.ContainsRune(decoded, utf8.RuneError)
}

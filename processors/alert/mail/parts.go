package mail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/htmlindex"
)

// How deep a mail may be, and how many parts are looked at.
const (
	deepest   = 8
	mostParts = 100
)

// texts are the first text and the first page of a mail.
type texts struct {
	plain, page       string
	hasPlain, hasPage bool
	parts             int
}

// bodyOf is what a mail says, quotes and all.
func bodyOf(message *mail.Message) (string, error) {
	found := &texts{}
	if err := found.walk(textproto.MIMEHeader(message.Header), message.Body, 0); err != nil {
		return "", err
	}
	switch {
	case found.hasPlain && strings.TrimSpace(found.plain) != "" || !found.hasPage:
		return found.plain, nil
	default:
		return fromPage(found.page)
	}
}

func (t *texts) walk(header textproto.MIMEHeader, body io.Reader, depth int) error {
	kind, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind, parameters = "text/plain", nil // RFC 2045, section 5.2, and for what cannot be read
	}
	if strings.HasPrefix(kind, "multipart/") {
		if depth >= deepest {
			return fmt.Errorf("its parts are more than %d deep", deepest)
		}
		reader := multipart.NewReader(body, parameters["boundary"])
		for {
			part, err := reader.NextRawPart()
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("read its parts: %w", err)
			}
			if t.parts++; t.parts > mostParts {
				return nil // the text is among the first
			}
			if err := t.walk(part.Header, part, depth+1); err != nil {
				return err
			}
		}
	}
	disposition, _, _ := mime.ParseMediaType(header.Get("Content-Disposition"))
	if disposition == "attachment" || kind == "text/plain" && t.hasPlain || kind == "text/html" && t.hasPage || kind != "text/plain" && kind != "text/html" {
		return nil
	}
	// What cannot be decoded to its end is taken as far as it goes.
	content, _ := io.ReadAll(transferred(header.Get("Content-Transfer-Encoding"), body))
	reader, err := inCharset(parameters["charset"], bytes.NewReader(content))
	if err == nil {
		if inUTF8, err := io.ReadAll(reader); err == nil {
			content = inUTF8
		}
	}
	text := strings.ToValidUTF8(string(content), "�")
	if kind == "text/html" {
		t.page, t.hasPage = text, true
	} else {
		t.plain, t.hasPlain = text, true
	}
	return nil
}

func transferred(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	default:
		return body
	}
}

// inCharset reads a text in another character set.
func inCharset(name string, from io.Reader) (io.Reader, error) {
	if name == "" {
		return from, nil
	}
	encoding, err := htmlindex.Get(name)
	if err != nil {
		return nil, fmt.Errorf("read the character set %q: %w", name, err)
	}
	return encoding.NewDecoder().Reader(from), nil
}

// Elements that begin a line, and those that are nothing that a person wrote.
var (
	blocks  = []string{"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "pre", "hr"}
	unsaid  = []string{"script", "style", "head", "title", "blockquote"}
	quoting = []string{"gmail_quote", "gmail_signature", "yahoo_quoted", "moz-cite-prefix", "moz-signature", "protonmail_quote"}
	ending  = []string{"divRplyFwdMsg", "appendonsend", "OLK_SRC_BODY_SECTION"}
)

// fromPage is the text of an HTML page, up to where a mail program begins to quote.
func fromPage(source string) (string, error) {
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return "", fmt.Errorf("read its page: %w", err)
	}
	var text strings.Builder
	for node := root; node != nil; {
		skip := false
		switch node.Type {
		case html.TextNode:
			text.WriteString(strings.NewReplacer("\r", " ", "\n", " ", "\u00a0", " ").Replace(node.Data))
		case html.ElementNode:
			if slices.Contains(ending, attribute(node, "id")) {
				return text.String(), nil
			}
			skip = slices.Contains(unsaid, node.Data) ||
				slices.ContainsFunc(strings.Fields(attribute(node, "class")), func(class string) bool { return slices.Contains(quoting, class) })
			if slices.Contains(blocks, node.Data) {
				text.WriteString("\n")
			}
		default: // comments and the like say nothing
		}
		node = next(node, skip)
	}
	return text.String(), nil
}

// next is the node after this one as it is read, without those within it where skip.
func next(node *html.Node, skip bool) *html.Node {
	if node.FirstChild != nil && !skip {
		return node.FirstChild
	}
	for ; node != nil; node = node.Parent {
		if node.NextSibling != nil {
			return node.NextSibling
		}
	}
	return nil
}

func attribute(node *html.Node, name string) string {
	for _, one := range node.Attr {
		if one.Key == name {
			return one.Val
		}
	}
	return ""
}

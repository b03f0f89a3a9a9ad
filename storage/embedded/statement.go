package embedded

import (
	"fmt"
	"regexp"
	"strings"
)

// refusal is a statement that clients may not send, answered like a ClickHouse error.
func refusal(code int, format string, arguments ...any) error {
	text := fmt.Sprintf("Code: %d. DB::Exception: ", code) + fmt.Sprintf(format, arguments...)
	return &exception{code: code, text: text + " (" + codeNames[code] + ")"}
}

// fromInfile finds INSERT ... FROM INFILE, which the engine takes for a change of a
// table like any other although it reads a file and no grant forbids it. The word
// within inline data is refused too: what is quoted is for the engine alone to say.
var fromInfile = regexp.MustCompile(`(?is)\binsert\b.*\binfile\b`)

// checkStatement refuses what one client could do to another or to the machine.
// Files, URLs and other servers are refused by the engine, which has no grant for them.
func checkStatement(s *session, sql string) (statementClass, error) {
	a, err := s.analyse(sql)
	if err != nil {
		return 0, err
	}
	switch {
	case a.statements == 0:
		return 0, syntaxError(s, sql)
	case a.statements > 1:
		return 0, refusal(codeSyntaxError, "one statement in a request, please: this text has %d", a.statements)
	case a.class == classMutating && fromInfile.MatchString(sql):
		return 0, refusal(codeAccessDenied, "INSERT FROM INFILE is not offered by the embedded engine: send the data as the body of the request")
	case a.class == classReadOnly, a.class == classMutating:
		return a.class, nil
	default:
		return 0, refusal(codeAccessDenied, "%s is not offered by the embedded engine: it reaches beyond one query or one database", firstWord(sql))
	}
}

// parameterEscapes make a text the value of a parameter, which the engine reads as a
// field of a tab-separated file.
var parameterEscapes = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`)

// syntaxError asks the engine what is wrong with a statement that it did not take in,
// without running it.
func syntaxError(s *session, sql string) error {
	if strings.TrimSpace(sql) == "" {
		return refusal(codeSyntaxError, "Empty query")
	}
	if err := s.run("SELECT formatQuery({sql:String})", parameters{"sql": parameterEscapes.Replace(sql)}); err != nil {
		return err
	}
	// The engine reads the statement now, and did not a moment ago: its memory was full.
	return refusal(codeMemoryLimit, "there was no memory to read the statement: try again, or raise storage.embedded.memory_limit")
}

// cutFormat takes the FORMAT clause off the end of a statement.
func cutFormat(sql string) (statement, format string, found bool) {
	words := tokenize(sql)
	if n := len(words); n > 0 && words[n-1].text == ";" {
		words = words[:n-1]
	}
	n := len(words)
	if n < 3 || !strings.EqualFold(words[n-2].text, "FORMAT") || !isWordByte(words[n-1].text[0]) {
		return sql, "", false
	}
	return sql[:words[n-2].start], words[n-1].text, true
}

// token is a word, a number, a quoted text or a single other character.
type token struct {
	text  string
	start int
}

// tokenize splits SQL as far as is needed to tell words from quoted text and comments.
func tokenize(sql string) []token {
	var tokens []token
	for i := 0; i < len(sql); {
		start, c := i, sql[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case strings.HasPrefix(sql[i:], "--") || c == '#':
			i = endOf(sql, i, "\n")
			continue
		case strings.HasPrefix(sql[i:], "/*"):
			i = endOf(sql, i+2, "*/")
			continue
		case c == '\'' || c == '"' || c == '`':
			i = endOfQuoted(sql, i)
		case isWordByte(c):
			for i < len(sql) && isWordByte(sql[i]) {
				i++
			}
		default:
			i++
		}
		tokens = append(tokens, token{sql[start:i], start})
	}
	return tokens
}

func endOf(sql string, from int, mark string) int {
	if n := strings.Index(sql[from:], mark); n >= 0 {
		return from + n + len(mark)
	}
	return len(sql)
}

func endOfQuoted(sql string, from int) int {
	for i := from + 1; i < len(sql); i++ {
		switch sql[i] {
		case '\\':
			i++
		case sql[from]:
			return i + 1
		}
	}
	return len(sql)
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// firstWord is the statement's first word in upper case, comments skipped.
func firstWord(sql string) string {
	// A word is found long before a statement with inline data ends.
	for _, t := range tokenize(sql[:min(len(sql), 1024)]) {
		if t.text != "(" {
			return strings.ToUpper(t.text)
		}
	}
	return ""
}

// reads tells from its first word whether a statement only reads; it decides no more
// than which sessions the request waits for.
func reads(sql string) bool {
	switch firstWord(sql) {
	case "SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "CHECK":
		return true
	}
	return false
}

// streams tells whether the engine can give out the statement's result as it is made.
// SHOW, DESCRIBE and the like come whole, which they may: they are short.
func streams(sql string) bool {
	switch firstWord(sql) {
	case "SELECT", "WITH":
		return true
	}
	return false
}

package mail

import (
	"regexp"
	"slices"
	"strings"

	"mimamori/processors/alert/notify"
)

// longestComment is how much of a reply is kept, in characters.
const longestComment = 20_000

var (
	// attribution is the line over a quote, such as: On Friday, NOC wrote:
	attribution = regexp.MustCompile(`(?i)^(on\s.{4,300}\s(wrote|writes)\s*:|am\s.{4,300}\sschrieb.{0,200}:|le\s.{4,300}\sa écrit\s*:|el\s.{4,300}\sescribió\s*:` +
		`|\d{4}年\d{1,2}月\d{1,2}日.{0,300}[:：]|\d{4}[/-]\d{1,2}[/-]\d{1,2}.{0,300}<[^>]+>.{0,30}[:：]?|.{1,200}さん(は|が)書きました\s*[:：]?)$`)
	// begun is the first of two or three lines that are one.
	begun = regexp.MustCompile(`(?i)^(on|am|le|el)\s.{4,}$|^\d{4}年\d{1,2}月\d{1,2}日`)
	// separator stands over the whole mail that is answered.
	separator = regexp.MustCompile(`(?i)^-{2,}\s*(original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original|元のメッセージ|転送メッセージ)\s*-{2,}$`)
	// origin and circumstance are the lines that some programs put there in its place.
	origin       = regexp.MustCompile(`(?i)^\*?(from|von|de|差出人)\s*[:：]\*?\s*\S`)
	circumstance = regexp.MustCompile(`(?i)^\*?(sent|date|gesendet|datum|envoyé|enviado|送信日時|日時|送信日|to|an|宛先|subject|betreff|件名)\s*[:：]`)
	rule         = regexp.MustCompile(`^_{10,}$`)
	signature    = regexp.MustCompile(`^--\s?$`)
	device       = regexp.MustCompile(`(?i)^(sent from my .{1,40}|get outlook for .{1,40}|von meinem .{1,40} gesendet|iphoneから送信|ipadから送信|androidから送信)$`)
)

// comment is what is new in a reply: lines that quote go, with the line over them, and
// what follows a signature or the head of the mail that is answered.
func comment(body string) string {
	lines := strings.Split(clean(strings.ReplaceAll(body, "\r", "")), "\n")
	var kept []string
	for i := 0; i < len(lines); i++ {
		now := strings.TrimSpace(lines[i])
		if signature.MatchString(strings.TrimRight(lines[i], "\t ")) || separator.MatchString(now) || head(lines[i:]) {
			break
		}
		if strings.HasPrefix(now, ">") || strings.HasPrefix(now, "＞") {
			continue
		}
		if over := attributed(lines[i:]); over > 0 {
			if !quotes(lines[i+over:]) {
				break // the quote is not marked, so all of the rest may be it
			}
			i += over - 1
			continue
		}
		kept = append(kept, strings.TrimRight(lines[i], " \t"))
	}
	for len(kept) > 0 && (kept[len(kept)-1] == "" || device.MatchString(strings.TrimSpace(kept[len(kept)-1]))) {
		kept = kept[:len(kept)-1]
	}
	kept = slices.CompactFunc(kept, func(a, b string) bool { return a == "" && b == "" })
	return notify.Shorten(strings.TrimSpace(strings.Join(kept, "\n")), longestComment)
}

// attributed is how many lines, up to three, are the line over a quote; 0 if none is.
func attributed(lines []string) int {
	whole := ""
	for i, text := range lines[:min(3, len(lines))] {
		text = strings.TrimSpace(text)
		if text == "" || i == 1 && !begun.MatchString(whole) {
			return 0
		}
		whole = strings.TrimSpace(whole + " " + text)
		if attribution.MatchString(whole) {
			return i + 1
		}
	}
	return 0
}

// quotes says whether the first line that is not empty is quoted.
func quotes(lines []string) bool {
	for _, text := range lines {
		if text = strings.TrimSpace(text); text != "" {
			return strings.HasPrefix(text, ">") || strings.HasPrefix(text, "＞")
		}
	}
	return false
}

// head says whether the head of another mail begins here.
func head(lines []string) bool {
	first := strings.TrimSpace(lines[0])
	if rule.MatchString(first) {
		return len(lines) > 1 && head(lines[1:])
	}
	if !origin.MatchString(first) {
		return false
	}
	found := 0
	for _, text := range lines[1:min(6, len(lines))] {
		if circumstance.MatchString(strings.TrimSpace(text)) {
			found++
		}
	}
	return found >= 2
}

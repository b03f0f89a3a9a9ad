package notify

// Shorten returns a text, or as much of it as leaves so many characters with the ellipsis behind it.
func Shorten(text string, longest int) string {
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return text
}

package syslog

import "strings"

// messageID returns the id that a message begins with, empty where it has none:
// "SNMP_TRAP_LINK_DOWN: text" of Junos, "01070638:5: text" of F5. It stays in the message.
func messageID(message string) string {
	end, parts := 0, 0
	for end < len(message) && (isUpper(message[end]) || isDigit(message[end]) || message[end] == '_') {
		if message[end] == '_' {
			parts++
		}
		end++
	}
	rest := message[end:]
	switch {
	case end < 2 || rest == "" || rest[0] != ':':
		return ""
	case parts > 0 && isUpper(message[0]) && strings.HasPrefix(rest, ": "):
		return message[:end]
	case end == 8 && isDigit(message[0]) && len(rest) > 3 && isDigit(rest[1]) && rest[2:4] == ": ":
		return message[:end]
	}
	return ""
}

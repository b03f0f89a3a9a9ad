package syslog

import "strings"

// ciscoHeader is what stands before the percent sign of a mnemonic.
type ciscoHeader struct {
	Header

	stamp     stamp // of which Header.Stamp is the text; its month is 0 for an uptime
	appName   string
	processID string
	host      string // that stands behind the last stamp
	counted   bool   // the message counter was read, or that it is empty
	lossy     bool   // something has no field in a row
}

// read reads parts that each end with a colon. Any part may be missing.
func (h *ciscoHeader) read(header string) bool {
	header = h.cutVDC(header)
	for parts := 0; ; parts++ {
		header = strings.TrimLeft(header, " ")
		if header == "" {
			// An origin of several words is one only before a stamp.
			return h.Stamp != "" || strings.IndexByte(h.Origin, ' ') < 0
		}
		if parts == 8 {
			return false
		}
		if header[0] == '[' || header[0] == '-' {
			if rest, ok := h.prefix(header); ok {
				header = rest
				continue
			}
		}
		var part string
		part, header = cutPart(header)
		trimmed := strings.TrimRight(part, " ")
		switch {
		case trimmed == "":
			h.counted = true
		case isNumber(trimmed):
			h.count(trimmed)
		case h.readStamp(trimmed, len(trimmed) < len(part)):
		case !h.name(trimmed):
			return false
		}
	}
}

// cutVDC returns the header without the "%$ VDC-1 %$" of NX-OS at its end.
func (h *ciscoHeader) cutVDC(header string) string {
	inner, ok := strings.CutSuffix(strings.TrimRight(header, " "), "%$")
	if !ok {
		return header
	}
	begin := strings.LastIndex(inner, "%$")
	if begin < 0 {
		return header
	}
	h.lossy = true
	return header[:begin]
}

// prefix reads what no colon ends: structured data, or the prompt of a terminal that shows
// a page at a time, which lines that were taken from one begin with.
func (h *ciscoHeader) prefix(header string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(header, "--More--"); ok {
		h.lossy = true
		return strings.TrimLeft(rest, " \b"), true
	}
	return h.structured(header)
}

// structured reads [syslog@9 s_id="origin:port" s_sn="sequence"] and returns what follows.
func (h *ciscoHeader) structured(header string) (rest string, ok bool) {
	length := elementLength(header)
	elements, ok := StructuredData(header[:length])
	if !ok || strings.IndexByte(header[:length], '=') < 0 || h.Structured != "" {
		return "", false
	}
	h.Structured, h.lossy = header[:length], true
	if id, ok := elements["syslog@9"]["s_id"].(string); ok {
		name, port, _ := strings.Cut(id, ":")
		if !isNumber(port) {
			name = id // an address of IPv6
		}
		h.Origin = name
	}
	if sequence, ok := elements["syslog@9"]["s_sn"].(string); ok && isNumber(sequence) {
		h.Sequence = sequence
	}
	return strings.TrimPrefix(header[length:], ":"), true
}

// cutPart returns the text before the colon that ends a part, and what follows. A
// colon ends a part where a space or nothing follows it.
func cutPart(header string) (part, rest string) {
	end := strings.Index(header, ": ")
	switch {
	case end >= 0:
		return header[:end], header[end+2:]
	case header[len(header)-1] == ':':
		return header[:len(header)-1], ""
	}
	return header, ""
}

func isNumber(text string) bool {
	_, size := number(text, len(text))
	return size > 0 && size == len(text)
}

// count takes a number as the message counter or, after that or with leading zeros, as
// the sequence number, which has no field of its own in a row.
func (h *ciscoHeader) count(digits string) {
	if !h.counted && h.Origin == "" && (digits[0] != '0' || digits == "0") {
		h.Counter, h.counted = digits, true
		return
	}
	h.Sequence, h.counted, h.lossy = digits, true, true
}

// name takes a part as the node, as the origin or, where that is known or a stamp went
// before, as the process.
func (h *ciscoHeader) name(part string) bool {
	name, id, ok := process(part)
	task := strings.HasPrefix(name, "*") // of AireOS
	switch {
	case !ok || name[0] == '<':
		return false
	case h.Node == "" && isNode(part):
		h.Node = part
	case id == "" && !task && h.Origin == "" && h.Stamp == "":
		h.Origin = part
	case strings.IndexByte(part, ' ') >= 0 || h.appName != "":
		return false
	default:
		h.appName, h.processID = strings.TrimPrefix(name, "*"), id
	}
	return true
}

// isNode says whether a part is that of a device which writes: "RP/0/RSP0/CPU0" of IOS XR,
// "R0/0" and "Switch 1 R0/0" of IOS XE.
func isNode(part string) bool {
	for _, outer := range [...]string{"Switch ", "Chassis "} {
		if rest, ok := strings.CutPrefix(part, outer); ok {
			_, size := number(rest, len(rest))
			part = strings.TrimPrefix(rest[size:], " ")
		}
	}
	slash := false
	for i := range len(part) {
		switch char := part[i]; {
		case char == '/':
			slash = true
		case !isUpper(char) && !isDigit(char):
			return false
		}
	}
	return slash && part[0] != '/'
}

// readStamp reads a stamp or an uptime and, after it, a zone, a host and either a
// relay's counter or a process. Of two stamps the first is a relay's.
func (h *ciscoHeader) readStamp(part string, spaced bool) bool {
	part = strings.TrimPrefix(part, ":") // EMBLEM of ASA
	node := ""
	stamped, rest, ok := h.readTime(part)
	if !ok {
		// "RP/0/RSP0/CPU0:Oct 11 22:14:15.003" of IOS XR, "SLOT 2:Oct 11 22:14:15"
		before, after, found := strings.Cut(part, ":")
		if !found {
			return false
		}
		if stamped, rest, ok = h.readTime(after); !ok {
			return false
		}
		node = before
	}
	if rest != "" && rest[0] != ' ' {
		return false
	}
	if h.Stamp != "" {
		h.relayed()
	}
	h.Stamp, h.Zone, h.host = stamped, "", ""
	h.setNode(node)
	return h.tail(strings.TrimLeft(rest, " "), spaced)
}

// readTime reads the clock's mark and a stamp or an uptime.
func (h *ciscoHeader) readTime(text string) (stamped, rest string, ok bool) {
	clock := ClockUnmarked
	switch {
	case strings.HasPrefix(text, "*"):
		clock, text = ClockNeverSet, text[1:]
	case strings.HasPrefix(text, "."):
		clock, text = ClockLostSync, text[1:]
	}
	var read stamp
	if rest, ok = read.read(text); ok {
		h.stamp, h.Clock = read, clock
		return text[:len(text)-len(rest)], rest, true
	}
	if stamped, rest = word(text); isUptime(stamped) {
		h.stamp, h.Clock = stamp{}, clock
		return stamped, rest, true
	}
	return "", text, false
}

// relayed takes what was read up to now as a relay's.
func (h *ciscoHeader) relayed() {
	h.lossy = true
	if h.Relay == "" {
		h.Relay = h.host
	}
	if h.Origin == "" && h.processID == "" {
		h.Origin, h.appName = h.appName, "" // it stood between the stamps
	}
}

// setNode takes what stood before a stamp as the node, with the host name before it
// where there is one.
func (h *ciscoHeader) setNode(node string) {
	if node == "" {
		return
	}
	if isNumber(node) {
		h.count(node) // without a space behind its colon
		return
	}
	if space := strings.LastIndexByte(node, ' '); space > 0 && strings.IndexByte(node[space:], '/') > 0 {
		h.Origin, node = node[:space], node[space+1:]
	}
	h.Node = node
}

// tail reads what follows a stamp. An unknown name in capitals is a host where a space
// stands before the colon, as ASA writes it, or a counter follows.
func (h *ciscoHeader) tail(rest string, spaced bool) bool {
	first, after := word(rest)
	if found, ok := readZone(first); ok {
		made := !found.known && zonesNamed(first) == nil
		if !made || !spaced && !isNumber(after) {
			h.stamp.zone, h.Zone, rest = found, first, after
		}
	}
	host, after := word(strings.TrimLeft(rest, " "))
	after = strings.TrimLeft(after, " ")
	if host == "" {
		return after == ""
	}
	if !isHost(host) || after != "" && (strings.IndexByte(after, '<') >= 0 || isUptime(strings.TrimLeft(after, "*."))) {
		return false // a relay's header ends before a PRI and before an uptime
	}
	h.host = host
	switch name, id, ok := process(after); {
	case isNumber(host):
		return false
	case isNumber(after):
		h.Relay, h.host = host, ""
		h.count(after)
		return true
	case !ok || strings.IndexByte(after, ' ') >= 0:
		return false
	case after != "":
		h.appName, h.processID = name, id
	}
	return true
}

package syslog

import (
	"bytes"
	"errors"
)

// readBytes is how much is read from a connection at a time, and what its buffer takes.
const readBytes = 64 << 10

// longestFrame bounds the length a frame may say it has, octets. Somebody who says more
// speaks another protocol or means harm.
const longestFrame = 1 << 20

// lengthDigits is how many digits at the beginning of a frame can be a length. A longer
// number is the beginning of a line, as a stamp in milliseconds is.
const lengthDigits = 10

var (
	errLeadingZero  = errors.New("the length of a frame begins with 0, which RFC 6587, section 3.4.1, forbids")
	errFrameTooLong = errors.New("a frame says that it has more than 1048576 octets")
)

// framer cuts what comes over a connection into messages (RFC 6587). How a message ends
// is told anew for each, by how it begins:
//
//   - A length, a space and "<" is octet counting (section 3.4.1; RFC 5425, section 4.3).
//     After a frame of that form the "<" may be missing, since the sender is known to
//     count. A length with a leading zero or beyond longestFrame is an error before "<",
//     and the beginning of a line elsewhere.
//   - Anything else is a line that ends with LF or NUL (section 3.4.2), so "45: %SYS-5"
//     and "2025 Oct 11" are lines although they begin with digits.
//
// A CR at the end of a line, and any LF, CR and NUL between frames, belongs to no
// message. The messages do not depend on the pieces in which the octets come.
type framer struct {
	buffer     []byte
	start, end int // of the octets that came and were not handed out
	keep       int // octets of a message handed out, of a longer one no more

	// Where the next LF is, and where the next NUL is before it; the end of what was
	// searched where there is none.
	lf, nul int

	counting bool // the last frame had a length
	skip     int  // octets of that frame still to come and not kept
	skipLine bool // the same up to the end of the line

	taken octets
}

// octets says what became of the octets of a connection.
type octets struct {
	message  uint64 // handed out
	overhead uint64 // lengths, and what stands at the end of lines
	skipped  uint64 // of messages too long, and after an error
}

// newFramer returns a framer that hands out messages of at most longest octets whole;
// of a longer one it hands out one octet more than that, which tells it.
func newFramer(longest int) *framer {
	return &framer{buffer: make([]byte, max(readBytes, 2*longest)), keep: longest + 1}
}

// space returns the memory to read into, which is never empty once next has found no
// more. Messages handed out before are gone then.
func (f *framer) space() []byte {
	if f.start > 0 {
		f.end = copy(f.buffer, f.buffer[f.start:f.end])
		f.lf, f.nul = max(0, f.lf-f.start), max(0, f.nul-f.start)
		f.start = 0
	}
	return f.buffer[f.end:]
}

// came says how much of the space was read into.
func (f *framer) came(octets int) { f.end += octets }

// begun says whether a frame has begun and not ended.
func (f *framer) begun() bool { return f.start < f.end || f.skip > 0 || f.skipLine }

// next returns the next message; none while more has to come. After an error nothing of
// the connection can be understood any more, and what came is skipped.
func (f *framer) next() (message []byte, found bool, err error) {
	for f.start < f.end {
		switch first := f.buffer[f.start]; {
		case f.skip > 0:
			f.pass(min(f.skip, f.end-f.start))
		case f.skipLine:
			end, ended := f.lineEnd()
			f.skipLine = !ended
			f.skipTo(end)
		case first == '\n' || first == '\r' || first == 0:
			f.start++
			f.taken.overhead++
		case first == '<':
			message, found = f.line()
			return message, found, nil
		default:
			return f.counted()
		}
	}
	return nil, false, nil
}

// counted returns the next message where it may have a length.
func (f *framer) counted() (message []byte, found bool, err error) {
	length, header, form := f.header()
	switch form {
	case formUnknown:
		return nil, false, nil
	case formLine:
		message, found = f.line()
		return message, found, nil
	case formLeadingZero:
		f.skipTo(f.end)
		return nil, false, errLeadingZero
	case formTooLong:
		f.skipTo(f.end)
		return nil, false, errFrameTooLong
	case formCounted:
	}
	kept := min(length, f.keep)
	if f.end-f.start < header+kept {
		return nil, false, nil
	}
	f.counting, f.skip = true, length-kept
	f.start += header
	f.taken.overhead += uint64(header)
	return f.hand(kept), true, nil
}

// form is what the beginning of a frame says about how it ends.
type form uint8

const (
	formUnknown form = iota // more has to come
	formLine
	formCounted
	formLeadingZero
	formTooLong
)

// header reads the length and the space before a message, which take so many octets.
func (f *framer) header() (length, octets int, is form) {
	text := f.buffer[f.start:f.end]
	digits := 0
	for digits < len(text) && digits < lengthDigits && isDigit(text[digits]) {
		length = length*10 + int(text[digits]-'0')
		digits++
	}
	switch {
	case digits == 0:
		return 0, 0, formLine
	case digits == len(text):
		return 0, 0, formUnknown
	case text[digits] != ' ':
		return 0, 0, formLine
	}
	valid := text[0] != '0' && length <= longestFrame
	octets = digits + 1
	switch {
	case valid && f.counting:
		return length, octets, formCounted
	case octets == len(text):
		return length, octets, formUnknown
	case text[octets] != '<':
		return 0, 0, formLine
	case text[0] == '0':
		return 0, 0, formLeadingZero
	case !valid:
		return 0, 0, formTooLong
	}
	return length, octets, formCounted
}

// line returns the next message where it is a line.
func (f *framer) line() ([]byte, bool) {
	end, ended := f.lineEnd()
	length := end - f.start
	// One octet beyond what is kept may still be the CR of a line that is short enough.
	if !ended && length <= f.keep {
		return nil, false
	}
	f.counting = false
	if length > f.keep {
		f.skipLine = true
		return f.hand(f.keep), true
	}
	if f.buffer[end-1] == '\r' {
		length-- // next leaves it out
	}
	return f.hand(length), true
}

// lineEnd returns where the line ends, or what came of it.
func (f *framer) lineEnd() (int, bool) {
	f.lf = f.find('\n', f.lf, f.end)
	f.nul = f.find(0, f.nul, f.lf)
	return f.nul, f.nul < f.end
}

// find returns where the octet is first, at or after both the start and a place before
// which it is not; the end where it is not there.
func (f *framer) find(octet byte, from, end int) int {
	from = max(from, f.start)
	if from >= end {
		return end
	}
	if at := bytes.IndexByte(f.buffer[from:end], octet); at >= 0 {
		return from + at
	}
	return end
}

// rest returns what came of a message that has not ended; it is for the end of the
// connection.
func (f *framer) rest() []byte {
	if f.skip > 0 || f.skipLine {
		return nil
	}
	if length, header, form := f.header(); form == formCounted || form == formUnknown && length > 0 {
		f.start += header
		f.taken.overhead += uint64(header)
	}
	return f.hand(f.end - f.start)
}

// hand returns the next octets as a message.
func (f *framer) hand(octets int) []byte {
	message := f.buffer[f.start : f.start+octets : f.start+octets]
	f.start += octets
	f.taken.message += uint64(octets)
	return message
}

// pass leaves out octets of a frame with a length.
func (f *framer) pass(octets int) {
	f.skip -= octets
	f.skipTo(f.start + octets)
}

func (f *framer) skipTo(end int) {
	f.taken.skipped += uint64(end - f.start)
	f.start = end
}

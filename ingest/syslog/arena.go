package syslog

import "strings"

// pieceBytes is the memory taken at a time for the texts of messages.
const pieceBytes = 16 << 10

// arena keeps the texts of messages, many in one piece of memory, which lives for as
// long as any of them does.
type arena struct{ piece strings.Builder }

// keep returns a copy of a message.
func (a *arena) keep(message []byte) string {
	if a.piece.Cap()-a.piece.Len() < len(message) {
		a.piece = strings.Builder{}
		a.piece.Grow(max(pieceBytes, len(message)))
	}
	begin := a.piece.Len()
	a.piece.Write(message)
	return a.piece.String()[begin:]
}

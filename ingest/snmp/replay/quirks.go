package replay

import (
	"net/netip"
	"time"
)

// Quirks are faults of real agents. The zero value has none.
type Quirks struct {
	// NoGetBulk: GETBULK is not answered, as by agents of version 1.
	NoGetBulk bool
	// MaxAnswerBytes is how long an answer may be, in octets of the whole message. A
	// longer one to GETBULK has fewer variables (RFC 3416, section 4.2.3), any other is
	// tooBig. 0 is as much as a datagram holds.
	MaxAnswerBytes int
	// TooBig: a GETBULK whose answer is too long is answered tooBig, too.
	TooBig bool
	// MisreadRepetitions: max-repetitions over 127 is taken for a negative number,
	// which is none (RFC 3416, section 4.2.3).
	MisreadRepetitions bool
	// LoopAfter: behind so many rows of a column come the same rows again. 0 is never.
	LoopAfter int
	// StuckAfter: behind so many rows of a column the last one is its own successor. 0
	// is never.
	StuckAfter int
	// Without leaves out the objects of these names and all below them.
	Without []string
	// GenErr: requests whose answer would touch one of these names or what lies below
	// them are answered genErr.
	GenErr []string
	// Hang: requests whose answer would touch one of these names or what lies below
	// them are not answered.
	Hang []string
	// Drop leaves so many variables off the end of each answer that has more.
	Drop int
	// AnswerFrom is the address that answers are sent from; requests are received by
	// Address nevertheless. It is taken when the agent is made.
	AnswerFrom netip.Addr
	// Duplicates is how often an answer is sent once more.
	Duplicates int
	// Delay is how long each answer takes. The agent does nothing else meanwhile.
	Delay time.Duration
	// LoseEvery: each n-th answer is lost; 1 is all of them, 0 none.
	LoseEvery int
	// WrongIDEvery: each n-th answer has another request-id; 0 is none.
	WrongIDEvery int
	// GarbageEvery: each n-th answer is no SNMP message; 0 is none.
	GarbageEvery int
}

// every says whether the count-th answer is one that a fault falls on.
func every(count uint64, many int) bool { return many > 0 && count%uint64(many) == 0 }

// quirks are Quirks with their names encoded.
type quirks struct {
	Quirks
	genErr, hang [][]byte
}

func (q Quirks) encoded() (quirks, error) {
	result := quirks{Quirks: q}
	var err error
	if result.genErr, err = encodeNames(q.GenErr); err != nil {
		return quirks{}, err
	}
	result.hang, err = encodeNames(q.Hang)
	return result, err
}

func encodeNames(names []string) ([][]byte, error) {
	var encoded [][]byte
	for _, name := range names {
		raw, err := encodeName(name)
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, raw)
	}
	return encoded, nil
}

func underAny(name []byte, prefixes [][]byte) bool {
	for _, prefix := range prefixes {
		if under(name, prefix) {
			return true
		}
	}
	return false
}

package syslog

import (
	"encoding/csv"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// cut is what a framer made of a stream.
type cut struct {
	messages []string
	rest     string
	err      error
	octets   octets
	begun    bool // before the rest was taken
}

// frames gives a framer the pieces of a stream, as far as there is space for each.
func frames(f *framer, pieces ...[]byte) cut {
	var c cut
	for _, piece := range pieces {
		for len(piece) > 0 && c.err == nil {
			size := copy(f.space(), piece)
			if size == 0 {
				panic("no space")
			}
			f.came(size)
			piece = piece[size:]
			for {
				message, found, err := f.next()
				if !found {
					c.err = err
					break
				}
				c.messages = append(c.messages, string(message))
			}
		}
		if c.err != nil {
			f.taken.skipped += uint64(len(piece)) // as what is not read of a connection
		}
	}
	c.begun = f.begun()
	c.rest = string(f.rest())
	c.octets = f.taken
	return c
}

func (c cut) equal(other cut) bool {
	return slices.Equal(c.messages, other.messages) && c.rest == other.rest && errors.Is(c.err, other.err) && c.octets == other.octets && c.begun == other.begun
}

func TestFramingVectors(t *testing.T) {
	file, err := os.Open("testdata/framing.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		name := record[0]
		stream, err := hex.DecodeString(record[1])
		if err != nil {
			t.Fatal(err)
		}
		want, err := strconv.Atoi(record[2])
		if err != nil {
			t.Fatal(err)
		}
		whole := frames(newFramer(8192), stream)
		if len(whole.messages) != want {
			t.Errorf("%s: %d messages, want %d: %q", name, len(whole.messages), want, whole.messages)
		}
		for i, message := range whole.messages {
			if message[0] != '<' && (name != "non-transparent with embedded LF" || i == 0) {
				t.Errorf("%s: message %q", name, message)
			}
		}
		for at := range stream {
			if split := frames(newFramer(8192), stream[:at], stream[at:]); !split.equal(whole) {
				t.Errorf("%s split at %d: %+v, want %+v", name, at, split, whole)
			}
		}
	}
}

func TestFraming(t *testing.T) {
	long := strings.Repeat("x", 700)
	for _, test := range []struct {
		name, stream string
		want         []string
		rest         string
		err          error
	}{
		{"lines of every ending", "<1>a\n<2>b\r\n<3>c\x00<4>d\n\r\n\x00\n<5>e\n", []string{"<1>a", "<2>b", "<3>c", "<4>d", "<5>e"}, "", nil},
		{"lines that begin with digits", "45: %SYS-5-CONFIG_I: a\n2025 Oct 11 b\n1728653655000 <13>c\n12\n9", []string{"45: %SYS-5-CONFIG_I: a", "2025 Oct 11 b", "1728653655000 <13>c", "12"}, "9", nil},
		{"lines that begin with zero", "0: a\n045 b\n", []string{"0: a", "045 b"}, "", nil},
		{"counted without a priority", "4 <1>a5 12 ab2 34", []string{"<1>a", "12 ab", "34"}, "", nil},
		{"counted, with a trailer that is not counted", "4 <1>a\n4 <2>b\r\n4 <3>c\x00", []string{"<1>a", "<2>b", "<3>c"}, "", nil},
		{"counted, after a line no more", "4 <1>a<2>b\n12 c\n", []string{"<1>a", "<2>b", "12 c"}, "", nil},
		{"counted, with NUL and LF within", "7 <1>\x00\nab4 <2>c", []string{"<1>\x00\nab", "<2>c"}, "", nil},
		{"a length of zero", "4 <1>a0 <2>b", []string{"<1>a"}, "", errLeadingZero},
		{"a length beyond the bound", "1048577 <1>a", nil, "", errFrameTooLong},
		{"a length beyond all bounds", "9999999999 <1>a\n<2>b\n", nil, "", errFrameTooLong},
		{"a number that is no length", "99999999999 <1>a\n<2>b\n", []string{"99999999999 <1>a", "<2>b"}, "", nil},
		{"a long counted message", "700 <" + long[:699] + "4 <1>a", []string{"<" + long[:600], "<1>a"}, "", nil},
		{"a long line", "<1>" + long + "\r\n<2>b\n", []string{"<1>" + long[:598], "<2>b"}, "", nil},
		{"a line of just the longest size", "<" + long[:599] + "\r\n<2>b\n", []string{"<" + long[:599], "<2>b"}, "", nil},
		{"a line without an end", "<1>" + strings.Repeat(long, 500), []string{"<1>" + long[:598]}, "", nil},
		{"cut off in a line", "<1>a\n<2>b", []string{"<1>a"}, "<2>b", nil},
		{"cut off in a counted message", "4 <1>a9 <2>b", []string{"<1>a"}, "<2>b", nil},
		{"cut off after a length", "4 <1>a9 ", []string{"<1>a"}, "", nil},
	} {
		got := frames(newFramer(600), []byte(test.stream))
		if !slices.Equal(got.messages, test.want) || got.rest != test.rest || !errors.Is(got.err, test.err) {
			t.Errorf("%s:\ngot  %q, rest %q, %v\nwant %q, rest %q, %v", test.name, got.messages, got.rest, got.err, test.want, test.rest, test.err)
		}
		if sum := got.octets.message + got.octets.overhead + got.octets.skipped; sum != uint64(len(test.stream)) {
			t.Errorf("%s: %+v make %d octets, %d came", test.name, got.octets, sum, len(test.stream))
		}
		for at := range min(len(test.stream), 2000) {
			if split := frames(newFramer(600), []byte(test.stream[:at]), []byte(test.stream[at:])); !split.equal(got) {
				t.Errorf("%s split at %d: %q, rest %q, %v", test.name, at, split.messages, split.rest, split.err)
			}
		}
	}
}

// FuzzFraming holds that the messages do not depend on the pieces in which a stream
// comes, that every octet is accounted for, and that memory stays within its bound.
func FuzzFraming(f *testing.F) {
	file, err := os.ReadFile("testdata/framing.csv")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(file)) {
		if stream, err := hex.DecodeString(strings.Split(line, ",")[1]); err == nil {
			f.Add(stream, []byte{1, 7, 30})
		}
	}
	f.Add([]byte("45: a\n7 <1>\x00\nab2 34\r\n<3>"+strings.Repeat("x", 200)+"\r\n150 <"+strings.Repeat("y", 149)), []byte{0, 255, 64, 1})
	f.Fuzz(func(t *testing.T, stream, sizes []byte) {
		const longest = 64
		small := func() *framer { return &framer{buffer: make([]byte, 2*longest), keep: longest + 1} }
		whole := frames(&framer{buffer: make([]byte, len(stream)+2*longest), keep: longest + 1}, stream)
		var pieces [][]byte
		for left, i := stream, 0; len(left) > 0; i++ {
			size := len(left)
			if len(sizes) > 0 {
				size = min(size, 1+int(sizes[i%len(sizes)]))
			}
			pieces, left = append(pieces, left[:size]), left[size:]
		}
		split := frames(small(), pieces...)
		if !split.equal(whole) {
			t.Errorf("in pieces: %#v\nin one:    %#v", split, whole)
		}
		if sum := whole.octets.message + whole.octets.overhead + whole.octets.skipped; sum != uint64(len(stream)) {
			t.Errorf("%+v make %d octets, %d came", whole.octets, sum, len(stream))
		}
		handed := uint64(len(whole.rest))
		for _, message := range whole.messages {
			handed += uint64(len(message))
			if len(message) == 0 || len(message) > longest+1 {
				t.Errorf("a message of %d octets", len(message))
			}
		}
		if handed != whole.octets.message {
			t.Errorf("%d octets handed out, %d counted", handed, whole.octets.message)
		}
	})
}

// BenchmarkFraming measures cutting lines and counted messages out of a full buffer.
func BenchmarkFraming(b *testing.B) {
	const message = "<189>45: Oct 11 22:14:15.003: %LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down"
	for name, frame := range map[string]string{"lines": message + "\n", "counted": strconv.Itoa(len(message)) + " " + message} {
		b.Run(name, func(b *testing.B) {
			stream := []byte(strings.Repeat(frame, readBytes/len(frame)))
			f := newFramer(8192)
			b.ReportAllocs()
			for taken := 0; taken < b.N; {
				f.came(copy(f.space(), stream))
				for _, found, _ := f.next(); found; _, found, _ = f.next() {
					taken++
				}
			}
		})
	}
}

package sample

import (
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"
)

// What the centre tells itself can be read by the programs of an earlier version that run
// beside a newer one while the centre is upgraded.
func TestShortBlocksStayOfVersionOne(t *testing.T) {
	for _, rows := range []Rows{
		&Ticks{Sequence: []uint64{1 << 40}},
		&Recomputes{Request: []ID{1 << 60}, Figure: []string{"voice"}, FromMs: []int64{1 << 40}, ToMs: []int64{1 << 41}, By: []string{"me"}, Why: []string{"so"}},
		&Heartbeats{OffsetMs: []uint32{7000}, IntervalMs: []uint32{10000}, Sequence: []uint64{70000}, BacklogBlocks: []uint32{1}, BacklogBytes: []uint64{1e6},
			DroppedBlocks: []uint64{0}, Version: []string{"v1"}, SentBytes: []uint64{1e6}, SentMs: []uint32{10000}},
	} {
		if message := encode(t, rows); message[2] != 1 {
			t.Errorf("a row of %s is in a block of version %d", rows.Kind(), message[2])
		}
	}
}

// goldenV2 are rows that take each of the encodings that version 2 has, and its dictionary.
func goldenV2(t testing.TB) (encoder *Encoder, all map[string]Rows) {
	identities, interfaces, pings := namedRows(6)
	interfaces.IntervalMs = nil
	for row := range interfaces.Device {
		interfaces.IntervalMs = append(interfaces.IntervalMs, 300_000+uint32(row*row*977%5003))
		if row%2 == 0 {
			interfaces.InOctets[row] = uint64(row)*1_234_567_891 + 12345
		}
	}
	pings.RTT = Lists{}
	for row := range pings.Device {
		pings.RTT.Append([]uint32{1000, 1301 + uint32(row), 70_000}[:1+row%3]...)
	}
	// An appliance that has restarted knows no names yet.
	uptimes := &Uptimes{Device: []ID{1 << 60, 1<<61 + 7, 1<<62 + 9, 1<<63 + 11, 1<<63 + 12}}
	for _, column := range uptimes.columns()[1:] {
		column.zeros(5)
	}
	lines := &Syslog{Raw: []string{
		"<189>1: Jan  1 00:00:00.000: %LINK-3-UPDOWN: Interface GigabitEthernet1/0/1, changed state to up",
		"<30>systemd[1]: Started Session of user root.",
	}}
	for _, column := range lines.columns() {
		column.zeros(2 - column.length())
	}
	return learntEncoder(t, identities), map[string]Rows{"interfaces_v2.hex": interfaces, "pings_v2.hex": pings, "uptimes_v2.hex": uptimes, "syslog_v2.hex": lines}
}

// Blocks of version 2, as they were written first.
func TestABlockOfVersionTwoIsRead(t *testing.T) {
	encoder, all := goldenV2(t)
	used := map[byte]bool{}
	for file, want := range all {
		for _, column := range want.columns() {
			to := &output{names: encoder.scratch.names}
			column.encode(to)
			used[to.bytes[0]] = true
		}
		path := "testdata/" + file
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		message, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
		if err != nil {
			t.Fatal(err)
		}
		if message[2] != 2 {
			t.Errorf("%s is of version %d", file, message[2])
		}
		got := newRows(want.Kind())
		if _, err := newDecoder(t).Decode(message, func(Header) Rows { return got }); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		expectRows(t, got, want)
		for cut := range message {
			if _, err := newDecoder(t).Decode(message[:cut], func(Header) Rows { return newRows(want.Kind()) }); err == nil {
				t.Fatalf("%s: %d of %d bytes were taken for a block", file, cut, len(message))
			}
		}
		for at := headerSize; at < len(message); at++ {
			flipped := slices.Clone(message)
			flipped[at] ^= 16
			read := newRows(want.Kind())
			if _, err := newDecoder(t).Decode(flipped, func(Header) Rows { return read }); err == nil {
				expectRows(t, read, want) // a bit that means nothing
			}
		}
	}
	for encoding := encodingSplit; encoding <= encodingHashes; encoding++ {
		if !used[encoding] {
			t.Errorf("no file has encoding %d", encoding)
		}
	}
}

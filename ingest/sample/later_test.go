package sample

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// Blocks of earlier writers, as they were written: voice rows before they had bursts, voice
// rows before they had operations and before they had conditions, pings before they had more than the type of an error,
// and heartbeats before they said what was sent.
func TestABlockOfAnEarlierWriterIsRead(t *testing.T) {
	plainVoice := func(bursts, packets, lost uint32, operation Operation) *Voice {
		rows := &Voice{
			Path: []ID{7, 9}, DurationMs: []uint32{60000, 60000}, Codec: []string{"G.711", "G.729A+VAD"},
			Sent: []uint32{3000, 2999}, Received: []uint32{2990, 2999}, Duplicates: []uint32{1, 0}, Reordered: []uint32{2, 0},
			LossRuns: []uint32{4, 0}, MinRTTUs: []uint32{20000, 31000}, SumRTTUs: []uint64{60000000, 93000000},
			JitterUs: []uint32{150, 90}, Synchronised: []uint8{1, 0}, SumForwardUs: []int64{30000000, -5},
			DSCPSent: []uint8{46, 46}, DSCPReceived: []uint8{46, 0},
			Bursts: []uint32{bursts, 0}, BurstPackets: []uint32{packets, 0}, BurstLost: []uint32{lost, 0},
		}
		rows.Delays.Append(200, 2990)
		rows.Delays.Append(DelayBucket(31000), 2999)
		rows.RunLengths.Append(1, 2, 4, 2)
		rows.RunLengths.Append()
		rows.AppendOperation(Operation{})
		rows.AppendOperation(operation)
		rows.AppendCondition(Condition{})
		rows.AppendCondition(Condition{})
		return rows
	}
	pings := &Pings{
		Device: []ID{7, 9}, OffsetMs: []uint32{100, 2500}, IntervalMs: []uint32{30000, 30000},
		Attempt: []uint8{1, 2}, Sent: []uint8{3, 3}, Received: []uint8{2, 0}, ICMPError: []uint8{0, 3},
		ICMPCode: []uint8{0, 0}, ErrorFrom: []string{"", ""}, Duplicates: []uint8{0, 0}, Reordered: []uint8{0, 0}, ReplyTTL: []uint8{0, 0},
	}
	pings.RTT.Append(1500, 1700)
	pings.RTT.Append()
	decoder := newDecoder(t)
	for file, want := range map[string]Rows{
		"voice_v1.block": plainVoice(0, 0, 0, Operation{}),
		"voice_v2.block": plainVoice(1, 12, 8, Operation{}),
		"voice_v3.block": plainVoice(1, 12, 8, Operation{Origin: OriginIPSLA, LossForward: 5, LossBackward: 3, MaxRTTUs: 40000}),
		"pings_v1.block": pings,
		"heartbeats_v1.hex": &Heartbeats{
			OffsetMs: []uint32{150, 10150}, IntervalMs: []uint32{10000, 10000}, Sequence: []uint64{7, 8},
			BacklogBlocks: []uint32{0, 3}, BacklogBytes: []uint64{0, 61000}, DroppedBlocks: []uint64{0, 0},
			Version: []string{"", ""}, SentBytes: []uint64{0, 0}, SentMs: []uint32{0, 0},
		},
	} {
		message, err := os.ReadFile("testdata/" + file)
		if err == nil && strings.HasSuffix(file, ".hex") {
			message, err = hex.DecodeString(strings.Join(strings.Fields(string(message)), ""))
		}
		if err != nil {
			t.Fatal(err)
		}
		// Behind rows of a later writer, whose columns are full.
		first, got := fill(want.Kind(), 3, contents[0]), newRows(want.Kind())
		for _, block := range [][]byte{encode(t, first), message} {
			if _, err := decoder.Decode(block, func(Header) Rows { return got }); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
		}
		if err := Append(first, want); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		expectRows(t, got, first)
	}
}

// future is what a later program might add to a kind: one column of each type.
func future(n int, with content) []column {
	random := rand.New(rand.NewPCG(3, uint64(n)))
	var bytes []uint8
	var counts, order []uint64
	var hashes []ID
	var names []string
	var values Lists
	for row := range n {
		bytes = append(bytes, uint8(with.number(random, row)))
		counts = append(counts, with.number(random, row))
		order = append(order, with.number(random, row))
		hashes = append(hashes, with.number(random, row))
		names = append(names, with.text(random, row))
		values.Append(with.values(random, row)...)
	}
	return []column{later(plain(&bytes)), later(plain(&counts)), later(series(&order)), later(ids(&hashes)), later(texts(&names)), later(lists(&values))}
}

func TestColumnsOfALaterWriterAreLeftOut(t *testing.T) {
	decoder := newDecoder(t)
	for _, with := range contents {
		want := fill(KindVoice, 40, with)
		body := written(append(want.columns(), future(40, with)...)...)
		got := new(Voice)
		if _, err := decoder.Decode(wrapBits(t, KindVoice, 40, uint64(len(body.bytes)), body), func(Header) Rows { return got }); err != nil {
			t.Fatalf("%s: %v", with.name, err)
		}
		expectRows(t, got, want)
	}
}

func TestWhatIsNoLaterColumnIsRefused(t *testing.T) {
	decoder := newDecoder(t)
	known := written(fill(KindTicks, 10, contents[2]).columns()...).bytes
	for name, more := range map[string][]byte{
		"not marked":         {encodingConstant, 1},
		"marked and no more": {encodingLater},
		"unknown encoding":   {encodingLater, 99, 1},
		"too short":          {encodingLater, encodingFixed, 1, 2, 3},
		"a run too long":     append([]byte{encodingLater, encodingRuns, 11}, make([]byte, 8)...),
		"a lying list":       {encodingLater, encodingLists, 0xff, 0xff, 0xff, 0x7f},
		"a lying text":       {encodingLater, encodingText, 5, 'a'},
		"bits that lack":     append([]byte{encodingLater, encodingSplit, 0}, bytes.Repeat([]byte{9}, 10)...),
		"bits too many":      append([]byte{encodingLater, encodingSplit, 0}, bytes.Repeat([]byte{65}, 10)...),
		"half a bitmap":      {encodingLater, encodingSplitDelta, hasZeros, 0},
		"a lying split list": {encodingLater, encodingSplitLists, 0xff, 0xff, 0xff, 0x7f},
		"names":              {encodingLater, encodingNames, 1, 1, 0, 1, 2, 'a'},
	} {
		body := slices.Concat(known, more)
		got := new(Ticks)
		_, err := decoder.Decode(wrap(t, KindTicks, 10, uint64(len(body)), body), func(Header) Rows { return got })
		if !errors.Is(err, ErrBroken) || got.Len() != 0 {
			t.Errorf("%s: %d rows, %v", name, got.Len(), err)
		}
	}
}

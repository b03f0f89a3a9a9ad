package sample

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"
)

var testHeader = Header{UUID: [16]byte{1, 2, 15: 16}, Appliance: 0xfedcba9876543210, Slot: 1_760_000_000_000}

func encode(t testing.TB, rows Rows) []byte {
	t.Helper()
	encoder, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	message, err := encoder.Encode(nil, testHeader, rows)
	if err != nil {
		t.Fatal(err)
	}
	return message
}

func newDecoder(t testing.TB) *Decoder {
	t.Helper()
	decoder, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	return decoder
}

// written returns columns as a block has them.
func written(columns ...column) *output {
	to := &output{names: newNames(Place{})}
	for _, column := range columns {
		column.encode(to)
	}
	to.finish()
	return to
}

// wrap makes a message of columns as they are, with a header that may lie.
func wrap(t testing.TB, kind Kind, rows, size uint64, columns []byte) []byte {
	t.Helper()
	return wrapBits(t, kind, rows, size, &output{bytes: columns})
}

// wrapBits is wrap with what is not compressed.
func wrapBits(t testing.TB, kind Kind, rows, size uint64, content *output) []byte {
	t.Helper()
	compressor, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	message := append([]byte{'M', 'B', Version, byte(kind)}, make([]byte, 32)...)
	message = binary.AppendUvarint(message, rows)
	message = binary.AppendUvarint(message, size)
	message = binary.AppendUvarint(message, uint64(len(content.bits)))
	if len(content.bits) > 0 {
		message = binary.LittleEndian.AppendUint32(append(message, content.bits...), crc32.Checksum(content.bits, castagnoli))
	}
	return compressor.EncodeAll(content.bytes, message)
}

func TestRoundTripOfEveryKind(t *testing.T) {
	encoder, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	decoder := newDecoder(t)
	var message []byte
	for _, kind := range allKinds() {
		for _, with := range contents {
			for _, n := range []int{1, 2, 500, MaxRows} {
				if n == MaxRows && with.name != "runs" {
					continue // once is enough, and long texts would exceed MaxBytes
				}
				want := fill(kind, n, with)
				message, err = encoder.Encode(message[:0], testHeader, want)
				if err != nil {
					t.Fatalf("%s %s %d: %v", kind, with.name, n, err)
				}
				got := newRows(kind)
				header, err := decoder.Decode(message, func(Header) Rows { return got })
				if err != nil {
					t.Fatalf("%s %s %d: %v", kind, with.name, n, err)
				}
				expected := testHeader
				expected.Kind, expected.Rows = kind, n
				if header != expected {
					t.Fatalf("header %+v, want %+v", header, expected)
				}
				if read, err := ReadHeader(message); err != nil || read != expected {
					t.Fatalf("header read alone: %+v, %v", read, err)
				}
				if n <= 500 {
					expectRows(t, got, want)
				} else if got.Len() != n {
					t.Fatalf("%s: %d rows, want %d", kind, got.Len(), n)
				}
			}
		}
	}
}

func TestDecodeAddsToWhatIsThere(t *testing.T) {
	decoder := newDecoder(t)
	for _, kind := range allKinds() {
		first, second := fill(kind, 20, contents[3]), fill(kind, 30, contents[3])
		got, want := newRows(kind), newRows(kind)
		for _, rows := range []Rows{first, second} {
			if _, err := decoder.Decode(encode(t, rows), func(Header) Rows { return got }); err != nil {
				t.Fatal(err)
			}
			if err := Append(want, rows); err != nil {
				t.Fatal(err)
			}
		}
		expectRows(t, got, want)
	}
}

func TestDecodeDoesNotKeepTheMessage(t *testing.T) {
	want := fill(KindSyslog, 50, contents[2])
	message := encode(t, want)
	decoder, got := newDecoder(t), newRows(KindSyslog)
	if _, err := decoder.Decode(message, func(Header) Rows { return got }); err != nil {
		t.Fatal(err)
	}
	clear(message)
	other := newRows(KindSyslog)
	if _, err := decoder.Decode(encode(t, fill(KindSyslog, 50, contents[4])), func(Header) Rows { return other }); err != nil {
		t.Fatal(err)
	}
	expectRows(t, got, want)
}

func TestEncodeRefuses(t *testing.T) {
	encoder, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	uneven := fill(KindPings, 5, contents[0]).(*Pings)
	uneven.Received = uneven.Received[:4]
	large := fill(KindTicks, MaxRows+1, contents[0])
	long := &Paths{Path: []ID{1}, Name: []string{string(make([]byte, MaxBytes))}, Target: []string{""}, Codec: []string{""}}
	for name, rows := range map[string]Rows{"no rows": &Pings{}, "uneven columns": uneven, "too many rows": large, "too many bytes": long} {
		if message, err := encoder.Encode(nil, testHeader, rows); err == nil || message != nil {
			t.Errorf("%s: %d bytes, %v", name, len(message), err)
		}
	}
	if _, err := encoder.Encode(nil, testHeader, fill(KindPings, 5, contents[0])); err != nil {
		t.Errorf("after the refusals: %v", err)
	}
}

// broken messages, what they are and the error they give.
func brokenMessages(t testing.TB) map[string]struct {
	message []byte
	want    error
} {
	good := encode(t, fill(KindPings, 100, contents[3]))
	change := func(at int, value byte) []byte {
		changed := slices.Clone(good)
		changed[at] = value
		return changed
	}
	columns := func(rows Rows) []byte { return written(rows.columns()...).bytes }
	ticks := written(fill(KindTicks, 10, contents[3]).columns()...)
	return map[string]struct {
		message []byte
		want    error
	}{
		"empty":               {nil, ErrBroken},
		"not a block":         {[]byte("{\"json\":true}"), ErrBroken},
		"header alone":        {good[:headerSize], ErrBroken},
		"half a header":       {good[:20], ErrBroken},
		"another version":     {change(2, Version+1), ErrUnknownVersion},
		"an unknown kind":     {change(3, 250), ErrUnknownKind},
		"kind 0":              {change(3, 0), ErrUnknownKind},
		"another known kind":  {change(3, byte(KindUptimes)), ErrBroken},
		"a flipped bit":       {change(len(good)/2, good[len(good)/2]^4), ErrBroken},
		"more rows than told": {wrapBits(t, KindTicks, 9, uint64(len(ticks.bytes)), ticks), ErrBroken},
		"fewer rows":          {wrapBits(t, KindTicks, 11, uint64(len(ticks.bytes)), ticks), ErrBroken},
		"no rows":             {wrapBits(t, KindTicks, 0, uint64(len(ticks.bytes)), ticks), ErrBroken},
		"too many rows":       {wrapBits(t, KindTicks, MaxRows+1, uint64(len(ticks.bytes)), ticks), ErrBroken},
		"size too small":      {wrapBits(t, KindTicks, 10, uint64(len(ticks.bytes))-1, ticks), ErrBroken},
		"size too large":      {wrapBits(t, KindTicks, 10, MaxBytes+1, ticks), ErrBroken},
		"bits too few":        {wrapBits(t, KindTicks, 10, uint64(len(ticks.bytes)), &output{bytes: ticks.bytes, bits: ticks.bits[1:]}), ErrBroken},
		"bits too many":       {wrapBits(t, KindTicks, 10, uint64(len(ticks.bytes)), &output{bytes: ticks.bytes, bits: append(slices.Clone(ticks.bits), 0)}), ErrBroken},
		"bits cut off":        {append(slices.Clone(good[:headerSize]), 10, 10, 200, 1), ErrBroken},
		"version 0":           {change(2, 0), ErrUnknownVersion},
		"no columns":          {wrap(t, KindTicks, 10, 0, nil), ErrBroken},
		"unknown encoding":    {wrap(t, KindTicks, 1, 2, []byte{99, 1}), ErrBroken},
		"text for numbers":    {wrap(t, KindTicks, 1, 3, []byte{encodingText, 1, 'a'}), ErrBroken},
		"a run of none":       {wrap(t, KindTicks, 1, 10, append([]byte{encodingRuns, 0}, make([]byte, 8)...)), ErrBroken},
		"a run too long":      {wrap(t, KindTicks, 1, 10, append([]byte{encodingRuns, 2}, make([]byte, 8)...)), ErrBroken},
		"a text too often":    {wrap(t, KindPaths, MaxRows, 309, slices.Concat([]byte{encodingConstant, 1, encodingText, 0xac, 2}, make([]byte, 300), []byte{encodingText, 0, encodingText, 0})), ErrBroken},
		"number too large":    {wrap(t, KindPings, 1, 40, append(columns(&Ticks{Sequence: []uint64{1}}), append([]byte{encodingConstant}, 0xff, 0xff, 0xff, 0xff, 0x7f)...)), ErrBroken},
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	decoder := newDecoder(t)
	for name, broken := range brokenMessages(t) {
		var rows Rows
		_, err := decoder.Decode(broken.message, func(header Header) Rows {
			rows = fill(header.Kind, 3, contents[3])
			return rows
		})
		if !errors.Is(err, broken.want) {
			t.Errorf("%s: %v, want %v", name, err, broken.want)
		}
		if rows != nil {
			expectRows(t, rows, fill(rows.Kind(), 3, contents[3]))
		}
	}
	if _, err := decoder.Decode(encode(t, fill(KindPings, 1, contents[0])), func(Header) Rows { return &Voice{} }); err == nil {
		t.Error("pings were decoded into voice rows")
	}
	// The decoder goes on working after all of that.
	for _, kind := range allKinds() {
		want, got := fill(kind, 40, contents[3]), newRows(kind)
		if _, err := decoder.Decode(encode(t, want), func(Header) Rows { return got }); err != nil {
			t.Fatal(err)
		}
		expectRows(t, got, want)
	}
}

func TestDecodeSurvivesEveryCutAndManyFlips(t *testing.T) {
	decoder := newDecoder(t)
	random := rand.New(rand.NewPCG(1, 2))
	for _, kind := range allKinds() {
		message := encode(t, fill(kind, 30, contents[3]))
		rows := newRows(kind)
		target := func(header Header) Rows {
			if header.Kind == kind {
				return rows
			}
			return newRows(header.Kind)
		}
		for cut := range message {
			if _, err := decoder.Decode(message[:cut], target); err == nil {
				t.Fatalf("%s: %d of %d bytes were taken for a block", kind, cut, len(message))
			}
		}
		for range 500 {
			flipped := slices.Clone(message)
			at := headerSize + random.IntN(len(flipped)-headerSize)
			flipped[at] ^= 1 << random.IntN(8)
			_, _ = decoder.Decode(flipped, target) // an error or not: it must not panic
			Truncate(rows, 0)
		}
		if rows.Len() != 0 {
			t.Errorf("%s: %d rows are left of broken blocks", kind, rows.Len())
		}
	}
}

// A message of a few bytes that claims to be large must not cost more than a large
// block would.
func TestLyingLengthsDoNotCostMemory(t *testing.T) {
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}
	claims := func(encoding byte) []byte { return append([]byte{encoding}, huge...) }
	number := []byte{encodingConstant, 1}
	// What comes before the lists in pings.
	pings := slices.Repeat(number, 7)
	zeros := make([]byte, MaxBytes+1)
	for name, message := range map[string][]byte{
		"rows and size":  wrap(t, KindInterfaces, MaxRows, MaxBytes, nil),
		"one text":       wrap(t, KindPaths, MaxRows, 12, append(slices.Clone(number), claims(encodingText)...)),
		"many texts":     wrap(t, KindPaths, MaxRows, 12, append(slices.Clone(number), claims(encodingTexts)...)),
		"lists":          wrap(t, KindPings, MaxRows, uint64(len(pings)+10), append(slices.Clone(pings), claims(encodingLists)...)),
		"runs":           wrap(t, KindTicks, MaxRows, 10, claims(encodingRuns)),
		"bytes too many": wrap(t, KindTicks, 1, MaxBytes, zeros),
		"texts adding up": wrap(t, KindPaths, 4, 43, slices.Concat(number, []byte{encodingTexts},
			slices.Repeat([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 4))),
	} {
		decoder := newDecoder(t)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decoder.Decode(message, func(header Header) Rows { return newRows(header.Kind) })
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if cost := after.TotalAlloc - before.TotalAlloc; cost > 2*MaxBytes {
			t.Errorf("%s: a message of %d bytes cost %d bytes", name, len(message), cost)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, kind := range allKinds() {
		for _, with := range contents {
			f.Add(encode(f, fill(kind, 7, with)), byte(kind), uint16(7))
		}
	}
	for _, broken := range brokenMessages(f) {
		f.Add(broken.message, byte(KindTicks), uint16(10))
	}
	for _, kind := range allKinds() {
		for _, with := range contents {
			f.Add(written(fill(kind, 7, with).columns()...).bytes, byte(kind), uint16(7))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, kind byte, rows uint16) {
		// As a message, and as columns below a header and a checksum that are right:
		// random changes would never get past those.
		half := len(data) / 2
		for _, message := range [][]byte{
			data, wrap(t, Kind(kind), uint64(rows), uint64(len(data)), data),
			wrapBits(t, Kind(kind), uint64(rows), uint64(half), &output{bytes: data[:half], bits: data[half:]}),
		} {
			var got Rows
			header, err := newDecoder(t).Decode(message, func(header Header) Rows {
				got = fill(header.Kind, 2, contents[4])
				return got
			})
			if got == nil {
				continue
			}
			if err != nil {
				expectRows(t, got, fill(got.Kind(), 2, contents[4]))
				continue
			}
			if got.Len() != 2+header.Rows {
				t.Fatalf("%d rows, the header says %d", got.Len()-2, header.Rows)
			}
			// What was decoded can be encoded and is the same again.
			encoder, err := NewEncoder()
			if err != nil {
				t.Fatal(err)
			}
			again, err := encoder.Encode(nil, header, got)
			if err != nil {
				continue // more rows or bytes than a block holds
			}
			back := newRows(header.Kind)
			if _, err := newDecoder(t).Decode(again, func(Header) Rows { return back }); err != nil {
				t.Fatal(err)
			}
			expectRows(t, back, got)
		}
	})
}

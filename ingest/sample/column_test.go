package sample

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// Each encoding is chosen for the content it is meant for.
func TestEncodingsAreChosenByContent(t *testing.T) {
	numbers := []uint64{5, 600, 90, 200000}
	equal := []uint64{7, 7, 7, 7}
	runs := []ID{1 << 60, 1 << 60, 1 << 60, 2 << 60, 2 << 60, 2 << 60}
	different, same := []string{"a", "b"}, []string{"a", "a"}
	small, few := []uint64{5, 6, 9, 20}, []uint64{1 << 60, 1 << 61}
	var all, long Lists
	all.Append(1, 2)
	all.Append()
	long.Append(1000, 2)
	for name, test := range map[string]struct {
		column column
		want   byte
	}{
		"equal numbers":   {plain(&equal), encodingConstant},
		"small numbers":   {plain(&small), encodingVarint},
		"small steps":     {series(&small), encodingDelta},
		"numbers":         {plain(&numbers), encodingSplit},
		"series":          {series(&numbers), encodingSplitDelta},
		"few ids":         {ids(&few), encodingFixed},
		"ids":             {ids(&numbers), encodingHashes},
		"ids in runs":     {ids(&runs), encodingHashes},
		"different texts": {texts(&different), encodingTexts},
		"equal texts":     {texts(&same), encodingText},
		"lists":           {lists(&all), encodingLists},
		"long lists":      {lists(&long), encodingSplitLists},
	} {
		if got := written(test.column).bytes[0]; got != test.want {
			t.Errorf("%s: encoding %d, want %d", name, got, test.want)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	f.Add([]byte{}, byte(0))
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), byte(1))
	f.Fuzz(func(t *testing.T, data []byte, shift byte) {
		var u64 []uint64
		for ; len(data) >= 8; data = data[8:] {
			u64 = append(u64, binary.LittleEndian.Uint64(data)>>(shift%64))
		}
		if len(u64) == 0 {
			return
		}
		checkNumbers(t, u64)
		checkNumbers(t, convert[uint32](u64))
		checkNumbers(t, convert[int64](u64))
		checkNumbers(t, convert[uint8](u64))
	})
}

func convert[T integer](values []uint64) []T {
	converted := make([]T, len(values))
	for i, value := range values {
		converted[i] = T(value)
	}
	return converted
}

// checkNumbers takes values through the encodings of each hint and back.
func checkNumbers[T integer](t *testing.T, values []T) {
	t.Helper()
	for _, hint := range []integerHint{hintPlain, hintSeries, hintID} {
		to := written(integerColumn[T]{&values, hint})
		got := []T{3}
		from := readable(to)
		if err := (integerColumn[T]{&got, hint}).decode(from, len(values)); err != nil || !exhausted(from) {
			t.Fatalf("hint %d, %v: %v, %+v is left", hint, values, err, from)
		}
		if got[0] != 3 || !slices.Equal(got[1:], values) {
			t.Fatalf("hint %d: %v, want %v", hint, got[1:], values)
		}
		for cut := range to.bytes {
			short := []T{3}
			if err := (integerColumn[T]{&short, hint}).decode(reading(to.bytes[:cut], to.bits), len(values)); err == nil || len(short) != 1 {
				t.Fatalf("hint %d: %d of %d bytes were enough, %d values", hint, cut, len(to.bytes), len(short))
			}
		}
		for cut := range to.bits {
			short := []T{3}
			if err := (integerColumn[T]{&short, hint}).decode(reading(to.bytes, to.bits[:cut]), len(values)); err == nil || len(short) != 1 {
				t.Fatalf("hint %d: %d of %d bytes of bits were enough, %d values", hint, cut, len(to.bits), len(short))
			}
		}
	}
}

// readable is what was written with a byte behind it.
func readable(to *output) *input { return reading(append(slices.Clone(to.bytes), 0xee), to.bits) }

func reading(columns, bits []byte) *input {
	in := new(input)
	in.begin(columns, bits)
	return in
}

// exhausted says whether all but that byte was read.
func exhausted(from *input) bool {
	return len(from.bytes) == 1 && from.bytes[0] == 0xee && from.over() == 0
}

func FuzzTexts(f *testing.F) {
	f.Add("", byte('|'))
	f.Add("a|a|a", byte('|'))
	f.Add("a||bc", byte('|'))
	f.Fuzz(func(t *testing.T, data string, separator byte) {
		values := strings.Split(data, string([]byte{separator}))
		got := []string{"before"}
		from := readable(written(texts(&values)))
		err := texts(&got).decode(from, len(values))
		if err != nil || !exhausted(from) || got[0] != "before" || !slices.Equal(got[1:], values) {
			t.Fatalf("%q, %+v left, %v, want %q", got, from, err, values)
		}
	})
}

func FuzzLists(f *testing.F) {
	f.Add([]byte{}, byte(1))
	f.Add([]byte{1, 2, 3, 0, 4, 5}, byte(2))
	f.Fuzz(func(t *testing.T, data []byte, most byte) {
		var all Lists
		for len(data) > 0 {
			length := min(len(data)-1, int(data[0])%(int(most)+1))
			values := make([]uint32, length)
			for i := range values {
				values[i] = uint32(data[1+i]) << (data[0] % 25)
			}
			all.Append(values...)
			data = data[1+length:]
		}
		if len(all.Ends) == 0 {
			return
		}
		var got Lists
		got.Append(8, 9)
		from := readable(written(lists(&all)))
		err := lists(&got).decode(from, len(all.Ends))
		if err != nil || !exhausted(from) || len(got.Ends) != 1+len(all.Ends) {
			t.Fatalf("%d lists, %+v left, %v", len(got.Ends), from, err)
		}
		for row := range all.Ends {
			if !slices.Equal(got.Row(row+1), all.Row(row)) {
				t.Fatalf("row %d: %v, want %v", row, got.Row(row+1), all.Row(row))
			}
		}
		lists(&got).truncate(1)
		if !slices.Equal(got.Row(0), []uint32{8, 9}) || len(got.Values) != 2 {
			t.Fatalf("after truncating: %v", got)
		}
	})
}

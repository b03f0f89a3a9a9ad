package sample

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// Each encoding is chosen for the content it is meant for.
func TestEncodingsAreChosenByContent(t *testing.T) {
	numbers := []uint64{5, 6, 9, 200000}
	equal := []uint64{7, 7, 7, 7}
	runs := []ID{1 << 60, 1 << 60, 1 << 60, 2 << 60, 2 << 60, 2 << 60}
	different, same := []string{"a", "b"}, []string{"a", "a"}
	var all Lists
	all.Append(1, 2)
	all.Append()
	for name, test := range map[string]struct {
		column column
		want   byte
	}{
		"equal numbers":   {plain(&equal), encodingConstant},
		"numbers":         {plain(&numbers), encodingVarint},
		"series":          {series(&numbers), encodingDelta},
		"ids":             {ids(&numbers), encodingFixed},
		"ids in runs":     {ids(&runs), encodingRuns},
		"different texts": {texts(&different), encodingTexts},
		"equal texts":     {texts(&same), encodingText},
		"lists":           {lists(&all), encodingLists},
	} {
		if got := test.column.encode(nil); got[0] != test.want {
			t.Errorf("%s: encoding %d, want %d", name, got[0], test.want)
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
		encoded := integerColumn[T]{&values, hint}.encode(nil)
		got := []T{3}
		rest, err := integerColumn[T]{&got, hint}.decode(append(encoded, 0xee), len(values))
		if err != nil || len(rest) != 1 || rest[0] != 0xee {
			t.Fatalf("hint %d, %v: %d bytes left, %v", hint, values, len(rest), err)
		}
		if got[0] != 3 || !slices.Equal(got[1:], values) {
			t.Fatalf("hint %d: %v, want %v", hint, got[1:], values)
		}
		for cut := range encoded {
			short := []T{3}
			if _, err := (integerColumn[T]{&short, hint}).decode(encoded[:cut], len(values)); err == nil || len(short) != 1 {
				t.Fatalf("hint %d: %d of %d bytes were enough, %d values", hint, cut, len(encoded), len(short))
			}
		}
	}
}

func FuzzTexts(f *testing.F) {
	f.Add("", byte('|'))
	f.Add("a|a|a", byte('|'))
	f.Add("a||bc", byte('|'))
	f.Fuzz(func(t *testing.T, data string, separator byte) {
		values := strings.Split(data, string([]byte{separator}))
		encoded := texts(&values).encode(nil)
		got := []string{"before"}
		rest, err := texts(&got).decode(append(encoded, 0xee), len(values))
		if err != nil || len(rest) != 1 || got[0] != "before" || !slices.Equal(got[1:], values) {
			t.Fatalf("%q, %d bytes left, %v, want %q", got, len(rest), err, values)
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
		encoded := lists(&all).encode(nil)
		var got Lists
		got.Append(8, 9)
		rest, err := lists(&got).decode(append(encoded, 0xee), len(all.Ends))
		if err != nil || len(rest) != 1 || len(got.Ends) != 1+len(all.Ends) {
			t.Fatalf("%d lists, %d bytes left, %v", len(got.Ends), len(rest), err)
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

package voice

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"math"
	"os"
	"strconv"
	"testing"
	"time"
)

// vectors reads a file of testdata as one map a row.
func vectors(t *testing.T, name string) []map[string]string {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, value := range record {
			row[records[0][i]] = value
		}
		rows = append(rows, row)
	}
	return rows
}

func packetVector(t *testing.T, name string) []byte {
	t.Helper()
	for _, row := range vectors(t, "stamp_packets.csv") {
		if row["name"] == name {
			packet, err := hex.DecodeString(row["hex"])
			if err != nil {
				t.Fatal(err)
			}
			if length, _ := strconv.Atoi(row["len"]); length != len(packet) {
				t.Fatalf("%s has %d octets, the table says %s", name, len(packet), row["len"])
			}
			return packet
		}
	}
	t.Fatalf("no vector %q", name)
	return nil
}

const vectorT1 = 1_700_000_000_123_456_789 // Unix nanoseconds

func TestSenderPacketVectors(t *testing.T) {
	synchronised := ErrorEstimate(0x8801)
	tests := []struct {
		name    string
		packet  SenderPacket
		padding int
	}{
		{"STAMP sender NTP", SenderPacket{Sequence: 7, T1: NTPTimestamp(vectorT1), Error: synchronised}, 0},
		{"STAMP sender NTP SSID=0x1234", SenderPacket{Sequence: 7, T1: NTPTimestamp(vectorT1), Error: synchronised, SSID: 0x1234}, 0},
		{"STAMP sender PTPv2", SenderPacket{Sequence: 7, T1: PTPTimestamp(vectorT1), Error: synchronised | ptpBit}, 0},
		{"STAMP sender + Extra Padding TLV", SenderPacket{Sequence: 8, T1: NTPTimestamp(vectorT1), Error: synchronised}, 12},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := packetVector(t, test.name)
			if got := AppendPadding(test.packet.Marshal(nil), test.padding); !bytes.Equal(got, want) {
				t.Errorf("marshalled\n%x, want\n%x", got, want)
			}
			var read SenderPacket
			if err := read.Unmarshal(want); err != nil || read != test.packet {
				t.Errorf("unmarshalled %+v (%v), want %+v", read, err, test.packet)
			}
			if at := read.T1.UnixNano(read.Error.PTP()); at != vectorT1 {
				t.Errorf("T1 is %d, want %d", at, vectorT1)
			}
		})
	}
}

func TestReflectorPacketVectors(t *testing.T) {
	stateless := ReflectorPacket{
		Sequence: 7, T3: NTPTimestamp(vectorT1 + 5_050_000), Error: 0x8801, T2: NTPTimestamp(vectorT1 + 5_000_000),
		SenderSequence: 7, T1: NTPTimestamp(vectorT1), SenderError: 0x8801, TTL: 255,
	}
	stateful := stateless
	stateful.Sequence, stateful.TTL = 5, 254
	for name, packet := range map[string]ReflectorPacket{
		"STAMP reflector stateless NTP": stateless,
		"STAMP reflector stateful NTP":  stateful,
	} {
		t.Run(name, func(t *testing.T) {
			want := packetVector(t, name)
			if got := packet.Marshal(nil); !bytes.Equal(got, want) {
				t.Errorf("marshalled\n%x, want\n%x", got, want)
			}
			var read ReflectorPacket
			if err := read.Unmarshal(want); err != nil || read != packet {
				t.Errorf("unmarshalled %+v (%v), want %+v", read, err, packet)
			}
		})
	}
}

func TestTWAMPLightCapture(t *testing.T) {
	var sender SenderPacket
	if err := sender.Unmarshal(packetVector(t, "TWAMP-Light sender 14+27 (twampy capture)")); err != nil {
		t.Fatal(err)
	}
	if sender.Sequence != 0 || sender.Error != 0x3fff || sender.SSID != 0 {
		t.Errorf("unmarshalled %+v", sender)
	}
	var reflector ReflectorPacket
	if err := reflector.Unmarshal(packetVector(t, "TWAMP-Light reflector (twampy capture)")); err != nil {
		t.Fatal(err)
	}
	if reflector.T1 != sender.T1 || reflector.T2 != reflector.T3 || reflector.SenderError != sender.Error || reflector.TTL != 0 {
		t.Errorf("unmarshalled %+v, answering %+v", reflector, sender)
	}
}

func TestErrorEstimateVectors(t *testing.T) {
	for _, row := range vectors(t, "error_estimate.csv") {
		word, err := strconv.ParseUint(row["hex"], 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		estimate := ErrorEstimate(word)
		seconds, _ := strconv.ParseFloat(row["error_s=mult*2^-32*2^scale"], 64)
		if estimate.Synchronised() != (row["S"] == "1") || estimate.PTP() != (row["Z"] == "1") ||
			estimate.Seconds() != seconds || estimate.Valid() != (row["mult"] != "0") {
			t.Errorf("%s read as %s, %g s, valid %t; want %v", row["hex"], estimate, estimate.Seconds(), estimate.Valid(), row)
		}
	}
}

func TestNewErrorEstimateRoundsUp(t *testing.T) {
	for _, clockError := range []time.Duration{-1, 0, 1, 60, time.Microsecond, 195312500, time.Second, 16 * time.Second, time.Hour} {
		estimate := NewErrorEstimate(true, false, clockError)
		got, want := estimate.Seconds(), clockError.Seconds()
		if !estimate.Valid() || !estimate.Synchronised() || estimate.PTP() || got < want {
			t.Errorf("estimate of %s is %s, %g s", clockError, estimate, got)
		}
		if want > 0 && got > want*1.01+math.Ldexp(1, -32) {
			t.Errorf("estimate of %s is %g s: too far above", clockError, got)
		}
	}
	if got := NewErrorEstimate(false, true, 1000*time.Hour); got.Seconds() < 3600 || got.Synchronised() || !got.PTP() {
		t.Errorf("estimate of a clock that is off by weeks is %s, %g s", got, got.Seconds())
	}
}

func TestTimestampsReturn(t *testing.T) {
	era1 := time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC).UnixNano() // NTP seconds are 0 again
	for _, at := range []int64{0, 1, 999_999_999, vectorT1, era1 - 1, era1, era1 + 1, era1 + 12*nanosecondsPerSecond + 999_999_999} {
		if got := NTPTimestamp(at).UnixNano(false); got != at {
			t.Errorf("NTP: %d returns as %d", at, got)
		}
		if got := PTPTimestamp(at).UnixNano(true); got != at {
			t.Errorf("PTPv2: %d returns as %d", at, got)
		}
	}
	if got := NTPTimestamp(-1).UnixNano(false); got != -1 {
		t.Errorf("a nanosecond before 1970 returns as %d", got)
	}
}

func TestPacketsTooShort(t *testing.T) {
	if err := new(SenderPacket).Unmarshal(zeros[:13]); !errors.Is(err, ErrPacket) {
		t.Errorf("13 octets from a sender: %v", err)
	}
	if err := new(ReflectorPacket).Unmarshal(zeros[:37]); !errors.Is(err, ErrPacket) {
		t.Errorf("37 octets from a reflector: %v", err)
	}
}

func FuzzSenderPacket(f *testing.F) {
	f.Add([]byte{})
	f.Add(AppendPadding((&SenderPacket{Sequence: 7, T1: NTPTimestamp(vectorT1), Error: 0x8801, SSID: 1}).Marshal(nil), 128))
	f.Fuzz(func(t *testing.T, octets []byte) {
		var packet SenderPacket
		if err := packet.Unmarshal(octets); err != nil {
			if !errors.Is(err, ErrPacket) || len(octets) >= leastSenderSize {
				t.Fatalf("%d octets: %v", len(octets), err)
			}
			return
		}
		if again := packet.Marshal(nil); !bytes.Equal(again[:14], octets[:14]) || len(again) != PacketSize {
			t.Fatalf("%x became %x", octets, again)
		}
		_ = packet.T1.UnixNano(packet.Error.PTP())
	})
}

func FuzzReflectorPacket(f *testing.F) {
	f.Add([]byte{})
	f.Add((&ReflectorPacket{Sequence: 7, T3: NTPTimestamp(vectorT1), Error: 0x8801, SSID: 1, TTL: 64}).Marshal(nil))
	f.Fuzz(func(t *testing.T, octets []byte) {
		var packet ReflectorPacket
		if err := packet.Unmarshal(octets); err != nil {
			if !errors.Is(err, ErrPacket) || len(octets) >= leastReflectorSize {
				t.Fatalf("%d octets: %v", len(octets), err)
			}
			return
		}
		again := packet.Marshal(nil)
		if !bytes.Equal(again[:38], octets[:38]) || len(octets) > 40 && again[40] != octets[40] || len(again) != PacketSize {
			t.Fatalf("%x became %x", octets, again)
		}
	})
}

func BenchmarkMarshalSenderPacket(b *testing.B) {
	b.ReportAllocs()
	packet := SenderPacket{Sequence: 7, T1: NTPTimestamp(vectorT1), Error: 0x8801, SSID: 1}
	buffer := make([]byte, 0, PacketSize)
	for b.Loop() {
		packet.Sequence++
		buffer = packet.Marshal(buffer[:0])
	}
}

func BenchmarkUnmarshalReflectorPacket(b *testing.B) {
	b.ReportAllocs()
	octets := (&ReflectorPacket{Sequence: 7, T3: NTPTimestamp(vectorT1), T2: NTPTimestamp(vectorT1), TTL: 64}).Marshal(nil)
	var packet ReflectorPacket
	for b.Loop() {
		if err := packet.Unmarshal(octets); err != nil {
			b.Fatal(err)
		}
	}
}

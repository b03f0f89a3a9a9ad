package sample

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

var testPlace = Place{Customer: "Contoso", Site: "Tokyo"}

// named returns rows of devices and interfaces with names, of which an encoder learns all
// but those of the last device.
func namedRows(devices int) (identities []Rows, interfaces *Interfaces, pings *Pings) {
	names, ports := &Devices{}, &InterfaceIdentities{}
	interfaces, pings = &Interfaces{}, &Pings{}
	for n := range devices {
		name := fmt.Sprintf("switch-%03d", n)
		device := DeviceID(testPlace.Customer, testPlace.Site, name)
		for port := range 24 {
			as := fmt.Sprintf("Gi1/0/%d", port+1)
			interfaces.Device = append(interfaces.Device, device)
			interfaces.Interface = append(interfaces.Interface, InterfaceID(device, as))
			ports.Device, ports.Interface, ports.Name = append(ports.Device, device), append(ports.Interface, InterfaceID(device, as)), append(ports.Name, as)
		}
		pings.Device = append(pings.Device, device)
		names.Device, names.Name = append(names.Device, device), append(names.Name, name)
	}
	interfaces.OffsetMs = nil
	last := len(names.Device) - 1
	learnt := &Devices{Device: names.Device[:last], Name: names.Name[:last]}
	ports.Device, ports.Interface, ports.Name = ports.Device[:24*last], ports.Interface[:24*last], ports.Name[:24*last]
	for _, rows := range []Rows{interfaces, pings} {
		for _, column := range rows.columns()[1:] {
			column.zeros(rows.Len() - column.length())
		}
	}
	return []Rows{learnt, ports}, interfaces, pings
}

func learntEncoder(t testing.TB, identities []Rows) *Encoder {
	t.Helper()
	encoder, err := NewEncoderAt(testPlace)
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range identities {
		encoder.Learn(rows)
	}
	return encoder
}

// Whoever reads a block finds the ids in it, by whatever they were written.
func TestNamesStandForIDs(t *testing.T) {
	identities, interfaces, pings := namedRows(20)
	encoder := learntEncoder(t, identities)
	for _, rows := range []Rows{interfaces, pings} {
		message, err := encoder.Encode(nil, testHeader, rows)
		if err != nil {
			t.Fatal(err)
		}
		if by := len(encode(t, rows)); len(message)+3*rows.Len() > by {
			t.Errorf("%s: %d bytes by names and %d by ids", rows.Kind(), len(message), by)
		}
		got := newRows(rows.Kind())
		if _, err := newDecoder(t).Decode(message, func(Header) Rows { return got }); err != nil {
			t.Fatal(err)
		}
		expectRows(t, got, rows)
	}
}

func TestNamesThatLeadElsewhereAreNotLearnt(t *testing.T) {
	encoder, err := NewEncoderAt(testPlace)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("a", longestName+1)
	encoder.Learn(&Devices{
		Device: []ID{DeviceID("Contoso", "Osaka", "switch"), 7, DeviceID(testPlace.Customer, testPlace.Site, long)}, Name: []string{"switch", "switch", long},
	})
	encoder.Learn(&InterfaceIdentities{Device: []ID{7, 7}, Interface: []ID{InterfaceID(8, "Gi0/1"), InterfaceID(7, long)}, Name: []string{"Gi0/1", long}})
	encoder.Learn(&Pings{Device: []ID{1}})
	if known := encoder.scratch.names.of; len(known) > 0 {
		t.Errorf("%v", known)
	}
	far := newNames(Place{Customer: long, Site: "Tokyo"})
	far.learn(&Devices{Device: []ID{DeviceID(long, "Tokyo", "switch")}, Name: []string{"switch"}})
	if len(far.of) > 0 {
		t.Errorf("of a place that cannot be written: %v", far.of)
	}
}

// A name means another interface on another device, also where rows of both meet.
func TestTheSameNameOnTwoDevices(t *testing.T) {
	first, second := DeviceID(testPlace.Customer, testPlace.Site, "a"), DeviceID(testPlace.Customer, testPlace.Site, "b")
	rows := &Keyframes{Device: []ID{first, first, second}, Interface: []ID{InterfaceID(first, "Gi0/1"), InterfaceID(first, "Gi0/1"), InterfaceID(second, "Gi0/1")}}
	encoder := learntEncoder(t, []Rows{&InterfaceIdentities{Device: rows.Device, Interface: rows.Interface, Name: []string{"Gi0/1", "Gi0/1", "Gi0/1"}}})
	for _, column := range rows.columns()[2:] {
		column.zeros(3)
	}
	message, err := encoder.Encode(nil, testHeader, rows)
	if err != nil {
		t.Fatal(err)
	}
	got := new(Keyframes)
	if _, err := newDecoder(t).Decode(message, func(Header) Rows { return got }); err != nil {
		t.Fatal(err)
	}
	expectRows(t, got, rows)
}

func BenchmarkDecodeNames(b *testing.B) {
	identities, interfaces, _ := namedRows(42)
	encoder := learntEncoder(b, identities)
	message, err := encoder.Encode(nil, testHeader, interfaces)
	if err != nil {
		b.Fatal(err)
	}
	decoder, rows := newDecoder(b), &Interfaces{}
	b.ReportAllocs()
	for b.Loop() {
		Truncate(rows, 0)
		if _, err := decoder.Decode(message, func(Header) Rows { return rows }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*interfaces.Len())/b.Elapsed().Seconds(), "rows/s")
}

// FuzzNames reads columns of names of devices and of interfaces that anybody may have written.
func FuzzNames(f *testing.F) {
	identities, interfaces, pings := namedRows(6)
	encoder := learntEncoder(f, identities)
	for _, rows := range []Rows{pings, interfaces} {
		for _, column := range rows.columns()[:2] {
			to := &output{names: encoder.scratch.names}
			column.encode(to)
			to.finish()
			f.Add(to.bytes, to.bits, uint16(rows.Len()))
		}
	}
	f.Fuzz(func(t *testing.T, columns, bits []byte, rows uint16) {
		if rows == 0 {
			return // no block has none
		}
		parents := slices.Repeat([]ID{1 << 60}, int(rows)+1)
		for _, of := range []*[]ID{nil, &parents} {
			got := []ID{3}
			if err := (nameColumn{integerColumn[ID]{&got, hintID}, of}).decode(reading(columns, bits), int(rows)); err != nil {
				if len(got) != 1 {
					t.Fatalf("%d values of a broken column, %v", len(got)-1, err)
				}
				continue
			}
			if len(got) != 1+int(rows) || got[0] != 3 {
				t.Fatalf("%d values, want %d", len(got)-1, rows)
			}
		}
	})
}

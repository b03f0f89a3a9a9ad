package replay

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
)

// valueOf is the encoded value of a walk's only object.
func valueOf(t *testing.T, text string) string {
	t.Helper()
	walk, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if walk.Len() != 1 {
		t.Fatalf("%q: %d objects", text, walk.Len())
	}
	return fmt.Sprintf("%x", walk.objects[0].variable[walk.objects[0].value:])
}

func TestReadValues(t *testing.T) {
	const name = ".1.3.6.1.4.1.32473.1 = "
	for text, want := range map[string]string{
		name + "INTEGER: 5":                                         "020105",
		name + "INTEGER: -129":                                      "0202ff7f",
		name + "INTEGER: up(1)":                                     "020101",
		name + "INTEGER: 5 milli-seconds":                           "020105",
		name + "INTEGER: 1.23":                                      "02017b",
		name + "INTEGER: -0.5":                                      "0201fb",
		name + "INTEGER: 2147483647":                                "02047fffffff",
		name + "Gauge32: 1000000000 bits per second":                "42043b9aca00",
		name + "Gauge32: 4294967295":                                "420500ffffffff",
		name + "Counter32: 7":                                       "410107",
		name + "Counter64: 18446744073709551615":                    "460900ffffffffffffffff",
		name + "Timeticks: (300) 0:00:03.00":                        "4302012c",
		name + "Timeticks: 300":                                     "4302012c",
		name + "STRING: \"a b\"":                                    "0403612062",
		name + "STRING: a b":                                        "0403612062",
		name + "STRING: \"a\r\nb\"":                                 "0403610a62",
		name + "STRING: \"a \\\"b\\\\\"":                            "0405612022625c",
		name + "STRING: \"# 1\n# 2\"":                               "0407232031" + "0a" + "232032",
		name + "STRING: ":                                           "0400",
		name + "\"\"":                                               "0400",
		name + "NULL":                                               "0500",
		name + "Hex-STRING: 00 1B \nFF \n":                          "0403001bff",
		name + "Hex-STRING: 001BFF":                                 "0403001bff",
		name + "BITS: 80 01 sensor(0) fan(15)":                      "04028001",
		name + "OID: .1.3.6.1.4.1.9":                                "06062b0601040109",
		name + "OID: iso.3.6.1.4.1.9":                               "06062b0601040109",
		name + "OID: ccitt.0":                                       "060100",
		name + "IpAddress: 10.0.0.255":                              "40040a0000ff",
		name + "Network Address: 0A:00:00:FF":                       "40040a0000ff",
		name + "Opaque: Float: 1.5":                                 "44079f78043fc00000",
		name + "Opaque: 01 02":                                      "44020102",
		name + "Wrong Type (should be Counter32): INTEGER: 5":       "020105",
		"iso.3.6.1.4.1.9.1 = INTEGER: 5":                            "020105",
		"SNMPv2-SMI::enterprises.9.1 = INTEGER: 5":                  "020105",
		".1.3.6.1.2.1.2.2.1.6.3 = STRING: 0:1b:21:0:0:f":            "0406001b2100000f",
		name + "INTEGER: 1\n" + name + "INTEGER: 2":                 "020102",
		name + "INTEGER: 1\nEnd of MIB":                             "020101",
		name + "INTEGER: 1\n.1.3.9 = No Such Object available on x": "020101",
		".1.3.6.1.4.1.32473.1   = TIMETICKS: 300":                   "4302012c",
		name + "IpAddress: 192.168.042.003":                         "4004c0a82a03",
		"1.3.6.1.4.1.9.1|64|hSh1":                                   "400468536831",
		"1.3.6.1.4.1.9.1|65|7  ":                                    "410107",
		"1.3.6.1.4.1.9.1|2|-5":                                      "0201fb",
		"1.3.6.1.4.1.9.1|4|a|b":                                     "0403617c62",
		"1.3.6.1.4.1.9.1|4|":                                        "0400",
		"1.3.6.1.4.1.9.1|4x|001bff":                                 "0403001bff",
		"1.3.6.1.4.1.9.1|6|1.3.6.1.4.1.9":                           "06062b0601040109",
		"1.3.6.1.4.1.9.1|64|10.0.0.255":                             "40040a0000ff",
		"1.3.6.1.4.1.9.1|64x|0a0000ff":                              "40040a0000ff",
		"1.3.6.1.4.1.9.1|67|300":                                    "4302012c",
		"1.3.6.1.4.1.9.1|70|7":                                      "460107",
		"1.3.6.1.4.1.9.1|65:numeric|rate=3,initial=7":               "410107",
		"1.3.6.1.4.1.9.1|65:delay|value=7,wait=3":                   "410107",
		"1.3.6.1.4.1.9.1|65|7\n1.3.6.1.4.1.9.2|65:multiplex|dir=x":  "410107",
	} {
		if got := valueOf(t, text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	const name = ".1.3.6.1.4.1.32473.1 = "
	for text, want := range map[string]string{
		"ifDescr.1 = STRING: x":                     "line 1: \"ifDescr.1 = STRING: x\" is not what snmpwalk -One prints",
		"# a comment\nhello":                        "line 2:",
		name + "INTEGER: 1\n" + name + "Ganz: 5":    "line 2: \"Ganz\" is no type",
		name + "INTEGER: x":                         "no INTEGER",
		name + "Counter32: 4294967296":              "32 bits",
		name + "Counter64: -1":                      "64 bits",
		name + "\"Linux\"":                          "without -Oq",
		name + "5":                                  "without -Oq",
		name + "INTEGER: 1\n.1.3.9 = 4294967296":    "32 bits",
		name + "IpAddress: 192.168.042.0256":        "no IPv4 address",
		name + "Hex-STRING: 001":                    "no octet",
		name + "Hex-STRING: 0G":                     "no octet",
		name + "IpAddress: ::1":                     "no IPv4 address",
		name + "Network Address: 0A:00":             "four octets",
		name + "OID: SNMPv2-SMI::zero.0":            "snmpwalk -One",
		name + "Opaque: Double: x":                  "no number",
		".1.3.6.1.4294967296 = INTEGER: 1":          "no object name",
		".3.1 = INTEGER: 1":                         "must begin with 0 to 2",
		".1.3" + strings.Repeat(".1", 130) + " = 1": "",
		"1.3.6.1|4":                                 "name|tag|value",
		"1.3.6.1|x|1":                               "no tag",
		"1.3.6.1|99|1":                              "no tag of a type",
		"1.3.6.1|4x|0g":                             "no hexadecimal number",
	} {
		_, err := Read(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	long := ".1.3.6.1 = INTEGER: 1\n" + strings.Repeat("x", 2<<20)
	if _, err := Read(strings.NewReader(long)); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a line without end: %v", err)
	}
	if _, err := Read(os.NewFile(^uintptr(0), "closed")); err == nil {
		t.Error("a file that cannot be read is an empty walk")
	}
}

// snmpwalk -Ot prints TimeTicks as numbers without their type.
func TestTimeTicksAlone(t *testing.T) {
	walk, err := Read(strings.NewReader(".1.3.6.1.2.1.1.3.0 = 300\n.1.3.6.1.2.1.1.5.0 = STRING: \"x\"\n"))
	if err != nil || walk.Len() != 2 {
		t.Fatal(walk, err)
	}
	first := walk.objects[0]
	if got := fmt.Sprintf("%x", first.variable[first.value:]); got != "4302012c" {
		t.Errorf("it is %s", got)
	}
}

func TestNamesAreInOrder(t *testing.T) {
	walk := NewWalk()
	want := []string{".1.3.6.1", ".1.3.6.1.0", ".1.3.6.1.5", ".1.3.6.1.127", ".1.3.6.1.128", ".1.3.6.1.128.1", ".1.3.6.1.300", ".1.3.6.1.16383", ".1.3.6.1.16384", ".1.3.6.1.4294967295", ".1.3.6.2", ".2.999"}
	shuffled := slices.Clone(want)
	slices.Reverse(shuffled)
	for _, name := range append(shuffled, want[3]) {
		if err := walk.Put(name, Null()); err != nil {
			t.Fatal(err)
		}
	}
	if got := walk.Names(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for i, name := range want {
		if place, exact := walk.find(mustEncode(name)); place != i || !exact {
			t.Errorf("%s is found at %d, %v", name, place, exact)
		}
	}
	if place, exact := walk.find(mustEncode(".1.3.6.1.129")); place != 6 || exact {
		t.Errorf("what is not there is found at %d, %v", place, exact)
	}
	if err := walk.Remove(".1.3.6.1.128"); err != nil || walk.Len() != len(want)-2 {
		t.Errorf("%d objects are left, %v", walk.Len(), err)
	}
}

func TestPutRefuses(t *testing.T) {
	walk := NewWalk()
	if walk.Put("sysName.0", Null()) == nil || walk.Put(".1.3.6", Value{}) == nil || walk.Remove("x") == nil || walk.Len() != 0 {
		t.Errorf("the walk has %v", walk.Names())
	}
	if _, err := IPAddress(netip.MustParseAddr("2001:db8::1")); err == nil {
		t.Error("an IPv6 address is an IpAddress")
	}
}

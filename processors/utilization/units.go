package utilization

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// multiples of a bit per second, as operators write them: powers of ten.
var multiples = map[byte]float64{'k': 1e3, 'K': 1e3, 'M': 1e6, 'G': 1e9, 'T': 1e12}

// rate reads bits per second as people write them: 64k, 1.5M, 10G or a plain number.
// It is 0 where nothing is written.
func rate(key, text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	number, multiple := strings.TrimSpace(text), 1.0
	if n := len(number); n > 0 && multiples[number[n-1]] != 0 {
		number, multiple = number[:n-1], multiples[number[n-1]]
	}
	value, err := strconv.ParseFloat(number, 64)
	value *= multiple
	if err != nil || math.IsNaN(value) || value < 1 || value > 1e15 {
		return 0, fmt.Errorf("%s is %q: write bits a second above 0 as 10000000, 64k, 10M or 1G", key, text)
	}
	return uint64(math.Round(value)), nil
}

// interfaceTypes are the names of IANAifType that interfaces of routers, switches and
// modems bear; others go by their number.
var interfaceTypes = map[string]uint32{
	"other": 1, "ethernetCsmacd": 6, "iso88025TokenRing": 9, "fddi": 15, "lapb": 16, "ds1": 18, "e1": 19,
	"basicISDN": 20, "primaryISDN": 21, "propPointToPointSerial": 22, "ppp": 23, "softwareLoopback": 24, "slip": 28,
	"ds3": 30, "frameRelay": 32, "rs232": 33, "atm": 37, "sonet": 39, "modem": 48, "aal5": 49, "propVirtual": 53,
	"propMultiplexor": 54, "fastEther": 62, "isdn": 63, "fastEtherFX": 69, "ieee80211": 71, "isdns": 75, "isdnu": 76,
	"adsl": 94, "radsl": 95, "sdsl": 96, "vdsl": 97, "voiceOverIp": 104, "pppMultilinkBundle": 108,
	"virtualIpAddress": 112, "gigabitEthernet": 117, "hdlc": 118, "docsCableMaclayer": 127, "docsCableDownstream": 128,
	"docsCableUpstream": 129, "tunnel": 131, "atmSubInterface": 134, "l2vlan": 135, "l3ipvlan": 136, "l3ipxvlan": 137,
	"ipForward": 142, "mplsTunnel": 150, "ieee8023adLag": 161, "mpls": 166, "hdsl2": 168, "shdsl": 169, "pos": 171,
	"opticalChannel": 195, "bridge": 209, "ieee80216WMAN": 237, "adsl2plus": 238, "wwanPP": 243, "wwanPP2": 244,
	"ifPwType": 246, "gpon": 250, "vdsl2": 251,
}

// interfaceType reads a value of IANAifType: its number or its name.
func interfaceType(name string) (uint32, error) {
	if number, err := strconv.ParseUint(name, 10, 16); err == nil && number > 0 {
		return uint32(number), nil
	}
	if number, known := interfaceTypes[name]; known {
		return number, nil
	}
	for known, number := range interfaceTypes {
		if strings.EqualFold(known, name) {
			return 0, fmt.Errorf("%q, which is written %s (%d)", name, known, number)
		}
	}
	return 0, fmt.Errorf("%q, which is no type known by name: write its number in IANAifType", name)
}

package site

import (
	"fmt"
	"time"

	"mimamori/ingest/sample"
	"mimamori/ingest/syslog"
)

// line is what a device says at a moment, as the receiver makes a row of it.
func (s *Site) line(d *device, slot, at int64) *sample.Syslog {
	s.lines++
	when := time.UnixMilli(at).UTC()
	port := fmt.Sprintf("GigabitEthernet1/0/%d", 1+s.random.IntN(len(d.ports)))
	var text string
	switch s.random.IntN(6) {
	case 0:
		text = "%LINK-3-UPDOWN: Interface " + port + ", changed state to down"
	case 1:
		text = "%LINEPROTO-5-UPDOWN: Line protocol on Interface " + port + ", changed state to up"
	case 2:
		text = fmt.Sprintf("%%SYS-5-CONFIG_I: Configured from console by admin on vty%d (192.0.2.%d)", s.random.IntN(4), 1+s.random.IntN(250))
	case 3:
		text = fmt.Sprintf("%%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: admin] [Source: 192.0.2.%d] [localport: 22] at %s UTC", 1+s.random.IntN(250), when.Format("15:04:05"))
	case 4:
		text = fmt.Sprintf("%%SEC-6-IPACCESSLOGP: list inside denied tcp 192.0.2.%d(%d) -> 198.51.100.%d(443), 1 packet", 1+s.random.IntN(250), 1024+s.random.IntN(60000), 1+s.random.IntN(250))
	default:
		text = fmt.Sprintf("%%DHCP-6-ADDRESS_ASSIGN: Interface %s assigned DHCP address 192.0.2.%d, mask 255.255.255.0", port, 1+s.random.IntN(250))
	}
	received := fmt.Sprintf("<189>%d: %s: %s", 1000+s.lines, when.Format("Jan _2 15:04:05.000"), text)
	parsed := syslog.ParseString(received, syslog.Receipt{At: when, Zone: time.UTC})
	return &sample.Syslog{
		Device: []sample.ID{d.id}, OffsetMs: []uint32{uint32(at - slot)}, Sequence: []uint64{uint64(s.from)*1000<<8 + uint64(s.lines)}, Format: []sample.SyslogFormat{parsed.Format},
		Facility: []uint8{parsed.Facility}, Severity: []uint8{parsed.Severity}, StampedMs: []int64{parsed.StampedMs}, Source: []string{d.address},
		Hostname: []string{parsed.Hostname}, AppName: []string{parsed.AppName}, ProcessID: []string{parsed.ProcessID}, MessageID: []string{parsed.MessageID},
		Mnemonic: []string{parsed.Mnemonic}, Message: []string{parsed.Message}, Raw: []string{parsed.Raw}, Complaint: []string{parsed.Complaint},
		Occurrences: []uint32{1}, Relayed: []uint8{0},
	}
}

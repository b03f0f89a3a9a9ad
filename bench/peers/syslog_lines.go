package peers

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"
)

// syslogDevices are as many devices as send.
const syslogDevices = 200

// syslogDevice is a device's address.
func syslogDevice(device int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 80, byte(device / 250), byte(1 + device%250)})
}

// syslogName is a device's name.
func syslogName(device int) string {
	return fmt.Sprintf("%s-%s-%03d", [...]string{"tokyo", "osaka", "nagoya", "sendai"}[device%4], syslogRoles[role(device)], device)
}

// The devices of ten by what they are, which decides the form of their lines.
var syslogRoles = [...]string{"rt", "sw", "sw", "sw", "nx", "nx", "fw", "ap", "srv", "srv"}

func role(device int) int { return device % len(syslogRoles) }

// syslogLine writes a line as a device of its kind does: six of ten are Cisco's, and one
// in eight of those has sequence numbers. The count is that of the device's lines.
func syslogLine(random *rand.Rand, device, count int, at time.Time) []byte {
	port := fmt.Sprintf("%d/0/%d", 1+random.IntN(4), 1+random.IntN(48))
	host := fmt.Sprintf("10.%d.%d.%d", device, random.IntN(32), 1+random.IntN(254))
	change := [...]string{"up", "down"}[random.IntN(2)]
	at = at.UTC()
	switch syslogRoles[role(device)] {
	case "rt", "sw":
		text := [...]string{
			"%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet" + port + ", changed state to " + change,
			"%LINK-3-UPDOWN: Interface GigabitEthernet" + port + ", changed state to " + change,
			"%SYS-5-CONFIG_I: Configured from console by admin on vty0 (" + host + ")",
			"%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: admin] [Source: " + host + "] [localport: 22] at " + at.Format("15:04:05 MST Mon Jan 2 2006"),
			"%SEC-6-IPACCESSLOGP: list 101 denied tcp " + host + "(" + fmt.Sprint(1024+random.IntN(60000)) + ") -> 10.0.0.5(445), 1 packet",
			"%DOT1X-5-FAIL: Authentication failed for client (" + fmt.Sprintf("0011.22%02x.%04x", random.IntN(256), random.IntN(65536)) + ") on Interface Gi" + port,
		}[random.IntN(6)]
		priority := 184 + int(text[findSeverity(text)]-'0')
		sequence := ""
		if device%8 == 1 {
			sequence = fmt.Sprintf("%06d: ", count)
		}
		return fmt.Appendf(nil, "<%d>%d: %s%s: %s", priority, count, sequence, at.Format("Jan _2 15:04:05.000"), text)
	case "nx":
		text := [...]string{
			"%ETHPORT-5-IF_" + [...]string{"UP", "ADMIN_UP"}[random.IntN(2)] + ": Interface Ethernet1/" + fmt.Sprint(1+random.IntN(48)) + " is up in mode trunk",
			"%ETHPORT-3-IF_DOWN_LINK_FAILURE: Interface Ethernet1/" + fmt.Sprint(1+random.IntN(48)) + " is down (Link failure)",
			"%VPC-4-VPC_ROLE_CHANGE: In domain " + fmt.Sprint(1+random.IntN(20)) + ", VPC role status has changed to secondary",
		}[random.IntN(3)]
		return fmt.Appendf(nil, "<%d>: %s UTC: %s", 184+int(text[findSeverity(text)]-'0'), at.Format("2006 Jan _2 15:04:05"), text)
	case "fw":
		return fmt.Appendf(nil, "<%d>%s %s kernel: DROP IN=eth%d OUT= SRC=%s DST=10.0.0.%d LEN=%d PROTO=TCP SPT=%d DPT=%d", 4+random.IntN(3),
			at.Format(time.Stamp), syslogName(device), random.IntN(4), host, 1+random.IntN(254), 40+random.IntN(1400), 1024+random.IntN(60000), 1+random.IntN(1024))
	case "ap":
		return fmt.Appendf(nil, "<%d>%s %s hostapd[%d]: wlan%d: STA 02:1a:%02x:%02x:%02x:7f IEEE 802.11: %s", 29+random.IntN(2),
			at.Format(time.Stamp), syslogName(device), 400+device, random.IntN(2), random.IntN(256), random.IntN(256), random.IntN(256),
			[...]string{"associated (aid 3)", "disassociated due to inactivity", "deauthenticated"}[random.IntN(3)])
	}
	head := fmt.Appendf(nil, "<%d>1 %s %s ", 86+random.IntN(2), at.Format("2006-01-02T15:04:05.000000Z07:00"), syslogName(device))
	switch random.IntN(4) {
	case 0:
		return fmt.Appendf(head, "sshd %d - - Accepted publickey for backup from %s port %d ssh2", 1000+random.IntN(60000), host, 1024+random.IntN(60000))
	case 1:
		return fmt.Appendf(head, "nginx %d access - %s GET /api/v1/items/%d 200 %d", 700+device, host, random.IntN(100000), random.IntN(90000))
	case 2:
		return fmt.Appendf(head, "systemd 1 - - Started Session %d of user backup.", count)
	}
	return fmt.Appendf(head, "app %d ID%d [origin ip=\"%s\" software=\"app\"] request %08x took %d ms", 700+device, random.IntN(90), syslogDevice(device), random.Uint32(), random.IntN(900))
}

// findSeverity is where a mnemonic's severity stands.
func findSeverity(text string) int {
	for i := 1; ; i++ {
		if text[i-1] == '-' && text[i+1] == '-' {
			return i
		}
	}
}

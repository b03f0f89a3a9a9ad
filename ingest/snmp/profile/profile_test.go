package profile

import "testing"

func TestFamilies(t *testing.T) {
	set, err := Families()
	if err != nil {
		t.Fatal(err)
	}
	for device, want := range map[[2]string]string{
		{"1.3.6.1.4.1.8072.3.2.10", "Linux gw 6.1.0"}:                                                                          "net-snmp",
		{"1.3.6.1.4.1.311.1.1.3.1.2", "Hardware: x86 - Software: Windows Version 6.3"}:                                         "windows",
		{"1.3.6.1.4.1.9.1.516", "Cisco IOS Software, C3750 Software (C3750-IPBASE-M), Version 12.2(50)SE5"}:                    "cisco-ios",
		{"1.3.6.1.4.1.9.1.1208", "Cisco Internetwork Operating System Software IOS (tm)"}:                                      "cisco-ios",
		{"1.3.6.1.4.1.9.1.2494", "Cisco IOS Software [Gibraltar], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 16.12.4"}: "cisco-iosxe",
		{"1.3.6.1.4.1.9.1.1902", "Cisco IOS Software, ASR1000 Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 15.5(3)S"}:   "cisco-iosxe",
		{"1.3.6.1.4.1.9.12.3.1.3.1084", "Cisco NX-OS(tm) n5000, Software (n5000-uk9), Version 6.0(2)N2(3)"}:                    "cisco-nxos",
		{"1.3.6.1.4.1.9.1.669", "Cisco Adaptive Security Appliance Version 9.8(2)"}:                                            "cisco-asa",
		{"1.3.6.1.4.1.9.1.1348", "Hardware:VMware, 1  Intel(R) Xeon(R), 8192 MB Memory: Software:UCOS 6.0.0.0-2"}:              "cisco-ucm",
		{"1.3.6.1.4.1.9.1.1069", "Cisco Controller"}:                                                                           "cisco-wlc",
		{"1.3.6.1.4.1.9.1.999", "Cisco Something Else"}:                                                                        "cisco",
		{"1.3.6.1.4.1.9", ""}:                                     "cisco",
		{".1.3.6.1.4.1.9.5.59", "WS-C6509"}:                       "cisco",
		{"1.3.6.1.4.1.2636.1.1.1.2.21", "Juniper Networks, Inc."}: "juniper",
		{"1.3.6.1.4.1.12356.101.1.30000", "xcu"}:                  "fortigate",
		{"1.3.6.1.4.1.12356.105.1", "FortiMail"}:                  "generic",
		{"1.3.6.1.4.1.90.1", "not Cisco"}:                         "generic",
		{"", ""}:                                                  "generic",
	} {
		if got := set.For(device[0], device[1]).Name; got != want {
			t.Errorf("%v has the profile %s, want %s", device, got, want)
		}
	}
	for name, sla := range map[string]bool{"cisco-ios": true, "cisco-iosxe": true, "cisco-nxos": true, "cisco-asa": false, "juniper": false} {
		if p, ok := set.Named(name); !ok || p.IPSLA != sla {
			t.Errorf("%s: there %t, IP SLA %t", name, ok, !sla)
		}
	}
}

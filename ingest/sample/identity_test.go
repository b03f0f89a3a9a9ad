package sample

import "testing"

// The ids are part of the wire contract and of every key in the store: a change of
// how they are made would make strangers of all entities.
func TestIdentitiesStayTheSame(t *testing.T) {
	device := DeviceID("Contoso", "Tokyo", "core-1")
	for name, test := range map[string]struct{ got, want ID }{
		"customer":  {CustomerID("Contoso"), 0x3e22075f6e2ce0ba},
		"site":      {SiteID("Contoso", "Tokyo"), 0x885f70eb4219c01d},
		"appliance": {ApplianceID("Contoso", "Tokyo", "box"), 0x24b8f35578e11ae1},
		"device":    {device, 0xe665ee0165a43056},
		"path":      {PathID("Contoso", "Tokyo", "to Osaka"), 0xd98eec3ee2be54f1},
		"interface": {InterfaceID(device, "Gi0/1"), 0xc608c08fabd6c398},
		"sensor":    {SensorID(device, SensorFan, "Fan 1"), 0xfaab26095adecbfb},
	} {
		if test.got != test.want {
			t.Errorf("%s: %#x, want %#x", name, test.got, test.want)
		}
	}
}

func TestIdentitiesTellNamesApart(t *testing.T) {
	seen := map[ID]string{}
	for name, id := range map[string]ID{
		"customer ab":          CustomerID("ab"),
		"site a, b":            SiteID("a", "b"),
		"site ab, empty":       SiteID("ab", ""),
		"site empty, ab":       SiteID("", "ab"),
		"appliance a, b, c":    ApplianceID("a", "b", "c"),
		"device a, b, c":       DeviceID("a", "b", "c"),
		"device ab, c, empty":  DeviceID("ab", "c", ""),
		"device a, bc, empty":  DeviceID("a", "bc", ""),
		"path a, b, c":         PathID("a", "b", "c"),
		"interface of 1":       InterfaceID(1, "a"),
		"interface of 2":       InterfaceID(2, "a"),
		"interface of 1 again": InterfaceID(1, "b"),
		"sensor of 1":          SensorID(1, SensorFan, "a"),
		"sensor of 2":          SensorID(2, SensorFan, "a"),
		"sensor of 1 again":    SensorID(1, SensorPower, "a"),
	} {
		if other, taken := seen[id]; taken || id == 0 {
			t.Errorf("%s has the id of %s", name, other)
		}
		seen[id] = name
	}
}

package notification

import (
	"strings"

	"mimamori/ingest/sample"
)

// Severities as of sample.Syslog (RFC 5424, table 2). They say what a notification is
// worth by itself: that something failed, ends, or is only told. What it means for a
// network is for the centre to judge.
const (
	critical = 2
	failure  = 3
	warning  = 4
	notice   = 5
	info     = 6
)

// known is a notification whose name is known.
type known struct {
	oid      string
	name     string
	severity uint8
}

// standard are the notifications of version 1's generic-trap, in its order (RFC 3584,
// section 3.1).
const standard = "1.3.6.1.6.3.1.1.5."

// notifications are the well-known ones. One more is a line.
var notifications = []known{
	// SNMPv2-MIB, IF-MIB, RFC 1213
	{standard + "1", "coldStart", warning},
	{standard + "2", "warmStart", notice},
	{standard + "3", "linkDown", warning},
	{standard + "4", "linkUp", info},
	{standard + "5", "authenticationFailure", warning},
	{standard + "6", "egpNeighborLoss", warning},

	// OSPF-TRAP-MIB
	{"1.3.6.1.2.1.14.16.2.1", "ospfVirtIfStateChange", warning},
	{"1.3.6.1.2.1.14.16.2.2", "ospfNbrStateChange", warning},
	{"1.3.6.1.2.1.14.16.2.3", "ospfVirtNbrStateChange", warning},
	{"1.3.6.1.2.1.14.16.2.4", "ospfIfConfigError", warning},
	{"1.3.6.1.2.1.14.16.2.6", "ospfIfAuthFailure", warning},
	{"1.3.6.1.2.1.14.16.2.16", "ospfIfStateChange", warning},
	// BGP4-MIB: RFC 1657, RFC 4273
	{"1.3.6.1.2.1.15.7.1", "bgpEstablished", info},
	{"1.3.6.1.2.1.15.7.2", "bgpBackwardTransition", failure},
	{"1.3.6.1.2.1.15.0.1", "bgpEstablishedNotification", info},
	{"1.3.6.1.2.1.15.0.2", "bgpBackwardTransNotification", failure},
	// RMON-MIB, BRIDGE-MIB, UPS-MIB, ENTITY-MIB, VRRP-MIB, DISMAN-PING-MIB, ENTITY-STATE-MIB
	{"1.3.6.1.2.1.16.0.1", "risingAlarm", warning},
	{"1.3.6.1.2.1.16.0.2", "fallingAlarm", notice},
	{"1.3.6.1.2.1.17.0.1", "newRoot", notice},
	{"1.3.6.1.2.1.17.0.2", "topologyChange", notice},
	{"1.3.6.1.2.1.33.2.1", "upsTrapOnBattery", critical},
	{"1.3.6.1.2.1.33.2.2", "upsTrapTestCompleted", info},
	{"1.3.6.1.2.1.33.2.3", "upsTrapAlarmEntryAdded", warning},
	{"1.3.6.1.2.1.33.2.4", "upsTrapAlarmEntryRemoved", info},
	{"1.3.6.1.2.1.47.2.0.1", "entConfigChange", notice},
	{"1.3.6.1.2.1.68.0.1", "vrrpTrapNewMaster", notice},
	{"1.3.6.1.2.1.68.0.2", "vrrpTrapAuthFailure", warning},
	{"1.3.6.1.2.1.80.0.1", "pingProbeFailed", warning},
	{"1.3.6.1.2.1.80.0.2", "pingTestFailed", warning},
	{"1.3.6.1.2.1.80.0.3", "pingTestCompleted", info},
	{"1.3.6.1.2.1.131.0.1", "entStateOperEnabled", info},
	{"1.3.6.1.2.1.131.0.2", "entStateOperDisabled", warning},
	// LLDP-MIB
	{"1.0.8802.1.1.2.0.0.1", "lldpRemTablesChange", info},

	// Cisco: CISCO-GENERAL-TRAPS, CISCO-ENVMON-MIB, CISCO-SYSLOG-MIB, CISCO-RTTMON-MIB,
	// CISCO-CONFIG-MAN-MIB, CISCO-ENTITY-SENSOR-MIB, CISCO-HSRP-MIB, CISCO-PROCESS-MIB,
	// CISCO-ENTITY-FRU-CONTROL-MIB
	{"1.3.6.1.4.1.9.0.0", "reload", warning},
	{"1.3.6.1.4.1.9.0.1", "tcpConnectionClose", info},
	{"1.3.6.1.4.1.9.9.13.3.0.1", "ciscoEnvMonShutdownNotification", critical},
	{"1.3.6.1.4.1.9.9.13.3.0.2", "ciscoEnvMonVoltageNotification", failure},
	{"1.3.6.1.4.1.9.9.13.3.0.3", "ciscoEnvMonTemperatureNotification", failure},
	{"1.3.6.1.4.1.9.9.13.3.0.4", "ciscoEnvMonFanNotification", failure},
	{"1.3.6.1.4.1.9.9.13.3.0.5", "ciscoEnvMonRedundantSupplyNotification", failure},
	{"1.3.6.1.4.1.9.9.13.3.0.6", "ciscoEnvMonVoltStatusChangeNotif", warning},
	{"1.3.6.1.4.1.9.9.13.3.0.7", "ciscoEnvMonTempStatusChangeNotif", warning},
	{"1.3.6.1.4.1.9.9.13.3.0.8", "ciscoEnvMonFanStatusChangeNotif", warning},
	{"1.3.6.1.4.1.9.9.13.3.0.9", "ciscoEnvMonSuppStatusChangeNotif", warning},
	{"1.3.6.1.4.1.9.9.41.2.0.1", "clogMessageGenerated", notice},
	{"1.3.6.1.4.1.9.9.42.2.0.1", "rttMonConnectionChangeNotification", warning},
	{"1.3.6.1.4.1.9.9.42.2.0.2", "rttMonTimeoutNotification", warning},
	{"1.3.6.1.4.1.9.9.42.2.0.3", "rttMonThresholdNotification", warning},
	{"1.3.6.1.4.1.9.9.42.2.0.4", "rttMonVerifyErrorNotification", warning},
	{"1.3.6.1.4.1.9.9.42.2.0.5", "rttMonNotification", warning},
	{"1.3.6.1.4.1.9.9.43.2.0.1", "ciscoConfigManEvent", notice},
	{"1.3.6.1.4.1.9.9.43.2.0.2", "ccmCLIRunningConfigChanged", notice},
	{"1.3.6.1.4.1.9.9.91.2.0.1", "entSensorThresholdNotification", warning},
	{"1.3.6.1.4.1.9.9.106.2.0.1", "cHsrpStateChange", warning},
	{"1.3.6.1.4.1.9.9.109.2.0.1", "cpmCPURisingThreshold", warning},
	{"1.3.6.1.4.1.9.9.109.2.0.2", "cpmCPUFallingThreshold", info},
	{"1.3.6.1.4.1.9.9.117.2.0.1", "cefcModuleStatusChange", warning},
	{"1.3.6.1.4.1.9.9.117.2.0.2", "cefcPowerStatusChange", warning},
	{"1.3.6.1.4.1.9.9.117.2.0.3", "cefcFRUInserted", notice},
	{"1.3.6.1.4.1.9.9.117.2.0.4", "cefcFRURemoved", warning},
	{"1.3.6.1.4.1.9.9.117.2.0.5", "cefcUnrecognizedFRU", warning},
	{"1.3.6.1.4.1.9.9.117.2.0.6", "cefcFanTrayStatusChange", warning},

	// APC: PowerNet-MIB
	{"1.3.6.1.4.1.318.0.1", "communicationLost", failure},
	{"1.3.6.1.4.1.318.0.2", "upsOverload", failure},
	{"1.3.6.1.4.1.318.0.3", "upsDiagnosticsFailed", failure},
	{"1.3.6.1.4.1.318.0.4", "upsDischarged", critical},
	{"1.3.6.1.4.1.318.0.5", "upsOnBattery", critical},
	{"1.3.6.1.4.1.318.0.7", "lowBattery", critical},
	{"1.3.6.1.4.1.318.0.8", "communicationEstablished", info},
	{"1.3.6.1.4.1.318.0.9", "powerRestored", info},

	// Juniper: JUNIPER-MIB
	{"1.3.6.1.4.1.2636.4.1.1", "jnxPowerSupplyFailure", failure},
	{"1.3.6.1.4.1.2636.4.1.2", "jnxFanFailure", failure},
	{"1.3.6.1.4.1.2636.4.1.3", "jnxOverTemperature", failure},
	{"1.3.6.1.4.1.2636.4.1.4", "jnxRedundancySwitchover", warning},
	{"1.3.6.1.4.1.2636.4.1.5", "jnxFruRemoval", warning},
	{"1.3.6.1.4.1.2636.4.1.6", "jnxFruInsertion", notice},
	{"1.3.6.1.4.1.2636.4.1.7", "jnxFruPowerOff", warning},
	{"1.3.6.1.4.1.2636.4.1.8", "jnxFruPowerOn", info},
	{"1.3.6.1.4.1.2636.4.1.9", "jnxFruFailed", failure},
	{"1.3.6.1.4.1.2636.4.1.10", "jnxFruOffline", warning},
	{"1.3.6.1.4.1.2636.4.1.11", "jnxFruOnline", info},
	{"1.3.6.1.4.1.2636.4.2.1", "jnxPowerSupplyOK", info},
	{"1.3.6.1.4.1.2636.4.2.2", "jnxFanOK", info},
	{"1.3.6.1.4.1.2636.4.2.3", "jnxTemperatureOK", info},

	// net-snmp: NET-SNMP-AGENT-MIB
	{"1.3.6.1.4.1.8072.4.0.1", "nsNotifyStart", notice},
	{"1.3.6.1.4.1.8072.4.0.2", "nsNotifyShutdown", warning},
	{"1.3.6.1.4.1.8072.4.0.3", "nsNotifyRestart", notice},

	// Fortinet: FORTINET-FORTIGATE-MIB
	{"1.3.6.1.4.1.12356.101.2.0.301", "fgTrapVpnTunUp", info},
	{"1.3.6.1.4.1.12356.101.2.0.302", "fgTrapVpnTunDown", warning},
	{"1.3.6.1.4.1.12356.101.2.0.401", "fgTrapHaSwitch", warning},
	{"1.3.6.1.4.1.12356.101.2.0.402", "fgTrapHaStateChange", warning},
	{"1.3.6.1.4.1.12356.101.2.0.403", "fgTrapHaHBFail", failure},
	{"1.3.6.1.4.1.12356.101.2.0.404", "fgTrapHaMemberDown", warning},
	{"1.3.6.1.4.1.12356.101.2.0.405", "fgTrapHaMemberUp", info},
}

var byOID = func() map[string]known {
	all := make(map[string]known, len(notifications))
	for _, each := range notifications {
		all[each.oid] = each
	}
	return all
}()

// nameOf returns the name and the severity of a notification; the OID itself where it is
// not known. A notification that a MIB did not put below a zero has one before its last
// number when it came by version 1 (RFC 3584, section 3.1): it bears the same name.
func nameOf(oid string) (name string, severity uint8) {
	if each, ok := byOID[oid]; ok {
		return each.name, each.severity
	}
	if last := strings.LastIndexByte(oid, '.'); last > 0 {
		if above, ok := strings.CutSuffix(oid[:last], ".0"); ok {
			if each, ok := byOID[above+oid[last:]]; ok {
				return each.name, each.severity
			}
		}
	}
	return oid, sample.SeverityUnknown
}

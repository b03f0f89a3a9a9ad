package snmp

// The scalars asked of every device (SNMPv2-MIB, HOST-RESOURCES-MIB,
// SNMP-FRAMEWORK-MIB).
const (
	oidSysDescr        = ".1.3.6.1.2.1.1.1.0"
	oidSysObjectID     = ".1.3.6.1.2.1.1.2.0"
	oidSysUpTimeObject = ".1.3.6.1.2.1.1.3" // what GETBULK is given to answer sysUpTime.0
	oidSysUpTime       = oidSysUpTimeObject + ".0"
	oidSysName         = ".1.3.6.1.2.1.1.5.0"
	oidHrSystemUptime  = ".1.3.6.1.2.1.25.1.1.0"
	oidEngineBoots     = ".1.3.6.1.6.3.10.2.1.2.0"
	oidEngineTime      = ".1.3.6.1.6.3.10.2.1.3.0"
)

var (
	clockOIDs    = []string{oidSysUpTime, oidHrSystemUptime, oidEngineTime, oidEngineBoots}
	describeOIDs = []string{oidSysObjectID, oidSysName, oidSysDescr}
)

// column is a column of ifTable or ifXTable (IF-MIB, RFC 2863). Both tables have
// ifIndex as their index, so one request may ask for columns of either.
type column uint8

const (
	ifName column = iota
	ifHCInOctets
	ifHCOutOctets
	ifHCInUcastPkts
	ifHCOutUcastPkts
	ifHCInMulticastPkts
	ifHCOutMulticastPkts
	ifHCInBroadcastPkts
	ifHCOutBroadcastPkts
	ifHighSpeed
	ifCounterDiscontinuityTime
	ifInMulticastPkts
	ifOutMulticastPkts
	ifInBroadcastPkts
	ifOutBroadcastPkts
	ifAlias

	ifDescr
	ifType
	ifMtu
	ifSpeed
	ifPhysAddress
	ifAdminStatus
	ifOperStatus
	ifInOctets
	ifInUcastPkts
	ifInNUcastPkts
	ifInDiscards
	ifInErrors
	ifOutOctets
	ifOutUcastPkts
	ifOutNUcastPkts
	ifOutDiscards
	ifOutErrors

	columnCount
)

// columnPrefix is the OID of a column with the dot that its instances follow.
var columnPrefix = [columnCount]string{
	ifName:                     ".1.3.6.1.2.1.31.1.1.1.1.",
	ifInMulticastPkts:          ".1.3.6.1.2.1.31.1.1.1.2.",
	ifInBroadcastPkts:          ".1.3.6.1.2.1.31.1.1.1.3.",
	ifOutMulticastPkts:         ".1.3.6.1.2.1.31.1.1.1.4.",
	ifOutBroadcastPkts:         ".1.3.6.1.2.1.31.1.1.1.5.",
	ifHCInOctets:               ".1.3.6.1.2.1.31.1.1.1.6.",
	ifHCInUcastPkts:            ".1.3.6.1.2.1.31.1.1.1.7.",
	ifHCInMulticastPkts:        ".1.3.6.1.2.1.31.1.1.1.8.",
	ifHCInBroadcastPkts:        ".1.3.6.1.2.1.31.1.1.1.9.",
	ifHCOutOctets:              ".1.3.6.1.2.1.31.1.1.1.10.",
	ifHCOutUcastPkts:           ".1.3.6.1.2.1.31.1.1.1.11.",
	ifHCOutMulticastPkts:       ".1.3.6.1.2.1.31.1.1.1.12.",
	ifHCOutBroadcastPkts:       ".1.3.6.1.2.1.31.1.1.1.13.",
	ifHighSpeed:                ".1.3.6.1.2.1.31.1.1.1.15.",
	ifAlias:                    ".1.3.6.1.2.1.31.1.1.1.18.",
	ifCounterDiscontinuityTime: ".1.3.6.1.2.1.31.1.1.1.19.",

	ifDescr:         ".1.3.6.1.2.1.2.2.1.2.",
	ifType:          ".1.3.6.1.2.1.2.2.1.3.",
	ifMtu:           ".1.3.6.1.2.1.2.2.1.4.",
	ifSpeed:         ".1.3.6.1.2.1.2.2.1.5.",
	ifPhysAddress:   ".1.3.6.1.2.1.2.2.1.6.",
	ifAdminStatus:   ".1.3.6.1.2.1.2.2.1.7.",
	ifOperStatus:    ".1.3.6.1.2.1.2.2.1.8.",
	ifInOctets:      ".1.3.6.1.2.1.2.2.1.10.",
	ifInUcastPkts:   ".1.3.6.1.2.1.2.2.1.11.",
	ifInNUcastPkts:  ".1.3.6.1.2.1.2.2.1.12.",
	ifInDiscards:    ".1.3.6.1.2.1.2.2.1.13.",
	ifInErrors:      ".1.3.6.1.2.1.2.2.1.14.",
	ifOutOctets:     ".1.3.6.1.2.1.2.2.1.16.",
	ifOutUcastPkts:  ".1.3.6.1.2.1.2.2.1.17.",
	ifOutNUcastPkts: ".1.3.6.1.2.1.2.2.1.18.",
	ifOutDiscards:   ".1.3.6.1.2.1.2.2.1.19.",
	ifOutErrors:     ".1.3.6.1.2.1.2.2.1.20.",
}

// counterColumns is what a poll asks of a device it does not know yet: everything
// a row can be made of. Once the agent has answered, useful.go leaves out what
// it does not have and what its 64-bit counters make superfluous. The names come
// first: they go with every part when a row has to be asked in parts. ifAlias and
// ifPhysAddress tell apart what bears one name, and are left out where nothing does.
var counterColumns = []column{
	ifName, ifDescr, ifAlias, ifPhysAddress,
	ifHCInOctets, ifHCOutOctets, ifInOctets, ifOutOctets,
	ifCounterDiscontinuityTime, ifAdminStatus, ifOperStatus, ifHighSpeed, ifSpeed,
	ifHCInUcastPkts, ifHCOutUcastPkts, ifHCInMulticastPkts, ifHCOutMulticastPkts,
	ifHCInBroadcastPkts, ifHCOutBroadcastPkts,
	ifInErrors, ifOutErrors, ifInDiscards, ifOutDiscards,
	ifInUcastPkts, ifOutUcastPkts, ifInMulticastPkts, ifOutMulticastPkts,
	ifInBroadcastPkts, ifOutBroadcastPkts, ifInNUcastPkts, ifOutNUcastPkts,
}

// namingColumns are what tells interfaces apart, the best first.
var namingColumns = counterColumns[:4]

// identityColumns say what an interface is; asked when interfaces are first seen,
// when any has moved, and once a keyframe interval.
var identityColumns = []column{ifName, ifDescr, ifAlias, ifType, ifMtu, ifPhysAddress, ifHighSpeed, ifSpeed}

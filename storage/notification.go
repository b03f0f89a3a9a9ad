package storage

import "time"

// Notification is one SNMP notification received, a trap or an inform. Version 1 is
// told in the words of version 2 (RFC 3584, section 3.1).
type Notification struct {
	Entity             // Name is the interface's, where the notification bears one
	Received time.Time // by the appliance
	What     string    // name in the MIB, or TrapOID where that is not known
	TrapOID  string
	Severity uint8  // of RFC 5424, by what it is; sample.SeverityUnknown where that is not known
	IfIndex  uint32 // 0 for none
	Uptime   time.Duration
	Version  string // of SNMP: 1, 2c or 3
	Inform   bool   // an answer was asked for
	Source   string // address it came from
	Agent    string // address it says it is about; empty where it says none

	Enterprise string
	Variables  string
	Complaint  string // what was odd about it
}

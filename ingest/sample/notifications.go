package sample

// Notifications holds one row per SNMP notification received: a trap of version 1, 2c or
// 3, or an inform. What version 1 says differently is translated to the words of
// version 2 (RFC 3584, section 3.1). Its natural key is the appliance, the time received
// and the sequence.
type Notifications struct {
	Device        []ID     // the device it is about, 0 where no address of it is in the inventory
	OffsetMs      []uint32 // when it was received, milliseconds after the block's slot
	Sequence      []uint64 // rises with each notification an appliance receives, over restarts too
	Version       []uint8  // of SNMP: 1, 2 (for 2c) or 3
	Inform        []uint8  // 1 where an answer was asked for, and given
	TrapOID       []string // snmpTrapOID, without a leading dot
	Name          []string // its name in the MIB, or TrapOID where that is not known
	Severity      []uint8  // as of Syslog, by what the notification is; or SeverityUnknown
	SysUpTime     []uint32 // of the sender, hundredths of a second
	Source        []string // address it came from
	Agent         []string // address it says it is about (agent-addr, snmpTrapAddress); empty where it says none
	Enterprise    []string // snmpTrapEnterprise, without a leading dot; empty where it says none
	IfIndex       []uint32 // interface it is about, 0 for none
	InterfaceName []string // ifName, else ifDescr, where the notification bears one
	Variables     []string // the other variables, "oid=value; oid=value"
	Complaint     []string // what was odd about it, sentences parted by "; "
}

// Kind returns KindNotifications.
func (*Notifications) Kind() Kind { return KindNotifications }

// Len is the number of rows.
func (r *Notifications) Len() int { return len(r.Sequence) }

func (r *Notifications) columns() []column {
	return []column{
		devices(&r.Device), series(&r.OffsetMs), series(&r.Sequence), plain(&r.Version), plain(&r.Inform),
		texts(&r.TrapOID), texts(&r.Name), plain(&r.Severity), series(&r.SysUpTime),
		texts(&r.Source), texts(&r.Agent), texts(&r.Enterprise), plain(&r.IfIndex),
		texts(&r.InterfaceName), texts(&r.Variables), texts(&r.Complaint),
	}
}

package sample

// Condition is what a voice row says of the way its packets took and of the clocks at both
// ends. All of it is zero in rows of routers' operations and of writers that did not look.
type Condition struct {
	RemarkedPackets uint32 // answers that came with another DSCP than was sent; DSCPReceived is the last such one's
	RemarkedForward uint32 // packets the reflector says came to it with another DSCP than was sent (Class of Service, RFC 8972)
	DSCPForward     uint8  // DSCP of the last of these; meaningful where RemarkedForward
	TTLForward      uint8  // TTL or hop limit left to the last packet at the reflector, of 255; 0 where it does not say
	TTLBackward     uint8  // TTL or hop limit left to the last answer
	RouteChanges    uint32 // changes of either from one answer to the next
	StepUs          int64  // change of the lowest round trip that came at once and lasted, microseconds; 0: none
	Stateful        uint8  // 1 where the reflector counts for itself: LossForward and LossBackward are known
	ClockErrorUs    uint32 // estimated error of both clocks together, the worst of the slot, microseconds; 0: not known
	ClockSteps      uint32 // times a clock was set, at this end or at the other
	Undelivered     uint32 // packets that ICMP says could not be delivered
}

// Conditions are the columns of Condition.
type Conditions struct {
	RemarkedPackets, RemarkedForward     []uint32
	DSCPForward, TTLForward, TTLBackward []uint8
	RouteChanges                         []uint32
	StepUs                               []int64
	Stateful                             []uint8
	ClockErrorUs, ClockSteps             []uint32
	Undelivered                          []uint32
}

// AppendCondition adds a row to the columns.
func (c *Conditions) AppendCondition(row Condition) {
	c.RemarkedPackets = append(c.RemarkedPackets, row.RemarkedPackets)
	c.RemarkedForward = append(c.RemarkedForward, row.RemarkedForward)
	c.DSCPForward = append(c.DSCPForward, row.DSCPForward)
	c.TTLForward = append(c.TTLForward, row.TTLForward)
	c.TTLBackward = append(c.TTLBackward, row.TTLBackward)
	c.RouteChanges = append(c.RouteChanges, row.RouteChanges)
	c.StepUs = append(c.StepUs, row.StepUs)
	c.Stateful = append(c.Stateful, row.Stateful)
	c.ClockErrorUs = append(c.ClockErrorUs, row.ClockErrorUs)
	c.ClockSteps = append(c.ClockSteps, row.ClockSteps)
	c.Undelivered = append(c.Undelivered, row.Undelivered)
}

func (c *Conditions) columns() []column {
	return []column{
		later(plain(&c.RemarkedPackets)), later(plain(&c.RemarkedForward)), later(plain(&c.DSCPForward)),
		later(plain(&c.TTLForward)), later(plain(&c.TTLBackward)), later(plain(&c.RouteChanges)),
		later(plain(&c.StepUs)), later(plain(&c.Stateful)),
		later(plain(&c.ClockErrorUs)), later(plain(&c.ClockSteps)), later(plain(&c.Undelivered)),
	}
}

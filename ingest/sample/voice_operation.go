package sample

// Origin says who measured a voice row.
type Origin = uint8

// The origins. An operation of Cisco IP SLA (CISCO-RTTMON-MIB, type jitter) is measured
// by a router, which reports counts, sums and extremes: its rows have no histograms, no
// loss runs, no bursts and no DSCPReceived, and zero stands there for not known.
const (
	OriginProbe Origin = 0 // the appliance's own stream
	OriginIPSLA Origin = 1
)

// Operation is what a voice row of an IP SLA operation says beyond that of a probe. Of a
// probe it is zero but for LossForward and LossBackward, where the reflector counts for
// itself: a packet is counted in the slot of the next answer, which tells on which way it
// was lost. Packets after which no answer came are of unknown direction.
type Operation struct {
	Origin                Origin
	LateArrivals          uint32 // answered after the operation's timeout: in Sent, not in Received
	MaxRTTUs              uint32 // highest round-trip time, microseconds
	LossForward           uint32 // lost on the way out; what Sent, Received and LateArrivals leave is of unknown direction
	LossBackward          uint32 // lost on the way back
	JitterForwardUs       uint32 // interarrival jitter (RFC 1889) at the far end, microseconds
	JitterBackwardUs      uint32 // the same at the near end
	OneWay                uint32 // packets SumForwardUs and SumBackwardUs are of; 0: all received
	SumBackwardUs         int64  // sum of one-way delays on the way back, microseconds; meaningful when Synchronised
	ReportedMOSHundredths uint32 // the router's own MOS, 100 to 500; 0 where it has none
	ReportedICPIF         uint32 // the router's own ICPIF (G.113 of 1996), meaningful where it has a MOS
}

// Operations are the columns of Operation.
type Operations struct {
	Origin                            []Origin
	LateArrivals, MaxRTTUs            []uint32
	LossForward, LossBackward         []uint32
	JitterForwardUs, JitterBackwardUs []uint32
	OneWay                            []uint32
	SumBackwardUs                     []int64
	ReportedMOSHundredths             []uint32
	ReportedICPIF                     []uint32
}

// AppendOperation adds a row to the columns.
func (c *Operations) AppendOperation(o Operation) {
	c.Origin = append(c.Origin, o.Origin)
	c.LateArrivals = append(c.LateArrivals, o.LateArrivals)
	c.MaxRTTUs = append(c.MaxRTTUs, o.MaxRTTUs)
	c.LossForward = append(c.LossForward, o.LossForward)
	c.LossBackward = append(c.LossBackward, o.LossBackward)
	c.JitterForwardUs = append(c.JitterForwardUs, o.JitterForwardUs)
	c.JitterBackwardUs = append(c.JitterBackwardUs, o.JitterBackwardUs)
	c.OneWay = append(c.OneWay, o.OneWay)
	c.SumBackwardUs = append(c.SumBackwardUs, o.SumBackwardUs)
	c.ReportedMOSHundredths = append(c.ReportedMOSHundredths, o.ReportedMOSHundredths)
	c.ReportedICPIF = append(c.ReportedICPIF, o.ReportedICPIF)
}

func (c *Operations) columns() []column {
	return []column{
		later(plain(&c.Origin)), later(plain(&c.LateArrivals)), later(plain(&c.MaxRTTUs)),
		later(plain(&c.LossForward)), later(plain(&c.LossBackward)),
		later(plain(&c.JitterForwardUs)), later(plain(&c.JitterBackwardUs)),
		later(plain(&c.OneWay)), later(plain(&c.SumBackwardUs)),
		later(plain(&c.ReportedMOSHundredths)), later(plain(&c.ReportedICPIF)),
	}
}

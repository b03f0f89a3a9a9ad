package main

import "strconv"

// printOperations writes a router's IP SLA operations.
func (p *pollOut) printOperations(section func(), line func(...string)) {
	if len(p.Operations) == 0 {
		return
	}
	decimal := func(value *float64, places int) string {
		if value == nil {
			return "-"
		}
		return strconv.FormatFloat(*value, 'f', places, 64)
	}
	whole := func(value *uint32) string {
		if value == nil {
			return "-"
		}
		return strconv.FormatUint(uint64(*value), 10)
	}
	section()
	line("IP SLA OPERATION", "TARGET", "CODEC", "SENT", "LOST", "LATE", "RTT MS", "JITTER MS", "ITS MOS", "ITS ICPIF")
	for i := range p.Operations {
		each := &p.Operations[i]
		line(each.Name, each.Target, each.Codec, whole(each.Sent), whole(each.Lost), whole(each.Late),
			decimal(each.RTTMs, 3), decimal(each.JitterMs, 3), decimal(each.ReportedMOS, 2), whole(each.ReportedICPIF))
	}
}

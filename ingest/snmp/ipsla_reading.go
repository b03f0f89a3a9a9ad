package snmp

import (
	"math"
	"net"
	"net/netip"
	"strconv"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/sample"
)

// define takes over what an operation is.
func (o *operation) define(values []gosnmp.SnmpPDU) {
	o.defined = true
	whole := func(object int, most uint64) uint64 {
		value, ok := number(values[object])
		if ok && value <= most {
			return value
		}
		o.malformed = o.malformed || !exceptional(values[object])
		return 0
	}
	text := func(object int) []byte {
		value, _ := values[object].Value.([]byte)
		return trim(value)
	}
	if o.tag = readable(text(definitionLongTag)); o.tag == "" {
		o.tag = readable(text(definitionTag))
	}
	o.host = hostOf(values[definitionTarget])
	o.target = o.host
	if port := whole(definitionPort, math.MaxUint16); port > 0 && o.host != "" {
		o.target = net.JoinHostPort(o.host, strconv.FormatUint(port, 10))
	}
	o.dscp = uint8(whole(definitionTOS, math.MaxUint8) >> 2)
	o.codec = operationCodecs[whole(definitionCodec, math.MaxUint32)]
	interval, packets := definitionInterval, definitionPackets
	if o.codec != "" {
		interval, packets = definitionCodecInterval, definitionCodecPackets
	}
	o.interval, o.packets = uint32(whole(interval, 60_000)), uint32(whole(packets, math.MaxInt32))
	o.unit = 1000
	if whole(definitionPrecision, math.MaxUint32) == precisionMicroseconds {
		o.unit = 1
	}
}

// hostOf returns the address of a target: octets of IPv4 or IPv6, or a name.
func hostOf(variable gosnmp.SnmpPDU) string {
	octets, ok := variable.Value.([]byte)
	if !ok {
		return ""
	}
	if address, ok := netip.AddrFromSlice(octets); ok {
		return address.String()
	}
	return readable(octets)
}

// operationResult is what one run of an operation met.
type operationResult struct {
	operation *operation
	slot      int64 // of the run, Unix milliseconds

	sent, received, reordered uint64
	minRTT, sumRTT, jitter    uint64 // microseconds
	forward                   uint64 // sum of one-way delays, microseconds
	report                    sample.Operation
}

// interpret returns what a result says; without anything sent there is no row. The fault
// says what is wrong with it.
//
// The counts of the MIB exclude each other: of the packets sent, NumOfRTT came back in
// time, PacketLossSD, PacketLossDS and PacketMIA did not, and PacketLateArrival came
// after the timeout. What the operation was to send and none of them has was not sent
// (skipped by a busy router). Some releases count late arrivals among the MIA: there are
// never more than were to be sent.
func (o *operation) interpret(values []gosnmp.SnmpPDU) (result operationResult, fault string) {
	r := reader{values: values, unit: o.unit}
	sense, said := r.whole(resultSense)
	received, counted := r.whole(resultNumOfRTT)
	forward, backward, unknown := r.count(resultLossSD), r.count(resultLossDS), r.count(resultMIA)
	late := r.count(resultLateArrival)
	lost := forward + backward + unknown
	if said && !occurred(sense) {
		return result, faultOperationFailed
	}
	if !counted && (sense == senseOK || sense == senseOverThreshold) { // the agent lacks the count: the rest came back
		received = uint64(o.packets) - min(uint64(o.packets), lost+late)
	}
	sent := received + lost + late
	if sent == 0 {
		return result, faultOperationFailed // it says nothing of having sent any
	}
	if planned := uint64(o.packets); planned > 0 && sent > planned {
		sent = max(planned, received+lost)
		late = sent - received - lost
	}
	result = operationResult{
		operation: o, sent: sent, received: received, reordered: r.count(resultOutOfSequence),
		report: sample.Operation{
			Origin: sample.OriginIPSLA, LateArrivals: fit(late), LossForward: fit(forward), LossBackward: fit(backward),
		},
	}
	if received > 0 && !r.delays(&result) {
		return operationResult{}, faultBadOperation
	}
	if !r.judgement(&result, lost+late) {
		fault = faultBadOperation
	}
	return result, fault
}

// reader reads the objects of one result.
type reader struct {
	values []gosnmp.SnmpPDU
	unit   uint64
}

// whole returns an object's value; 0 and false where the agent does not have it.
func (r *reader) whole(object int) (uint64, bool) {
	value, ok := number(r.values[object])
	if !ok || value > math.MaxUint32 {
		return 0, false
	}
	return value, true
}

func (r *reader) count(object int) uint64 {
	value, _ := r.whole(object)
	return value
}

// sum returns a sum of times in microseconds whose upper half stands in an object of its
// own, which old releases do not have; false where it cannot be.
func (r *reader) sum(low, high int) (uint64, bool) {
	const most = math.MaxInt64 / 1000
	sum := r.count(high)<<32 | r.count(low)
	return sum * r.unit, sum <= most
}

// delays takes over the times of the packets that came back; false where they contradict
// each other.
func (r *reader) delays(result *operationResult) bool {
	sum, ok := r.sum(resultRTTSum, resultRTTSumHigh)
	if _, has := r.whole(resultRTTSum); !ok || !has {
		return false
	}
	lowest, hasLowest := r.whole(resultRTTMin)
	highest, hasHighest := r.whole(resultRTTMax)
	if hasLowest && sum/r.unit < result.received*lowest || hasHighest && sum/r.unit > result.received*(highest+1) {
		return false
	}
	result.minRTT, result.sumRTT = lowest*r.unit, sum
	result.report.MaxRTTUs = fit(highest * r.unit)

	out, hasOut := r.whole(resultJitterOut)
	in, hasIn := r.whole(resultJitterIn)
	result.report.JitterForwardUs, result.report.JitterBackwardUs = fit(out*r.unit), fit(in*r.unit)
	if mean, ok := r.whole(resultAvgJitter); ok {
		result.jitter = mean * r.unit
	} else if hasOut || hasIn {
		result.jitter = max(out, in) * r.unit
	}

	n := r.count(resultNumOfOW)
	if r.count(resultNTPState) != ntpSynchronised || n == 0 {
		return true
	}
	ahead, ok := r.sum(resultOWSumSD, resultOWSumSDHigh)
	back, alright := r.sum(resultOWSumDS, resultOWSumDSHigh)
	if !ok || !alright || ahead == 0 {
		return true // clocks that are only said to agree
	}
	result.forward = ahead
	result.report.OneWay, result.report.SumBackwardUs = fit(n), int64(back)
	return true
}

// judgement takes over what the router makes of the result; false where that cannot be.
// MOS is in hundredths, 0 where there is none; 1 stands for 1.00 where a tenth of the
// packets or more were lost, and for none elsewhere.
func (r *reader) judgement(result *operationResult, missing uint64) bool {
	mos := r.count(resultMOS)
	switch {
	case mos == 0:
		return true
	case mos == 1 && 10*missing >= result.sent:
		mos = 100
	case mos == 1:
		return true
	case mos < 100 || mos > 500:
		return false
	}
	result.report.ReportedMOSHundredths, result.report.ReportedICPIF = uint32(mos), fit(r.count(resultICPIF))
	return true
}

// fit returns a number as a column holds it.
func fit(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }

// appendTo appends the result's row.
func (r *operationResult) appendTo(rows *sample.Voice) {
	o := r.operation
	synchronised := uint8(0)
	if r.report.OneWay > 0 {
		synchronised = 1
	}
	packets := max(r.sent, uint64(o.packets))
	rows.Path = append(rows.Path, o.id)
	rows.DurationMs = append(rows.DurationMs, fit(packets*uint64(o.interval)))
	rows.Codec = append(rows.Codec, o.codec)
	rows.Sent = append(rows.Sent, fit(r.sent))
	rows.Received = append(rows.Received, fit(r.received))
	rows.Duplicates = append(rows.Duplicates, 0)
	rows.Reordered = append(rows.Reordered, fit(r.reordered))
	rows.LossRuns = append(rows.LossRuns, 0)
	rows.MinRTTUs = append(rows.MinRTTUs, fit(r.minRTT))
	rows.SumRTTUs = append(rows.SumRTTUs, r.sumRTT)
	rows.JitterUs = append(rows.JitterUs, fit(r.jitter))
	rows.Synchronised = append(rows.Synchronised, synchronised)
	rows.SumForwardUs = append(rows.SumForwardUs, int64(r.forward))
	rows.DSCPSent = append(rows.DSCPSent, o.dscp)
	rows.DSCPReceived = append(rows.DSCPReceived, 0)
	rows.Delays.Append()
	rows.RunLengths.Append()
	rows.Bursts = append(rows.Bursts, 0)
	rows.BurstPackets = append(rows.BurstPackets, 0)
	rows.BurstLost = append(rows.BurstLost, 0)
	rows.AppendOperation(r.report)
	rows.AppendCondition(sample.Condition{})
}

package snmp

// The tables of IP SLA operations (CISCO-RTTMON-MIB). All have rttMonCtrlAdminIndex, the
// number of the operation, as their index.
const (
	rttMonCtrlAdmin        = ".1.3.6.1.4.1.9.9.42.1.2.1.1."
	rttMonEchoAdmin        = ".1.3.6.1.4.1.9.9.42.1.2.2.1."
	rttMonLatestRttOper    = ".1.3.6.1.4.1.9.9.42.1.2.10.1."
	rttMonLatestJitterOper = ".1.3.6.1.4.1.9.9.42.1.5.2.1."

	rttMonCtrlAdminRttType = rttMonCtrlAdmin + "4."
	rttTypeJitter          = 9

	precisionMicroseconds = 2
	ntpSynchronised       = 1
	senseOK               = 1
	senseOverThreshold    = 3
)

// The objects that say what an operation is, by their place in definitionObjects.
const (
	definitionTag = iota
	definitionLongTag
	definitionTarget
	definitionPort
	definitionTOS
	definitionInterval // milliseconds between packets
	definitionPackets
	definitionCodec
	definitionCodecInterval // instead of definitionInterval where there is a codec
	definitionCodecPackets
	definitionPrecision
)

var definitionObjects = []string{
	definitionTag:           rttMonCtrlAdmin + "3.",
	definitionLongTag:       rttMonCtrlAdmin + "12.",
	definitionTarget:        rttMonEchoAdmin + "2.",
	definitionPort:          rttMonEchoAdmin + "5.",
	definitionTOS:           rttMonEchoAdmin + "9.",
	definitionInterval:      rttMonEchoAdmin + "17.",
	definitionPackets:       rttMonEchoAdmin + "18.",
	definitionCodec:         rttMonEchoAdmin + "27.",
	definitionCodecInterval: rttMonEchoAdmin + "28.",
	definitionCodecPackets:  rttMonEchoAdmin + "30.",
	definitionPrecision:     rttMonEchoAdmin + "37.",
}

// operationCodecs are the values of RttMonCodecType by the names of processors/voice.
// notApplicable has none.
var operationCodecs = map[uint64]string{1: "G.711", 2: "G.711", 3: "G.729A"}

// The objects of a result, by their place in resultObjects. Times are in the precision
// of the operation. The time of the result comes first: it is that of the same answer.
const (
	resultTime = iota
	resultSense
	resultNumOfRTT
	resultRTTSum
	resultRTTSumHigh
	resultRTTMin
	resultRTTMax
	resultLossSD
	resultLossDS
	resultOutOfSequence
	resultMIA
	resultLateArrival
	resultNTPState
	resultNumOfOW
	resultOWSumSD
	resultOWSumSDHigh
	resultOWSumDS
	resultOWSumDSHigh
	resultMOS
	resultICPIF
	resultJitterOut
	resultJitterIn
	resultAvgJitter
)

// timeObjects are asked of every operation in every poll, resultObjects of those that
// have a new one.
var (
	timeObjects   = resultObjects[:1]
	resultObjects = []string{
		resultTime:          rttMonLatestRttOper + "5.",
		resultSense:         rttMonLatestJitterOper + "31.",
		resultNumOfRTT:      rttMonLatestJitterOper + "1.",
		resultRTTSum:        rttMonLatestJitterOper + "2.",
		resultRTTSumHigh:    rttMonLatestJitterOper + "53.",
		resultRTTMin:        rttMonLatestJitterOper + "4.",
		resultRTTMax:        rttMonLatestJitterOper + "5.",
		resultLossSD:        rttMonLatestJitterOper + "26.",
		resultLossDS:        rttMonLatestJitterOper + "27.",
		resultOutOfSequence: rttMonLatestJitterOper + "28.",
		resultMIA:           rttMonLatestJitterOper + "29.",
		resultLateArrival:   rttMonLatestJitterOper + "30.",
		resultNTPState:      rttMonLatestJitterOper + "51.",
		resultNumOfOW:       rttMonLatestJitterOper + "41.",
		resultOWSumSD:       rttMonLatestJitterOper + "33.",
		resultOWSumSDHigh:   rttMonLatestJitterOper + "55.",
		resultOWSumDS:       rttMonLatestJitterOper + "37.",
		resultOWSumDSHigh:   rttMonLatestJitterOper + "57.",
		resultMOS:           rttMonLatestJitterOper + "42.",
		resultICPIF:         rttMonLatestJitterOper + "43.",
		resultJitterOut:     rttMonLatestJitterOper + "44.",
		resultJitterIn:      rttMonLatestJitterOper + "45.",
		resultAvgJitter:     rttMonLatestJitterOper + "46.",
	}
)

// occurred says whether an operation that ended with a sense (RttResponseSense) sent
// packets: ok, overThreshold, timeout, sequenceError and verifyError. The others say that
// it did not come to that: not run yet, disconnected, busy, notConnected, dropped, and
// the failures of its control connection.
func occurred(sense uint64) bool {
	switch sense {
	case senseOK, senseOverThreshold, 4, 8, 9:
		return true
	}
	return false
}

package snmp

import (
	"encoding/binary"
	"testing"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/sample"
)

// FuzzOperation reads definitions and results of any values and types: what becomes a
// row holds together.
func FuzzOperation(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x00\x00\x00\x09\x02\x00\x00\x00\x09\x01\x00\x00\x00\x01\x00\x00\x00\x00\x0a"))
	f.Fuzz(func(t *testing.T, input []byte) {
		next := func() gosnmp.SnmpPDU {
			if len(input) < 5 {
				return gosnmp.SnmpPDU{Type: gosnmp.NoSuchInstance}
			}
			kind, value := input[0], binary.BigEndian.Uint32(input[1:])
			octets := input[1:5]
			input = input[5:]
			switch kind % 4 {
			case 0:
				return gosnmp.SnmpPDU{Type: gosnmp.Gauge32, Value: uint(value)}
			case 1:
				return gosnmp.SnmpPDU{Type: gosnmp.Integer, Value: int(int32(value))}
			case 2:
				return gosnmp.SnmpPDU{Type: gosnmp.OctetString, Value: octets}
			}
			return gosnmp.SnmpPDU{Type: gosnmp.Counter64, Value: uint64(value) << 31}
		}
		take := func(n int) (values []gosnmp.SnmpPDU) {
			for range n {
				values = append(values, next())
			}
			return values
		}
		o := &operation{index: "1"}
		results := take(len(resultObjects))
		o.define(take(len(definitionObjects)))
		result, _ := o.interpret(results)
		if result.sent == 0 {
			return
		}
		rows := new(sample.Voice)
		result.appendTo(rows)
		if result.received+uint64(result.report.LateArrivals) > result.sent {
			t.Errorf("%d of %d packets came back", result.received, result.sent)
		}
		if mos := rows.ReportedMOSHundredths[0]; mos != 0 && (mos < 100 || mos > 500) {
			t.Errorf("the MOS is %d hundredths", mos)
		}
		if result.received > 0 && rows.SumRTTUs[0]/o.unit < result.received*(result.minRTT/o.unit) {
			t.Errorf("the mean of %d us is below the lowest, %d us", result.sumRTT/result.received, result.minRTT)
		}
	})
}

package voice

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// PacketSize is the size of a STAMP test packet without extensions, both ways, in
// octets (RFC 8762, unauthenticated mode).
const PacketSize = 44

// The least that is read as a packet: what TWAMP Light (RFC 5357) sends before its
// padding. A reflector's ends with the TTL, which some leave out.
const (
	leastSenderSize    = 14
	leastReflectorSize = 38
	twampReflectorSize = 41
)

// ErrPacket is wrapped by the errors of both Unmarshal methods.
var ErrPacket = errors.New("not a test packet")

// SenderPacket is a test packet of a session sender.
type SenderPacket struct {
	Sequence uint32
	T1       Timestamp // when it was sent
	Error    ErrorEstimate
	SSID     uint16 // RFC 8972; 0 where the sender has none
}

// Marshal appends the packet, PacketSize octets, and returns the extended buffer.
func (p *SenderPacket) Marshal(to []byte) []byte {
	to = binary.BigEndian.AppendUint32(to, p.Sequence)
	to = binary.BigEndian.AppendUint64(to, uint64(p.T1))
	to = binary.BigEndian.AppendUint16(to, uint16(p.Error))
	to = binary.BigEndian.AppendUint16(to, p.SSID)
	return append(to, zeros[:PacketSize-16]...)
}

// Unmarshal reads a packet of at least 14 octets. What is shorter than PacketSize is
// TWAMP Light, which has padding where the SSID would be. What follows (padding,
// TLVs) is not looked at.
func (p *SenderPacket) Unmarshal(packet []byte) error {
	if len(packet) < leastSenderSize {
		return fmt.Errorf("%w: %d octets, a sender's has at least %d", ErrPacket, len(packet), leastSenderSize)
	}
	p.Sequence = binary.BigEndian.Uint32(packet)
	p.T1 = Timestamp(binary.BigEndian.Uint64(packet[4:]))
	p.Error = ErrorEstimate(binary.BigEndian.Uint16(packet[12:]))
	p.SSID = 0
	if len(packet) >= PacketSize {
		p.SSID = binary.BigEndian.Uint16(packet[14:])
	}
	return nil
}

// ReflectorPacket is the answer of a session reflector.
type ReflectorPacket struct {
	Sequence       uint32    // its own where the reflector is stateful, else the sender's
	T3             Timestamp // when the answer was sent
	Error          ErrorEstimate
	SSID           uint16
	T2             Timestamp // when the sender's packet came
	SenderSequence uint32
	T1             Timestamp // as the sender sent it
	SenderError    ErrorEstimate
	TTL            uint8 // TTL or hop limit with which the sender's packet came; 0 where it is not told
}

// Marshal appends the packet, PacketSize octets, and returns the extended buffer.
func (p *ReflectorPacket) Marshal(to []byte) []byte {
	to = binary.BigEndian.AppendUint32(to, p.Sequence)
	to = binary.BigEndian.AppendUint64(to, uint64(p.T3))
	to = binary.BigEndian.AppendUint16(to, uint16(p.Error))
	to = binary.BigEndian.AppendUint16(to, p.SSID)
	to = binary.BigEndian.AppendUint64(to, uint64(p.T2))
	to = binary.BigEndian.AppendUint32(to, p.SenderSequence)
	to = binary.BigEndian.AppendUint64(to, uint64(p.T1))
	to = binary.BigEndian.AppendUint16(to, uint16(p.SenderError))
	return append(to, 0, 0, p.TTL, 0, 0, 0)
}

// Unmarshal reads a packet of at least 38 octets, TWAMP Light without TTL and padding.
// What follows is not looked at.
func (p *ReflectorPacket) Unmarshal(packet []byte) error {
	if len(packet) < leastReflectorSize {
		return fmt.Errorf("%w: %d octets, a reflector's has at least %d", ErrPacket, len(packet), leastReflectorSize)
	}
	p.Sequence = binary.BigEndian.Uint32(packet)
	p.T3 = Timestamp(binary.BigEndian.Uint64(packet[4:]))
	p.Error = ErrorEstimate(binary.BigEndian.Uint16(packet[12:]))
	p.SSID = binary.BigEndian.Uint16(packet[14:])
	p.T2 = Timestamp(binary.BigEndian.Uint64(packet[16:]))
	p.SenderSequence = binary.BigEndian.Uint32(packet[24:])
	p.T1 = Timestamp(binary.BigEndian.Uint64(packet[28:]))
	p.SenderError = ErrorEstimate(binary.BigEndian.Uint16(packet[36:]))
	p.TTL = 0
	if len(packet) >= twampReflectorSize {
		p.TTL = packet[twampReflectorSize-1]
	}
	return nil
}

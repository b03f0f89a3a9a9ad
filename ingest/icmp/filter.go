package icmp

import (
	"fmt"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// attachFilter makes the kernel keep to itself what a raw socket would get beside
// its own replies and errors: echo requests (on loopback also those just sent), and
// what belongs to other pingers on the machine.
func attachFilter(fd int, ipv6 bool, id uint16) error {
	if err := passTypes(fd, ipv6); err != nil {
		return fmt.Errorf("filter messages by type: %w", err)
	}
	raw, err := bpf.Assemble(replyFilter(ipv6, id))
	if err != nil {
		return fmt.Errorf("assemble packet filter: %w", err)
	}
	program := make([]unix.SockFilter, len(raw))
	for i, instruction := range raw {
		program[i] = unix.SockFilter{Code: instruction.Op, Jt: instruction.Jt, Jf: instruction.Jf, K: instruction.K}
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
}

// wantedTypes are the types of echo replies and of the errors that may quote a request.
func wantedTypes(ipv6 bool) (reply uint32, errors []uint32) {
	if ipv6 {
		return typeEchoReplyV6, []uint32{typeUnreachableV6, typePacketTooBigV6, typeTimeExceededV6, typeParameterProblemV6}
	}
	return typeEchoReply, []uint32{typeUnreachable, typeRedirect, typeTimeExceeded, typeParameterProblem}
}

// passTypes lets the kernel look at the type of a message before it copies it for the
// socket.
func passTypes(fd int, ipv6 bool) error {
	reply, errors := wantedTypes(ipv6)
	var blocked unix.ICMPv6Filter // a bit for each type
	for i := range blocked.Data {
		blocked.Data[i] = ^uint32(0)
	}
	for _, kind := range append(errors, reply) {
		blocked.Data[kind/32] &^= 1 << (kind % 32)
	}
	if ipv6 {
		return unix.SetsockoptICMPv6Filter(fd, unix.IPPROTO_ICMPV6, unix.ICMPV6_FILTER, &blocked)
	}
	return unix.SetsockoptInt(fd, unix.SOL_RAW, unix.ICMP_FILTER, int(int32(blocked.Data[0])))
}

// replyFilter accepts echo replies with the identifier, and errors that quote a
// request with it. IPv4 packets begin with their IP header, IPv6 ones do not.
func replyFilter(ipv6 bool, id uint16) []bpf.Instruction {
	var start bpf.Instruction = bpf.LoadMemShift{Off: 0} // X = size of the IP header
	reply, errors := wantedTypes(ipv6)
	quotedID := uint32(quotedOffset + ipv4HeaderSize + 4) // our requests have no IP options
	if ipv6 {
		start = bpf.LoadConstant{Dst: bpf.RegX, Val: 0}
		quotedID = quotedOffset + ipv6HeaderSize + 4
	}
	program := []bpf.Instruction{
		start,
		bpf.LoadIndirect{Off: 0, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: reply, SkipTrue: uint8(len(errors) + 1)},
	}
	for i, kind := range errors {
		program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: kind, SkipTrue: uint8(len(errors) - i + 2)})
	}
	return append(program,
		bpf.RetConstant{Val: 0},
		bpf.LoadIndirect{Off: 4, Size: 2},
		bpf.Jump{Skip: 1},
		bpf.LoadIndirect{Off: quotedID, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(id), SkipFalse: 1},
		bpf.RetConstant{Val: 1 << 16},
		bpf.RetConstant{Val: 0},
	)
}

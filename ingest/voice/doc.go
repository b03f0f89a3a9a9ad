// Package voice measures voice paths: it sends a stream shaped like a codec's to a
// STAMP reflector (RFC 8762, extensions of RFC 8972) and reports what the stream
// met on its way there and back. It also is such a reflector.
//
// What lives here: the test packets (packet.go, timestamp.go, authentication.go), what may
// follow them (tlv.go) and which of it a path's packets have (format.go); what one stream
// has met so far (stream.go, burst.go): the way its packets took and how good the clocks
// were (condition.go), the way they were lost on (direction.go), a lasting change of the
// round trip (level.go); the sender and receiver of all paths of an appliance (prober.go,
// send.go, receive.go; their socket: batch.go, address.go) and what it knows of the
// machine's clock (clock.go); the reflector (reflector.go) and its socket (socket.go); and
// one measurement of one path with every packet kept (once.go, session.go, count.go,
// complaint.go). What does not: R factor and MOS, and what is worth a note, which
// processors/voice derives from the rows.
//
// To add a codec, give it a line in codecBitRates; what a row says is decided in
// stream.go and condition.go alone. A reflector met in the field that differs from all others gets a fake
// in interoperability_test.go. TWAMP Light reflectors (RFC 5357) are understood: they
// differ in the size of what they answer only. To understand another TLV, give it a
// length in nextTLV and an answer in answerTLVs.
//
// Hot paths: one packet sent and its reply counted (BenchmarkStream, BenchmarkProbe, and
// BenchmarkPaths for 500 paths at their own pace), one packet reflected (BenchmarkReflect
// and BenchmarkReflectAuthenticated), the packets' encoding (BenchmarkMarshalSenderPacket
// and its neighbours).
package voice

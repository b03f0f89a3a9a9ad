// Package signature says who wrote a message: an appliance or the centre signs what it
// puts into a topic, and the centre holds it against the public keys it was told.
//
// What lives here: the signature of a message (Ed25519ph of RFC 8032, with a context of
// its own), and the keys as a file and as a line of the configuration. What does not: who
// must sign, which the processors decide, and the transport's own encryption (ingest/bus).
// Another form of signature gets the next version byte, and Verify goes on reading this one
// until no appliance writes it.
//
// Sign and Verify run once for each block; BenchmarkSign and BenchmarkVerify say what that
// costs.
package signature

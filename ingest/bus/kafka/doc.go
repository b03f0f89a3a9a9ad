// Package kafka is the client of the bus: it produces messages, and it gives a
// processor the partitions its group assigns to it, one bus.Claim each.
//
// It stands on segmentio/kafka-go and avoids the parts of it that lose data: messages
// are sent by plain produce requests that every replica acknowledges, never by the
// asynchronous writer; partitions are read by plain fetch requests in the goroutine
// of their owner, so there is no reader that could stall in the background or hang
// when it is closed; and offsets are committed with the generation and the member id,
// so a member that was overtaken is fenced instead of moving an offset back.
//
// Every connection is made by Client.dial, also those of kafka-go: TLS, SASL and the
// first answer of the broker are its business alone.
//
// What lives here: connecting, topics, producing, group membership, claims. What
// does not: what messages contain, and the intent a processor writes into the
// metadata of a commit (processors). kafka-go is imported here and nowhere else.
//
// To use another request of the protocol: a method of Client that goes through
// retry, so that a connection that died with a broker is waited out.
//
// Hot paths: Client.ProduceTo and claim.Read; BenchmarkProduce32KB and
// BenchmarkConsume32KB in bus/bustest measure them.
package kafka

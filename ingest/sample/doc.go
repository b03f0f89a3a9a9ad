// Package sample is the wire contract between an appliance and the centre: the
// kinds of rows an appliance sends, and the block that carries them.
//
// A block holds many rows of one kind, stored column by column and compressed;
// it is one Kafka message. Every row stands alone: a row says by itself what was
// measured, when and over which interval, so a lost, late or repeated block never
// changes what another block means. Blocks carry a version and an id and never
// refer to another block.
//
// What lives here: the row types (one file per source of rows), the column
// encodings (column.go, and of version 2 bits.go, names.go and dictionary.go), the block
// codec, and the deterministic ids of customers, sites,
// appliances, devices, interfaces, sensors and voice paths. What does not: polling
// (ingest/snmp and its neighbours), transport (ingest/bus), and any judgement
// about what a row means (processors).
//
// To add a kind: give it the next free Kind number (numbers are never reused),
// write a struct of columns with its columns method, and list it in newRows. To add
// a column to a kind that was released, put it last and mark it as later: blocks of an
// earlier writer are read with zeros in it, and a reader that does not know it leaves it out. Any other change of a released kind needs a new Kind.
// A new encoding, or dictionary, needs a new Version, and golden files of blocks of it.
//
// Hot path: Decoder.Decode and Encoder.Encode run once for every block that
// passes; BenchmarkDecodeInterfaces and BenchmarkEncodeInterfaces measure them.
package sample

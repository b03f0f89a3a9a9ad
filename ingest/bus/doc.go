// Package bus is Kafka as the rest of the house sees it: four topics, one key, a
// message, and a claim on one partition.
//
// What lives here: the names of the topics, the key that keeps one appliance's
// blocks in one ordered stream, the configuration, and Claim, the view a processor
// has of a partition it owns. What does not: the Kafka client (bus/kafka), the
// broker that runs in this process when there is no Kafka cluster (bus/embedded), the
// Apache Kafka that tests run (bus/apache) and the suite every broker must pass
// (bus/bustest). What the messages contain is the business of ingest/sample.
//
// To add a topic: a constant, its partition count in Partitions, and a line in
// Config.Topics.
package bus

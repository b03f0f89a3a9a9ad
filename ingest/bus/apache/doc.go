// Package apache runs a real Apache Kafka cluster for the tests and for bench/chaos:
// one broker or several, each a Java process of its own and a controller as well
// (KRaft), on ports of loopback, from the jars that "make kafka" fetches. Brokers can
// be killed, frozen, stopped and started again, and die with the process that started
// them.
//
// What lives here: the processes, their configuration, and the few requests that only
// a test makes (deleting topics, granting rights, asking who leads). What does not: the
// client (bus/kafka), and what a broker must do (bus/bustest). Package apachetest
// starts clusters in tests. None of it is part of a product that runs.
//
// To run another release: the version in pom.xml and Version, then "make kafka".
package apache

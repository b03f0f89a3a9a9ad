package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"syscall"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// remedy guesses what would help.
func remedy(err error) string {
	if help := remedyOfRights(err); help != "" {
		return help
	}
	if help := remedyOfTLS(err); help != "" {
		return help
	}
	var name *net.DNSError
	var path *fs.PathError
	switch {
	case errors.As(err, &path):
		return "correct the name of the file, or let this process read it"
	case errors.Is(err, errAdvertised):
		return "set the brokers' advertised.listeners to addresses this machine can reach"
	case errors.Is(err, fs.ErrNotExist):
		return "the socket does not exist: start the embedded broker, or correct the path in brokers"
	case errors.Is(err, fs.ErrPermission):
		return "run as the user the embedded broker runs as"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: start the broker, or correct brokers"
	case errors.As(err, &name):
		return "the name does not resolve: correct brokers, or the resolver"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the broker hangs up, as one does that ends; where it stays so, check that it is Apache Kafka 3.0 or later, and set tls and sasl as this port of it asks for (a port without TLS wants no tls)"
	case errors.Is(err, kafkago.UnknownTopicOrPartition), errors.Is(err, protocol.ErrNoTopic):
		return "create the topics first (mimamori migrate), and grant the user of sasl or of the certificate Describe on them"
	case errors.Is(err, kafkago.NotEnoughReplicas), errors.Is(err, kafkago.NotEnoughReplicasAfterAppend):
		return "too few brokers have copies of the partition for min.insync.replicas: start those that are away"
	case errors.Is(err, kafkago.InvalidReplicationFactor):
		return "start more brokers, or lower replication_factor to how many there are"
	case isTimeout(err):
		return "no answer: check the address, routes and firewalls"
	}
	return "check brokers and the brokers' own log"
}

// remedyOfRights is for what a broker refuses by its own rules.
func remedyOfRights(err error) string {
	switch {
	case errors.Is(err, kafkago.SASLAuthenticationFailed):
		return "correct sasl.username and sasl.password, or give the user credentials for sasl.mechanism (kafka-configs --alter --entity-type users)"
	case errors.Is(err, kafkago.UnsupportedSASLMechanism):
		return "set sasl.mechanism to one that the brokers offer (sasl.enabled.mechanisms)"
	case errors.Is(err, kafkago.IllegalSASLState):
		return "this port of the broker knows no SASL: remove sasl, or name the port that does in brokers"
	case errors.Is(err, kafkago.TopicAuthorizationFailed):
		return "grant the user of sasl or of the certificate what this role does with the topic: Describe, and Write, Read or Create (kafka-acls --add)"
	case errors.Is(err, kafkago.GroupAuthorizationFailed):
		return "grant the user of sasl or of the certificate Read on the group (kafka-acls --add)"
	case errors.Is(err, kafkago.ClusterAuthorizationFailed):
		return "grant the user of sasl or of the certificate Create on the cluster or on the topics, or create the topics beforehand (kafka-acls --add)"
	}
	return ""
}

// remedyOfTLS is for what ends a handshake.
func remedyOfTLS(err error) string {
	var record tls.RecordHeaderError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var verification *tls.CertificateVerificationError
	var failed *net.OpError
	switch {
	case errors.Is(err, errSpeaksTLS):
		return "set tls, or name a port of the broker without it in brokers"
	case errors.As(err, &record):
		return "this port of the broker speaks no TLS: remove tls, or name the port that does in brokers"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the broker's certificate does not hold at this time: renew it, or set this machine's clock"
	case errors.As(err, &unknown):
		return "none of tls.ca_file signed the broker's certificate: give the roots that did"
	case errors.As(err, &name):
		return "the broker's certificate is for another name: set tls.server_name to one it has, or advertise one it has"
	case errors.As(err, &verification):
		return "the broker's certificate does not hold: renew it, or correct tls.ca_file"
	case errors.As(err, &failed) && failed.Op == "remote error":
		return "the broker refuses this side's certificate: give tls.certificate_file one that has not expired and that the brokers' ssl.truststore knows the root of"
	}
	return ""
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

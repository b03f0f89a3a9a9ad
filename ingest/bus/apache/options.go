package apache

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Options say what cluster to run. Only Directory must be given.
type Options struct {
	// Directory is where the brokers keep their logs, what they say (broker-N.log)
	// and their configuration. It is made if it does not exist; with what an earlier
	// cluster of the same options left there the brokers go on.
	Directory string
	// Brokers is how many there are, each a controller as well. Default 1; with 3 a
	// topic has three copies, and a write needs two of them.
	Brokers int
	// Listeners are plaintext listeners beside that of Addresses.
	Listeners []Listener
	// TLS makes the listener of Addresses one for TLS.
	TLS *TLS
	// Users are the names and passwords that the listener of Addresses admits, by SASL
	// with PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. Nil: everybody, without SASL.
	Users map[string]string
	// ACLs denies to clients of the listener of Addresses whatever Allow did not
	// grant. The other listeners, which nobody authenticates at, may do anything.
	ACLs bool
	// Properties are further lines of the brokers' configuration; they come last.
	Properties map[string]string
}

// Listener is a further address of every broker.
type Listener struct {
	// Name tells listeners apart: upper-case letters and digits.
	Name string
	// Advertised are the addresses told to clients, one for each broker, as where a
	// relay stands before them. Nil: the brokers' own.
	Advertised []string
}

// TLS is what the brokers show and whom they believe, in PEM files.
type TLS struct {
	// KeyStore has the brokers' private key (PKCS #8) and their certificate.
	KeyStore string
	// TrustStore has the certificates of those who sign clients' certificates. With
	// it every client must show one; empty: none is asked for.
	TrustStore string
}

// The listeners every broker has, on loopback: for clients, for the brokers among
// themselves and for this package, and for the controllers.
const (
	clientListener     = "CLIENT"
	internalListener   = "INTERNAL"
	controllerListener = "CONTROLLER"
)

// listeners returns the names of all listeners.
func (o Options) listeners() []string {
	names := []string{clientListener, internalListener, controllerListener}
	for _, listener := range o.Listeners {
		names = append(names, listener.Name)
	}
	return names
}

func (o Options) validate() error {
	if o.Directory == "" {
		return errors.New("no directory is given for the logs")
	}
	if o.Brokers < 1 || o.Brokers > 9 {
		return fmt.Errorf("%d brokers: run 1 to 9", o.Brokers)
	}
	for i, listener := range o.Listeners {
		if slices.Contains(o.listeners()[:3+i], listener.Name) || listener.Name == "" {
			return fmt.Errorf("listener %q: give it a name of its own", listener.Name)
		}
		if listener.Advertised != nil && len(listener.Advertised) != o.Brokers {
			return fmt.Errorf("listener %s: %d addresses are advertised for %d brokers", listener.Name, len(listener.Advertised), o.Brokers)
		}
	}
	return nil
}

// protocol is the security protocol of the clients' listener.
func (o Options) protocol() string {
	switch {
	case o.TLS != nil && o.Users != nil:
		return "SASL_SSL"
	case o.TLS != nil:
		return "SSL"
	case o.Users != nil:
		return "SASL_PLAINTEXT"
	}
	return "PLAINTEXT"
}

// properties returns the configuration of one broker. ports has, for each broker, the
// port of each listener.
func (o Options) properties(broker int, directory string, ports []map[string]int) string {
	copies := min(o.Brokers, 3)
	lines := map[string]string{
		"process.roles":                            "broker,controller",
		"node.id":                                  strconv.Itoa(broker),
		"log.dirs":                                 directory,
		"inter.broker.listener.name":               internalListener,
		"controller.listener.names":                controllerListener,
		"auto.create.topics.enable":                "false",
		"default.replication.factor":               strconv.Itoa(copies),
		"min.insync.replicas":                      strconv.Itoa((copies + 1) / 2),
		"offsets.topic.replication.factor":         strconv.Itoa(copies),
		"offsets.topic.num.partitions":             "3",
		"transaction.state.log.replication.factor": strconv.Itoa(copies),
		"transaction.state.log.min.isr":            strconv.Itoa((copies + 1) / 2),
		// Nobody waits for what may not come.
		"group.initial.rebalance.delay.ms": "0",
		"broker.heartbeat.interval.ms":     "500",
		"broker.session.timeout.ms":        "3000",
		"replica.lag.time.max.ms":          "5000",
		"controlled.shutdown.enable":       strconv.FormatBool(o.Brokers > 1),
		// What is not used takes no threads.
		"num.io.threads":                    "4",
		"num.network.threads":               "2",
		"log.cleaner.threads":               "1",
		"background.threads":                "2",
		"num.recovery.threads.per.data.dir": "1",
	}
	var listeners, advertised, protocols, voters []string
	for _, name := range o.listeners() {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[broker][name]))
		listeners = append(listeners, name+"://"+address)
		protocol := "PLAINTEXT"
		if name == clientListener {
			protocol = o.protocol()
		}
		protocols = append(protocols, name+":"+protocol)
		for _, listener := range o.Listeners {
			if listener.Name == name && listener.Advertised != nil {
				address = listener.Advertised[broker]
			}
		}
		if name != controllerListener {
			advertised = append(advertised, name+"://"+address)
		}
	}
	for voter := range ports {
		voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", voter, ports[voter][controllerListener]))
	}
	lines["listeners"] = strings.Join(listeners, ",")
	lines["advertised.listeners"] = strings.Join(advertised, ",")
	lines["listener.security.protocol.map"] = strings.Join(protocols, ",")
	lines["controller.quorum.voters"] = strings.Join(voters, ",")
	o.secure(lines)
	maps.Copy(lines, o.Properties)

	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(&text, "%s=%s\n", name, lines[name])
	}
	return text.String()
}

// secure adds what the clients' listener asks of its clients.
func (o Options) secure(lines map[string]string) {
	prefix := "listener.name." + strings.ToLower(clientListener) + "."
	if o.TLS != nil {
		lines[prefix+"ssl.keystore.type"] = "PEM"
		lines[prefix+"ssl.keystore.location"] = o.TLS.KeyStore
		if o.TLS.TrustStore != "" {
			lines[prefix+"ssl.truststore.type"] = "PEM"
			lines[prefix+"ssl.truststore.location"] = o.TLS.TrustStore
			lines[prefix+"ssl.client.auth"] = "required"
		}
	}
	if o.Users != nil {
		const plain, scram = "org.apache.kafka.common.security.plain.PlainLoginModule", "org.apache.kafka.common.security.scram.ScramLoginModule"
		lines[prefix+"sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
		lines[prefix+"scram-sha-256.sasl.jaas.config"] = scram + " required;"
		lines[prefix+"scram-sha-512.sasl.jaas.config"] = scram + " required;"
		users := plain + " required"
		for _, name := range slices.Sorted(maps.Keys(o.Users)) {
			users += fmt.Sprintf(" user_%s=%q", name, o.Users[name])
		}
		lines[prefix+"plain.sasl.jaas.config"] = users + ";"
	}
	if o.ACLs {
		lines["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
		lines["super.users"] = "User:ANONYMOUS"
	}
}

// credentials are the arguments that make the users when the storage is formatted.
func (o Options) credentials() []string {
	var arguments []string
	for _, name := range slices.Sorted(maps.Keys(o.Users)) {
		for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
			arguments = append(arguments, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, name, o.Users[name]))
		}
	}
	return arguments
}

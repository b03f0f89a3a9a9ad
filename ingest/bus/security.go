package bus

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
)

// TLS says how a broker is known to be the right one, and how it knows this process.
// Only TLS 1.2 and later are spoken. There is no way to skip the check. The files are
// read anew for each connection, so that renewed ones need no restart.
type TLS struct {
	// CAFile has the roots of the brokers' certificates, PEM. Default empty: those
	// that the operating system trusts.
	CAFile string `yaml:"ca_file"`
	// CertificateFile has this process's own certificate, PEM, for brokers that ask
	// for one (ssl.client.auth). Default none.
	CertificateFile string `yaml:"certificate_file"`
	// KeyFile has the private key of that certificate, PEM. Default none.
	KeyFile string `yaml:"key_file"`
	// ServerName is the name in every broker's certificate. Default: the host each
	// broker advertises.
	ServerName string `yaml:"server_name"`
}

// The mechanisms of SASL.
const (
	Plain       = "plain"         // the password itself, so that it needs TLS
	ScramSHA256 = "scram-sha-256" // RFC 7677: a proof that the password is known
	ScramSHA512 = "scram-sha-512" // the same with the longer hash
)

// SASL is how this process shows a broker who it is.
type SASL struct {
	// Mechanism is scram-sha-512, scram-sha-256 or plain, which sends the password
	// itself and is refused without TLS, except on this machine. Default scram-sha-512.
	Mechanism string `yaml:"mechanism"`
	// Username is the user's name, as the brokers' access rules have it (User:NAME).
	Username string `yaml:"username"`
	// Password is the user's password.
	Password string `yaml:"password"`
}

// Name is the mechanism, the default where none is given.
func (s SASL) Name() string {
	if s.Mechanism == "" {
		return ScramSHA512
	}
	return s.Mechanism
}

// Client returns how to speak TLS to a broker at a host. The errors begin with the key
// of the file that is of no use.
func (t TLS) Client(host string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if t.ServerName != "" {
		config.ServerName = t.ServerName
	}
	if t.CAFile != "" {
		text, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w; give a file in PEM that this process may read", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("ca_file: %s has no certificate; give the roots of the brokers' certificates in PEM", t.CAFile)
		}
	}
	switch {
	case t.CertificateFile == "" && t.KeyFile == "":
		return config, nil
	case t.CertificateFile == "":
		return nil, errors.New("certificate_file: none is given beside key_file; give both or neither")
	case t.KeyFile == "":
		return nil, errors.New("key_file: none is given beside certificate_file; give both or neither")
	}
	pair, err := tls.LoadX509KeyPair(t.CertificateFile, t.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("certificate_file: use %s with the key %s: %w; give a certificate and the key it was made for, both in PEM, the key without a passphrase", t.CertificateFile, t.KeyFile, err)
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

func (c Config) validateSecurity() error {
	if _, ok := c.Socket(); ok && (c.TLS != nil || c.SASL != nil) {
		return fmt.Errorf("brokers: %q is a socket of this machine, which knows neither tls nor sasl; remove them", c.Brokers[0])
	}
	if c.TLS != nil {
		if _, err := c.TLS.Client(""); err != nil {
			return fmt.Errorf("tls.%w", err)
		}
	}
	if c.SASL == nil {
		return nil
	}
	switch c.SASL.Name() {
	case ScramSHA256, ScramSHA512:
	case Plain:
		for _, broker := range c.Brokers {
			if c.TLS == nil && !onLoopback(broker) {
				return fmt.Errorf("sasl.mechanism: plain would send the password in clear to %s; set tls, or use %s", broker, ScramSHA512)
			}
		}
	default:
		return fmt.Errorf("sasl.mechanism: %q is not known; use %s, %s or %s", c.SASL.Mechanism, ScramSHA512, ScramSHA256, Plain)
	}
	if c.SASL.Username == "" {
		return errors.New("sasl.username: none is given; name the user that the brokers know")
	}
	if c.SASL.Password == "" {
		return errors.New("sasl.password: none is given; give the password of sasl.username")
	}
	return nil
}

// onLoopback says whether a broker is on this machine.
func onLoopback(broker string) bool {
	host, _, err := net.SplitHostPort(broker)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

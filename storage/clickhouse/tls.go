package clickhouse

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
)

// TLS says how the server is known to be the right one, and how it knows this program.
// There is no way to skip the check.
type TLS struct {
	// CAFile has the roots of the server's certificate, PEM. Default empty: those that
	// the operating system trusts.
	CAFile string `yaml:"ca_file"`
	// CertificateFile has this program's own certificate, PEM, for a server that asks
	// for one. It is read anew for each connection, so that a renewed one needs no
	// restart. Default none.
	CertificateFile string `yaml:"certificate_file"`
	// KeyFile has the private key of that certificate, PEM. Default none.
	KeyFile string `yaml:"key_file"`
	// ServerName is the name in the server's certificate. Default: the host of address.
	ServerName string `yaml:"server_name"`

	// CA, Certificate and Key are the texts of such files, for who has them from
	// elsewhere than a configuration file. They go before the files.
	CA          []byte `yaml:"-"`
	Certificate []byte `yaml:"-"`
	Key         []byte `yaml:"-"`
}

// client returns how a client speaks TLS to an address; the errors begin with the key.
func (t TLS) client(address string) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("server_name: %q is no host:port to take it from: %w", address, err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if t.ServerName != "" {
		config.ServerName = t.ServerName
	}
	switch {
	case len(t.CA) > 0:
		if config.RootCAs, err = roots(t.CA, "the text"); err != nil {
			return nil, err
		}
	case t.CAFile != "":
		if config.RootCAs, err = readRoots(t.CAFile); err != nil {
			return nil, err
		}
	}
	switch {
	case len(t.Certificate) > 0 || len(t.Key) > 0:
		pair, err := tls.X509KeyPair(t.Certificate, t.Key)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w; certificate and key are PEM and belong together", err)
		}
		config.Certificates = []tls.Certificate{pair}
		return config, nil
	case t.CertificateFile == "" && t.KeyFile == "":
		return config, nil
	case t.CertificateFile == "":
		return nil, errors.New("certificate_file is empty, key_file is not: give both or none")
	case t.KeyFile == "":
		return nil, errors.New("key_file is empty, certificate_file is not: give both or none")
	}
	if _, err := t.certificate(nil); err != nil {
		return nil, err
	}
	config.GetClientCertificate = t.certificate
	return config, nil
}

func (t TLS) certificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(t.CertificateFile, t.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("certificate_file: read %s with the key %s: %w; both are PEM and belong together", t.CertificateFile, t.KeyFile, err)
	}
	return &pair, nil
}

func readRoots(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w; give a file with the roots of the server's certificate", err)
	}
	return roots(text, path)
}

// roots reads the roots of a certificate from a text that came from somewhere.
func roots(text []byte, from string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("ca_file: %s has no certificate; give the roots of the server's certificate in PEM", from)
	}
	return pool, nil
}

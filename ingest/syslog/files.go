package syslog

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"mimamori/ingest/inventory"
)

// fileError is what is wrong with a file of syslog.tls.
type fileError struct {
	key string // of the configuration, as in certificate_file
	err error
}

func (f fileError) Error() string { return f.err.Error() }

func (f fileError) Unwrap() error { return f.err }

// CheckFiles reads the files of a TLS listener as the receiver does at its start. Each
// problem is an inventory.Problem with a path below syslog.tls, as in $.key_file; the
// listener does not start with it. A warning, of the same kind, is of a certificate that
// senders refuse at the time given: it has expired, or does not hold yet.
func CheckFiles(files inventory.SyslogTLS, now time.Time) (problems, warnings []error) {
	named := func(err error) error {
		at := fileError{}
		errors.As(err, &at)
		return inventory.Problem{Path: "$." + at.key, Reason: err.Error()}
	}
	pair, err := readCertificate(files)
	switch {
	case err != nil:
		problems = append(problems, named(err))
	case now.After(pair.Leaf.NotAfter):
		warnings = append(warnings, named(fileError{"certificate_file", fmt.Errorf("the certificate %s has expired at %s, so that senders refuse it: renew it",
			files.CertificateFile, pair.Leaf.NotAfter.UTC().Format(time.RFC3339))}))
	case now.Before(pair.Leaf.NotBefore):
		warnings = append(warnings, named(fileError{"certificate_file", fmt.Errorf("the certificate %s holds from %s on, so that senders refuse it until then: see whether this machine's clock is right",
			files.CertificateFile, pair.Leaf.NotBefore.UTC().Format(time.RFC3339))}))
	}
	if _, err := readAuthorities(files); err != nil {
		problems = append(problems, named(err))
	}
	return problems, warnings
}

// readCertificate reads the certificate and its key.
func readCertificate(files inventory.SyslogTLS) (tls.Certificate, error) {
	certificate, err := readPEM("certificate_file", files.CertificateFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := readPEM("key_file", files.KeyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return tls.Certificate{}, fileError{"certificate_file", fmt.Errorf("use the certificate %s with the key %s: %w; give the key the certificate was made for, both in PEM, the key without a passphrase",
			files.CertificateFile, files.KeyFile, err)}
	}
	return pair, nil
}

// readAuthorities reads the roots that senders must have a certificate of; nil where
// they need none.
func readAuthorities(files inventory.SyslogTLS) (*x509.CertPool, error) {
	if files.ClientCAFile == "" {
		return nil, nil
	}
	text, err := readPEM("client_ca_file", files.ClientCAFile)
	if err != nil {
		return nil, err
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(text) {
		return nil, fileError{"client_ca_file", fmt.Errorf("read client_ca_file %s: it has no certificate; give the roots of the senders' certificates in PEM", files.ClientCAFile)}
	}
	return authorities, nil
}

func readPEM(key, name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fileError{key, fmt.Errorf("read %s of syslog.tls: %w; give a file in PEM that the program may read", key, err)}
	}
	return text, nil
}

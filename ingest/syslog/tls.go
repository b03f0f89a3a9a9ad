package syslog

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"mimamori/ingest/inventory"
)

// credentialsCheck is how often the files of certificates are looked at for new ones, at
// a handshake.
const credentialsCheck = time.Minute

// recordBytes is what a record of TLS takes at most.
const recordBytes = 16 << 10

// credentials are what the TLS listener shows and asks for (RFC 5425). Renewed files are
// taken up without a restart.
type credentials struct {
	files   inventory.SyslogTLS
	logger  *slog.Logger
	metrics *streamMetrics

	lock    sync.Mutex
	checked time.Time
	stamps  [3]fileStamp
	config  *tls.Config
}

// fileStamp tells a file from the one that replaced it.
type fileStamp struct {
	modified time.Time
	bytes    int64
}

// newCredentials reads the files. The error says what to do about one that is of no use.
func newCredentials(files inventory.SyslogTLS, logger *slog.Logger, metrics *streamMetrics) (*credentials, error) {
	c := &credentials{files: files, logger: logger, metrics: metrics, checked: time.Now()}
	c.stamps = c.stampFiles()
	if err := c.load(c.checked); err != nil {
		return nil, err
	}
	return c, nil
}

// handshake is a handshake of a stream listener.
func (c *credentials) handshake(ctx context.Context, connection net.Conn) (net.Conn, []string, error) {
	secured := tls.Server(&buffered{connection, bufio.NewReaderSize(connection, recordBytes)}, c.current(time.Now()))
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, nil, c.explain(err)
	}
	return secured, namesOf(secured.ConnectionState()), nil
}

// explain says what to do about a handshake that failed.
func (c *credentials) explain(err error) error {
	var record tls.RecordHeaderError
	var verification *tls.CertificateVerificationError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &record):
		return fmt.Errorf("the sender speaks no TLS: %w; have it use TLS, or send to the address of syslog.tcp", err)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Errorf("the sender's certificate does not hold: %w; renew it, or set the sender's or this machine's clock", err)
	case errors.As(err, &verification):
		return fmt.Errorf("the sender's certificate does not hold: %w; have one of client_ca_file %s sign it", err, c.files.ClientCAFile)
	case refusedBySender(err):
		return fmt.Errorf("the sender refused the TLS handshake: %w; give it the root of certificate_file %s, and have it use a name or an address of that certificate",
			err, c.files.CertificateFile)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the sender closed the connection before the TLS handshake was done: %w", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the sender did not go on with the TLS handshake for %s: %w", handshakeTime, err)
	}
	return fmt.Errorf("the TLS handshake failed: %w", err)
}

// refusedBySender says whether a handshake was ended by an alert of the sender. That of
// OpenSSL, which refuses a certificate of TLS 1.3, is not encrypted where it should be
// and reads as a record with a wrong authentication code.
func refusedBySender(err error) bool {
	var failed *net.OpError
	if !errors.As(err, &failed) {
		return false
	}
	return failed.Op == "remote error" || failed.Op == "local error" && failed.Err.Error() == "tls: bad record MAC"
}

// namesOf returns the names a sender has proven to have, the most telling first: the
// DNS names and addresses of its certificate, or where it has none its common name.
func namesOf(state tls.ConnectionState) []string {
	if len(state.VerifiedChains) == 0 {
		return nil
	}
	leaf := state.VerifiedChains[0][0]
	names := append([]string(nil), leaf.DNSNames...)
	for _, address := range leaf.IPAddresses {
		names = append(names, address.String())
	}
	if len(names) == 0 && leaf.Subject.CommonName != "" {
		names = append(names, leaf.Subject.CommonName)
	}
	return names
}

// current returns what a handshake is made with now.
func (c *credentials) current(now time.Time) *tls.Config {
	c.lock.Lock()
	defer c.lock.Unlock()
	if now.Sub(c.checked) < credentialsCheck {
		return c.config
	}
	c.checked = now
	stamps := c.stampFiles()
	if stamps == c.stamps {
		return c.config
	}
	c.stamps = stamps
	if err := c.load(now); err != nil {
		c.metrics.credentialErrors.Inc()
		c.logger.Error("the new files of certificates are of no use; the old ones stay in use", "error", err)
		return c.config
	}
	c.logger.Info("the certificate of the syslog listener was read anew", "file", c.files.CertificateFile)
	return c.config
}

// stampFiles looks at the files; one that cannot be looked at has no stamp.
func (c *credentials) stampFiles() (stamps [3]fileStamp) {
	for i, name := range []string{c.files.CertificateFile, c.files.KeyFile, c.files.ClientCAFile} {
		if name == "" {
			continue
		}
		if about, err := os.Stat(name); err == nil {
			stamps[i] = fileStamp{about.ModTime(), about.Size()}
		}
	}
	return stamps
}

func (c *credentials) load(now time.Time) error {
	pair, err := readCertificate(c.files)
	if err != nil {
		return err
	}
	config := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{pair},
		// Connections last; a ticket would only spare a sender to prove who it is.
		SessionTicketsDisabled: true,
	}
	if config.ClientCAs, err = readAuthorities(c.files); err != nil {
		return err
	}
	if config.ClientCAs != nil {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	c.config = config
	c.metrics.expires.Set(float64(pair.Leaf.NotAfter.Unix()))
	if now.After(pair.Leaf.NotAfter) {
		c.logger.Error("the certificate of the syslog listener has expired, so that senders refuse it; renew it",
			"file", c.files.CertificateFile, "expired", pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}

// buffered is a connection of which more is read at a time than was asked for.
type buffered struct {
	net.Conn
	reader *bufio.Reader
}

// Read reads what came.
func (b *buffered) Read(into []byte) (int, error) { return b.reader.Read(into) }

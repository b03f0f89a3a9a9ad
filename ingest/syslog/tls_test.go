package syslog

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// authority issues certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pool        *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{pool: x509.NewCertPool()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var encoded []byte
	encoded, a.key = sign(t, template, nil)
	var err error
	if a.certificate, err = x509.ParseCertificate(encoded); err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(a.certificate)
	return a
}

// sign signs a certificate for a new key, with the key itself where there is no
// authority.
func sign(t *testing.T, template *x509.Certificate, by *authority) ([]byte, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.certificate, by.key
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return encoded, key
}

// issue writes a certificate and its key to a folder.
func (a *authority) issue(t *testing.T, folder, common string, names []string, expires time.Time) inventory.SyslogTLS {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: common}, DNSNames: names,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   time.Now().Add(-time.Hour), NotAfter: expires,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if common != "server" {
		template.IPAddresses = nil
	}
	encoded, key := sign(t, template, a)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := inventory.SyslogTLS{
		Listen: "127.0.0.1:0", CertificateFile: filepath.Join(folder, common+".crt"), KeyFile: filepath.Join(folder, common+".key"),
	}
	writePEM(t, files.CertificateFile, "CERTIFICATE", encoded)
	writePEM(t, files.KeyFile, "PRIVATE KEY", private)
	return files
}

// root writes the authority's certificate to a folder.
func (a *authority) root(t *testing.T, folder string) string {
	t.Helper()
	name := filepath.Join(folder, "root.crt")
	writePEM(t, name, "CERTIFICATE", a.certificate.Raw)
	return name
}

func writePEM(t *testing.T, name, what string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: what, Bytes: content}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// client returns what a sender connects with.
func (a *authority) client(t *testing.T, files *inventory.SyslogTLS) *tls.Config {
	t.Helper()
	config := &tls.Config{RootCAs: a.pool, MinVersion: tls.VersionTLS12}
	if files != nil {
		pair, err := tls.LoadX509KeyPair(files.CertificateFile, files.KeyFile)
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

// secure opens a connection with TLS from an address. With TLS 1.3 a sender learns that
// its certificate was refused only when it reads.
func secure(t *testing.T, from, to string, config *tls.Config) (*tls.Conn, error) {
	t.Helper()
	dialer := tls.Dialer{NetDialer: &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}, Config: config}
	connection, err := dialer.DialContext(t.Context(), "tcp", to)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection.(*tls.Conn), nil
}

func TestTLSTellsTheSenderByItsCertificate(t *testing.T) {
	folder, ca := t.TempDir(), newAuthority(t)
	files := ca.issue(t, folder, "server", nil, time.Now().Add(time.Hour))
	files.ClientCAFile = ca.root(t, folder)
	s := runAt(t, DefaultConfig(), &inventory.Syslog{TLS: &files}, nil)
	router := ca.issue(t, folder, "any", []string{"router.example.net", "router"}, time.Now().Add(time.Hour))
	gone := ca.issue(t, folder, "gone", nil, time.Now().Add(time.Hour))
	const line = "<13>1 2026-10-11T22:14:15Z - app - - - good"
	for i, test := range []struct {
		from   string
		files  *inventory.SyslogTLS
		device sample.ID
	}{{"127.0.0.9", &router, 42}, {"127.0.0.9", &gone, 44}, {"127.0.0.2", &gone, 44}} {
		connection, err := secure(t, test.from, s.tls, ca.client(t, test.files))
		if err != nil {
			t.Fatal(err)
		}
		// Two messages in pieces that have nothing to do with them, a record each.
		text := "43 " + line + "43 " + line
		for _, piece := range []string{text[:20], text[20:47], text[47:]} {
			write(t, connection, piece)
		}
		rows := s.wait(t, 2*(i+1))
		for row := 2 * i; row < 2*i+2; row++ {
			if rows.Device[row] != test.device || rows.Source[row] != test.from || rows.Message[row] != "good" || rows.Complaint[row] != "" {
				t.Errorf("row %d: device %d from %s, want %d from %s: %q, %q", row, rows.Device[row], rows.Source[row], test.device, test.from, rows.Message[row], rows.Complaint[row])
			}
		}
	}
	if got := s.labelled(t, "mimamori_syslog_connections_total", "tls"); got != 3 {
		t.Errorf("%v connections counted", got)
	}
}

// halting is a connection over which a record comes in two parts, between which rows are
// due.
type halting struct{ net.Conn }

func (h halting) Write(record []byte) (int, error) {
	first, err := h.Conn.Write(record[:1])
	if err != nil {
		return first, err
	}
	<-time.After(batchLinger + batchLinger/4)
	rest, err := h.Conn.Write(record[1:])
	return first + rest, err
}

func TestTLSRecordsInPieces(t *testing.T) {
	folder, ca := t.TempDir(), newAuthority(t)
	files := ca.issue(t, folder, "server", nil, time.Now().Add(time.Hour))
	s := runAt(t, DefaultConfig(), &inventory.Syslog{TLS: &files}, nil)
	config := ca.client(t, nil)
	config.ServerName = "127.0.0.1"
	connection := tls.Client(halting{connect(t, "127.0.0.2", s.tls)}, config)
	for range 4 {
		write(t, connection, "8 <13>good")
	}
	if err := connection.Close(); err != nil {
		t.Fatal(err)
	}
	s.until(t, "mimamori_syslog_open_connections", "tls", 0)
	if rows := s.wait(t, 4); rows.Len() != 4 || rows.Message[3] != "good" || s.metric(t, "mimamori_syslog_connection_errors_total") != 0 {
		t.Errorf("%q", rows.Message)
	}
}

func TestTLSIsDrainedAtTheEnd(t *testing.T) {
	folder, ca := t.TempDir(), newAuthority(t)
	files := ca.issue(t, folder, "server", nil, time.Now().Add(time.Hour))
	s := runAt(t, withoutLimit(), &inventory.Syslog{TLS: &files}, nil)
	connection, err := secure(t, "127.0.0.2", s.tls, ca.client(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	const lines = 5000 // less than a busy machine takes in drainTime
	write(t, connection, "<13>first\n")
	s.wait(t, 1)
	write(t, connection, strings.Repeat("9 <13>again", lines))
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if s.rows.Len() != 1+lines || s.rows.Message[lines] != "again" || s.rows.Complaint[lines] != s.rows.Complaint[1] {
		t.Errorf("%d rows after the end, want %d", s.rows.Len(), 1+lines)
	}
}

func TestTLSRefusesWhoProvesNothing(t *testing.T) {
	folder, ca, other := t.TempDir(), newAuthority(t), newAuthority(t)
	files := ca.issue(t, folder, "server", nil, time.Now().Add(time.Hour))
	files.ClientCAFile = ca.root(t, folder)
	s := runAt(t, DefaultConfig(), &inventory.Syslog{TLS: &files}, nil)
	good := ca.issue(t, folder, "good", nil, time.Now().Add(time.Hour))
	foreign := other.issue(t, folder, "foreign", nil, time.Now().Add(time.Hour))
	expired := ca.issue(t, folder, "expired", nil, time.Now().Add(-time.Minute))
	old := ca.client(t, &good)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	for i, config := range []*tls.Config{ca.client(t, nil), ca.client(t, &foreign), ca.client(t, &expired), old} {
		if i == 1 { // the sender does not choose by what it was asked for
			pair := config.Certificates[0]
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
		if connection, err := secure(t, "127.0.0.2", s.tls, config); err == nil {
			closed(t, connection)
		}
		s.until(t, "mimamori_syslog_connection_errors_total", "handshake", float64(i+1))
	}
	// Garbage, and syslog without TLS.
	for i, garbage := range []string{"\x16\x03\x01\xff\xff" + strings.Repeat("\xff", 1000), "<13>Oct 11 22:14:15 web1 app: no TLS\n"} {
		connection := connect(t, "127.0.0.3", s.tls)
		write(t, connection, garbage)
		connection.CloseWrite()
		s.until(t, "mimamori_syslog_connection_errors_total", "handshake", float64(i+5))
	}
	connection, err := secure(t, "127.0.0.2", s.tls, ca.client(t, &good))
	if err != nil {
		t.Fatal(err)
	}
	write(t, connection, "<13>good\n")
	if rows := s.wait(t, 1); rows.Len() != 1 || rows.Message[0] != "good" {
		t.Errorf("%q", rows.Message)
	}
}

// TestFailedHandshakesSayWhatToDo holds that what is logged of a handshake tells the cases
// apart that an operator meets.
func TestFailedHandshakesSayWhatToDo(t *testing.T) {
	folder, ca, other := t.TempDir(), newAuthority(t), newAuthority(t)
	files := ca.issue(t, folder, "server", nil, time.Now().Add(time.Hour))
	files.ClientCAFile = ca.root(t, folder)
	secret, err := newCredentials(files, slog.New(slog.DiscardHandler), newTestMetrics(t).streams)
	if err != nil {
		t.Fatal(err)
	}
	foreign := other.issue(t, folder, "foreign", nil, time.Now().Add(time.Hour))
	expired := ca.issue(t, folder, "expired", nil, time.Now().Add(-time.Minute))
	shown := func(config *tls.Config) func(net.Conn) {
		config.ServerName = "127.0.0.1"
		if len(config.Certificates) > 0 { // the sender does not choose by what it was asked for
			pair := config.Certificates[0]
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
		return func(connection net.Conn) {
			secured := tls.Client(connection, config)
			_, _ = secured.Read(make([]byte, 1)) // with TLS 1.3 the answer comes after the handshake
		}
	}
	old := ca.client(t, nil)
	old.RootCAs, old.MaxVersion = other.pool, tls.VersionTLS12
	for want, sender := range map[string]func(net.Conn){
		"client_ca_file " + files.ClientCAFile + " sign it": shown(ca.client(t, &foreign)),
		"renew it":                     shown(ca.client(t, &expired)),
		"didn't provide a certificate": shown(ca.client(t, nil)),
		"the root of certificate_file": shown(other.client(t, nil)),
		"the root of certificate_file " + files.CertificateFile: shown(old),
		"speaks no TLS":         func(c net.Conn) { write(t, c, "<13>Oct 11 22:14:15 web1 app: no TLS\n") },
		"closed the connection": func(net.Conn) {},
	} {
		listener, err := listenStream(t.Context(), "127.0.0.1:0", "")
		if err != nil {
			t.Fatal(err)
		}
		connection := connect(t, "127.0.0.2", listener.Addr().String())
		taken, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			sender(connection)
			_ = connection.CloseWrite()
		}()
		if _, _, err := secret.handshake(t.Context(), taken); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		taken.Close()
		<-gone
		listener.Close()
	}
}

// TestTLSHandshakesAreBounded holds that those who connect and say nothing keep nobody
// out but others at their address, and that not for long.
func TestTLSHandshakesAreBounded(t *testing.T) {
	folder, ca := t.TempDir(), newAuthority(t)
	files := ca.issue(t, folder, "server", nil, time.Now().Add(time.Hour))
	s := runAt(t, DefaultConfig(), &inventory.Syslog{TLS: &files}, nil)
	const silent = handshakesMax / 4
	var quiet []net.Conn
	for range silent {
		quiet = append(quiet, connect(t, "127.0.0.3", s.tls))
	}
	closed(t, connect(t, "127.0.0.3", s.tls))
	s.until(t, "mimamori_syslog_connections_refused_total", "handshakes", 1)
	connection, err := secure(t, "127.0.0.2", s.tls, ca.client(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	write(t, connection, "<13>good\n")
	s.wait(t, 1)
	if s.labelled(t, "mimamori_syslog_connections_total", "tls") != 1 {
		t.Error("those who said nothing count as connections")
	}
	// The place of one that goes is free again.
	quiet[0].Close()
	s.until(t, "mimamori_syslog_connection_errors_total", "handshake", 1)
	if connection, err = secure(t, "127.0.0.3", s.tls, ca.client(t, nil)); err != nil {
		t.Fatal(err)
	}
	write(t, connection, "<13>good\n")
	s.wait(t, 2)
	// The end does not wait for them.
	began := time.Now()
	if err := s.stop(); err != nil || time.Since(began) > handshakeTime/2 {
		t.Errorf("%v after %s", err, time.Since(began))
	}
	if got := s.labelled(t, "mimamori_syslog_connection_errors_total", "handshake"); got != 1 {
		t.Errorf("%v failed handshakes, want 1: the end makes none", got)
	}
}

func TestTLSHandshakeHasItsTime(t *testing.T) {
	folder, ca := t.TempDir(), newAuthority(t)
	files := ca.issue(t, folder, "server", nil, time.Now().Add(time.Hour))
	synctest.Test(t, func(t *testing.T) {
		secret, err := newCredentials(files, slog.New(slog.DiscardHandler), newTestMetrics(t).streams)
		if err != nil {
			t.Fatal(err)
		}
		sender, connection := net.Pipe()
		defer sender.Close()
		began := time.Now()
		if _, _, err := shake(t.Context(), connection, secret.handshake); err == nil || time.Since(began) != handshakeTime {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func newTestMetrics(t *testing.T) *metrics {
	t.Helper()
	metrics, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return metrics
}

func TestRenewedCertificatesAreTakenUp(t *testing.T) {
	folder, ca := t.TempDir(), newAuthority(t)
	files := ca.issue(t, folder, "server", nil, time.Now().Add(time.Hour))
	var log bytes.Buffer
	metrics := newTestMetrics(t)
	secret, err := newCredentials(files, slog.New(slog.NewTextHandler(&log, nil)), metrics.streams)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	first := secret.current(at)
	ca.issue(t, folder, "server", nil, time.Now().Add(2*time.Hour))
	if secret.current(at.Add(credentialsCheck/2)) != first {
		t.Error("the files are looked at more often than once a minute")
	}
	at = at.Add(2 * credentialsCheck)
	second := secret.current(at)
	if second == first || !second.Certificates[0].Leaf.NotAfter.After(first.Certificates[0].Leaf.NotAfter) {
		t.Error("the new certificate is not in use")
	}
	// While the key has not come yet the old pair stays in use.
	if err := os.WriteFile(files.KeyFile, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	at = at.Add(2 * credentialsCheck)
	if secret.current(at) != second || !strings.Contains(log.String(), "the old ones stay in use") {
		t.Errorf("a key of no use was taken, or nothing was said: %s", log.String())
	}
	ca.issue(t, folder, "server", nil, time.Now().Add(-time.Minute))
	if secret.current(at.Add(2*credentialsCheck)) == second || !strings.Contains(log.String(), "has expired") {
		t.Errorf("a certificate that has expired is not told: %s", log.String())
	}
}

func TestCertificatesOfNoUseSayWhatToDo(t *testing.T) {
	folder, ca := t.TempDir(), newAuthority(t)
	good := ca.issue(t, folder, "server", nil, time.Now().Add(time.Hour))
	other := ca.issue(t, folder, "other", nil, time.Now().Add(time.Hour))
	for want, change := range map[string]func(*inventory.SyslogTLS){
		"read certificate_file of syslog.tls: open " + folder + "/none: no such file or directory; give": func(f *inventory.SyslogTLS) { f.CertificateFile = folder + "/none" },
		"read key_file of syslog.tls: open " + folder + "/none: no such file or directory; give":         func(f *inventory.SyslogTLS) { f.KeyFile = folder + "/none" },
		"give the key the certificate was made for":                                                      func(f *inventory.SyslogTLS) { f.KeyFile = other.KeyFile },
		"it has no certificate; give the roots":                                                          func(f *inventory.SyslogTLS) { f.ClientCAFile = good.KeyFile },
	} {
		files := good
		change(&files)
		station := inventory.Station{Appliance: inventory.Appliance{Name: "a", Syslog: &inventory.Syslog{TLS: &files}}}
		receiver, err := New(DefaultConfig(), station, nil, nil, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := receiver.Run(ctx); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `syslog of appliance "a"`) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

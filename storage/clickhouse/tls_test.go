package clickhouse

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

func newAuthority(t *testing.T, name string) authority {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-48 * time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// sign returns a certificate for a name and 127.0.0.1 and its key, both PEM.
func (a authority) sign(t *testing.T, name string, address net.IP, until time.Time) (certificate, key []byte) {
	t.Helper()
	pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{address},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &pair.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(pair)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
}

func file(t *testing.T, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// terminate takes TLS connections and passes them on in the clear to a server.
func terminate(t *testing.T, config *tls.Config, server string) (address string) {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				if client.(*tls.Conn).HandshakeContext(context.Background()) != nil {
					return
				}
				behind, err := net.Dial("tcp", server)
				if err != nil {
					return
				}
				defer behind.Close()
				go func() {
					_, _ = io.Copy(behind, client)
					_ = behind.(*net.TCPConn).CloseWrite()
				}()
				_, _ = io.Copy(client, behind)
			}()
		}
	}()
	return listener.Addr().String()
}

// The engine speaks no TLS itself: a listener before it does.
func testTLS(t *testing.T, config Config) {
	if config.Protocol != ProtocolHTTP {
		t.Skip("a server terminates TLS itself")
	}
	ours, others := newAuthority(t, "ours"), newAuthority(t, "others")
	loopback := net.IPv4(127, 0, 0, 1)
	good, goodKey := ours.sign(t, "store.example", loopback, time.Now().Add(time.Hour))
	expired, expiredKey := ours.sign(t, "store.example", loopback, time.Now().Add(-time.Hour))
	elsewhere, elsewhereKey := ours.sign(t, "elsewhere.example", net.IPv4(192, 0, 2, 1), time.Now().Add(time.Hour))
	mine, mineKey := ours.sign(t, "mimamori", loopback, time.Now().Add(time.Hour))
	strange, strangeKey := others.sign(t, "mimamori", loopback, time.Now().Add(time.Hour))
	ca, wrongCA := file(t, "ca.pem", ours.pem), file(t, "ca.pem", others.pem)
	clients := x509.NewCertPool()
	clients.AddCert(ours.certificate)

	for name, trial := range map[string]struct {
		certificate, key []byte
		asks             bool // the server wants a certificate
		client           TLS
		want             string // of the error; empty: it works
	}{
		"right":              {good, goodKey, false, TLS{CAFile: ca}, ""},
		"by its name":        {good, goodKey, false, TLS{CAFile: ca, ServerName: "store.example"}, ""},
		"wrong authority":    {good, goodKey, false, TLS{CAFile: wrongCA}, "unknown authority"},
		"the system's":       {good, goodKey, false, TLS{}, "unknown authority"},
		"expired":            {expired, expiredKey, false, TLS{CAFile: ca}, "has expired"},
		"wrong address":      {elsewhere, elsewhereKey, false, TLS{CAFile: ca}, "not 127.0.0.1"},
		"wrong name":         {good, goodKey, false, TLS{CAFile: ca, ServerName: "other.example"}, "not other.example"},
		"with a certificate": {good, goodKey, true, TLS{CAFile: ca, CertificateFile: file(t, "c.pem", mine), KeyFile: file(t, "k.pem", mineKey)}, ""},
		"without one":        {good, goodKey, true, TLS{CAFile: ca}, "certificate required"},
		"with another's":     {good, goodKey, true, TLS{CAFile: ca, CertificateFile: file(t, "c.pem", strange), KeyFile: file(t, "k.pem", strangeKey)}, "certificate"},
		"in the clear":       {nil, nil, false, TLS{CAFile: ca}, "HTTP response to HTTPS client"},
	} {
		t.Run(name, func(t *testing.T) {
			config := config
			config.DialTimeout = 5 * time.Second
			if trial.certificate != nil {
				pair, err := tls.X509KeyPair(trial.certificate, trial.key)
				if err != nil {
					t.Fatal(err)
				}
				server := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
				if trial.asks {
					server.ClientAuth, server.ClientCAs = tls.RequireAndVerifyClientCert, clients
				}
				config.Address = terminate(t, server, config.Address)
			}
			config.TLS = &trial.client
			store := openOnly(t, config)
			if trial.want == "" {
				if err := store.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
				write(t, store, 0, 0, table(filled(t, sample.KindPings, 3, 1), at(0), 0, acme))
				return
			}
			_, err := store.RawRows(t.Context())
			failure := (*storage.Failure)(nil)
			if !errors.As(err, &failure) || failure.Reason != storage.FailureCertificate || !strings.Contains(err.Error(), trial.want) || !strings.Contains(err.Error(), "storage.clickhouse.tls") {
				t.Errorf("%v\nwant a failure of certificates that says %q", err, trial.want)
			}
		})
	}
	if n := openOnly(t, config).count(t, "raw_pings FINAL"); n != 3 {
		t.Errorf("%d rows came through, want 3", n)
	}
}

func TestTLSFiles(t *testing.T) {
	ours := newAuthority(t, "ours")
	certificate, key := ours.sign(t, "mimamori", net.IPv4(127, 0, 0, 1), time.Now().Add(time.Hour))
	_, other := ours.sign(t, "mimamori", net.IPv4(127, 0, 0, 1), time.Now().Add(time.Hour))
	c, k := file(t, "c.pem", certificate), file(t, "k.pem", key)
	for name, trial := range map[string]struct {
		tls  TLS
		want string
	}{
		"no file":         {TLS{CAFile: "/nowhere/ca.pem"}, "tls: ca_file: open /nowhere/ca.pem"},
		"no certificate":  {TLS{CAFile: k}, "has no certificate"},
		"no key":          {TLS{CertificateFile: c}, "tls: key_file is empty"},
		"a key alone":     {TLS{KeyFile: k}, "tls: certificate_file is empty"},
		"another's key":   {TLS{CertificateFile: c, KeyFile: file(t, "k.pem", other)}, "belong together"},
		"all is as it is": {TLS{CertificateFile: c, KeyFile: k}, ""},
	} {
		config := DefaultConfig()
		config.TLS = &trial.tls
		err := config.Validate()
		if trial.want == "" && err != nil || trial.want != "" && (err == nil || !strings.Contains(err.Error(), trial.want)) {
			t.Errorf("%s: %v, want %q", name, err, trial.want)
		}
	}
}

package apachetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority signs certificates for a test.
type Authority struct {
	// File has the authority's own certificate, PEM.
	File string

	folder      string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Identity is a certificate and its key, in PEM files.
type Identity struct {
	CertificateFile, KeyFile string
	// Both has the key and the certificate, as Apache Kafka takes them.
	Both string
}

// NewAuthority makes an authority whose files are in a folder.
func NewAuthority(tb testing.TB, folder, name string) *Authority {
	tb.Helper()
	a := &Authority{folder: folder, File: filepath.Join(folder, name+".crt")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var encoded []byte
	encoded, a.key = a.sign(tb, template)
	certificate, err := x509.ParseCertificate(encoded)
	if err != nil {
		tb.Fatal(err)
	}
	a.certificate = certificate
	write(tb, a.File, "CERTIFICATE", encoded)
	return a
}

// sign signs a certificate for a new key, with that key where the authority has none.
func (a *Authority) sign(tb testing.TB, template *x509.Certificate) ([]byte, *ecdsa.PrivateKey) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		tb.Fatal(err)
	}
	return encoded, key
}

// Issue writes a certificate for a name, which holds for the name as a host and for
// 127.0.0.1, until a time.
func (a *Authority) Issue(tb testing.TB, name string, until time.Time) Identity {
	tb.Helper()
	encoded, key := a.sign(tb, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   time.Now().Add(-24 * time.Hour), NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(a.folder, name)
	identity := Identity{CertificateFile: path + ".crt", KeyFile: path + ".key", Both: path + ".pem"}
	write(tb, identity.CertificateFile, "CERTIFICATE", encoded)
	write(tb, identity.KeyFile, "PRIVATE KEY", private)
	both := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: encoded})...)
	if err := os.WriteFile(identity.Both, both, 0o600); err != nil {
		tb.Fatal(err)
	}
	return identity
}

func write(tb testing.TB, name, what string, content []byte) {
	tb.Helper()
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: what, Bytes: content}), 0o600); err != nil {
		tb.Fatal(err)
	}
}

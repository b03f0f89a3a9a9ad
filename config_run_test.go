package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/inventory"
)

// certify writes a certificate and its key to a folder.
func certify(t *testing.T, folder, name string, expires time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: expires.Add(-time.Hour), NotAfter: expires}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(folder, name+".crt"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})))
	writeFile(t, filepath.Join(folder, name+".key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

const oneTLS = `ingest:
  inventory:
    customers:
      - name: A
        sites:
          - name: S
            appliance:
              name: s-1
              syslog:
                tls:
                  listen: 127.0.0.1:6514
                  certificate_file: CERTIFICATE
                  key_file: KEY
                  client_ca_file: ROOTS
`

// TestFilesOfNoUseAreFoundBeforeTheStart holds what check, all and poll say of the files
// of a TLS listener, whose paths count from the configuration file.
func TestFilesOfNoUseAreFoundBeforeTheStart(t *testing.T) {
	folder := t.TempDir()
	certify(t, folder, "good", time.Now().Add(time.Hour))
	certify(t, folder, "other", time.Now().Add(time.Hour))
	writeFile(t, filepath.Join(folder, "empty.crt"), "nothing\n")
	path := filepath.Join(folder, "mimamori.yaml")
	cases := []struct{ name, certificate, key, roots, line, says string }{
		{"no certificate", "away.crt", "good.key", "good.crt", ":12: ", "away.crt: no such file"},
		{"no key", "good.crt", "away.key", "good.crt", ":13: ", "away.key: no such file"},
		{"the key of another", "good.crt", "other.key", "good.crt", ":12: ", "give the key the certificate was made for"},
		{"no roots", "good.crt", "good.key", "away.crt", ":14: ", "away.crt: no such file"},
		{"roots without a certificate", "good.crt", "good.key", "empty.crt", ":14: ", "it has no certificate"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			writeFile(t, path, strings.NewReplacer("CERTIFICATE", c.certificate, "KEY", c.key, "ROOTS", c.roots).Replace(oneTLS))
			for _, command := range []string{"check", "all", "poll"} {
				_, problems, code := call(t, command, "--config", path)
				if code != exitUsage || !strings.HasPrefix(problems, path+c.line) || !strings.Contains(problems, c.says) || strings.Count(problems, "\n") != 1 {
					t.Errorf("%s: exit %d, it says %q, want line %q and %q alone", command, code, problems, c.line, c.says)
				}
			}
			if _, err := loadConfig(path); err != nil {
				t.Errorf("who only asks for figures needs no certificate: %v", err)
			}
		})
	}
}

func TestAnExpiredCertificateIsAWarning(t *testing.T) {
	folder := t.TempDir()
	certify(t, folder, "old", time.Now().Add(-time.Minute))
	certify(t, folder, "coming", time.Now().Add(2*time.Hour))
	path := filepath.Join(folder, "mimamori.yaml")
	for name, says := range map[string]string{"old": ":12: warning: the certificate ", "coming": "see whether this machine's clock is right"} {
		writeFile(t, path, strings.NewReplacer("CERTIFICATE", name+".crt", "KEY", name+".key", "ROOTS", name+".crt").Replace(oneTLS))
		output, problems, code := call(t, "check", "--config", path)
		if code != exitDone || !strings.HasPrefix(output, path+":12: warning: ") || !strings.Contains(output, says) || !strings.Contains(output, "is right") {
			t.Errorf("%s: exit %d: %q %q", name, code, output, problems)
		}
	}
}

// TestListenersInEachOthersWay finds what the system would refuse after the start, and
// nothing that it takes.
func TestListenersInEachOthersWay(t *testing.T) {
	site := func(customer, appliance string) string {
		return "      - name: " + customer + "\n        sites: [{name: Osaka, appliance: {name: x, " + appliance + "}}]\n"
	}
	const before = "ingest:\n  inventory:\n    customers:\n"
	cases := []struct {
		name, text string
		says       string // empty: nothing is wrong
	}{
		{"the same", before + site("A", "syslog: 0.0.0.0:514") + site("B", "syslog: 0.0.0.0:514"),
			`:7: syslog of appliance "x" (B / Osaka) cannot listen on 0.0.0.0:514 (UDP): syslog of appliance "x" (A / Osaka) listens on 0.0.0.0:514; give each`},
		{"one of every address", before + site("A", "syslog: 192.0.2.1:514") + site("B", "syslog: 0.0.0.0:514"), ":7: "},
		{"every address of IPv6", before + site("A", "syslog: '[::]:514'") + site("B", "syslog: 192.0.2.1:514"), ":7: "},
		{"the defaults", before + site("A", "notifications: {}") + site("B", "notifications: {}"), "0.0.0.0:162 (UDP)"},
		{"syslog and notifications", before + site("A", "notifications: {}, syslog: 127.0.0.1:162"), "notifications of appliance"},
		{"TCP and TLS", before + site("A", "syslog: {tcp: '0.0.0.0:6514', tls: {certificate_file: good.crt, key_file: good.key}}"), "syslog over TLS of appliance"},
		{"the reflector", before + site("A", "syslog: 127.0.0.1:862") + "  voice: {reflector: {listen: ':862'}}\n", ":5: syslog of appliance"},
		{"http", "http: {listen: 'localhost:9464'}\n" + before + site("A", "syslog: {tcp: '0.0.0.0:9464'}"), ":6: syslog over TCP"},
		{"other addresses", before + site("A", "syslog: 192.0.2.1:514") + site("B", "syslog: 192.0.2.2:514"), ""},
		{"other ports", before + site("A", "syslog: 0.0.0.0:514") + site("B", "syslog: 0.0.0.0:515"), ""},
		{"UDP and TCP", before + site("A", "syslog: {udp: '0.0.0.0:514', tcp: '0.0.0.0:514'}"), ""},
		{"any free port", before + site("A", "syslog: 127.0.0.1:0") + site("B", "syslog: 127.0.0.1:0"), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			certify(t, folder, "good", time.Now().Add(time.Hour))
			_, _, err := loadToRun(writeFile(t, filepath.Join(folder, "mimamori.yaml"), c.text), nil)
			switch {
			case c.says == "" && err != nil:
				t.Errorf("got %v, want nothing", err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

// TestAnUplinkBesideTheCentre holds that appliances with an uplink of their own start
// where the centre has a client too, and where it has none.
func TestAnUplinkBesideTheCentre(t *testing.T) {
	for _, beside := range []bool{true, false} {
		a := newApplication(defaultConfig(), slog.New(slog.DiscardHandler))
		if beside {
			centre, err := kafka.Open(bus.DefaultConfig(), a.logger, a.registry)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = centre.Close() }()
			a.client = centre
		}
		for _, name := range []string{"one", "two", "two"} {
			client, err := a.uplink(inventory.Station{Appliance: inventory.Appliance{Name: name, Uplink: "192.0.2.1:9092"}})
			if err != nil {
				t.Fatalf("beside the centre %t: %v", beside, err)
			}
			_ = client.Close()
		}
	}
}

// TestProblemsComeInTheOrderOfLines holds that whoever corrects a file goes through it
// once, and that all lines begin alike.
func TestProblemsComeInTheOrderOfLines(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"),
		"processors:\n  batch_rows: 0\ningest:\n  icmp:\n    packets: 99\n  inventory:\n    customers:\n      - name: A\n        sites: [{name: S}]\nhttp: {listen: x}\n")
	_, problems, code := call(t, "check", "--config", path)
	lines := strings.Split(strings.TrimSpace(problems), "\n")
	if code != exitUsage || len(lines) != 4 {
		t.Fatalf("exit %d: %s", code, problems)
	}
	for i, at := range []string{":2: ", ":5: ", ":9: ", ":10: "} {
		if !strings.HasPrefix(lines[i], path+at) {
			t.Errorf("line %d is %q, want it to begin with %s%s", i+1, lines[i], path, at)
		}
	}
}

package syslog

import (
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/inventory"
)

// TestLoggerOverTCP: the logger of Debian's bsdutils sends lines and counted messages.
func TestLoggerOverTCP(t *testing.T) {
	logger := needTool(t, "logger", "bsdutils")
	s := runAt(t, DefaultConfig(), overTCP(), nil)
	host, port, err := net.SplitHostPort(s.tcp)
	if err != nil {
		t.Fatal(err)
	}
	for i, how := range [][]string{{"--rfc5424"}, {"--rfc3164"}, {"--rfc5424", "--octet-count"}, {"--rfc3164", "--octet-count"}} {
		arguments := append([]string{"--tcp", "--server", host, "--port", port, "--priority", "local3.err", "--tag", "backup"}, how...)
		if output, err := exec.CommandContext(t.Context(), logger, append(arguments, "it failed")...).CombinedOutput(); err != nil {
			t.Fatalf("logger: %v: %s", err, output)
		}
		rows := s.wait(t, i+1)
		if rows.Message[i] != "it failed" || rows.AppName[i] != "backup" || rows.Facility[i] != 19 || rows.Severity[i] != 3 || rows.Device[i] != 43 || rows.Complaint[i] != "" {
			t.Errorf("%v: %q of %q, facility %d, severity %d, device %d: %q", how, rows.Message[i], rows.AppName[i], rows.Facility[i], rows.Severity[i], rows.Device[i], rows.Complaint[i])
		}
	}
	s.until(t, "mimamori_syslog_open_connections", "tcp", 0)
	if got := s.metric(t, "mimamori_syslog_connection_errors_total"); got != 0 {
		t.Errorf("%v errors counted", got)
	}
}

// TestOpenSSLWithACertificate: another implementation of TLS than ours proves who it is.
func TestOpenSSLWithACertificate(t *testing.T) {
	openssl := needTool(t, "openssl", "openssl")
	folder, ca := t.TempDir(), newAuthority(t)
	files := ca.issue(t, folder, "server", nil, time.Now().Add(time.Hour))
	files.ClientCAFile = ca.root(t, folder)
	s := runAt(t, DefaultConfig(), &inventory.Syslog{TLS: &files}, nil)
	router := ca.issue(t, folder, "any", []string{"router"}, time.Now().Add(time.Hour))
	for i, version := range []string{"-tls1_2", "-tls1_3"} {
		command := exec.CommandContext(t.Context(), openssl, "s_client", "-connect", s.tls, version, "-quiet", "-no_ign_eof",
			"-CAfile", files.ClientCAFile, "-verify_return_error", "-cert", router.CertificateFile, "-key", router.KeyFile)
		command.Stdin = strings.NewReader("8 <11>good8 <11>last")
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v: %s", version, err, output)
		}
		rows := s.wait(t, 2*i+2)
		for row, want := range []string{"good", "last"} {
			if row += 2 * i; rows.Message[row] != want || rows.Device[row] != 42 || rows.Source[row] != "127.0.0.1" {
				t.Errorf("%s: %q of device %d from %s", version, rows.Message[row], rows.Device[row], rows.Source[row])
			}
		}
	}
	s.until(t, "mimamori_syslog_open_connections", "tls", 0)
	if got := s.metric(t, "mimamori_syslog_connection_errors_total"); got != 0 {
		t.Errorf("%v errors counted", got)
	}
}

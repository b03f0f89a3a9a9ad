package notify

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mimamori/processors/alert/alerttest"
)

// startMail starts Debian's aiosmtpd on a loopback port, which asks for TLS with this
// certificate and puts what it takes into a Maildir.
func startMail(t *testing.T, certificate, key, maildir string) (address string) {
	t.Helper()
	program := needTool(t, "aiosmtpd", "python3-aiosmtpd")
	reserved, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = reserved.Addr().String()
	reserved.Close()
	command := exec.Command(program, "--nosetuid", "--listen", address, "--tlscert", certificate, "--tlskey", key,
		"--class", "aiosmtpd.handlers.Mailbox", maildir)
	command.Stderr = t.Output()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	alerttest.Until(t, "the mail server listens", func() bool {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		connection.Close()
		return true
	})
	return address
}

// mails are those in a Maildir, read as a ticket system reads them.
func mails(t *testing.T, maildir string) (headers []mail.Header, bodies []map[string]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(maildir, "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		got, err := mail.ReadMessage(content)
		if err != nil {
			t.Fatal(err)
		}
		kind, parameters, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
		if err != nil || kind != "multipart/alternative" {
			t.Fatalf("the mail is %q: %v", kind, err)
		}
		parts := map[string]string{}
		for reader := multipart.NewReader(got.Body, parameters["boundary"]); ; {
			part, err := reader.NextRawPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(quotedprintable.NewReader(part))
			if err != nil {
				t.Fatal(err)
			}
			kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
			parts[kind] = string(text)
		}
		headers, bodies = append(headers, got.Header), append(bodies, parts)
	}
	return headers, bodies
}

// TestMail sends over TLS to a real mail server, and reads the mails back.
func TestMail(t *testing.T) {
	certificate, key := alerttest.Certificate(t)
	maildir := filepath.Join(t.TempDir(), "mail")
	address := startMail(t, certificate, key, maildir)
	n := prepare(t, write(t, `
global:
  smtp_smarthost: %URL%
  smtp_from: mimamori <noc@partner.example>
  smtp_tls_config: {ca_file: `+certificate+`}
route: {receiver: desk, group_by: [entity], group_wait: 0s, group_interval: 1s}
receivers:
  - name: desk
    email_configs:
      - to: desk@partner.example, second@partner.example
        send_resolved: true
        headers:
          Subject: '{{ .Status }}: {{ .CommonAnnotations.summary }}'
          X-Mimamori-Entity: '{{ .GroupLabels.entity }}'
        text: '{{ range .Alerts }}{{ .Annotations.summary }} {{ .Fingerprint }}{{ end }}'
        html: '<p>{{ .CommonAnnotations.summary }}</p>'
`, address), nil)
	one := down("edge-1")
	one.Annotations["summary"] = "東京のルーターが応答しません <1>"
	n.put(t, one)
	n.start(t)
	alerttest.Until(t, "a mail comes", func() bool { headers, _ := mails(t, maildir); return len(headers) == 1 })
	headers, bodies := mails(t, maildir)
	subject, err := new(mime.WordDecoder).DecodeHeader(headers[0].Get("Subject"))
	if err != nil || subject != "firing: "+one.Annotations["summary"] {
		t.Errorf("the subject is %q: %v", subject, err)
	}
	from, err := headers[0].AddressList("From")
	if err != nil || from[0].Address != "noc@partner.example" {
		t.Errorf("it is from %v: %v", from, err)
	}
	to, err := headers[0].AddressList("To")
	if err != nil || len(to) != 2 || to[1].Address != "second@partner.example" {
		t.Errorf("it is to %v: %v", to, err)
	}
	if headers[0].Get("X-Mimamori-Entity") != "edge-1" || headers[0].Get("Message-Id") == "" {
		t.Errorf("its headers are %v", headers[0])
	}
	if text := bodies[0]["text/plain"]; !strings.HasPrefix(text, one.Annotations["summary"]+" ") {
		t.Errorf("its text is %q", text)
	}
	if text := bodies[0]["text/html"]; strings.TrimSpace(text) != "<p>東京のルーターが応答しません &lt;1&gt;</p>" {
		t.Errorf("its page is %q", text)
	}
	one.EndsAt = time.Now().Add(-time.Second)
	n.put(t, one)
	alerttest.Until(t, "the end comes by mail", func() bool {
		headers, _ := mails(t, maildir)
		for _, header := range headers {
			subject, _ := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
			if strings.HasPrefix(subject, "resolved: ") {
				return true
			}
		}
		return false
	})
}

// TestMailServerWithoutTLS is not given a mail that would be readable on the way.
func TestMailServerWithoutTLS(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(connection, "220 mail\r\n")
			_, _ = connection.Read(make([]byte, 100))
			_, _ = io.WriteString(connection, "250 mail\r\n")
			_, _ = connection.Read(make([]byte, 100))
			connection.Close()
		}
	}()
	n := prepare(t, write(t, `
route: {receiver: desk}
receivers:
  - name: desk
    email_configs: [{to: desk@partner.example, from: noc@partner.example, smarthost: '%URL%'}]
`, listener.Addr().String()), nil)
	if answer, err := n.Send(t.Context(), "desk", down("edge-1")); err == nil || !strings.Contains(answer, "STARTTLS") {
		t.Errorf("it answered %q, %v", answer, err)
	}
}

// TestMailServerThatHangs takes the connection and says nothing: Alertmanager's mail
// does not heed its time, and others are told all the same.
func TestMailServerThatHangs(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	n := prepare(t, write(t, `
route: {receiver: desk, group_wait: 0s}
receivers:
  - name: desk
    email_configs: [{to: desk@partner.example, from: noc@partner.example, smarthost: '%URL%'}]
`, listener.Addr().String()), func(c *Config) { c.AttemptTimeout = time.Second })
	other := &own{}
	if err := n.Add("desk", "own", true, other); err != nil {
		t.Fatal(err)
	}
	n.put(t, down("edge-1"))
	n.start(t)
	alerttest.Until(t, "the other is told", func() bool { return len(other.told()) == 1 })
	alerttest.Until(t, "the mail server fails", func() bool { return len(n.Failing()) == 1 })
	if failing := n.Failing(); failing[0].Integration != "email[0]" || failing[0].LastError != "no answer in time" {
		t.Errorf("failing: %+v", failing)
	}
}

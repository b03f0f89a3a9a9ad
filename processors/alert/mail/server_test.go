package mail

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mimamori/processors/alert/alerttest"
)

// server is Debian's aiosmtpd, which puts what it takes into a Maildir.
type server struct {
	address, maildir, certificate string
}

// startServer starts it with this security; user and password where there is a user.
func startServer(t *testing.T, security, user, password string) server {
	t.Helper()
	python := alerttest.Python(t)
	certificate, key := alerttest.Certificate(t)
	made := server{maildir: filepath.Join(t.TempDir(), "mail"), certificate: certificate}
	arguments := []string{"testdata/server.py", made.maildir, security, certificate, key}
	if user != "" {
		arguments = append(arguments, user, password)
	}
	command := exec.Command(python, arguments...)
	command.Stderr = t.Output()
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	port, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("the mail server does not start: %v", err)
	}
	made.address = net.JoinHostPort("127.0.0.1", strings.TrimSpace(port))
	return made
}

// got is a mail as a ticket system reads it.
type got struct {
	mail.Header
	raw   []byte
	parts map[string]string // by their media type
	ids   map[string]string // the Content-ID of each
}

func (g got) subject(t *testing.T) string {
	t.Helper()
	text, err := new(mime.WordDecoder).DecodeHeader(g.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// mails are those that the server took, by the address that they were for.
func (s server) mails(t *testing.T) map[string][]got {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.maildir, "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]got{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		message, err := mail.ReadMessage(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		one := got{Header: message.Header, raw: content, parts: map[string]string{}, ids: map[string]string{}}
		one.read(t, textproto.MIMEHeader(message.Header), message.Body)
		to := message.Header.Get("X-RcptTo")
		found[to] = append(found[to], one)
	}
	return found
}

func (g got) read(t *testing.T, header textproto.MIMEHeader, body io.Reader) {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		content, err := io.ReadAll(transferred(header.Get("Content-Transfer-Encoding"), body))
		if err != nil {
			t.Fatal(err)
		}
		g.parts[kind], g.ids[kind] = strings.ReplaceAll(string(content), "\r\n", "\n"), header.Get("Content-ID")
		return
	}
	for reader := multipart.NewReader(body, parameters["boundary"]); ; {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		g.read(t, part.Header, part)
	}
}

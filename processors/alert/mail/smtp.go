package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"mimamori/processors/alert/notify"
)

// longestStep is how long the server may take over one mail.
const longestStep = 15 * time.Second

// letter is a mail, whom it is to, and what that address was told before.
type letter struct {
	to      *mail.Address
	alarm   notify.Alarm
	before  sent
	message *gomail.Msg
}

func (t Target) host() string {
	host, _, _ := net.SplitHostPort(t.Server)
	return host
}

// send sends mails over one connection. An error says of each what became of it; retry is
// for those that the server did not turn down for good; reached says that it answered.
func (s *Sender) send(ctx context.Context, letters []*letter) (retry, reached bool, err error) {
	// The library closes a connection neither when ctx ends nor when the greeting fails.
	var connection net.Conn
	defer func() {
		if connection != nil {
			connection.Close()
		}
	}()
	stop := func() bool { return true }
	defer func() { stop() }()
	dial := func(dialing context.Context, network, address string) (net.Conn, error) {
		open, err := (&net.Dialer{}).DialContext(dialing, network, address)
		if err != nil {
			return nil, err
		}
		connection = open
		stop = context.AfterFunc(ctx, func() { open.Close() })
		if s.target.Security != fromTLS {
			return open, nil
		}
		secured := tls.Client(open, s.security)
		if err := secured.HandshakeContext(dialing); err != nil {
			return nil, err
		}
		return secured, nil
	}
	client, err := s.client(dial)
	if err != nil {
		return false, false, err
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		retry, err = s.unreached(err)
		return retry, false, err
	}
	messages := make([]*gomail.Msg, len(letters))
	for i, one := range letters {
		messages[i] = one.message
	}
	unsent := client.SendWithSMTPClient(session, messages...)
	_ = client.CloseWithSMTPClient(session) // what was sent, was
	var problems []error
	for _, one := range letters {
		if one.message.IsDelivered() {
			continue
		}
		reason := one.message.SendError()
		if reason == nil {
			reason = unsent
		}
		again, err := refused(one, reason)
		retry = retry || again
		problems = append(problems, err)
	}
	return retry, ctx.Err() == nil, errors.Join(problems...)
}

func (s *Sender) client(dial gomail.DialContextFunc) (*gomail.Client, error) {
	_, port, _ := net.SplitHostPort(s.target.Server)
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("read the port of server %q: %w", s.target.Server, err)
	}
	policy := gomail.TLSMandatory
	if s.target.Security != startTLS {
		policy = gomail.NoTLS // dial does it, where it is to be done
	}
	options := []gomail.Option{
		gomail.WithPort(number), gomail.WithTimeout(longestStep), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(s.security),
		gomail.WithDialContextFunc(dial), gomail.WithoutNoop(),
	}
	if s.target.Hello != "" {
		options = append(options, gomail.WithHELO(s.target.Hello))
	}
	if s.target.User != "" {
		options = append(options, gomail.WithUsername(s.target.User), gomail.WithPassword(s.target.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthCramMD5, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	client, err := gomail.NewClient(s.target.host(), options...)
	if err != nil {
		return nil, fmt.Errorf("make a client of mail server %s: %w", s.target.Server, err)
	}
	return client, nil
}

// unreached says why there is no session, and what to do.
func (s *Sender) unreached(err error) (retry bool, told error) {
	var answer *textproto.Error
	var unknown x509.UnknownAuthorityError
	var other x509.HostnameError
	switch {
	case errors.As(err, &answer) && answer.Code >= 500:
		return false, fmt.Errorf("begin with mail server %s: %w: check user and password, and that it takes mail from here", s.target.Server, err)
	case errors.As(err, &unknown), errors.As(err, &other):
		return false, fmt.Errorf("secure the connection to mail server %s: %w: name its authority by ca_file, and its own name by server", s.target.Server, err)
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		return false, fmt.Errorf("mail server %s offers no STARTTLS, and nothing is sent in the clear: use security tls and its port, such as 465", s.target.Server)
	case strings.Contains(err.Error(), "does not support SMTP AUTH"):
		return false, fmt.Errorf("mail server %s lets nobody log in: leave out user and password, or use its port for submission, such as 587", s.target.Server)
	}
	return true, fmt.Errorf("reach mail server %s: %w", s.target.Server, err)
}

// refused says why a mail was not taken. Whoever answered 5xx would answer it again.
func refused(one *letter, err error) (retry bool, told error) {
	if err == nil {
		err = errors.New("the connection ended before its turn")
	}
	var answer *gomail.SendError
	if errors.As(err, &answer) && answer.ErrorCode() >= 500 {
		return false, fmt.Errorf("mail about alarm %s to %s was turned down for good: %w: correct to, or the server's rules", one.alarm.ID, one.to.Address, err)
	}
	return true, fmt.Errorf("mail about alarm %s to %s was not taken yet: %w", one.alarm.ID, one.to.Address, err)
}

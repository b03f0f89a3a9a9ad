package kafka

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
	"github.com/twmb/franz-go/pkg/kmsg"

	"mimamori/ingest/bus"
)

// largestAnswer bounds what an answer may make this process allocate, in bytes.
const largestAnswer = 16 << 20

// dial connects to a broker and returns when the broker is known to be the right one,
// knows who asks, and has answered: a broker that stands still accepts connections all
// the same, and kafka-go would wait for it instead of asking the next. Every connection
// is made here, also those of kafka-go.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	// A socket leads to the one broker there is, never mind the address it advertises.
	if c.socket != "" {
		network, address = "unix", c.socket
	}
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	secured, err := c.secure(ctx, connection, address)
	if err != nil {
		connection.Close()
		return nil, fmt.Errorf("connect to broker %s: %w", address, err)
	}
	return secured, nil
}

func (c *Client) secure(ctx context.Context, connection net.Conn, address string) (net.Conn, error) {
	if c.socket != "" {
		return connection, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if c.config.TLS != nil {
		settings, err := c.config.TLS.Client(host)
		if err != nil {
			return nil, fmt.Errorf("tls.%w", err)
		}
		encrypted := tls.Client(connection, settings)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("TLS handshake: %w", err)
		}
		connection = encrypted
	}
	stop := context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Unix(1, 0)) }) // a closed one needs none
	defer stop()
	if c.config.SASL != nil {
		number, err := strconv.Atoi(port)
		if err != nil {
			return nil, err
		}
		if err := c.authenticate(sasl.WithMetadata(ctx, &sasl.Metadata{Host: host, Port: number}), connection); err != nil {
			return nil, fmt.Errorf("authenticate as %s by %s: %w", c.config.SASL.Username, c.config.SASL.Name(), err)
		}
	}
	if _, err := c.exchange(connection, kmsg.NewPtrApiVersionsRequest()); err != nil {
		return nil, err
	}
	if !stop() {
		return nil, context.Cause(ctx)
	}
	return connection, nil
}

// mechanism returns how to prove who this process is.
func mechanism(settings bus.SASL) (sasl.Mechanism, error) {
	switch settings.Name() {
	case bus.Plain:
		return plain.Mechanism{Username: settings.Username, Password: settings.Password}, nil
	case bus.ScramSHA256:
		return scram.Mechanism(scram.SHA256, settings.Username, settings.Password)
	default:
		return scram.Mechanism(scram.SHA512, settings.Username, settings.Password)
	}
}

// authenticate proves to a broker who this process is (SASL, KIP-152).
func (c *Client) authenticate(ctx context.Context, connection net.Conn) error {
	chosen, err := mechanism(*c.config.SASL)
	if err != nil {
		return err
	}
	hello := kmsg.NewPtrSASLHandshakeRequest()
	hello.Version, hello.Mechanism = 1, chosen.Name()
	answer, err := c.exchange(connection, hello)
	if err != nil {
		return err
	}
	offered := answer.(*kmsg.SASLHandshakeResponse)
	if code := kafkago.Error(offered.ErrorCode); code != 0 {
		return fmt.Errorf("the broker offers %v: %w", offered.SupportedMechanisms, code)
	}
	session, token, err := chosen.Start(ctx)
	for done := false; !done && err == nil; {
		request := kmsg.NewPtrSASLAuthenticateRequest()
		request.Version, request.SASLAuthBytes = 1, token
		if answer, err = c.exchange(connection, request); err != nil {
			return err
		}
		told := answer.(*kmsg.SASLAuthenticateResponse)
		if code := kafkago.Error(told.ErrorCode); code != 0 {
			return code // what the broker says beside it is no more
		}
		done, token, err = session.Next(ctx, told.SASLAuthBytes)
	}
	return err
}

// exchange sends one request and returns the answer, on a connection that nobody else
// uses meanwhile.
func (c *Client) exchange(connection net.Conn, request kmsg.Request) (kmsg.Response, error) {
	if _, err := connection.Write(kmsg.NewRequestFormatter(kmsg.FormatterClientID(c.config.ClientID)).AppendRequest(nil, request, 1)); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(connection, size[:]); err != nil {
		return nil, err
	}
	if size[0] == 0x15 && size[1] == 3 {
		return nil, errSpeaksTLS
	}
	response := request.ResponseKind()
	response.SetVersion(request.GetVersion())
	// A correlation id and, since versions are flexible, an empty list of tags precede
	// the answer.
	head := 4
	if response.IsFlexible() {
		head = 5
	}
	length := binary.BigEndian.Uint32(size[:])
	if length < uint32(head) || length > largestAnswer {
		return nil, fmt.Errorf("the answer claims %d bytes; this is no Kafka broker", length)
	}
	content := make([]byte, length)
	if _, err := io.ReadFull(connection, content); err != nil {
		return nil, err
	}
	if err := response.ReadFrom(content[head:]); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return response, nil
}

// errSpeaksTLS says that a broker answered with an alert of TLS.
var errSpeaksTLS = errors.New("the broker speaks TLS")

package clickhouse

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestPieces: what is sent in large pieces arrives whole, and what breaks off is never taken
// for whole.
func TestPieces(t *testing.T) {
	type received struct {
		body []byte
		err  error
	}
	arrived := make(chan received, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		arrived <- received{body, err}
	}))
	defer server.Close()
	client := &http.Client{Transport: inLargePieces{http.DefaultTransport.(*http.Transport).Clone()}}
	defer client.CloseIdleConnections()
	sent := make([]byte, 3*pieceBytes+7)
	rand.Read(sent)
	lost := errors.New("the rows cannot be packed")
	for name, ending := range map[string]error{"whole": io.EOF, "broken off": lost} {
		t.Run(name, func(t *testing.T) {
			reader, writer := io.Pipe()
			go func() {
				_, _ = writer.Write(sent) // an error is that of the other end, which is looked at
				writer.CloseWithError(ending)
			}()
			answer, err := client.Post(server.URL, "application/octet-stream", reader)
			if err == nil {
				answer.Body.Close()
			}
			got := <-arrived
			if name == "whole" {
				if err != nil || got.err != nil || !bytes.Equal(got.body, sent) {
					t.Errorf("%d bytes arrived of %d, errors %v and %v", len(got.body), len(sent), err, got.err)
				}
				return
			}
			if !errors.Is(err, lost) || got.err == nil {
				t.Errorf("a body that broke off: the sender's error is %v, the receiver's %v", err, got.err)
			}
		})
	}
}

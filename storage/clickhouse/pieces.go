package clickhouse

import (
	"io"
	"net/http"
)

// pieceBytes is how much of an INSERT's body is handed to the kernel at a time. What net/http
// takes by itself, 32 KiB, wakes up whoever reads it eight times as often.
const pieceBytes = 256 << 10

// inLargePieces sends bodies in large pieces.
type inLargePieces struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t inLargePieces) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.ContentLength <= 0 { // as long as is not known before
		copied := *request // a request is not to be changed
		copied.Body = largePieces{request.Body}
		request = &copied
	}
	return t.RoundTripper.RoundTrip(request)
}

// CloseIdleConnections has the transport below close what nobody uses.
func (t inLargePieces) CloseIdleConnections() {
	if closer, ok := t.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// largePieces is a body that is written in large pieces.
type largePieces struct{ io.ReadCloser }

// WriteTo implements io.WriterTo, which whoever copies the body asks for.
func (p largePieces) WriteTo(to io.Writer) (written int64, err error) {
	body, piece := p.ReadCloser, make([]byte, pieceBytes)
	for {
		n, err := body.Read(piece)
		if n > 0 {
			done, failed := to.Write(piece[:n])
			written += int64(done)
			if failed != nil {
				return written, failed
			}
		}
		if err == io.EOF {
			return written, nil
		}
		if err != nil {
			return written, err
		}
	}
}

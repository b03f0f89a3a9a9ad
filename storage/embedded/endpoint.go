package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Endpoint is where a running engine is reached, over ClickHouse's HTTP protocol.
type Endpoint struct {
	Address  string `json:"address"`  // host:port on loopback
	Token    string `json:"token"`    // the password; any user name will do
	Database string `json:"database"` // the one made at start
	PID      int    `json:"pid"`      // the engine's process
}

const endpointFile = "engine.json"

// pingTimeout is how long a running engine may take to answer.
const pingTimeout = 5 * time.Second

// ErrNotRunning says that no engine runs on a directory.
var ErrNotRunning = errors.New("no embedded engine is running")

// ReadEndpoint returns the endpoint of the engine that another process runs on the
// directory, after it has answered. Its error is ErrNotRunning when there is none,
// also when an engine that was killed left its file behind.
func ReadEndpoint(directory string) (Endpoint, error) {
	path := filepath.Join(directory, endpointFile)
	var e Endpoint
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return e, fmt.Errorf("%w on %s: start mimamori first", ErrNotRunning, directory)
	}
	if err != nil {
		return e, fmt.Errorf("reading the engine's endpoint: %w", err)
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("reading the engine's endpoint %s: %w", path, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
	defer cancel()
	if err := e.ping(ctx); err != nil {
		return e, fmt.Errorf("%w on %s: %s is left over from process %d (%w); start mimamori first",
			ErrNotRunning, directory, path, e.PID, err)
	}
	return e, nil
}

// ping asks the engine's HTTP server whether it is there and knows the token.
func (e Endpoint) ping(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.Address+"/ping", nil)
	if err != nil {
		return err
	}
	r.Header.Set("X-ClickHouse-Key", e.Token)
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s", answer.Status)
	}
	return nil
}

// write leaves the endpoint in the directory for other processes of the same user.
func (e Endpoint) write(directory string) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	path := filepath.Join(directory, endpointFile)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return fmt.Errorf("writing the engine's endpoint: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("writing the engine's endpoint: %w", err)
	}
	return nil
}

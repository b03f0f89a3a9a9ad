package child

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// FreeAddress returns an address of loopback, host:port, where nobody listens just now, for a process that is to. Its port is
// none of those that the kernel gives connections by itself, from 32768 on: a process may end and start again, and finds
// it free each time.
func FreeAddress() (string, error) {
	var failed error
	for range 100 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000)))
		if err == nil {
			return listener.Addr().String(), listener.Close()
		}
		failed = err
	}
	return "", fmt.Errorf("find a free port from 20000 to 32000: %w", failed)
}

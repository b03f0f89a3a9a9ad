package embedded

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"time"
)

// Config says where the embedded broker keeps its log and where it listens.
type Config struct {
	// Directory holds the log. It is made if it does not exist; one broker at a time
	// may use it. Default data/bus.
	Directory string `yaml:"directory"`
	// Socket is the path of the Unix socket to listen on; a relative path counts from
	// Directory, empty means none. At most 107 bytes once absolute. Default bus.sock.
	Socket string `yaml:"socket"`
	// Listen is the "host:port" to listen on for TCP; empty, the default, means none.
	// Port 0 takes a free one. There is no authentication.
	Listen string `yaml:"listen"`
	// Advertise is the "host:port" clients are told to use. Default: Listen. It must
	// be set where Listen names no particular address (0.0.0.0 or ::).
	Advertise string `yaml:"advertise"`
	// MaxBytes is the size the whole log is cut back to, in bytes. The broker needs
	// about as much memory at start. Default 536870912 (512 MB).
	MaxBytes int64 `yaml:"max_bytes"`
	// MaxAge is how long messages are kept at least, if MaxBytes allows it. The newest
	// segment of each partition is always kept. Default 72h.
	MaxAge time.Duration `yaml:"max_age"`
	// SegmentBytes is the size of the files the log is made of and the step in which
	// it is cut back, in bytes. Default 8388608 (8 MB).
	SegmentBytes int `yaml:"segment_bytes"`
	// MaxMessageBytes is the size of the largest batch of messages a producer may
	// send, in bytes. Default 1048588, as for Apache Kafka.
	MaxMessageBytes int `yaml:"max_message_bytes"`
	// SyncWrites makes every batch survive a loss of power before it is acknowledged.
	// Without it, what was acknowledged survives the end of the process but not of the
	// machine: after a loss of power, offsets that were given out may be given out again
	// within the same incarnation of the topic. Default true.
	SyncWrites bool `yaml:"sync_writes"`
}

// DefaultConfig is a broker on a Unix socket in its data directory.
func DefaultConfig() Config {
	return Config{
		Directory:       filepath.Join("data", "bus"),
		Socket:          "bus.sock",
		MaxBytes:        512 << 20,
		MaxAge:          72 * time.Hour,
		SegmentBytes:    8 << 20,
		MaxMessageBytes: 1_048_588,
		SyncWrites:      true,
	}
}

// Validate reports what is wrong and what to do about it.
func (c Config) Validate() error {
	if c.Directory == "" {
		return errors.New("directory: none is given; name the directory that is to hold the log")
	}
	if c.Socket == "" && c.Listen == "" {
		return errors.New("socket, listen: the broker would listen nowhere; give at least one of them")
	}
	if socket, err := c.socket(); err != nil {
		return err
	} else if len(socket) > maxSocketPath {
		return fmt.Errorf("socket: the path %q has %d bytes, the system allows %d; give a shorter absolute path", socket, len(socket), maxSocketPath)
	}
	if c.Listen != "" {
		if err := validateListen(c.Listen, c.Advertise); err != nil {
			return err
		}
	}
	if c.Advertise != "" {
		if host, err := hostOf(c.Advertise); err != nil || host == "" {
			return fmt.Errorf(`advertise: %q is not an address; write "host:port" as clients can reach it`, c.Advertise)
		}
	}
	if c.SegmentBytes < 64<<10 || c.SegmentBytes > 1<<30 {
		return fmt.Errorf("segment_bytes: %d is out of range; give %d to %d", c.SegmentBytes, 64<<10, 1<<30)
	}
	if c.MaxBytes < 4*int64(c.SegmentBytes) {
		return fmt.Errorf("max_bytes: %d holds fewer than four segments; give at least %d or smaller segments", c.MaxBytes, 4*c.SegmentBytes)
	}
	if c.MaxAge < time.Minute {
		return fmt.Errorf("max_age: %s would delete messages before they are read; give 1m or more", c.MaxAge)
	}
	if c.MaxMessageBytes < 1024 || c.MaxMessageBytes > 64<<20 {
		return fmt.Errorf("max_message_bytes: %d is out of range; give 1024 to %d", c.MaxMessageBytes, 64<<20)
	}
	return nil
}

// maxSocketPath is the room for a path in a Unix socket address, less its NUL.
const maxSocketPath = 107

// socket returns the absolute path of the socket, empty where there is none.
func (c Config) socket() (string, error) {
	if c.Socket == "" {
		return "", nil
	}
	path := c.Socket
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Directory, path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("socket: make %q absolute: %w; give an absolute path", path, err)
	}
	return path, nil
}

// hostOf returns the host of an address that has a numeric port.
func hostOf(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return host, err
}

func validateListen(listen, advertise string) error {
	host, err := hostOf(listen)
	if err != nil {
		return fmt.Errorf(`listen: %q is not an address (%w); write "host:port", for example 127.0.0.1:9092`, listen, err)
	}
	address, err := netip.ParseAddr(host)
	if unspecified := host == "" || err == nil && address.IsUnspecified(); unspecified && advertise == "" {
		return fmt.Errorf("listen: %q names no address a client could be told; set advertise to the host:port clients can reach", listen)
	}
	return nil
}

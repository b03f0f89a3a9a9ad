package syslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// A batch is emitted when the first of these is reached.
const (
	batchLines  = 500
	batchBytes  = 128 << 10 // of lines as received
	batchLinger = 200 * time.Millisecond
)

// A receiver that was told to stop reads what the kernel holds for it already: until
// nothing has come for drainIdle, but no longer than drainTime.
const (
	drainIdle = 20 * time.Millisecond
	drainTime = time.Second
)

// resolveTime bounds the look-up of all host names of the inventory at the start.
const resolveTime = 5 * time.Second

// Receiver receives the syslog of one station.
type Receiver struct {
	config  Config
	station inventory.Station
	emit    func(slot int64, rows sample.Rows)
	logger  *slog.Logger
	metrics metrics

	senders  map[netip.Addr]sender
	rows     sample.Syslog
	slot     int64     // of the rows gathered, Unix milliseconds
	bytes    int       // of the rows gathered
	due      time.Time // when the rows gathered are emitted
	sequence uint64
	lost     uint32 // the kernel's count of messages it had no room for
}

// sender is a device of the inventory as the source of messages.
type sender struct {
	device sample.ID
	source string
}

type metrics struct {
	lines       *prometheus.CounterVec
	complaints  prometheus.Counter
	unknown     prometheus.Counter
	truncated   prometheus.Counter
	kernelDrops prometheus.Counter
	errors      prometheus.Counter
}

// New returns a receiver for the station's syslog address. It hands rows of
// sample.Syslog to emit, with the second they were received in as the slot; emit is
// called from one goroutine and must not keep the rows after it returns.
func New(config Config, station inventory.Station, emit func(slot int64, rows sample.Rows), logger *slog.Logger, registerer prometheus.Registerer) (*Receiver, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("set up the syslog receiver: %w", err)
	}
	if station.Appliance.Syslog == "" {
		return nil, errors.New("set up the syslog receiver: the appliance has no syslog address: add syslog: to the appliance in the inventory")
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "mimamori_syslog_" + name, Help: help})
	}
	receiver := &Receiver{
		config: config, station: station, emit: emit, logger: logger,
		metrics: metrics{
			lines: prometheus.NewCounterVec(prometheus.CounterOpts{
				Name: "mimamori_syslog_lines_total", Help: "Lines received, by the form they were recognised as.",
			}, []string{"format"}),
			complaints:  counter("odd_lines_total", "Lines kept with a complaint."),
			unknown:     counter("unknown_source_lines_total", "Lines from an address that is not in the inventory."),
			truncated:   counter("truncated_lines_total", "Lines longer than max_message_bytes, kept in part."),
			kernelDrops: counter("kernel_dropped_lines_total", "Lines the kernel dropped because receive_buffer_bytes was full."),
			errors:      counter("receive_errors_total", "Failed attempts to read from the socket."),
		},
	}
	for _, collector := range []prometheus.Collector{
		receiver.metrics.lines, receiver.metrics.complaints, receiver.metrics.unknown,
		receiver.metrics.truncated, receiver.metrics.kernelDrops, receiver.metrics.errors,
	} {
		if err := registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("register the metrics of the syslog receiver: %w", err)
		}
	}
	return receiver, nil
}

// Run receives until the context ends, emits what it has and returns nil. An
// address that cannot be listened on is an error.
func (r *Receiver) Run(ctx context.Context) error {
	connection, err := r.listen(ctx)
	if err != nil {
		return err
	}
	defer connection.Close()
	return r.serve(ctx, connection)
}

func (r *Receiver) listen(ctx context.Context) (*net.UDPConn, error) {
	address := r.station.Appliance.Syslog
	listener := net.ListenConfig{Control: r.socketOptions}
	connection, err := listener.ListenPacket(ctx, "udp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for syslog on UDP %s: %w; %s: syslog of appliance %q", address, err, remedy(err), r.station.Appliance.Name)
	}
	return connection.(*net.UDPConn), nil
}

// remedy says what to do about an address that cannot be listened on.
func remedy(err error) string {
	switch {
	case errors.Is(err, syscall.EACCES):
		return "a port below 1024 needs CAP_NET_BIND_SERVICE (setcap cap_net_bind_service+ep, or root): give it to the program, or listen on a higher port and have the lines sent there"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "listen on an address that an interface of this machine has"
	}
	return "stop what else listens there, or give another address"
}

func (r *Receiver) serve(ctx context.Context, connection *net.UDPConn) error {
	r.resolve(ctx)
	// Lines of an earlier run have lower numbers as long as they came at fewer than
	// 256 a microsecond.
	r.sequence = uint64(time.Now().UnixMicro()) << 8
	r.logger.Info("receiving syslog", "address", connection.LocalAddr().String(), "devices", len(r.senders))

	wake := context.AfterFunc(ctx, func() { _ = connection.SetReadDeadline(time.Now()) })
	defer wake()
	buffer := make([]byte, r.config.MaxMessageBytes+1)
	control := make([]byte, 64)
	var deadline, stopBy time.Time
	for {
		// Set before the context is looked at, so that an end in between is not missed.
		if r.due != deadline {
			deadline = r.due
			_ = connection.SetReadDeadline(deadline)
		}
		draining := ctx.Err() != nil
		if draining {
			now := time.Now()
			if stopBy.IsZero() {
				stopBy = now.Add(drainTime)
			}
			_ = connection.SetReadDeadline(now.Add(drainIdle))
		}
		size, controlSize, _, from, err := connection.ReadMsgUDPAddrPort(buffer, control)
		now := time.Now()
		if err == nil {
			r.countKernelDrops(control[:controlSize])
			r.take(buffer[:size], from.Addr(), now)
		}
		stopping := draining && (err != nil || now.After(stopBy))
		if stopping || (!r.due.IsZero() && !now.Before(r.due)) {
			r.flush()
		}
		if stopping {
			return nil
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			if errors.Is(err, net.ErrClosed) {
				return fmt.Errorf("receive syslog on %s: %w", connection.LocalAddr(), err)
			}
			// An ICMP error a reply of nobody's caused, a lack of memory: the socket
			// itself is good.
			r.metrics.errors.Inc()
			select {
			case <-ctx.Done():
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}

// take adds a message to the rows gathered.
func (r *Receiver) take(message []byte, from netip.Addr, now time.Time) {
	truncated := len(message) > r.config.MaxMessageBytes
	if truncated {
		message = message[:r.config.MaxMessageBytes]
	}
	line := Parse(message, now)
	if truncated {
		r.metrics.truncated.Inc()
		line.complain(fmt.Sprintf("cut off after %d bytes", r.config.MaxMessageBytes))
	}
	received := now.UnixMilli()
	slot := received - received%1000
	if r.rows.Len() > 0 && (slot != r.slot || r.rows.Len() >= batchLines || r.bytes+len(message) > batchBytes) {
		r.flush()
	}
	if r.rows.Len() == 0 {
		r.slot, r.due = slot, now.Add(batchLinger)
	}
	from = from.Unmap()
	known, ok := r.senders[from.WithZone("")]
	if !ok {
		r.metrics.unknown.Inc()
		known.source = from.String()
	}
	if line.Complaint != "" {
		r.metrics.complaints.Inc()
	}
	r.metrics.lines.WithLabelValues(formatName(line.Format)).Inc()
	r.sequence++
	r.bytes += len(message)

	rows := &r.rows
	rows.Device = append(rows.Device, known.device)
	rows.OffsetMs = append(rows.OffsetMs, uint32(received-slot))
	rows.Sequence = append(rows.Sequence, r.sequence)
	rows.Format = append(rows.Format, line.Format)
	rows.Facility = append(rows.Facility, line.Facility)
	rows.Severity = append(rows.Severity, line.Severity)
	rows.StampedMs = append(rows.StampedMs, line.StampedMs)
	rows.Source = append(rows.Source, known.source)
	rows.Hostname = append(rows.Hostname, line.Hostname)
	rows.AppName = append(rows.AppName, line.AppName)
	rows.ProcessID = append(rows.ProcessID, line.ProcessID)
	rows.MessageID = append(rows.MessageID, line.MessageID)
	rows.Mnemonic = append(rows.Mnemonic, line.Mnemonic)
	rows.Message = append(rows.Message, line.Message)
	rows.Raw = append(rows.Raw, line.Raw)
	rows.Complaint = append(rows.Complaint, line.Complaint)
}

func (r *Receiver) flush() {
	if r.rows.Len() > 0 {
		r.emit(r.slot, &r.rows)
	}
	sample.Truncate(&r.rows, 0)
	r.bytes, r.due = 0, time.Time{}
}

func formatName(format sample.SyslogFormat) string {
	switch format {
	case sample.SyslogRFC3164:
		return "rfc3164"
	case sample.SyslogRFC5424:
		return "rfc5424"
	case sample.SyslogCisco:
		return "cisco"
	}
	return "raw"
}

// resolve maps the addresses of the station's devices to the devices. A host name
// that cannot be resolved is said once; lines of that device have no device then.
func (r *Receiver) resolve(ctx context.Context) {
	r.senders = make(map[netip.Addr]sender, len(r.station.Devices))
	var lock sync.Mutex
	add := func(address netip.Addr, device sample.ID) {
		address = address.Unmap().WithZone("")
		lock.Lock()
		defer lock.Unlock()
		r.senders[address] = sender{device, address.String()}
	}
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	var lookups errgroup.Group
	lookups.SetLimit(8)
	for _, device := range r.station.Devices {
		if address, err := netip.ParseAddr(device.Address); err == nil {
			add(address, device.ID)
			continue
		}
		lookups.Go(func() error {
			for _, resolved := range r.lookUp(ctx, device) {
				add(resolved, device.ID)
			}
			return nil
		})
	}
	_ = lookups.Wait() // the look-ups report by themselves
}

func (r *Receiver) lookUp(ctx context.Context, device inventory.StationDevice) []netip.Addr {
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", device.Address)
	if err != nil {
		r.logger.Warn("syslog lines of a device cannot be told by their source: its name does not resolve; give the inventory an IP address",
			"device", device.Name, "address", device.Address, "error", err)
	}
	return addresses
}

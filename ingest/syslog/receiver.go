package syslog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/datagram"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// A batch is emitted when the first of these is reached.
const (
	batchLines  = 500
	batchBytes  = 128 << 10 // of lines as received
	batchLinger = 200 * time.Millisecond
)

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
	socket, err := r.listen(ctx)
	if err != nil {
		return err
	}
	defer socket.Close()
	return r.serve(ctx, socket)
}

func (r *Receiver) listen(ctx context.Context) (*datagram.Socket, error) {
	return datagram.Listen(ctx, datagram.Config{
		What: "syslog", Address: r.station.Appliance.Syslog, Setting: fmt.Sprintf("syslog of appliance %q", r.station.Appliance.Name),
		BufferBytes: r.config.ReceiveBufferBytes, MaxBytes: r.config.MaxMessageBytes,
		Dropped: r.metrics.kernelDrops, Failed: r.metrics.errors,
	})
}

func (r *Receiver) serve(ctx context.Context, socket *datagram.Socket) error {
	r.senders = map[netip.Addr]sender{}
	for address, device := range datagram.DevicesByAddress(ctx, "syslog", r.station.Devices, r.logger) {
		r.senders[address] = sender{device, address.String()}
	}
	// Lines of an earlier run have lower numbers as long as they came at fewer than
	// 256 a microsecond.
	r.sequence = uint64(time.Now().UnixMicro()) << 8
	r.logger.Info("receiving syslog", "address", socket.LocalAddr().String(), "devices", len(r.senders))
	return socket.Receive(ctx, datagram.Handler{
		Take:  func(message []byte, from netip.AddrPort, now time.Time) { r.take(message, from.Addr(), now) },
		Due:   func() time.Time { return r.due },
		Flush: r.flush,
	})
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
	known, ok := r.senders[datagram.Plain(from)]
	if !ok {
		r.metrics.unknown.Inc()
		known.source = from.Unmap().String()
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

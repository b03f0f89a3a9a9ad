package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// linePeriod is how often each device sends a line.
	linePeriod = 25 * time.Second
	// quietStart is how long after the start no line is sent: the receivers come up.
	quietStart = 5 * time.Second
	// listenerCheck is how often the fleet looks which appliances listen.
	listenerCheck = time.Second
)

// chatter sends the syslog lines and the traps of all devices.
type chatter struct {
	binding    binding
	devices    []*device
	sites      []Site
	logger     *slog.Logger
	connection *net.UDPConn
	sent       prometheus.Counter
	unsent     prometheus.Counter
	unheard    prometheus.Counter
	told       prometheus.Counter // traps
	untold     prometheus.Counter

	mutex     sync.Mutex
	stopped   bool
	listening []bool       // by site
	streams   []*stream    // by device; nil where it sends datagrams
	count     uint64       // lines so far
	salt      uint64       // tells this run's tokens from another's
	source    []byte       // scratch
	journal   [][]line     // by device
	traps     [][]TrapSent // by device
}

// line is a SyslogLine in the making.
type line struct {
	token       uint64
	sent        time.Time
	occurrences int
}

func newChatter(binding binding, devices []*device, sites []Site, logger *slog.Logger, registerer prometheus.Registerer) (*chatter, error) {
	lines := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mimamori_fleet_syslog_lines_total", Help: "Syslog lines of the devices, by what came of them.",
	}, []string{"result"})
	traps := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mimamori_fleet_traps_total", Help: "SNMP traps of the devices, by what came of them.",
	}, []string{"result"})
	c := &chatter{
		binding: binding, devices: devices, sites: sites, logger: logger,
		sent: lines.WithLabelValues("sent"), unsent: lines.WithLabelValues("unsent"), unheard: lines.WithLabelValues("no_listener"),
		listening: make([]bool, len(sites)), journal: make([][]line, len(devices)),
		told: traps.WithLabelValues("sent"), untold: traps.WithLabelValues("unsent"), traps: make([][]TrapSent, len(devices)),
	}
	c.streams = make([]*stream, len(devices))
	taken := make([]int, len(sites))
	for number, device := range devices {
		if sites[device.site].Streams && device.role == roleServer && taken[device.site] < mostStreams {
			c.streams[number] = &stream{from: device.address}
			taken[device.site]++
		}
	}
	return c, register(registerer, lines, traps)
}

// open makes the chatter ready to send.
func (c *chatter) open(ctx context.Context, start time.Time) (err error) {
	c.salt = uint64(start.UnixNano())
	// One socket for all: each line says in a control message where it comes from.
	c.connection, err = listenEverywhere(ctx, c.binding)
	if err != nil {
		return fmt.Errorf("open a socket to send syslog: %w", err)
	}
	return nil
}

func (c *chatter) close() {
	if c.connection != nil {
		c.connection.Close()
	}
	for _, stream := range c.streams {
		if stream != nil {
			stream.close()
		}
	}
}

// run sends a line of each device every linePeriod until the context ends.
func (c *chatter) run(ctx context.Context) error {
	quiet := time.NewTimer(quietStart)
	defer quiet.Stop()
	select {
	case <-ctx.Done():
		return nil
	case <-quiet.C:
	}
	if err := c.look(); err != nil {
		return err
	}
	turn := time.NewTicker(linePeriod / time.Duration(len(c.devices)))
	defer turn.Stop()
	check := time.NewTicker(listenerCheck)
	defer check.Stop()
	// A stride that shares no factor with the number of devices visits each, and
	// neighbours far apart.
	stride := len(c.devices)*5/8 | 1
	for commonDivisor(stride, len(c.devices)) != 1 {
		stride += 2
	}
	next := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-check.C:
			if err := c.look(); err != nil {
				return err
			}
		case <-turn.C:
			c.say(ctx, next)
			next = (next + stride) % len(c.devices)
		}
	}
}

func commonDivisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// look finds out which appliances listen: a line to nobody would be lost, and the
// fleet's doing.
func (c *chatter) look() error {
	bound, err := kernelBound("udp")
	if err != nil {
		return err
	}
	connectable, err := kernelBound("tcp")
	if err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for i := range c.sites {
		listener := c.sites[i].Syslog
		heard := bound[listener] || bound[netip.AddrPortFrom(netip.IPv4Unspecified(), listener.Port())]
		heard = heard && (!c.sites[i].Streams || connectable[listener])
		if heard != c.listening[i] {
			c.logger.Debug("syslog listener of an appliance", "appliance", c.sites[i].Appliance, "listens", heard)
		}
		c.listening[i] = heard
	}
	return nil
}

// stop ends the sending: no line is sent after it returned.
func (c *chatter) stop() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.stopped = true
}

// say sends one line of a device, unless the device cannot be reached or its
// appliance does not listen.
func (c *chatter) say(ctx context.Context, number int) {
	device := c.devices[number]
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.stopped || !device.reachable.Load() {
		return
	}
	if !c.listening[device.site] {
		c.unheard.Inc()
		return
	}
	c.count++
	token := scramble(c.salt + c.count)
	now := time.Now()
	text, occurrences := syslogText(device.Device, c.count, now, token)
	if c.send(ctx, number, text) != nil {
		c.unsent.Inc()
		return
	}
	c.sent.Inc()
	c.journal[number] = append(c.journal[number], line{token, now, occurrences})
}

// send sends a device's line the way its site has it.
func (c *chatter) send(ctx context.Context, number int, text string) error {
	device := c.devices[number]
	site := &c.sites[device.site]
	if stream := c.streams[number]; stream != nil {
		return stream.send(ctx, text, site.Syslog)
	}
	from := device.address
	if site.Relay.IsValid() && device.role == roleCamera {
		from = site.Relay.As4()
	}
	c.source = appendSource(c.source[:0], from)
	_, _, err := c.connection.WriteMsgUDPAddrPort([]byte(text), c.source, site.Syslog)
	return err
}

// lines returns what a device has sent so far.
func (c *chatter) lines(number int) []SyslogLine {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	lines := make([]SyslogLine, len(c.journal[number]))
	for i, line := range c.journal[number] {
		lines[i] = SyslogLine{Token: fmt.Sprintf("%016x", line.token), Sent: line.sent.UTC(), Occurrences: line.occurrences}
	}
	return lines
}

// scramble maps each number to another one that looks random: different numbers
// never give the same (the finaliser of SplitMix64).
func scramble(n uint64) uint64 {
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// syslogText writes a line as a device of its kind would, and says how many messages it
// stands for.
func syslogText(device *Device, count uint64, now time.Time, token uint64) (text string, occurrences int) {
	if device.role == rolePBX && count%3 == 0 {
		occurrences = int(2 + count%20)
		return fmt.Sprintf("<165>%s %s last message repeated %d times id=%016x", now.Format(time.Stamp), device.Name, occurrences, token), occurrences
	}
	return messageText(device, count, now, token), 1
}

func messageText(device *Device, count uint64, now time.Time, token uint64) string {
	port := device.Interfaces[count%uint64(len(device.Interfaces))].Description
	switch device.role {
	case roleServer:
		texts := [...]string{"Accepted publickey for backup from 127.0.0.1", "session opened for user root", "nightly copy of /srv finished"}
		return fmt.Sprintf("<86>1 %s %s sshd %d ID%d - %s id=%016x",
			now.UTC().Format("2006-01-02T15:04:05.000Z"), device.Name, 600+count%400, count%90, texts[count%3], token)
	case roleFirewall, rolePBX, roleCamera:
		texts := [...]string{"policy 12 accept", "registration refreshed", "configuration read"}
		return fmt.Sprintf("<165>%s %s %sd[%d]: %s id=%016x",
			now.Format(time.Stamp), device.Name, strings.TrimRight(device.Name, "-0123456789"), 200+count%50, texts[count%3], token)
	default:
		stamp := now.UTC().Format("Jan _2 15:04:05.000")
		if count%2 == 0 {
			return fmt.Sprintf("<189>%d: %s: %%LINEPROTO-5-UPDOWN: Line protocol on Interface %s, changed state to up id=%016x", count, stamp, port, token)
		}
		return fmt.Sprintf("<190>%d: *%s: %%SYS-6-LOGGINGHOST_STARTSTOP: Logging to host 127.0.0.2 port 514 started id=%016x", count, stamp, token)
	}
}

package inventory

import (
	"fmt"
	"net/netip"
	"time"
)

// Syslog says where an appliance receives syslog, and how it tells whose a line is.
// Written as a single address it means UDP there.
type Syslog struct {
	// UDP is the host:port to receive datagrams on (RFC 5426). Empty means none.
	UDP string `yaml:"udp"`
	// TCP is the host:port to take connections on (RFC 6587). Empty means none.
	TCP string `yaml:"tcp"`
	// TLS says where connections with TLS are taken (RFC 5425). Absent means nowhere.
	TLS *SyslogTLS `yaml:"tls"`
	// Relays are IP addresses that pass on the lines of other devices: whose a line is
	// is told by the name or address within it.
	Relays []string `yaml:"relays"`
	// TimeZone of stamps that name none, as in Asia/Tokyo. Empty means UTC.
	TimeZone string `yaml:"time_zone"`
	// Charset of lines that are not UTF-8: Shift_JIS, EUC-JP, ISO-8859-1, GB18030 or
	// another that the WHATWG's encoding standard names. Empty means none: bytes that are
	// not UTF-8 are written as \xNN.
	Charset string `yaml:"charset"`
}

// SyslogTLS says where connections with TLS are taken, and whose. Relative paths of its
// files count from the configuration file.
type SyslogTLS struct {
	// Listen is the host:port to take connections on. Empty means 0.0.0.0:6514.
	Listen string `yaml:"listen"`
	// CertificateFile has the appliance's certificate and those between it and its
	// root, PEM.
	CertificateFile string `yaml:"certificate_file"`
	// KeyFile has the certificate's private key, PEM.
	KeyFile string `yaml:"key_file"`
	// ClientCAFile has the roots of the certificates that senders must have one of,
	// PEM. Empty means that senders need none.
	ClientCAFile string `yaml:"client_ca_file"`
}

// defaultSyslogTLS is where syslog with TLS is sent to (RFC 5425, section 4.1).
const defaultSyslogTLS = "0.0.0.0:6514"

// UnmarshalYAML reads the address alone, or what there is to say.
func (s *Syslog) UnmarshalYAML(unmarshal func(any) error) error {
	var address string
	if unmarshal(&address) == nil {
		*s = Syslog{UDP: address}
		return nil
	}
	type whole Syslog // without this method
	return unmarshal((*whole)(s))
}

// Listens says whether syslog is received at all.
func (s *Syslog) Listens() bool { return s != nil && (s.UDP != "" || s.TCP != "" || s.TLS != nil) }

// resolved returns it with defaults filled in.
func (s *Syslog) resolved() *Syslog {
	if s == nil || s.TLS == nil {
		return s
	}
	answer, secured := *s, *s.TLS
	if secured.Listen == "" {
		secured.Listen = defaultSyslogTLS
	}
	answer.TLS = &secured
	return &answer
}

// problems returns what is wrong; each is a Problem whose path begins with the one
// given.
func (s *Syslog) problems(at string) []error {
	var problems []error
	report := func(below, format string, arguments ...any) {
		problems = append(problems, Problem{at + below, fmt.Sprintf(format, arguments...)})
	}
	listens := func(below, address, example string) {
		if _, err := netip.ParseAddrPort(address); err != nil {
			report(below, "%q is not an address and port: write it as %s", address, example)
		}
	}
	if !s.Listens() {
		report("", "it listens nowhere: add udp: 0.0.0.0:514, tcp: or tls:, or remove it")
	}
	if s.UDP != "" {
		listens(".udp", s.UDP, "0.0.0.0:514")
	}
	if s.TCP != "" {
		listens(".tcp", s.TCP, "0.0.0.0:514")
	}
	if secured := s.TLS; secured != nil {
		if secured.Listen != "" {
			listens(".tls.listen", secured.Listen, defaultSyslogTLS)
		}
		if secured.CertificateFile == "" {
			report(".tls", "it has no certificate: add certificate_file: with the appliance's certificate in PEM")
		}
		if secured.KeyFile == "" {
			report(".tls", "it has no key: add key_file: with the certificate's private key in PEM")
		}
	}
	for i, relay := range s.Relays {
		if _, err := netip.ParseAddr(relay); err != nil {
			report(fmt.Sprintf(".relays[%d]", i), "%q is not an IP address", relay)
		}
	}
	if s.TimeZone == "Local" {
		report(".time_zone", `"Local" is another zone on another machine: name it, as in Asia/Tokyo`)
	} else if _, err := time.LoadLocation(s.TimeZone); err != nil {
		report(".time_zone", "%q is no time zone: name one of the IANA, as in Asia/Tokyo", s.TimeZone)
	}
	if _, err := ReadCharset(s.Charset); err != nil {
		report(".charset", "%v", err)
	}
	return problems
}

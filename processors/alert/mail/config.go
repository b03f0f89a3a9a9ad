package mail

import "time"

// Config is which receivers of Alertmanager's file get mail, and what it looks like.
type Config struct {
	// Language of the mails: en or ja. Default en.
	Language string `yaml:"language"`
	// Brand is the partner's.
	Brand Brand `yaml:"brand"`
	// Targets are who gets mail, one or more for a receiver.
	Targets []Target `yaml:"targets"`
}

// Brand is what the partner looks like in a mail.
type Brand struct {
	// Name over and under each mail. Default mimamori.
	Name string `yaml:"name"`
	// Accent is the colour of the partner, as #rrggbb. Default #1f4e79.
	Accent string `yaml:"accent"`
	// Footer is a line under each mail, such as the desk's telephone number. Default none.
	Footer string `yaml:"footer"`
	// Logo is a file, PNG, JPEG or GIF of 200 KiB at most, that is shown over each mail. Default none.
	Logo string `yaml:"logo"`
}

// Target is who gets mail, and the server that takes it.
type Target struct {
	// Receiver by its name in Alertmanager's file.
	Receiver string `yaml:"receiver"`
	// Server that takes the mail, as mail.partner.example:587.
	Server string `yaml:"server"`
	// Security of the connection: starttls, tls from the first byte, or none to a loopback address. Default starttls.
	Security string `yaml:"security"`
	// CAFile is a file of certificates, PEM, that the server's is checked against. Default: those of the system.
	CAFile string `yaml:"ca_file"`
	// User to log in as. Default none.
	User string `yaml:"user"`
	// Password of the user, from !env or !file.
	Password string `yaml:"password"`
	// Hello is the name that the server is told of this machine. Default its host name.
	Hello string `yaml:"hello"`
	// From is the sender, as "NOC <noc@partner.example>". Its domain is that of the Message-IDs.
	From string `yaml:"from"`
	// To are the addresses; each gets a mail of its own.
	To []string `yaml:"to"`
	// ReplyTo is where replies go. Default from.
	ReplyTo string `yaml:"reply_to"`
	// Language of the mails of this target: en or ja. Default that of all.
	Language string `yaml:"language"`
	// Short makes a text message of each mail: 160 characters, plain alone.
	Short bool `yaml:"short"`
	// Repeat is after how long a mail that says nothing new is sent again, where the route repeats it: from 1m to 168h. Default 0: never.
	Repeat time.Duration `yaml:"repeat"`
}

// The ways to secure a connection.
const (
	startTLS = "starttls"
	fromTLS  = "tls"
	plainTCP = "none"
)

// DefaultConfig returns the defaults: no target.
func DefaultConfig() Config {
	return Config{Language: "en", Brand: Brand{Name: "mimamori", Accent: "#1f4e79"}}
}

// complete is the target with the defaults in place of what is empty.
func (t Target) complete(language string) Target {
	if t.Security == "" {
		t.Security = startTLS
	}
	if t.Language == "" {
		t.Language = language
	}
	if t.ReplyTo == "" {
		t.ReplyTo = t.From
	}
	return t
}

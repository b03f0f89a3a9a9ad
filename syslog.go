package main

// syslogCommand reaches the parser of syslog without a receiver.
type syslogCommand struct {
	Parse syslogParse `cmd:"" help:"Take syslog lines apart as the receiver does, and print what is in each."`
}

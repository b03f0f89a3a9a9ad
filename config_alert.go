package main

import "mimamori/processors/alert/ticket"

// AlertConfig is what is made of what is wrong.
type AlertConfig struct {
	// Tickets is when the answers to a ticket are due: plans, desks, escalation.
	Tickets ticket.Config `yaml:"tickets"`
}

func defaultAlertConfig() AlertConfig { return AlertConfig{Tickets: ticket.DefaultConfig()} }
